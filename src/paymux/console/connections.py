"""Connections: how they stand, and whether they work."""

from http import HTTPStatus
from typing import Final

from litestar import Controller, Response, get, post

from paymux.console.listing import neighbours, page_asked
from paymux.console.pages import page, see_other
from paymux.console.visitors import PageRequestOf, Visitor
from paymux.integrations.ports.inbound import ShowsConnections
from paymux.kernel.ids import ConnectionId

_LIST: Final = "/console/connections"


class ConnectionPagesController(Controller):
    """What a reader sees of connections; an admin may test them, as over the API."""

    path = "/connections"

    @get("/")
    async def list_connections(
        self, request: PageRequestOf, visitor: Visitor, connection_views: ShowsConnections
    ) -> Response[str]:
        """List connections."""
        where = page_asked(request)
        found = await connection_views.page(visitor.scope, where)
        return page(
            "connections.html",
            visitor,
            connections=found.items,
            pages=neighbours(_LIST, {}, where, found.next_cursor),
        )

    @get("/{connection_id:str}")
    async def show_connection(
        self, connection_id: str, visitor: Visitor, connection_views: ShowsConnections
    ) -> Response[str]:
        """Show one connection."""
        connection = await connection_views.show(visitor.scope, ConnectionId(connection_id))
        return page("connection.html", visitor, connection=connection, check=None)

    @get("/{connection_id:str}/test")
    async def leave_test(self, connection_id: str, visitor: Visitor) -> Response[str]:
        """Lead back whoever opens the address of a test's result, without testing again."""
        del visitor
        return see_other(f"{_LIST}/{connection_id}")

    @post("/{connection_id:str}/test", status_code=HTTPStatus.OK)
    async def test_connection(
        self, connection_id: str, admin: Visitor, connection_views: ShowsConnections
    ) -> Response[str]:
        """Test one connection and say how it went; moves no money, so it may be sent twice."""
        which = ConnectionId(connection_id)
        check = await connection_views.test(admin.scope, which)
        connection = await connection_views.show(admin.scope, which)
        return page("connection.html", admin, connection=connection, check=check)
