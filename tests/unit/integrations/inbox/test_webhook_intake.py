"""A webhook from the socket to the inbox."""

import pytest

from paymux.integrations.adapters.inbox import Inbox
from paymux.integrations.adapters.routes import ConnectionRoutes, Route
from paymux.integrations.adapters.webhook_intake import Receipt, WebhookIntake
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.kernel.ids import ConnectionId, TimeSortedIds
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Connector
from paymux.payments.ports.webhooks import ForgedWebhook, VerifiedWebhook
from tests.unit.integrations.inbox.memory import CONNECTION, NOW, SCOPE, Deaf, Hears, StoppedClock


class _Inbox(Inbox):
    def __init__(self) -> None:
        self.stored: list[tuple[Scope, ProviderEvent]] = []

    async def put(self, scope: Scope, event: ProviderEvent) -> None:
        self.stored.append((scope, event))


class _Routes(ConnectionRoutes):
    def __init__(self, found: Connector | None, renewed: Connector | None = None) -> None:
        self._found = found
        self._renewed = renewed or found
        self.refreshed = 0

    async def find(self, provider: str, connection_id: ConnectionId) -> Route | None:
        assert (provider, connection_id) == ("acme", CONNECTION)
        return None if self._found is None else (SCOPE, self._found)

    async def refresh(self, provider: str, connection_id: ConnectionId) -> Route | None:  # noqa: ARG002
        self.refreshed += 1
        return None if self._renewed is None else (SCOPE, self._renewed)


class _Door:
    def __init__(self, routes: _Routes) -> None:
        self.inbox = _Inbox()
        clock = StoppedClock()
        self._intake = WebhookIntake(
            routes=routes, inbox=self.inbox, clock=clock, ids=TimeSortedIds(clock)
        )

    async def deliver(self) -> Receipt:
        return await self._intake.receive("acme", CONNECTION, {"x-signature": "s"}, b"raw")


def _distrustful() -> Hears:
    connector = Hears()
    connector.verdict = ForgedWebhook("wrong_signature")
    return connector


async def test_a_genuine_delivery_is_stored_as_it_came() -> None:
    connector = Hears()
    connector.verdict = VerifiedWebhook(
        event_id="evt_1", event_type="paid", fallback_identity="print_1", occurred_at=NOW
    )
    routes = _Routes(connector)
    door = _Door(routes)
    assert await door.deliver() is Receipt.STORED
    ((scope, event),) = door.inbox.stored
    assert scope == SCOPE
    assert event.id.startswith("pev_")
    assert (event.connection_id, event.provider, event.body) == (CONNECTION, "acme", b"raw")
    assert (event.event_id, event.event_type) == ("evt_1", "paid")
    assert (event.fallback_identity, event.occurred_at) == ("print_1", NOW)
    assert event.received_at == NOW
    (webhook,) = connector.heard
    assert (webhook.headers, webhook.body) == ({"x-signature": "s"}, b"raw")
    assert routes.refreshed == 0


async def test_a_delivery_for_nobody_is_told_apart() -> None:
    door = _Door(_Routes(None))
    assert await door.deliver() is Receipt.UNKNOWN_CONNECTION
    assert door.inbox.stored == []


@pytest.mark.parametrize("connector", [_distrustful(), Deaf()])
async def test_a_delivery_that_is_not_genuine_leaves_no_trace(connector: Connector) -> None:
    door = _Door(_Routes(connector))
    assert await door.deliver() is Receipt.NOT_GENUINE
    assert door.inbox.stored == []


async def test_secrets_that_another_process_has_changed_are_tried_before_refusing() -> None:
    routes = _Routes(_distrustful(), renewed=Hears())
    door = _Door(routes)
    assert await door.deliver() is Receipt.STORED
    assert routes.refreshed == 1


async def test_a_connection_that_goes_meanwhile_is_not_genuine() -> None:
    routes = _Routes(_distrustful())
    routes._renewed = None
    assert await _Door(routes).deliver() is Receipt.NOT_GENUINE
