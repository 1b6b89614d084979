"""Lists answer in pages."""

from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


def test_twenty_items_unless_asked_otherwise(client: Client) -> None:
    page = client.get("/v1/orders").json()
    assert len(page["data"]) == 20
    assert page["next_cursor"] == "ord_next"


def test_as_many_items_as_asked_for(client: Client) -> None:
    cursor = "ord_01k9zv3x5w8r2m4n6p7q0s1t2v"
    reply = client.get("/v1/orders", params={"limit": 3, "cursor": cursor})
    assert len(reply.json()["data"]) == 3
