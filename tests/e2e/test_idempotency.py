"""Identical requests over real HTTP, to two processes at once, one of which may be killed."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.e2e.conftest import Install
from tests.e2e.installation import COMMAND, Installation
from tests.e2e.processes import Process, free_port
from tests.e2e.shop import Shop
from tests.e2e.talking import Api, Json, send
from tests.e2e.waiting import eventually

AT_ONCE = 64
KEYS = 6
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


def _sessions(shop: Shop) -> int:
    return len(shop.sandbox.objects(shop.accounts["stripe"].account_id))


def test_sixty_four_identical_requests_at_once_make_one_payment_per_key(
    pair: tuple[Installation, str], shop: Shop
) -> None:
    apis = [shop.api, Api(pair[1], shop.api.key, shop.record)]
    before, keys = _sessions(shop), [str(uuid4()) for _ in range(KEYS)]
    barrier = threading.Barrier(AT_ONCE)

    def ask(number: int, key: str, amount: int) -> requests.Response:
        barrier.wait(timeout=60)
        return _post(apis[number % 2], "/v1/payments", key, _asked(shop, amount))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for amount, key in enumerate(keys, start=1000):
            asked = [pool.submit(ask, number, key, amount) for number in range(AT_ONCE)]
            answers = [one.result(timeout=120) for one in asked]
            statuses = Counter(answer.status_code for answer in answers)
            assert statuses.keys() <= {201, 409}, statuses
            created = [one for one in answers if one.status_code == 201]
            executed = [one for one in created if "idempotent-replayed" not in one.headers]
            assert len(executed) == 1
            assert {one.content for one in created} == {executed[0].content}
            last = _until_answered(apis[0], "/v1/payments", key, _asked(shop, amount))
            assert last.content == executed[0].content
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
