"""Connections as people see them."""

from paymux.integrations.application.connections import Connections
from paymux.integrations.domain.connection import Connection
from paymux.integrations.ports.inbound import CheckView, ConnectionView
from paymux.integrations.ports.outbound import ConnectionFilter
from paymux.kernel.ids import ConnectionId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope


class ConnectionViews:
    """Connections in the words other contexts may use; no secret is among them."""

    def __init__(self, *, connections: Connections) -> None:
        self._connections = connections

    async def page(self, scope: Scope, page: PageRequest) -> Page[ConnectionView]:
        """Return connections, newest first."""
        return (await self._connections.list(scope, ConnectionFilter(), page)).map(_view)

    async def show(self, scope: Scope, connection_id: ConnectionId) -> ConnectionView:
        """Return one connection; refuses one that is not there."""
        return _view(await self._connections.get(scope, connection_id))

    async def test(self, scope: Scope, connection_id: ConnectionId) -> CheckView:
        """Check the account live; that it does not work is a report, not a refusal."""
        report = await self._connections.test(scope, connection_id)
        return CheckView(
            checked_at=report.checked_at,
            duration_ms=report.duration_ms,
            account_name=report.account.name if report.account else None,
            problem=report.refusal.detail if report.refusal else None,
        )


def _view(connection: Connection) -> ConnectionView:
    account, webhook = connection.account, connection.webhook
    attention = connection.attention
    return ConnectionView(
        id=connection.id,
        provider=connection.provider,
        label=connection.label,
        enabled=connection.enabled,
        priority=connection.priority,
        hints=connection.hints,
        account_reference=account.reference,
        account_name=account.name,
        account_country=account.country,
        webhook_status=webhook.status,
        webhook_url=webhook.url,
        webhook_reason=webhook.reason,
        webhook_steps=webhook.steps,
        refused_since=attention.since if attention else None,
        refused_because=attention.message if attention else None,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )
