"""A request that dies at any boundary is finished by the next identical one, never repeated.

A process that is killed runs nothing more, not even `finally`. Here a `Killed`, which no handler
catches, ends the request before or after each claim, commit, call of a provider, and answer; each
boundary is found by counting, so a new one is tried as soon as it exists.
"""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from inspect import iscoroutine
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import asyncpg
import httpx
import pytest

from paymux.bootstrap.containers import Container
from paymux.bootstrap.lifecycle import running as alive
from paymux.bootstrap.web import create_app
from paymux.integrations.adapters.accounts import ConnectorAccounts
from paymux.payments.application.provider_calls import ProviderCalls
from paymux.platform.database.driver_work import DriverUnitOfWork
from paymux.platform.database.unit_of_work import UnitOfWork
from paymux.platform.idempotency.keys import SqlIdempotencyKeys
from paymux.platform.settings import load_settings
from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.integration.conftest import Database

P = ParamSpec("P")
R = TypeVar("R")
Json = dict[str, Any]
ROOT_KEY = "root-key-of-the-tests-and-of-nothing-else"
_MOST_BOUNDARIES = 60


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Boundaries:
    """Counts the places where a request may die, and lets it die at one of them."""

    die_at: int = 0
    passed: list[str] = field(default_factory=list)

    def pass_by(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) == self.die_at:
            raise Killed(name)

    def around(self, name: str, call: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(call)
        async def counted(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                self.pass_by(f"before {name}")
            except Killed:
                for given in args:
                    if iscoroutine(given):
                        given.close()
                raise
            result = await call(*args, **kwargs)
            self.pass_by(f"after {name}")
            return result

        return counted

    def begin(self, die_at: int) -> None:
        self.die_at, self.passed = die_at, []


@pytest.fixture(name="boundaries")
def _boundaries(monkeypatch: pytest.MonkeyPatch) -> Boundaries:
    found = Boundaries()
    for owner, name in (
        (SqlIdempotencyKeys, "claim"),
        (SqlIdempotencyKeys, "keep"),
        (UnitOfWork, "commit"),
        (DriverUnitOfWork, "commit"),
        (ConnectorAccounts, "check"),
        (ConnectorAccounts, "register_webhook"),
        (ProviderCalls, "make"),
    ):
        monkeypatch.setattr(owner, name, found.around(name, getattr(owner, name)))
    return found


@pytest.fixture(name="sandbox", scope="module")
def _sandbox() -> Iterator[str]:
    with running(SandboxSettings(seed=1)) as url:
        yield url


@dataclass
class House:
    """An installation in this process, a merchant's key, and ways to look behind."""

    client: httpx.AsyncClient
    sandbox: httpx.AsyncClient
    superuser: asyncpg.Connection
    boundaries: Boundaries

    async def post(self, path: str, body: Json | None, key: str) -> httpx.Response:
        content = None if body is None else json.dumps(body)
        headers = {"Idempotency-Key": key, "content-type": "application/json"}
        return await self.client.post(path, content=content, headers=headers)

    async def die_and_repeat(
        self, path: str, body: Json | None, key: str, boundary: int
    ) -> httpx.Response | None:
        """Die at a boundary, then send the same again; None when there was no such boundary."""
        self.boundaries.begin(boundary)
        try:
            await self.post(path, body, key)
        except Killed:
            self.boundaries.begin(0)
            assert (await self.post(path, body, key)).status_code in {200, 201, 409}
            await self.superuser.execute(
                "UPDATE idempotency_keys SET locked_until = now() WHERE locked_until IS NOT NULL"
            )
            return await self.post(path, body, key)
        self.boundaries.begin(0)
        return None

    async def count(self, table: str) -> int:
        counted: int = await self.superuser.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        return counted

    async def objects(self, account_id: str) -> list[Json]:
        answer = await self.sandbox.get("/objects", params={"account_id": account_id})
        found: list[Json] = answer.raise_for_status().json()["objects"]
        return found

    async def open_account(self, provider: str) -> Json:
        answer = await self.sandbox.post("/accounts", json={"provider": provider})
        account: Json = answer.raise_for_status().json()
        return account

    async def as_tenant(self) -> "House":
        answer = await self.client.post("/v1/tenants", json={"name": "Zebra Books"})
        key = answer.raise_for_status().json()["api_keys"][0]["key"]
        self.client.headers["authorization"] = f"Bearer {key}"
        return self

    async def connect(self, provider: str) -> Json:
        account = await self.open_account(provider)
        body = {
            "provider": provider,
            "label": f"{provider} {secrets.token_hex(3)}",
            "credentials": account["credentials"],
        }
        (await self.client.post("/v1/connections", json=body)).raise_for_status()
        return account


@pytest.fixture(name="house")
async def _house(
    database: Database, sandbox: str, tmp_path: Path, boundaries: Boundaries
) -> AsyncIterator[House]:
    stand_ins = {slug: {"base_url": f"{sandbox}/{slug}"} for slug in ("stripe", "razorpay")}
    settings = load_settings(
        {
            "PAYMUX_DATABASE_URL": database.app_url,
            "PAYMUX_ENCRYPTION_KEYS": f"v1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "PAYMUX_ROOT_KEY": ROOT_KEY,
            "PAYMUX_DATA_DIR": str(tmp_path),
            "PAYMUX_PROVIDER_OVERRIDES": json.dumps(stand_ins),
            "PAYMUX_PUBLIC_URL": "http://127.0.0.1:8000",
        }
    )
    async with (
        _served(Container(settings=settings, database_url=database.app_url)) as client,
        httpx.AsyncClient(base_url=f"{sandbox}/_control", timeout=20) as control,
    ):
        superuser = await asyncpg.connect(database.superuser_url)
        yield House(client, control, superuser, boundaries)
        await superuser.close()


@asynccontextmanager
async def _served(container: Container) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(container, with_worker=False)
    async with (
        alive(container, with_worker=False),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(cast("Any", app)),
            base_url="http://paymux",
            headers={"authorization": f"Bearer {ROOT_KEY}"},
            timeout=30,
        ) as client,
    ):
        yield client


async def _each_boundary(
    house: House, path: str, body: Callable[[int], Json | None]
) -> AsyncIterator[tuple[int, httpx.Response]]:
    for boundary in range(1, _MOST_BOUNDARIES):
        answer = await house.die_and_repeat(path, body(boundary), f"key-{boundary}", boundary)
        if answer is None:
            return
        yield boundary, answer
    pytest.fail("There are more boundaries than were expected.")


async def _replays(house: House, path: str, body: Json | None, key: str) -> httpx.Response:
    again = await house.post(path, body, key)
    assert again.headers["idempotent-replayed"] == "true"
    return again


@pytest.mark.parametrize("provider", ["stripe", "razorpay"])
async def test_a_payment_that_died_half_way_is_finished(house: House, provider: str) -> None:
    account = await (await house.as_tenant()).connect(provider)

    def body(boundary: int) -> Json:
        return {
            "amount": 1000 + boundary,
            "currency": "INR",
            "description": "Book",
            "reference": f"order-{boundary}",
        }

    tried = 0
    async for boundary, answer in _each_boundary(house, "/v1/payments", body):
        tried += 1
        payment = answer.json()
        assert answer.status_code == 201, answer.text
        assert payment["status"] == "requires_action", house.boundaries.passed
        assert payment["amount"] == 1000 + boundary
        again = await _replays(house, "/v1/payments", body(boundary), f"key-{boundary}")
        assert again.content == answer.content
        assert await house.count("payments") == tried
        assert await house.count("payment_attempts") == tried
        assert len(await house.objects(account["account_id"])) == tried
    # claim, begin, call, learn, keep: before and after each.
    assert tried >= 10


async def test_a_cancellation_that_died_half_way_is_finished(house: House) -> None:
    await (await house.as_tenant()).connect("stripe")
    payments = []
    for number in range(14):
        new = {"amount": 500 + number, "currency": "EUR", "description": "Book"}
        payments.append((await house.client.post("/v1/payments", json=new)).json()["id"])
    tried = 0
    for boundary, payment_id in enumerate(payments, start=1):
        path = f"/v1/payments/{payment_id}/cancel"
        answer = await house.die_and_repeat(path, None, f"cancel-{boundary}", boundary)
        if answer is None:
            break
        tried += 1
        assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
        again = await _replays(house, path, None, f"cancel-{boundary}")
        assert again.content == answer.content
    assert tried >= 10


async def test_a_charge_that_died_half_way_is_finished_and_goes_on(house: House) -> None:
    account = await (await house.as_tenant()).connect("stripe")
    customer = (await house.client.post("/v1/customers", json={"external_id": "ada"})).json()
    await _saved(house, customer["id"])
    newest = await _saved(house, customer["id"])
    soft = {"provider": "stripe", "reference": newest, "behaviour": "decline_soft"}
    (await house.sandbox.post("/instruments", json=soft)).raise_for_status()
    before = await _charged(house, account["account_id"])

    def body(boundary: int) -> Json:
        return {
            "amount": 1000 + boundary,
            "currency": "USD",
            "description": "Book",
            "customer_id": customer["id"],
            "off_session": True,
        }

    tried = 0
    async for boundary, answer in _each_boundary(house, "/v1/payments", body):
        tried += 1
        payment = answer.json()
        assert (answer.status_code, payment["status"]) == (201, "succeeded"), answer.text
        statuses = [one["status"] for one in payment["attempts"]]
        assert statuses == ["declined", "succeeded"], house.boundaries.passed
        taken = await _charged(house, account["account_id"])
        assert taken[len(before) :] == [1001 + number for number in range(boundary)]
    # claim, begin, a call and its answer twice, keep: before and after each.
    assert tried >= 12


async def _saved(house: House, customer_id: str) -> str:
    """Have a method saved; returns the provider's token."""
    wish = {"customer_id": customer_id, "save_payment_method": {"consent": "Yes."}}
    new = {"amount": 500, "currency": "USD", "description": "Book", **wish}
    payment = (await house.client.post("/v1/payments", json=new)).raise_for_status().json()
    link = payment["link"]["url"].removeprefix("http://127.0.0.1:8000")
    agreed = await house.client.post(f"{link}/consent")
    page = {"url": agreed.headers["location"], "action": "pay", "webhooks": False}
    (await house.sandbox.post("/pay", json=page)).raise_for_status()
    await house.client.get(f"{link}/return")
    found = await house.client.get("/v1/payment-methods", params={"customer_id": customer_id})
    token: str = found.json()["data"][0]["provider_reference"]
    return token


async def _charged(house: House, account_id: str) -> list[int]:
    """What the provider's own ledger says was taken, in its order."""
    answer = await house.sandbox.get("/ledger", params={"account_id": account_id})
    return [entry["amount_minor"] for entry in answer.raise_for_status().json()["entries"]]


async def test_a_customer_that_died_half_way_is_found(house: House) -> None:
    await house.as_tenant()
    tried = 0
    async for _, answer in _each_boundary(
        house, "/v1/customers", lambda boundary: {"external_id": f"user-{boundary}"}
    ):
        tried += 1
        assert answer.status_code == 201, answer.text
        assert await house.count("customers") == tried
    assert tried >= 6


async def test_an_api_key_that_died_half_way_works_and_was_shown_once(house: House) -> None:
    await house.as_tenant()
    tried = 0
    path = "/v1/api_keys"
    before = await house.count("api_keys")
    async for boundary, answer in _each_boundary(
        house, path, lambda boundary: {"label": f"key {boundary}"}
    ):
        tried += 1
        text = answer.json()["key"]
        own = {"authorization": f"Bearer {text}"}
        assert (await house.client.get("/v1/payments", headers=own)).status_code == 200
        assert await house.count("api_keys") == before + tried
        again = await _replays(house, path, {"label": f"key {boundary}"}, f"key-{boundary}")
        assert again.json()["key"] == text
    assert tried >= 6


async def test_a_tenant_that_died_half_way_has_keys_that_work(house: House) -> None:
    tried = 0
    async for _, answer in _each_boundary(
        house, "/v1/tenants", lambda boundary: {"name": f"Shop {boundary}"}
    ):
        tried += 1
        tenant = answer.json()
        own = {"authorization": f"Bearer {tenant['api_keys'][0]['key']}"}
        path = f"/v1/tenants/{tenant['id']}"
        assert (await house.client.get(path, headers=own)).status_code == 200
        assert await house.count("tenants") == tried
    assert tried >= 6


@pytest.mark.parametrize(
    ("provider", "webhook"), [("stripe", "registered"), ("razorpay", "manual")]
)
async def test_a_connection_that_died_half_way_is_finished(
    house: House, provider: str, webhook: str
) -> None:
    await house.as_tenant()
    credentials = (await house.open_account(provider))["credentials"]
    tried = 0

    def body(boundary: int) -> Json:
        return {"provider": provider, "label": f"one {boundary}", "credentials": credentials}

    async for _, answer in _each_boundary(house, "/v1/connections", body):
        tried += 1
        assert answer.status_code == 201, answer.text
        assert answer.json()["webhook"]["status"] == webhook
        assert bool(answer.json()["webhook"].get("verifier")) == (webhook == "manual")
        assert await house.count("connections") == tried
    assert tried > 8
