"""The connector and the real SDK against the sandbox, which knows nothing of either."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from subprocess import DEVNULL
from typing import Any

import msgspec
import pytest

from paymux.integrations.adapters.providers.stripe.plugin import StripeCredentials
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    AccountReport,
    AttemptQuery,
    Checkout,
    CustomerRecord,
    CustomerReference,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
    Payer,
)
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    RegisteredWebhook,
    VerifiedWebhook,
)
from tests.contract.providers.stripe_account import Merchant, Sandbox, receiving, request

SUCCEEDED = ObservedStatus.SUCCEEDED


def unused_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, state = unused_port(), tmp_path_factory.mktemp("sandbox")
    command = ("-m", "paymux.sandbox", "--port", str(port), "--state-dir", str(state))
    process = subprocess.Popen([sys.executable, *command], stdout=DEVNULL, stderr=DEVNULL)
    deadline = time.monotonic() + 30
    while not listens(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def query(checkout: Checkout | None = None, attempt: str = "att_1") -> AttemptQuery:
    return AttemptQuery(
        attempt_id=attempt,
        created_at=datetime.now(UTC),
        provider_reference=checkout.provider_reference if checkout else None,
    )


async def test_the_account_is_read_and_a_wrong_key_noticed(
    merchant: Merchant, stripe: Any
) -> None:
    report = await stripe.check_account()
    assert isinstance(report, AccountReport)
    assert (report.country, report.mode) == ("US", Mode.TEST)
    merchant.credentials = StripeCredentials("sk_test_nobodys_key")
    stranger = merchant.connector()
    failure = await stranger.check_account()
    await stranger.close()
    assert failure.outcome is Outcome.CREDENTIALS
    assert "nobodys" not in failure.message


@pytest.mark.parametrize(
    "amount",
    [
        Money(1000, "USD"),
        Money(50000, "INR"),
        Money(500, "JPY"),
        Money(10010, "KWD"),
        Money(700, "ISK"),
        Money(9000, "UGX"),
        Money(20000, "HUF"),
        Money(12345, "TWD"),
        Money(500000, "MGA"),
    ],
)
async def test_what_was_asked_is_what_was_paid_in_every_kind_of_currency(
    sandbox: Sandbox, stripe: Any, amount: Money
) -> None:
    checkout = await stripe.create_checkout(request(amount))
    assert isinstance(checkout, Checkout)
    assert (await stripe.look_up(query(checkout))).status is ObservedStatus.PENDING
    await sandbox.pay(checkout)
    for how in (query(checkout), query()):
        seen = await stripe.look_up(how)
        assert isinstance(seen, Observation)
        assert (seen.status, seen.amount, seen.attempt_id) == (SUCCEEDED, amount, "att_1")
        assert (seen.provider_reference, seen.method) == (checkout.provider_reference, "card")
        assert seen.payment_reference
        assert seen.occurred_at


async def test_a_declined_try_leaves_the_page_open_for_another(
    sandbox: Sandbox, stripe: Any
) -> None:
    checkout = await stripe.create_checkout(request())
    await sandbox.pay(checkout, "decline")
    seen = await stripe.look_up(query(checkout))
    assert seen.status is ObservedStatus.PENDING
    assert seen.reason_code
    await sandbox.pay(checkout)
    assert (await stripe.look_up(query(checkout))).status is SUCCEEDED


@pytest.mark.parametrize(
    ("end", "status"),
    [("async_succeed", SUCCEEDED), ("async_fail", ObservedStatus.DECLINED)],
)
async def test_a_delayed_method_is_pending_until_it_reports(
    sandbox: Sandbox, stripe: Any, end: str, status: ObservedStatus
) -> None:
    checkout = await stripe.create_checkout(request())
    await sandbox.pay(checkout, "pay_async")
    assert (await stripe.look_up(query(checkout))).status is ObservedStatus.PENDING
    await sandbox.pay(checkout, end)
    assert (await stripe.look_up(query(checkout))).status is status


async def test_a_page_is_closed_unless_the_payer_was_first(sandbox: Sandbox, stripe: Any) -> None:
    open_page = await stripe.create_checkout(request(attempt="att_1"))
    for _ in range(2):
        seen = await stripe.expire_checkout(open_page.provider_reference, "expire-1")
        assert seen.status is ObservedStatus.EXPIRED
    seen = await stripe.expire_checkout(open_page.provider_reference, "expire-another-time")
    assert seen.status is ObservedStatus.EXPIRED
    paid = await stripe.create_checkout(request(attempt="att_2"))
    await sandbox.pay(paid)
    seen = await stripe.expire_checkout(paid.provider_reference, "expire-2")
    assert (seen.status, seen.amount) == (SUCCEEDED, Money(1000, "USD"))


@pytest.mark.parametrize(
    "fault", ["drop_after", "drop_before", "garbage", "error_before", "error_after"]
)
async def test_after_a_lost_answer_the_same_key_opens_no_second_page(
    sandbox: Sandbox, merchant: Merchant, stripe: Any, fault: str
) -> None:
    asked = request()
    await sandbox.fail("checkout_session.create", fault)
    lost = await stripe.create_checkout(asked)
    assert isinstance(lost, Failure)
    assert lost.outcome is Outcome.UNKNOWN
    again = await stripe.create_checkout(msgspec.structs.replace(asked, replay=True))
    if isinstance(again, Checkout):
        assert await stripe.create_checkout(msgspec.structs.replace(asked, replay=True)) == again
    sold = await sandbox.control("GET", "/objects")
    ours = [sale for sale in sold["objects"] if sale["account_id"] == merchant.account_id]
    assert len(ours) == (1 if isinstance(again, Checkout) else 0)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("throttle", Outcome.NOT_PROCESSED),
        ("conflict", Outcome.IN_PROGRESS),
        ("error_after", Outcome.UNKNOWN),
    ],
)
async def test_faults_amount_to_what_stripe_documents(
    sandbox: Sandbox, stripe: Any, fault: str, outcome: Outcome
) -> None:
    await sandbox.fail("checkout_session.create", fault)
    assert (await stripe.create_checkout(request())).outcome is outcome


async def test_a_key_used_with_other_parameters_says_that_an_earlier_page_may_exist(
    stripe: Any,
) -> None:
    asked = request()
    assert isinstance(await stripe.create_checkout(asked), Checkout)
    other = msgspec.structs.replace(asked, amount=Money(2000, "USD"))
    failure = await stripe.create_checkout(other)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "idempotency_error")


async def test_absence_is_proven_for_an_old_attempt_only(stripe: Any) -> None:
    young = await stripe.look_up(query())
    assert young.code == "not_found_yet"
    created = datetime.now(UTC) - timedelta(minutes=6)
    assert isinstance(
        await stripe.look_up(AttemptQuery(attempt_id="att_1", created_at=created)), NotFound
    )


async def test_a_customer_is_created_once_and_pays(stripe: Any) -> None:
    record = CustomerRecord(customer_id="cus_a", name="A", email="a@example.com")
    first = await stripe.put_customer(record, "cus-1", None)
    assert isinstance(first, CustomerReference)
    assert await stripe.put_customer(record, "cus-1", None) == first
    changed = msgspec.structs.replace(record, name="B")
    assert await stripe.put_customer(changed, "cus-2", first.provider_reference) == first
    payer = Payer(customer_id="cus_a", provider_reference=first.provider_reference)
    checkout = await stripe.create_checkout(msgspec.structs.replace(request(), payer=payer))
    assert isinstance(checkout, Checkout)


async def test_webhooks_are_registered_delivered_verified_and_understood(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    inbox: asyncio.Queue[InboundWebhook] = asyncio.Queue()
    async with receiving(inbox) as url:
        old = await stripe.register_webhook(url, "hook-1")
        assert await stripe.register_webhook(url, "hook-1") == old
        registered = await stripe.register_webhook(url, "hook-2")
        assert isinstance(registered, RegisteredWebhook)
        assert registered != old
        checkout = await stripe.create_checkout(request())
        await sandbox.pay(checkout, "decline")
        await sandbox.pay(checkout)
        async with asyncio.timeout(20):
            arrived = [await inbox.get() for _ in range(3)]
    listening = merchant.connector("whsec_other", registered.verifier)
    statuses, ignored = set(), 0
    for webhook in arrived:
        assert isinstance(await listening.verify_webhook(webhook), VerifiedWebhook)
        assert isinstance(await stripe.verify_webhook(webhook), ForgedWebhook)
        translated = await listening.translate_webhook(webhook.body)
        if isinstance(translated, Ignored):
            ignored += 1
            continue
        (seen,) = translated.observations
        assert seen.attempt_id == "att_1"
        statuses.add(seen.status)
    assert (statuses, ignored) == ({ObservedStatus.PENDING, SUCCEEDED}, 1)
    assert await stripe.unregister_webhook(registered.provider_reference) is None
    assert await stripe.unregister_webhook(registered.provider_reference) is None
    await listening.close()
