"""Sealing everything anew with the newest key, while traffic goes on."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from paymux.integrations.ports.outbound import (
    ConnectionLookup,
    KeyVersionIsUnknown,
    SealIsBroken,
    UnitsOfWork,
    Vault,
)
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RotationProgress:
    """How far a rotation has come. `unreadable` connections keep what they have."""

    resealed: int = 0
    up_to_date: int = 0
    unreadable: int = 0


class KeyRotation:
    """Re-seals every connection of every tenant.

    Every process must know the newest key before it starts. It may be interrupted anywhere
    and run again: what is done is found done. Drop the old key after a run that ends with
    nothing unreadable.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        vault: Vault,
        lookup: ConnectionLookup,
        batch_size: int = 100,
    ) -> None:
        self._units_of_work = units_of_work
        self._vault = vault
        self._lookup = lookup
        self._batch_size = batch_size

    async def run(self) -> AsyncIterator[RotationProgress]:
        """Re-seal, one short transaction per connection; yield the progress per batch."""
        progress, last = RotationProgress(), None
        while batch := await self._lookup.not_sealed_with(
            self._vault.newest_key, last, self._batch_size
        ):
            for connection_id in batch:
                progress = await self._rotate(connection_id, progress)
            last = batch[-1]
            yield progress

    async def _rotate(
        self, connection_id: ConnectionId, so_far: RotationProgress
    ) -> RotationProgress:
        scope = await self._lookup.find(connection_id)
        if scope is None:
            return so_far
        try:
            resealed = await self._reseal(scope, connection_id)
        except ThingIsNotFound:
            return so_far
        except (SealIsBroken, KeyVersionIsUnknown) as error:
            logger.error("A connection was not re-sealed: %s", error)  # noqa: TRY400 - no trace
            return replace(so_far, unreadable=so_far.unreadable + 1)
        if resealed:
            return replace(so_far, resealed=so_far.resealed + 1)
        return replace(so_far, up_to_date=so_far.up_to_date + 1)

    async def _reseal(self, scope: Scope, connection_id: ConnectionId) -> bool:
        async with self._units_of_work(scope) as work:
            connection = await work.connections.lock(connection_id)
            if connection.sealed.key_version == self._vault.newest_key:
                return False
            secrets = self._vault.open(scope.tenant_id, connection_id, connection.sealed)
            connection.reseal(self._vault.seal(scope.tenant_id, connection_id, secrets))
            await work.connections.save(connection)
            await work.commit()
            return True
