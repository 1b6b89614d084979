"""What a caller sees of Idempotency-Keys, whatever the operation."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from litestar import Litestar, get, patch, post
from litestar.connection import ASGIConnection
from litestar.testing import TestClient

from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound
from paymux.kernel.origin import Origin
from paymux.platform.http.application import HttpPlatform, Idempotency, build_app
from paymux.platform.idempotency.requests import KeyHolder
from tests.unit.platform.http.memory_keys import MemoryKeys

Client = TestClient[Litestar]
KEY = "2f1c3f0e-6d0b-4a51-9c43-1d6a1f6f6d52"


class CreateThing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    amount: int


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A thing."""

    id: str
    amount: int


class TooMuch(PaymuxError):
    """It is too much."""

    code = "test_too_much"
    category = Category.INVALID


class Ended(PaymuxError):
    """It has ended."""

    code = "test_ended"
    category = Category.CONFLICT


class Moving(PaymuxError):
    """It is being changed."""

    code = "test_moving"
    category = Category.CONFLICT
    passes = True


class ProviderFailed(PaymuxError):
    """The provider failed."""

    code = "test_provider_failed"
    category = Category.PROVIDER_FAILED


class Shop:
    """Counts what was done, and fails as it is told."""

    def __init__(self) -> None:
        self.origins: list[Origin | None] = []
        self.amounts: list[int] = []
        self.fails_with: Exception | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    def sell(self, amount: int, origin: Origin | None) -> Thing:
        self.origins.append(origin)
        self.meanwhile()
        if self.fails_with is not None:
            raise self.fails_with
        self.amounts.append(amount)
        return Thing(id=f"thing {len(self.amounts)}", amount=amount)


@pytest.fixture(name="shop")
def _shop() -> Shop:
    return Shop()


@pytest.fixture(name="keys")
def _keys() -> MemoryKeys:
    return MemoryKeys()


@pytest.fixture(name="client")
def _client(shop: Shop, keys: MemoryKeys) -> Iterator[Client]:
    @post("/v1/things")
    async def create_thing(data: CreateThing, origin: Origin | None) -> Thing:
        """Create a thing."""
        return shop.sell(data.amount, origin)

    @post("/v1/other_things")
    async def create_other_thing(data: CreateThing, origin: Origin | None) -> Thing:
        """Create another thing."""
        return shop.sell(data.amount, origin)

    @post("/v1/things/{thing_id:str}/end", status_code=200)
    async def end_thing(thing_id: str, origin: Origin | None) -> Thing:
        """End a thing."""
        return Thing(id=thing_id, amount=shop.sell(0, origin).amount)

    @patch("/v1/things/{thing_id:str}")
    async def change_thing(thing_id: str, data: CreateThing, origin: Origin | None) -> Thing:
        """Change a thing."""
        return Thing(id=thing_id, amount=shop.sell(data.amount, origin).amount)

    @get("/v1/things")
    async def list_things() -> list[int]:
        """List things."""
        return shop.amounts

    @post("/webhooks/things")
    async def take_webhook(data: CreateThing, origin: Origin | None) -> Thing:
        """Take a webhook."""
        return shop.sell(data.amount, origin)

    def holder_of(connection: ASGIConnection[Any, Any, Any, Any]) -> KeyHolder:
        return KeyHolder(connection.headers.get("x-tenant", "ten_1"), "test")

    app = build_app(
        HttpPlatform(
            version="1", request_max_bytes=1000, idempotency=Idempotency(keys, holder_of)
        ),
        route_handlers=[
            create_thing,
            create_other_thing,
            end_thing,
            change_thing,
            list_things,
            take_webhook,
        ],
        dependencies={},
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def create(client: Client, amount: int = 5, key: str = KEY, **more: str) -> Any:
    headers = {"Idempotency-Key": key, **more}
    return client.post("/v1/things", json={"amount": amount}, headers=headers)


def test_the_same_request_is_done_once_and_answered_alike(client: Client, shop: Shop) -> None:
    first, again = create(client), create(client)
    assert (first.status_code, first.json()) == (201, {"id": "thing 1", "amount": 5})
    assert again.status_code == first.status_code
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert shop.amounts == [5]


def test_without_a_key_every_request_is_a_new_one(client: Client, shop: Shop) -> None:
    for _ in range(2):
        client.post("/v1/things", json={"amount": 5})
    assert shop.amounts == [5, 5]
    assert shop.origins == [None, None]


def test_another_body_under_the_key_is_refused(client: Client, shop: Shop) -> None:
    create(client, 5)
    refused = create(client, 6)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert refused.json()["field"] == "Idempotency-Key"
    assert shop.amounts == [5]


@pytest.mark.parametrize("path", ["/v1/other_things", "/v1/things?"])
def test_another_path_under_the_key_is_refused(client: Client, shop: Shop, path: str) -> None:
    create(client)
    again = client.post(path, json={"amount": 5}, headers={"Idempotency-Key": KEY})
    # An empty query is no other request.
    assert again.status_code == (201 if path.endswith("?") else 422)
    assert shop.amounts == [5]


def test_a_path_without_a_body_takes_a_key_too(client: Client, shop: Shop) -> None:
    headers = {"Idempotency-Key": KEY}
    answers = [client.post(f"/v1/things/{one}/end", headers=headers) for one in "aab"]
    assert [one.status_code for one in answers] == [200, 200, 422]
    assert len(shop.origins) == 1


def test_two_holders_may_use_the_same_key(client: Client, shop: Shop) -> None:
    create(client, 5)
    assert create(client, 6, **{"x-tenant": "ten_2"}).json()["amount"] == 6
    assert shop.amounts == [5, 6]


def test_while_the_first_runs_the_second_is_told_to_come_again(
    client: Client, shop: Shop, keys: MemoryKeys
) -> None:
    create(client)
    next(iter(keys.records.values())).answer = None
    next(iter(keys.records.values())).is_locked = True
    refused = create(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_in_use")
    assert refused.headers["retry-after"] == "1"
    assert shop.amounts == [5]


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a" * 256, "a\tb", "\x7f"])
def test_a_malformed_key_is_refused_by_name(client: Client, shop: Shop, key: str) -> None:
    refused = client.post(
        "/v1/things",
        json={"amount": 5},
        headers=[(b"Idempotency-Key", key.encode("latin-1"))],
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_malformed")
    assert refused.json()["field"] == "Idempotency-Key"
    assert not shop.origins


def test_a_key_sent_twice_is_refused(client: Client, shop: Shop) -> None:
    refused = client.post(
        "/v1/things",
        json={"amount": 5},
        headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "a")],
    )
    assert refused.json()["code"] == "idempotency_key_malformed"
    assert not shop.origins


@pytest.mark.parametrize("key", ["!", "~" * 255, KEY])
def test_a_key_has_up_to_255_visible_characters(client: Client, key: str) -> None:
    assert create(client, key=key).status_code == 201
    assert create(client, key=key).headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"amount":"x"}', 400), (b"{", 400), (b"", 400), (b'{"amount":' + b"1" * 999 + b"}", 413)],
)
def test_a_body_that_does_not_fit_leaves_the_key_free(
    client: Client, keys: MemoryKeys, body: bytes, status: int
) -> None:
    headers = {"Idempotency-Key": KEY, "content-type": "application/json"}
    assert client.post("/v1/things", content=body, headers=headers).status_code == status
    assert not keys.records
    assert create(client).status_code == 201


