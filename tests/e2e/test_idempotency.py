"""Identical requests over real HTTP, to two processes at once, one of which may be killed."""

import asyncio
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp
import pytest
import requests

from tests.e2e.conftest import Install
from tests.e2e.installation import COMMAND, Installation
from tests.e2e.processes import Process, free_port
from tests.e2e.shop import Shop
from tests.e2e.talking import Api, Json, send
from tests.e2e.waiting import eventually

AT_ONCE = 64
KEYS = int(os.environ.get("REPEATED_KEYS", "20"))
LEASE_SECONDS = 4


@pytest.fixture(name="pair", scope="module")
def _pair(install: Install) -> Iterator[tuple[Installation, str]]:
    """An installation with two web processes, and the URL of the second."""
    lease = {"PAYMUX_IDEMPOTENCY_LEASE_SECONDS": str(LEASE_SECONDS)}
    installation = install("pair", **lease).start()
    port = free_port()
    settings = {**installation.settings, "PAYMUX_PORT": str(port)}
    log = installation.log("second")
    second = Process("second web", [*COMMAND, "web"], settings, log).start()
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _is_ready(url), within=40, otherwise=lambda: log.read_text()[-2000:])
        yield installation, url
    finally:
        second.kill()


@pytest.fixture(name="shop", scope="module")
def _shop(pair: tuple[Installation, str]) -> Shop:
    return pair[0].open_shop(providers=("stripe",))


def _is_ready(url: str) -> bool:
    try:
        return send("GET", f"{url}/readyz", timeout=3).ok
    except OSError:
        return False


def _asked(shop: Shop, amount: int) -> Json:
    return {"amount": amount, "currency": "EUR", "description": "Book"} | {
        "connection_id": shop.accounts["stripe"].connection_id
    }


def _post(api: Api, path: str, key: str, body: Json) -> requests.Response:
    return api.call("POST", path, json=body, headers={"Idempotency-Key": key})


def _until_answered(api: Api, path: str, key: str, body: Json) -> requests.Response:
    """Do as the documentation says: come again after `Retry-After` while it is in use."""

    def answered() -> requests.Response | None:
        answer = _post(api, path, key, body)
        if answer.status_code == 409:
            assert answer.json()["code"] == "idempotency_key_in_use"
            assert answer.headers["retry-after"] == "1"
            return None
        return answer

    return eventually(answered, within=60)


class Answered(NamedTuple):
    """What one of many identical requests got."""

    status: int
    is_replayed: bool
    body: bytes


class Crowd:
    """Many callers with one key and one request, over connections that are open already."""

    def __init__(self, urls: list[str], session: aiohttp.ClientSession) -> None:
        self._urls = [urls[number % len(urls)] for number in range(AT_ONCE)]
        self._session = session

    async def knock(self) -> None:
        """Open every connection."""
        await asyncio.gather(*(self._knock(url) for url in self._urls))

    async def ask(self, key: str, body: Json) -> list[Answered]:
        """Ask all at once; the last answer is one that comes when all others are there."""
        answers = await asyncio.gather(*(self._ask(url, key, body) for url in self._urls))
        last = await self._ask(self._urls[0], key, body)
        while last.status == 409:
            await asyncio.sleep(0.05)
            last = await self._ask(self._urls[0], key, body)
        return [*answers, last]

    async def _knock(self, url: str) -> None:
        async with self._session.get(f"{url}/readyz") as answer:
            await answer.read()

    async def _ask(self, url: str, key: str, body: Json) -> Answered:
        while True:
            try:
                return await self._asked(url, key, body)
            except aiohttp.ServerDisconnectedError:
                continue  # It had been idle for so long that the server closed it just now.

    async def _asked(self, url: str, key: str, body: Json) -> Answered:
        headers = {"Idempotency-Key": key}
        async with self._session.post(f"{url}/v1/payments", json=body, headers=headers) as answer:
            is_replayed = "idempotent-replayed" in answer.headers
            return Answered(answer.status, is_replayed, await answer.read())


