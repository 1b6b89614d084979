"""Razorpay's connector and the sandbox, over HTTP, with the real SDK between them."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final

import msgspec
import pytest
import requests

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    AccountReport,
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    CustomerRecord,
    CustomerReference,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.webhooks import InboundWebhook, Translated, VerifiedWebhook
from tests.unit.integrations.providers.razorpay.stand_in import (
    StandIn,
    a_request,
    connected,
    serving,
)

CONTROL_TIMEOUT: Final = 10
IDS: Final = TimeSortedIds(SystemClock())


@dataclass(frozen=True)
class Sandbox:
    """The sandbox's control API."""

    url: str

    def post(self, path: str, **body: object) -> dict[str, object]:
        answer = requests.post(
            f"{self.url}/_control{path}",
            data=msgspec.json.encode(body),
            timeout=CONTROL_TIMEOUT,
        )
        assert answer.ok, answer.text
        decoded = answer.json()
        assert isinstance(decoded, dict)
        return decoded

    def clear_faults(self) -> None:
        requests.delete(f"{self.url}/_control/faults", timeout=CONTROL_TIMEOUT)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    state = tmp_path_factory.mktemp("sandbox")
    command = [
        sys.executable,
        "-m",
        "paymux.sandbox",
        "--port",
        str(port),
        "--state-dir",
        str(state),
    ]
    with Path(state, "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            yield _ready(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def _ready(url: str, process: "subprocess.Popen[bytes]") -> Sandbox:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{url}/_control/health", timeout=1).raise_for_status()
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return Sandbox(url)
    pytest.fail("the sandbox did not start")


@dataclass(frozen=True)
class Account:
    """An account at the sandbox, and where its webhooks go."""

    connector: RazorpayConnector
    key_id: str
    webhooks: StandIn


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[Account]:
    opened = sandbox.post("/accounts", provider="razorpay")
    credentials = msgspec.convert(opened["credentials"], dict[str, str])
    with (
        serving() as webhooks,
        connected(
            f"{sandbox.url}/razorpay",
            key_id=credentials["key_id"],
            key_secret=credentials["key_secret"],
        ) as connector,
    ):
        webhooks.will(_accept)
        sandbox.post(
            "/razorpay/webhooks",
            key_id=credentials["key_id"],
            url=f"{webhooks.url}/webhooks",
            secret="whsecret",
        )
        yield Account(connector, credentials["key_id"], webhooks)
    sandbox.clear_faults()


def _accept(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def fresh(amount: Money | None = None) -> CheckoutRequest:
    request = a_request(amount=amount, attempt_id=IDS.new("att"))
    return msgspec.structs.replace(request, created_at=datetime.now(UTC))


def query(request: CheckoutRequest, reference: str | None = None) -> AttemptQuery:
    return AttemptQuery(
        attempt_id=request.attempt_id,
        created_at=request.created_at,
        provider_reference=reference,
    )


async def opened(account: Account, request: CheckoutRequest) -> Checkout:
    answer = await account.connector.create_checkout(request)
    assert isinstance(answer, Checkout), answer
    return answer


async def observed(account: Account, request: CheckoutRequest) -> Observation:
    answer = await account.connector.look_up(query(request))
    assert isinstance(answer, Observation), answer
    return answer


async def told(account: Account, count: int) -> list[Observation]:
    """Return what the first `count` deliveries mean, each verified before."""
    deadline = time.monotonic() + 10
    while len(account.webhooks.asked) < count and time.monotonic() < deadline:
        time.sleep(0.02)  # noqa: ASYNC251 - the server that waits here has its own thread
    meanings: list[Observation] = []
    for asked in account.webhooks.asked:
        webhook = InboundWebhook(asked.headers, asked.body, datetime.now(UTC))
        verified = await account.connector.verify_webhook(webhook)
        assert isinstance(verified, VerifiedWebhook), verified
        translated = await account.connector.translate_webhook(asked.body)
        assert isinstance(translated, Translated), translated
        meanings.extend(translated.observations)
    return meanings


async def test_the_credentials_prove_themselves(account: Account) -> None:
    assert isinstance(await account.connector.check_account(), AccountReport)


async def test_wrong_credentials_are_refused(sandbox: Sandbox, account: Account) -> None:
    with connected(f"{sandbox.url}/razorpay", key_id=account.key_id) as stranger:
        answer = await stranger.check_account()
    assert isinstance(answer, Failure)
    assert answer.outcome is Outcome.CREDENTIALS


@pytest.mark.parametrize(
    "money",
    [
        Money(50000, "INR"),
        Money(1999, "USD"),
        Money(295, "JPY"),
        Money(10010, "KWD"),
        Money(500, "ISK"),
        Money(5000, "UGX"),
        Money(12300, "HUF"),
        Money(12300, "TWD"),
        Money(1000, "MGA"),
    ],
    ids=str,
)
async def test_a_link_is_opened_paid_and_seen_from_every_side(
    sandbox: Sandbox, account: Account, money: Money
) -> None:
    request = fresh(money)
    checkout = await opened(account, request)
    assert (await observed(account, request)).status is ObservedStatus.PENDING
    paid = sandbox.post("/pay", url=checkout.url, action="pay")
    assert str(paid["return_url"]).startswith(request.return_url)
    seen = await observed(account, request)
    assert (seen.status, seen.amount) == (ObservedStatus.SUCCEEDED, money)
    meanings = await told(account, 4)
    final = [each for each in meanings if each.status is ObservedStatus.SUCCEEDED]
    assert len(final) >= 2
    assert {each.attempt_id for each in meanings} == {request.attempt_id}
    assert {each.amount for each in final} == {money}
    assert {each.payment_reference for each in final} == {seen.payment_reference}


async def test_a_declined_payment_leaves_the_link_open_and_may_succeed_late(
    sandbox: Sandbox, account: Account
) -> None:
    request = fresh()
    checkout = await opened(account, request)
    sandbox.post("/pay", url=checkout.url, action="decline")
    (failed,) = await told(account, 1)
    assert (failed.status, failed.reason_code) == (ObservedStatus.PENDING, "payment_failed")
    assert (await observed(account, request)).status is ObservedStatus.PENDING
    sandbox.post("/pay", url=checkout.url, action="late_authorize")
    assert (await observed(account, request)).status is ObservedStatus.SUCCEEDED


async def test_a_payment_of_another_amount_is_reported_as_it_is(
    sandbox: Sandbox, account: Account
) -> None:
    request = fresh(Money(50000, "INR"))
    checkout = await opened(account, request)
    sandbox.post("/pay", url=checkout.url, action="pay", amount=100)
    assert (await observed(account, request)).amount == Money(100, "INR")


async def test_the_same_attempt_never_opens_a_second_link(account: Account) -> None:
    request = fresh()
    first = await opened(account, request)
    again = await opened(account, request)
    replayed = await opened(account, msgspec.structs.replace(request, replay=True))
    assert first == again == replayed


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "garbage"])
async def test_a_lost_reply_is_unknown_and_converges_on_the_link_that_exists(
    sandbox: Sandbox, account: Account, kind: str
) -> None:
    request = fresh()
    operation = "payment_link.create"
    sandbox.post("/faults", kind=kind, provider="razorpay", operation=operation, times=1)
    answer = await account.connector.create_checkout(request)
    assert isinstance(answer, Failure)
    assert answer.outcome is Outcome.UNKNOWN
    found = await observed(account, request)
    replayed = await opened(account, msgspec.structs.replace(request, replay=True))
    assert replayed.provider_reference == found.provider_reference


