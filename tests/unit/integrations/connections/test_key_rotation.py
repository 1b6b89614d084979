"""Re-sealing everything, again and again, whatever happens in between."""

import logging
from collections.abc import Sequence

import pytest

from paymux.integrations.adapters.vault.keys import KeyRing
from paymux.integrations.adapters.vault.vault import AesVault
from paymux.integrations.application.connections import NewConnection
from paymux.integrations.application.key_rotation import KeyRotation, RotationProgress
from paymux.integrations.domain.connection import Sealed
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Mode, Scope
from paymux.payments.ports.connectors import AccountReport
from tests.unit.integrations.connections.fakes import (
    ACME,
    BOTH_KEYS,
    PLANTED,
    RIVAL,
    FakeLookup,
    House,
    Store,
)

LIVE = Scope(ACME.tenant_id, Mode.LIVE)
NEW = AesVault(KeyRing(BOTH_KEYS))


async def connect(house: House, scope: Scope, label: str) -> None:
    house.bank.report = AccountReport()
    house.clock.go_on(1)  # ids then sort as they were made
    draft = NewConnection(
        provider="bank",
        label=label,
        credentials={"secret_key": PLANTED, "merchant": label},
    )
    await house.connections.create(scope, draft)


@pytest.fixture
async def five(acme: House) -> House:
    for scope, label in ((ACME, "A"), (ACME, "B"), (LIVE, "C"), (RIVAL, "D"), (RIVAL, "E")):
        await connect(acme, scope, label)
    return acme


class BehindTheTimes(FakeLookup):
    """Keeps saying what was stale when it was first asked."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._first: Sequence[ConnectionId] = ()

    async def not_sealed_with(
        self, key_version: str, after: ConnectionId | None, limit: int
    ) -> Sequence[ConnectionId]:
        self._first = self._first or await super().not_sealed_with(key_version, after, limit)
        return self._first if after is None else ()


def rotation(house: House, batch_size: int = 2) -> KeyRotation:
    return KeyRotation(house.store.unit_of_work, NEW, FakeLookup(house.store), batch_size)


async def test_every_connection_of_every_tenant_and_mode_is_resealed(five: House) -> None:
    progress = [each async for each in rotation(five).run()]

    assert progress == [RotationProgress(2), RotationProgress(4), RotationProgress(5)]
    for (scope, _), connection in five.store.connections.items():
        assert connection.sealed.key_version == "v2"
        secrets = NEW.open(scope.tenant_id, connection.id, connection.sealed)
        assert connection.label in secrets.credentials


async def test_an_interrupted_rotation_goes_on_where_it_was(five: House) -> None:
    async for _ in rotation(five).run():
        break

    progress = [each async for each in rotation(five).run()]

    assert progress[-1] == RotationProgress(resealed=3)
    assert [each async for each in rotation(five).run()] == []


async def test_a_broken_connection_is_counted_and_left_as_it_is(
    five: House, caplog: pytest.LogCaptureFixture
) -> None:
    broken = next(iter(five.store.connections.values()))
    *blob, last = broken.sealed.blob
    broken.sealed = Sealed("v1", bytes([*blob, last ^ 1]))
    before = broken.sealed

    with caplog.at_level(logging.ERROR, "paymux"):
        progress = [each async for each in rotation(five).run()]

    assert progress[-1] == RotationProgress(resealed=4, unreadable=1)
    assert next(iter(five.store.connections.values())).sealed == before
    assert broken.id in caplog.text
    assert PLANTED not in caplog.text


async def test_a_connection_resealed_or_deleted_meanwhile_is_no_trouble(five: House) -> None:
    (scope, first), connection = next(iter(five.store.connections.items()))
    behind = BehindTheTimes(five.store)
    stale = await behind.not_sealed_with("v2", None, 5)
    secrets = NEW.open(scope.tenant_id, connection.id, connection.sealed)
    connection.sealed = NEW.seal(scope.tenant_id, connection.id, secrets)
    five.store.connections[(RIVAL, stale[-1])].delete(five.clock.now())

    run = KeyRotation(five.store.unit_of_work, NEW, behind).run()

    assert first in stale
    assert [each async for each in run] == [RotationProgress(resealed=3, up_to_date=1)]
