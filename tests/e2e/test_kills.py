"""Web, worker and database are killed in the middle of 200 payments, and nothing is lost.

A third of what Stripe and PayPal can hold is captured in part later, and a quarter of what was
taken at once is refunded in part. The stand-ins' ledger says what really moved.
"""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest
import requests

from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer
from tests.e2e.installation import Installation
from tests.e2e.sandbox import PROVIDERS, Sandbox
from tests.e2e.shop import Shop
from tests.e2e.talking import Json, Record, send
from tests.e2e.waiting import eventually
from tests.reachable import reachable_folder

Answer = TypeVar("Answer")

PAYMENTS = 200
BUYERS = 6
CAPTURED = 700
REFUNDED = 400
PATIENCE = 90.0
SETTINGS = {
    "PAYMUX_WORKER_IN_WEB": "false",
    "PAYMUX_VERIFY_AFTER_SECONDS": "2",
    "PAYMUX_POLL_SCHEDULE_SECONDS": "3,6,12",
    "PAYMUX_LOG_LEVEL": "INFO",
}


@pytest.fixture(scope="session")
def durable() -> Iterator[RunningServer]:
    """A database server that keeps what it has said is kept."""
    with reachable_folder() as data_dir:
        running = EmbeddedPostgres().start(data_dir, fsync=True)
        yield running
        running.discard()


@pytest.fixture(scope="module")
def house(
    folder: Path,
    durable: RunningServer,
    sandbox: Sandbox,
    record: Record,
    installations: list[Installation],
) -> Iterator[Installation]:
    """Web and worker as separate processes on a durable database."""
    installation = Installation("killed", folder, durable, sandbox, record, **SETTINGS).create()
    installations.append(installation)
    try:
        installation.start().worker.start()
        yield installation
    finally:
        installation.discard()


def persistently(question: Callable[[], Answer | None]) -> Answer:
    """Ask again when nobody answers, as a careful client does."""

    def asked() -> Answer | None:
        try:
            return question()
        except requests.RequestException:
            return None

    return eventually(asked, within=PATIENCE)


class Purchase(NamedTuple):
    """What becomes of one order, by its number."""

    number: int

    @property
    def provider(self) -> str:
        return PROVIDERS[self.number % len(PROVIDERS)]

    @property
    def is_paid(self) -> bool:
        """The others only look."""
        return self.number % 10 != 9

    @property
    def is_held(self) -> bool:
        return self.number % 4 == 0 and self.provider != "razorpay"

    @property
    def is_refunded(self) -> bool:
        return self.number % 4 == 1

    @property
    def taken(self) -> int:
        return CAPTURED if self.is_held else 1000 + self.number

    @property
    def kept(self) -> int:
        return self.taken - (REFUNDED if self.is_refunded else 0)


PURCHASES = [Purchase(number) for number in range(PAYMENTS)]
PAID = [each for each in PURCHASES if each.is_paid]