async def _ask_everything(urls: list[str], shop: Shop, keys: list[str]) -> list[list[Answered]]:
    headers = {"Authorization": f"Bearer {shop.api.key}"}
    door = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=door, headers=headers) as session:
        crowd = Crowd(urls, session)
        await crowd.knock()
        return [await crowd.ask(key, _asked(shop, 1000 + n)) for n, key in enumerate(keys)]


def _sessions(shop: Shop) -> int:
    return len(shop.sandbox.objects(shop.accounts["stripe"].account_id))


def test_sixty_four_identical_requests_at_once_make_one_payment_per_key(
    pair: tuple[Installation, str], shop: Shop
) -> None:
    before, keys = _sessions(shop), [str(uuid4()) for _ in range(KEYS)]
    began = time.monotonic()
    answered = asyncio.run(_ask_everything([shop.api.url, pair[1]], shop, keys))
    took, statuses = time.monotonic() - began, Counter[int]()
    for answers in answered:
        statuses.update(answer.status for answer in answers)
        created = [one for one in answers if one.status == 201]
        assert len([one for one in created if not one.is_replayed]) == 1, statuses
        assert len({one.body for one in created}) == 1
        assert answers[-1] in created
    assert statuses.keys() <= {201, 409}
    told = {status: f"{count} times" for status, count in sorted(statuses.items())}
    sys.stdout.write(f"\n{AT_ONCE} requests at once, {KEYS} keys, {took:.0f} s: {told}\n")
    assert len(shop.api.every("/v1/payments")) == KEYS
    assert _sessions(shop) - before == KEYS


def test_a_request_whose_process_was_killed_is_finished_by_the_other(
    pair: tuple[Installation, str], shop: Shop
) -> None:
    installation, other = pair
    account = shop.accounts["stripe"].account_id
    sessions, payments = _sessions(shop), len(shop.api.every("/v1/payments"))
    slow: Json = {"kind": "latency", "provider": "stripe", "account_id": account}
    for number, delay in enumerate((0.0, 0.15, 0.5)):
        key, body = str(uuid4()), _asked(shop, 2000 + number)
        fault = shop.sandbox.control("POST", "/faults", delay_ms=1500, times=1, **slow)
        died: list[Any] = []
        asking = threading.Thread(target=lambda: died.append(_died(shop.api, key, body)))  # noqa: B023
        asking.start()
        time.sleep(delay)
        installation.web.kill()
        asking.join(timeout=30)
        shop.sandbox.control("DELETE", f"/faults/{fault['id']}")
        answer = _until_answered(Api(other, shop.api.key, shop.record), "/v1/payments", key, body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["status"] == "requires_action", answer.text
        installation.start()
        again = _post(shop.api, "/v1/payments", key, body)
        assert again.content == answer.content
        assert again.headers["idempotent-replayed"] == "true"
    assert len(shop.api.every("/v1/payments")) - payments == 3
    assert _sessions(shop) - sessions == 3


def _died(api: Api, key: str, body: Json) -> bool:
    try:
        return _post(api, "/v1/payments", key, body).status_code == 0
    except requests.ConnectionError:
        return True


def test_every_post_of_the_api_is_safe_to_repeat(shop: Shop) -> None:
    """A new operation cannot forget the key: it is tried as soon as it is described."""
    document = shop.api.get("/openapi.json")
    tried = 0
    for path, item in document["paths"].items():
        if not path.startswith("/v1/") or "post" not in item:
            continue
        tried += 1
        names = [one["name"] for one in item["post"]["parameters"]]
        assert "Idempotency-Key" in names, path
        assert {"409", "422"} <= item["post"]["responses"].keys(), path
        api = shop.root if _is_root(item["post"]) else shop.api
        refused = api.call("POST", _filled(path), json={}, headers={"Idempotency-Key": "no space"})
        assert refused.status_code == 400, path
        assert refused.json()["code"] == "idempotency_key_malformed", path
        assert refused.json()["field"] == "Idempotency-Key", path
    assert tried >= 10


def _is_root(operation: Json) -> bool:
    return {"root_key": []} in operation["security"]


def _filled(path: str) -> str:
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))
