"""`/v1/connections`."""

from typing import Annotated

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter

from paymux.integrations.adapters.http.connection_bodies import (
    SLUG,
    CheckBody,
    ConnectionBody,
    CreateConnectionBody,
    RecoveryBody,
    UpdateConnectionBody,
    check_body,
    connected_body,
    connection_body,
)
from paymux.integrations.application.connections import ConnectionChange, Connections
from paymux.integrations.application.missed_events import MissedEvents
from paymux.integrations.application.webhook_endpoints import WebhookEndpoints
from paymux.integrations.ports.outbound import ConnectionFilter
from paymux.kernel.ids import ConnectionId
from paymux.kernel.origin import Origin
from paymux.kernel.pages import PageRequest
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.tenancy.http import admin, reader
from paymux.tenancy.principal import Principal


class ConnectionsController(Controller):
    """A tenant's accounts at the providers."""

    path = "/v1/connections"
    tags = ("Connections",)

    @post(
        "/",
        guards=[admin],
        operation_id="createConnection",
        summary="Connect an account at a provider",
        description="Checks the credentials live before it accepts them, then registers our "
        "webhook endpoint at the provider. Where the provider has no API for that, `webhook` "
        "says what to do by hand, and `webhook.verifier` is shown this once.",
    )
    async def create_connection(
        self,
        data: CreateConnectionBody,
        principal: Principal,
        connections: Connections,
        origin: Origin | None,
    ) -> ConnectionBody:
        """Connect an account."""
        return connected_body(await connections.create(principal.scope, data.to_command(), origin))

    @get(
        "/",
        guards=[reader],
        operation_id="listConnections",
        summary="List connections, newest first",
        description="Of every provider, disabled ones included; secrets show their last four "
        "characters only.",
    )
    async def list_connections(
        self,
        principal: Principal,
        connections: Connections,
        page: PageRequest,
        provider: Annotated[str | None, Parameter(pattern=SLUG)] = None,
        enabled: bool | None = None,
    ) -> PageResponse[ConnectionBody]:
        """List connections."""
        which = ConnectionFilter(provider=provider, enabled=enabled)
        found = await connections.list(principal.scope, which, page)
        return page_response(found, connection_body)

    @get(
        "/{connection_id:str}",
        guards=[reader],
        operation_id="getConnection",
        summary="Get a connection",
        description="With the state of its webhook; secrets show their last four characters only.",
    )
    async def get_connection(
        self, connection_id: str, principal: Principal, connections: Connections
    ) -> ConnectionBody:
        """Get one connection."""
        found = await connections.get(principal.scope, ConnectionId(connection_id))
        return connection_body(found)

    @patch(
        "/{connection_id:str}",
        guards=[admin],
        operation_id="updateConnection",
        summary="Change a connection",
        description="New credentials replace all of the old ones and are checked live first.",
    )
    async def update_connection(
        self,
        connection_id: str,
        data: UpdateConnectionBody,
        principal: Principal,
        connections: Connections,
    ) -> ConnectionBody:
        """Change one connection."""
        changed = await connections.update(
            principal.scope, ConnectionId(connection_id), data.to_command()
        )
        return connection_body(changed)

    @delete(
        "/{connection_id:str}",
        guards=[admin],
        operation_id="deleteConnection",
        summary="Delete a connection",
        description="Erases its secrets for good and removes our endpoint at the provider.",
    )
    async def delete_connection(
        self, connection_id: str, principal: Principal, connections: Connections
    ) -> None:
        """Delete one connection."""
        await connections.delete(principal.scope, ConnectionId(connection_id))

    @post(
        "/{connection_id:str}/test",
        guards=[admin],
        status_code=200,
        operation_id="testConnection",
        summary="Check a connection's credentials live",
        description="Asks the provider whose account it is; moves no money. Credentials that do "
        "not work are an answer here, not a problem.",
    )
    async def test_connection(
        self, connection_id: str, principal: Principal, connections: Connections
    ) -> CheckBody:
        """Check one connection; moves no money."""
        return check_body(await connections.test(principal.scope, ConnectionId(connection_id)))

    @post(
        "/{connection_id:str}/enable",
        guards=[admin],
        status_code=200,
        operation_id="enableConnection",
        summary="Let a connection take new payments",
        description="Repeatable.",
    )
    async def enable_connection(
        self, connection_id: str, principal: Principal, connections: Connections
    ) -> ConnectionBody:
        """Enable one connection; repeatable."""
        change = ConnectionChange(enabled=True)
        return connection_body(
            await connections.update(principal.scope, ConnectionId(connection_id), change)
        )

    @post(
        "/{connection_id:str}/disable",
        guards=[admin],
        status_code=200,
        operation_id="disableConnection",
        summary="Keep a connection from taking new payments",
        description="What it has in hand goes on: webhooks, captures and look-ups still work.",
    )
    async def disable_connection(
        self, connection_id: str, principal: Principal, connections: Connections
    ) -> ConnectionBody:
        """Disable one connection; repeatable."""
        change = ConnectionChange(enabled=False)
        return connection_body(
            await connections.update(principal.scope, ConnectionId(connection_id), change)
        )

    @post(
        "/{connection_id:str}/webhook",
        guards=[admin],
        status_code=200,
        operation_id="registerConnectionWebhook",
        summary="Register our webhook endpoint again",
        description="Where the provider has no API for that, makes a new verifier to enter by "
        "hand, shown this once; the one before it stays accepted.",
    )
    async def register_webhook(
        self, connection_id: str, principal: Principal, webhook_endpoints: WebhookEndpoints
    ) -> ConnectionBody:
        """Make our endpoint known to the provider."""
        return connected_body(
            await webhook_endpoints.register(principal.scope, ConnectionId(connection_id))
        )

    @post(
        "/{connection_id:str}/recover-events",
        guards=[admin],
        status_code=200,
        operation_id="recoverConnectionEvents",
        summary="Fetch webhooks that never reached us",
        description="Lists the provider's events since the last time and puts those that we do "
        "not have into the inbox. Happens by itself every few minutes; repeatable. A provider "
        "that keeps no events is an answer here, not a problem: its payments are polled.",
    )
    async def recover_events(
        self, connection_id: str, principal: Principal, missed_events: MissedEvents
    ) -> RecoveryBody:
        """Recover the events of one connection."""
        report = await missed_events.recover(principal.scope, ConnectionId(connection_id))
        return msgspec.convert(report, RecoveryBody, from_attributes=True)