class Buyers:
    """Many orders at once; each is brought to its end, whatever is down meanwhile."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.done = 0
        self._count = threading.Lock()

    def buy(self, order: Purchase) -> None:
        """Create a payment, go to its page and pay; every other payer comes back afterwards.

        The merchant takes what is held, and gives some of it back.
        """
        payment = persistently(lambda: self._created(order))
        page = persistently(lambda: self._page(payment))
        if order.is_paid:
            self.shop.sandbox.pay(page, follow_return=order.number % 2 == 0)
            self._finish(order, payment["id"])
        with self._count:
            self.done += 1

    def _finish(self, order: Purchase, payment_id: str) -> None:
        if order.is_held:
            self._await_status(payment_id, "authorized")
            self._surely(f"/v1/payments/{payment_id}/capture", {"amount": CAPTURED})
        if order.is_refunded:
            self._await_status(payment_id, "succeeded")
            self._surely(f"/v1/payments/{payment_id}/refunds", {"amount": REFUNDED})

    def _await_status(self, payment_id: str, status: str) -> None:
        path = f"/v1/payments/{payment_id}"

        def reached() -> bool:
            answer = self.shop.api.call("GET", path)
            return answer.ok and answer.json()["status"] == status

        persistently(reached)

    def _surely(self, path: str, body: Json) -> None:
        """Ask with one key until it is answered; an answer of 5xx may come of a dead database."""
        headers = {"Idempotency-Key": path}

        def made() -> bool:
            answer = self.shop.api.call("POST", path, json=body, headers=headers)
            assert answer.status_code in {200, 201, 409, 500, 503}, answer.text
            in_use = answer.status_code == 409
            assert not in_use or answer.json()["code"] == "idempotency_key_in_use", answer.text
            return answer.ok

        persistently(made)

    def await_done(self, enough: int) -> None:
        """Wait until so many are through."""
        eventually(lambda: self.done >= enough, within=PATIENCE)

    def _created(self, order: Purchase) -> Json | None:
        """The payment of this reference, made now or before an answer was lost."""
        reference = f"order-{order.number}"
        found = self.shop.api.call("GET", "/v1/payments", params={"reference": reference})
        if found.ok and found.json()["data"]:
            payment: Json = found.json()["data"][0]
            return payment
        body = {
            "amount": 1000 + order.number,
            "currency": "USD",
            "description": "Pro plan",
            "reference": reference,
            "connection_id": self.shop.accounts[order.provider].connection_id,
            "capture": "manual" if order.is_held else "automatic",
        }
        made = self.shop.api.call("POST", "/v1/payments", json=body)
        assert made.status_code in {201, 409, 500, 503}, made.text
        return self.shop.remember(made.json()) if made.status_code == 201 else None

    def _page(self, payment: Json) -> str | None:
        answer = send("GET", payment["link"]["url"])
        return answer.headers["location"] if answer.status_code == 303 else None


class Killer:
    """Ends processes as a power cut would, and starts them again."""

    def __init__(self, house: Installation, server: RunningServer, cluster: Path) -> None:
        self._house = house
        self._server = server
        self._cluster = cluster

    def web(self) -> None:
        """The web process."""
        self._house.web.kill()
        time.sleep(0.3)
        self._house.start()

    def worker(self) -> None:
        """The worker."""
        self._house.worker.kill()
        time.sleep(0.3)
        self._house.worker.start()
        self._await_work()

    def database(self) -> None:
        """The database server; those who use it have to live through it."""
        self._kill_database()
        time.sleep(0.3)
        assert self._server.revive()
        self._house.await_ready()
        self._await_work()
        assert self._house.web.exit_code is None
        assert self._house.worker.exit_code is None

    def everything(self) -> None:
        """All three at once."""
        self._house.web.kill()
        self._house.worker.kill()
        self._kill_database()
        assert self._server.revive()
        self._house.start()
        self._house.worker.start()

    def _await_work(self) -> None:
        """Wait until an event has been processed by the worker that lives now."""
        (row,) = self._house.query("SELECT clock_timestamp() AS now")
        processed = "SELECT 1 FROM provider_events WHERE processed_at > $1 LIMIT 1"
        eventually(lambda: self._house.query(processed, row["now"]) or None, within=PATIENCE)

    def _kill_database(self) -> None:
        pid = int((self._cluster / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not self._server.is_alive())


@pytest.fixture(scope="module")
def shop(house: Installation, durable: RunningServer) -> Shop:
    """A merchant after 200 payments with a kill after every 40."""
    shop = house.open_shop()
    for account in shop.accounts.values():
        shop.sandbox.webhooks(account.account_id, retry_base_ms=200)
    (row,) = house.query("SHOW data_directory")
    killer, buyers = Killer(house, durable, Path(row["data_directory"])), Buyers(shop)
    kills = [killer.web, killer.worker, killer.database, killer.everything]
    with ThreadPoolExecutor(BUYERS) as pool:
        bought = [pool.submit(buyers.buy, order) for order in PURCHASES]
        for times, kill in enumerate(kills, start=1):
            buyers.await_done(times * 40)
            kill()
        for purchase in bought:
            purchase.result(PATIENCE)
    return shop


@pytest.fixture(scope="module")
def payments(house: Installation, shop: Shop) -> list[Json]:
    """Every payment, once webhooks have arrived and nothing is in doubt any more."""

    def at_rest() -> bool:
        undelivered = sum(
            notice["status"] != "delivered"
            for account in shop.accounts.values()
            for notice in shop.sandbox.notices(account.account_id)
        )
        return not undelivered and not any(_unfinished(house, shop).values())

    eventually(at_rest, within=PATIENCE, otherwise=lambda: _unfinished(house, shop))
    return shop.api.every("/v1/payments")


def _unfinished(house: Installation, shop: Shop) -> dict[str, int]:
    """What is still to be done, by kind."""
    (row,) = house.query(
        "SELECT (SELECT count(*) FROM provider_events WHERE tenant_id = $1"
        "         AND status = 'received') AS events,"
        " (SELECT count(*) FROM payment_attempts WHERE tenant_id = $1"
        "         AND status IN ('in_flight', 'unknown')) AS doubtful,"
        " (SELECT count(*) FROM payment_attempts WHERE tenant_id = $1"
        "         AND status = 'pending' AND approved) AS uncaptured,"
        " (SELECT count(*) FROM captures WHERE tenant_id = $1"
        "         AND status IN ('in_flight', 'unknown')) AS captures,"
        " (SELECT count(*) FROM refunds WHERE tenant_id = $1"
        "         AND status IN ('in_flight', 'unknown', 'pending')) AS refunds",
        shop.tenant_id,
    )
    return {**row}


def test_every_payment_was_made_once(payments: list[Json]) -> None:
    references = Counter(payment["reference"] for payment in payments)
    assert references == {f"order-{number}": 1 for number in range(PAYMENTS)}


def test_every_accepted_webhook_is_processed(shop: Shop, payments: list[Json]) -> None:
    assert payments
    status = {event["event_id"]: event["status"] for event in shop.events()}
    accepted = {
        delivery["event_id"]
        for account in shop.accounts.values()
        for delivery in shop.sandbox.deliveries(account.account_id)
        if (delivery["response_status"] or 0) // 100 == 2
    }
    assert len(accepted) >= PAYMENTS * 0.9
    assert {status.get(event_id) for event_id in accepted} <= {"processed", "ignored"}


def test_the_sandboxs_ledger_and_our_records_agree(shop: Shop, payments: list[Json]) -> None:
    details = [shop.payment(payment["id"]) for payment in payments]
    moved: Counter[str] = Counter()
    for account in shop.accounts.values():
        for entry in shop.sandbox.ledger(account.account_id):
            moved[f"{entry['kind']} {entry['reference']}"] += entry["amount_minor"]
    for payment, order in zip(_in_order(details), PURCHASES, strict=True):
        [attempt] = payment["attempts"]
        page = attempt["provider_reference"]
        taken = moved[f"payment {page}"] + moved[f"capture {page}"]
        back = moved[f"refund {page}"]
        assert (taken, taken - back) == ((order.taken, order.kept) if order.is_paid else (0, 0))
        assert (payment["amount_captured"], payment["amount_refunded"]) == (taken, back)
    assert Counter(p["status"] for p in details) == {
        "succeeded": len(PAID),
        "requires_action": PAYMENTS - len(PAID),
    }
    assert not [p["id"] for p in details if p["review"]]


def test_every_capture_and_refund_was_made_once(
    house: Installation, shop: Shop, payments: list[Json]
) -> None:
    assert payments
    for table, expected in (
        ("captures", sum(order.is_held for order in PAID)),
        ("refunds", sum(order.is_refunded for order in PAID)),
    ):
        query = f"SELECT status, payment_id FROM {table} WHERE tenant_id = $1"  # noqa: S608
        rows = house.query(query, shop.tenant_id)
        assert {row["status"] for row in rows} == {"succeeded"}
        assert len(rows) == len({row["payment_id"] for row in rows}) == expected


def _in_order(details: list[Json]) -> list[Json]:
    return sorted(details, key=lambda payment: int(payment["reference"].split("-")[1]))


def test_no_page_was_opened_twice_for_an_attempt(shop: Shop, payments: list[Json]) -> None:
    assert payments
    opened = Counter(
        thing["our_reference"]
        for account in shop.accounts.values()
        for thing in shop.sandbox.objects(account.account_id)
    )
    assert set(opened.values()) == {1}
    assert len(opened) == PAYMENTS


def test_each_settlement_is_told_once(
    house: Installation, shop: Shop, payments: list[Json]
) -> None:
    assert payments
    rows = house.query(
        "SELECT subject_id, count(*) AS times FROM events"
        " WHERE tenant_id = $1 AND type = 'payment.succeeded' GROUP BY subject_id",
        shop.tenant_id,
    )
    succeeded = {payment["id"] for payment in payments if payment["status"] == "succeeded"}
    assert {row["subject_id"]: row["times"] for row in rows} == dict.fromkeys(succeeded, 1)


def test_no_attempt_is_left_in_flight(house: Installation, payments: list[Json]) -> None:
    assert payments
    rows = house.query("SELECT DISTINCT status FROM payment_attempts")
    assert {row["status"] for row in rows} == {"succeeded", "pending"}
