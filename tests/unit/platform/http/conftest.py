"""A toy application with every shape of operation that the real one has."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
import pytest
from litestar import Controller, Litestar, Request, delete, get, post
from litestar.datastructures import State
from litestar.testing import TestClient

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.pages import Page, PageRequest
from paymux.platform.http.application import HttpPlatform, build_app
from paymux.platform.http.pagination import PageResponse, page_response


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    quantity: Annotated[int, msgspec.Meta(ge=1, examples=[2])]
    label: str | None = None


class CreateOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    amount: Annotated[int, msgspec.Meta(ge=1, le=10**15, examples=[1999])]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", examples=["EUR"])]
    note: str | None = None
    count: int | None = None
    lines: list[Line] = []
    metadata: dict[Annotated[str, msgspec.Meta(max_length=40)], str] = {}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was ordered."""

    id: Annotated[str, msgspec.Meta(examples=["ord_1"])]
    amount: Annotated[int, msgspec.Meta(examples=[1999])]


class OrderController(Controller):
    path = "/v1/orders"

    @post("/")
    async def create_order(self, data: CreateOrder) -> Order:
        """Create an order.

        Nothing is kept.
        """
        return Order(id="ord_1", amount=data.amount)

    @get("/")
    async def list_orders(
        self, page: PageRequest, status: str | None = None, tag: list[str] | None = None
    ) -> PageResponse[Order]:
        """List orders."""
        del status, tag
        orders = [Order(id=f"ord_{number}", amount=number) for number in range(page.limit)]
        return page_response(Page(orders, "ord_next"), lambda order: order)

    @get("/{order_id:str}", example={"amount": 5})
    async def get_order(self, order_id: str) -> Order:
        """Get an order."""
        if order_id == "missing":
            raise ThingIsNotFound("order", order_id)  # noqa: EM101
        return Order(id=order_id, amount=1)

    @delete("/{order_id:str}")
    async def delete_order(self, order_id: str) -> None:
        """Delete an order."""


@get("/v1/faults/{kind:str}")
async def get_fault(kind: str) -> None:
    """Raise what a handler may raise."""
    raise {"bug": RuntimeError("secret detail"), "down": ConnectionRefusedError(111)}[kind]


@post("/webhooks/{provider:str}", request_max_body_size=2000)
async def receive_webhook(request: Request[object, object, State], provider: str) -> str:
    """Take bytes as they come."""
    return f"{provider} {len(await request.body())}"


@pytest.fixture(scope="session")
def app() -> Litestar:
    return build_app(
        HttpPlatform(version="1.2.3", request_max_bytes=10_000, https=True),
        route_handlers=[OrderController, get_fault, receive_webhook],
        dependencies={},
    )


@pytest.fixture(scope="session")
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
