"""The tenant's connections, as payments needs them."""

import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from paymux.integrations.adapters.breakage import breakage
from paymux.integrations.adapters.plugins import Plugins
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.ports.outbound import EntityLink, UnitsOfWork
from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import (
    Connector,
    CustomerRecord,
    CustomerReference,
    Failure,
    Outcome,
    Payer,
    SyncsCustomers,
)
from paymux.payments.ports.plugins import Capabilities, UsableConnection
from paymux.platform.recent import Recent

logger = logging.getLogger(__name__)

CUSTOMER: Final = "customer"


class ConnectionDirectory:
    """Answers payments' questions about connections."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        registry: ConnectorRegistry,
        plugins: Plugins,
        clock: Clock,
        recent: Recent[Scope, Sequence[UsableConnection]],
    ) -> None:
        self._recent = recent
        self._units_of_work = units_of_work
        self._registry = registry
        self._plugins = plugins
        self._clock = clock

    async def usable(self, scope: Scope) -> Sequence[UsableConnection]:
        """Return the enabled connections of installed providers, highest priority first.

        A change made by another process may count only a second later.
        """
        return await self._recent.get(scope, lambda: self._read(scope))

    async def connector(self, scope: Scope, connection_id: ConnectionId) -> Connector:
        """Return the connector of a connection, disabled ones included."""
        return (await self._registry.get(scope, connection_id)).connector

    async def provider(self, scope: Scope, connection_id: ConnectionId) -> str:
        """Return whose account the connection is, disabled connections included."""
        return (await self._registry.get(scope, connection_id)).provider

    async def capabilities(self, scope: Scope, connection_id: ConnectionId) -> Capabilities:
        """Return what the plug-in of a connection declares, disabled connections included."""
        provider = (await self._registry.get(scope, connection_id)).provider
        return self._plugins[provider].capabilities

    async def known_payer(self, scope: Scope, connection_id: ConnectionId, payer: Payer) -> Payer:
        """Make the payer a customer at the connection where that exists; repeatable."""
        connector = await self.connector(scope, connection_id)
        if not isinstance(connector, SyncsCustomers):
            return payer
        async with self._units_of_work(scope) as work:
            link = await work.entity_links.find(connection_id, CUSTOMER, payer.customer_id)
        if link is not None:
            return _known_as(payer, link.provider_reference)
        answer = await _put(connector, connection_id, payer)
        if isinstance(answer, Failure):
            logger.warning("A payer stays unknown at a provider: %s", answer.code)
            return payer
        await self._remember(scope, connection_id, payer, answer)
        return _known_as(payer, answer.provider_reference)

    async def _read(self, scope: Scope) -> Sequence[UsableConnection]:
        async with self._units_of_work(scope) as work:
            enabled = await work.connections.enabled()
        return [
            UsableConnection(
                id=connection.id,
                provider=connection.provider,
                capabilities=self._plugins[connection.provider].capabilities,
                display_name=self._plugins[connection.provider].display_name,
            )
            for connection in enabled
            if connection.provider in self._plugins
        ]

    async def _remember(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        payer: Payer,
        reference: CustomerReference,
    ) -> None:
        async with self._units_of_work(scope) as work:
            await work.entity_links.add(
                EntityLink(
                    connection_id=connection_id,
                    entity_kind=CUSTOMER,
                    entity_id=payer.customer_id,
                    provider_reference=reference.provider_reference,
                    created_at=self._clock.now(),
                )
            )
            await work.commit()


async def _put(
    connector: SyncsCustomers, connection_id: ConnectionId, payer: Payer
) -> CustomerReference | Failure:
    record = CustomerRecord(
        customer_id=payer.customer_id, name=payer.name, email=payer.email, phone=payer.phone
    )
    # The same for every try, so that a reply lost does not make a second customer.
    key = f"{connection_id}-customer-{payer.customer_id}"
    try:
        return await connector.put_customer(record, key, None)
    except Exception as error:  # noqa: BLE001 - a plug-in's bug; no payment waits for it
        logger.error("A connector failed to make a customer: %s", breakage(error))  # noqa: TRY400
        return Failure(outcome=Outcome.UNKNOWN, code="connector_failed", message="It failed.")


def _known_as(payer: Payer, provider_reference: str) -> Payer:
    return msgspec.structs.replace(payer, provider_reference=provider_reference)