def test_what_was_refused_before_anything_was_done_leaves_the_key_free(
    client: Client, shop: Shop, keys: MemoryKeys
) -> None:
    shop.fails_with = TooMuch("Too much.")
    assert create(client, 6).status_code == 400
    assert not keys.records
    shop.fails_with = None
    assert create(client, 5).status_code == 201


@pytest.mark.parametrize("refusal", [Ended("Ended."), ThingIsNotFound("thing", "x")])
def test_a_final_refusal_is_kept(client: Client, shop: Shop, refusal: PaymuxError) -> None:
    shop.fails_with = refusal
    first = create(client)
    shop.fails_with = None
    again = create(client)
    assert again.status_code == first.status_code
    assert again.content == first.content
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotent-replayed"] == "true"
    assert not shop.amounts


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (RuntimeError("bug"), 500),
        (ConnectionRefusedError(111), 503),
        (ProviderFailed("Failed."), 502),
        (Moving("Moving."), 409),
    ],
)
def test_a_failure_is_not_kept_and_the_next_request_finishes_it(
    client: Client, shop: Shop, failure: Exception, status: int
) -> None:
    shop.fails_with = failure
    assert create(client).status_code == status
    assert create(client, 6).json()["code"] == "idempotency_key_reused"
    shop.fails_with = None
    finished = create(client)
    assert finished.status_code == 201
    assert "idempotent-replayed" not in finished.headers
    first, second = shop.origins
    assert first is not None
    assert second is not None
    assert (first.is_repeated, second.is_repeated) == (False, True)
    assert first.id("pay") == second.id("pay")


def test_a_refusal_of_a_repeated_run_does_not_free_the_key(
    client: Client, shop: Shop, keys: MemoryKeys
) -> None:
    shop.fails_with = RuntimeError("died after it had made something")
    create(client)
    shop.fails_with = TooMuch("Too much.")
    assert create(client).status_code == 400
    assert len(keys.records) == 1


def test_a_run_that_was_taken_over_does_not_speak(
    client: Client, shop: Shop, keys: MemoryKeys
) -> None:
    def taken_over() -> None:
        next(iter(keys.records.values())).run += 1

    shop.meanwhile = taken_over
    late = create(client)
    assert (late.status_code, late.json()["code"]) == (409, "idempotency_key_in_use")
    assert late.json()["request_id"] == late.headers["x-request-id"]


def test_an_answer_that_cannot_be_kept_is_not_given(
    client: Client, shop: Shop, keys: MemoryKeys
) -> None:
    keys.broken = ConnectionRefusedError(111)
    assert create(client).status_code == 503
    keys.broken = None
    assert create(client).status_code == 409
    keys.end_leases()
    assert create(client).status_code == 201
    assert [origin and origin.is_repeated for origin in shop.origins] == [False, True]


def test_only_posts_of_the_api_take_a_key(client: Client, shop: Shop, keys: MemoryKeys) -> None:
    headers = {"Idempotency-Key": KEY}
    for _ in range(2):
        client.patch("/v1/things/a", json={"amount": 1}, headers=headers)
        client.post("/webhooks/things", json={"amount": 2}, headers=headers)
        client.get("/v1/things", headers=headers)
    assert shop.amounts == [1, 2, 1, 2]
    assert not keys.records


def test_the_description_shows_the_header_where_it_is_taken(client: Client) -> None:
    document = client.get("/openapi.json").json()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            names = [one["name"] for one in operation.get("parameters", [])]
            takes_key = method == "post" and path.startswith("/v1/")
            assert ("Idempotency-Key" in names) == takes_key, path
            assert not takes_key or {"409", "422"} <= operation["responses"].keys()