async def test_a_create_that_never_arrived_is_proven_absent(
    sandbox: Sandbox, account: Account
) -> None:
    request = fresh()
    operation = "payment_link.create"
    sandbox.post("/faults", kind="drop_before", provider="razorpay", operation=operation, times=1)
    answer = await account.connector.create_checkout(request)
    assert isinstance(answer, Failure)
    assert answer.outcome is Outcome.UNKNOWN
    assert await account.connector.look_up(query(request)) == NotFound()


async def test_throttling_says_that_nothing_was_processed(
    sandbox: Sandbox, account: Account
) -> None:
    sandbox.post("/faults", kind="throttle", provider="razorpay", operation="*", times=1)
    answer = await account.connector.create_checkout(fresh())
    assert isinstance(answer, Failure)
    assert answer.outcome is Outcome.NOT_PROCESSED


async def test_an_expired_link_is_canceled_once_and_told(account: Account) -> None:
    request = fresh()
    checkout = await opened(account, request)
    for _ in range(2):
        answer = await account.connector.expire_checkout(checkout.provider_reference, "key")
        assert isinstance(answer, Observation)
        assert answer.status is ObservedStatus.CANCELED
    (meaning,) = await told(account, 1)
    assert meaning.status is ObservedStatus.CANCELED


async def test_a_payer_who_was_first_is_told_when_expiring(
    sandbox: Sandbox, account: Account
) -> None:
    request = fresh()
    checkout = await opened(account, request)
    sandbox.post("/pay", url=checkout.url, action="pay", webhooks=False)
    answer = await account.connector.expire_checkout(checkout.provider_reference, "key")
    assert isinstance(answer, Observation)
    assert (answer.status, answer.amount) == (ObservedStatus.SUCCEEDED, request.amount)


async def test_a_customer_is_created_once_and_updated(account: Account) -> None:
    ada = CustomerRecord(customer_id=IDS.new("cus"), name="Ada Lovelace", email="ada@b.example")
    first = await account.connector.put_customer(ada, "key", None)
    assert isinstance(first, CustomerReference), first
    assert await account.connector.put_customer(ada, "key", None) == first
    renamed = msgspec.structs.replace(ada, name="Ada King", phone="+91 98765 43210")
    updated = await account.connector.put_customer(renamed, "key", first.provider_reference)
    assert updated == first


async def test_a_webhook_of_another_account_is_forged(account: Account, sandbox: Sandbox) -> None:
    checkout = await opened(account, fresh())
    sandbox.post("/pay", url=checkout.url, action="pay")
    await told(account, 1)
    asked = account.webhooks.asked[0]
    webhook = InboundWebhook(asked.headers, asked.body + b" ", datetime.now(UTC))
    assert not isinstance(await account.connector.verify_webhook(webhook), VerifiedWebhook)
