"""PayPal's connector, with the real SDK over HTTP, against the sandbox."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import requests

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.integrations.adapters.providers.paypal.plugin import PLUGIN, PayPalCredentials
from paymux.kernel.clock import SystemClock
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    AccountReport,
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    InboundWebhook,
    RegisteredWebhook,
    Translated,
    VerifiedWebhook,
)
from tests.unit.sandbox.conftest import _served, inbox, paypal, sandbox
from tests.unit.sandbox.driver import Inbox, Merchant, Sandbox

__all__ = ["_served", "inbox", "paypal", "sandbox"]

PAID = Money(1250, "EUR")


@dataclass
class Story:
    """One attempt at the sandbox, seen from both sides."""

    connector: PayPalConnector
    sandbox: Sandbox
    merchant: Merchant
    attempt_id: str = "att_01k2f3g4h5j6k7m8n9p0q1r2s3"

    def request(self, money: Money = PAID, payment_id: str = "pay_1") -> CheckoutRequest:
        return CheckoutRequest(
            payment_id=payment_id,
            attempt_id=self.attempt_id,
            idempotency_key=f"{self.attempt_id}:create",
            amount=money,
            description="Tea",
            return_url="http://shop.test/return",
            cancel_url="http://shop.test/cancel",
            created_at=datetime.now(UTC),
        )

    async def open(self, money: Money = PAID, payment_id: str = "pay_1") -> Checkout:
        checkout = await self.connector.create_checkout(self.request(money, payment_id))
        assert isinstance(checkout, Checkout)
        return checkout

    async def complete(self, checkout: Checkout) -> Observation | Failure:
        key = f"{self.attempt_id}:complete"
        return await self.connector.complete_checkout(checkout.provider_reference, key)

    async def look_up(self, checkout: Checkout) -> Observation:
        query = AttemptQuery(
            attempt_id=self.attempt_id,
            created_at=datetime.now(UTC),
            provider_reference=checkout.provider_reference,
        )
        observed = await self.connector.look_up(query)
        assert isinstance(observed, Observation)
        return observed

    def fault(self, kind: str, operation: str, **more: object) -> None:
        rule = {"kind": kind, "provider": "paypal", "operation": operation, "times": 1}
        self.sandbox.control("POST", "/faults", **rule, **more)


def connect(
    url: str, credentials: dict[str, str], threads: ThreadPoolExecutor, *webhook_ids: str
) -> PayPalConnector:
    authority = requests.get(f"{url}/_control/paypal/ca.pem", timeout=5).content
    environment = ConnectorEnvironment(
        mode=Mode.TEST,
        clock=SystemClock(),
        threads=threads,
        webhook_verifiers=webhook_ids,
        connect_timeout=2,
        call_timeout=3,
        base_url=f"{url}/paypal",
        ca_pem=authority,
    )
    connector = PLUGIN.connect(PayPalCredentials(**credentials), environment)
    assert isinstance(connector, PayPalConnector)
    return connector


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
async def story(
    sandbox: Sandbox,
    paypal: Merchant,
    threads: ThreadPoolExecutor,
) -> AsyncIterator[Story]:
    connector = connect(sandbox.base, paypal.credentials, threads)
    yield Story(connector, sandbox, paypal)
    await connector.close()


async def test_an_account_is_known_by_its_credentials(
    story: Story, threads: ThreadPoolExecutor
) -> None:
    report = await story.connector.check_account()
    assert isinstance(report, AccountReport)
    assert report.mode is Mode.TEST
    wrong = {**story.merchant.credentials, "client_secret": "wrong"}
    stranger = connect(story.sandbox.base, wrong, threads)
    failure = await stranger.check_account()
    await stranger.close()
    assert isinstance(failure, Failure)
    assert failure.outcome is Outcome.CREDENTIALS


@pytest.mark.parametrize(
    ("money", "value"),
    [
        (Money(1999, "USD"), "19.99"),
        (Money(1500, "JPY"), "1500"),
        (Money(150000, "HUF"), "1500"),
        (Money(9900, "TWD"), "99"),
    ],
)
async def test_a_payer_pays_what_was_asked(story: Story, money: Money, value: str) -> None:
    checkout = await story.open(money)
    assert (await story.look_up(checkout)).status is ObservedStatus.PENDING
    story.sandbox.pay(checkout.url)
    assert (await story.look_up(checkout)).status is ObservedStatus.APPROVED
    assert story.sandbox.ledger(story.merchant) == []
    completed = await story.complete(checkout)
    assert isinstance(completed, Observation)
    assert (completed.status, completed.amount) == (ObservedStatus.SUCCEEDED, money)
    assert completed.attempt_id == story.attempt_id
    (taken,) = story.sandbox.ledger(story.merchant)
    assert (taken["amount_wire"], taken["payment_reference"]) == (
        value,
        completed.payment_reference,
    )
    assert await story.look_up(checkout) == completed


async def test_the_same_key_gives_the_same_order(story: Story) -> None:
    assert await story.open() == await story.open()


async def test_an_order_that_is_not_approved_waits(story: Story) -> None:
    completed = await story.complete(await story.open())
    assert isinstance(completed, Observation)
    assert completed.status is ObservedStatus.PENDING


async def test_completing_twice_takes_the_money_once(story: Story) -> None:
    checkout = await story.open()
    story.sandbox.pay(checkout.url)
    first, second = await asyncio.gather(story.complete(checkout), story.complete(checkout))
    third = await story.connector.complete_checkout(checkout.provider_reference, "another-key")
    results = [first, second, third]
    taken = [each for each in results if isinstance(each, Observation)]
    assert {each.status for each in taken} == {ObservedStatus.SUCCEEDED}
    waiting = [each.outcome for each in results if isinstance(each, Failure)]
    assert set(waiting) <= {Outcome.IN_PROGRESS}
    assert len(story.sandbox.ledger(story.merchant)) == 1


async def test_a_payment_paid_before_is_not_paid_by_a_second_order(story: Story) -> None:
    first = await story.open()
    story.attempt_id = "att_01k2f3g4h5j6k7m8n9p0q1r2s4"
    second = await story.open()
    for checkout in (first, second):
        story.sandbox.pay(checkout.url)
    assert isinstance(await story.complete(first), Observation)
    story.attempt_id = "att_01k2f3g4h5j6k7m8n9p0q1r2s5"
    failure = await story.complete(second)
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.DONE_ALREADY, "duplicate_invoice_id")
    assert len(story.sandbox.ledger(story.merchant)) == 1


async def test_a_declined_payer_may_choose_again(story: Story) -> None:
    checkout = await story.open()
    story.sandbox.pay(checkout.url, "decline")
    declined = await story.complete(checkout)
    assert isinstance(declined, Observation)
    assert (declined.status, declined.reason_code) == (
        ObservedStatus.PENDING,
        "instrument_declined",
    )
    story.sandbox.pay(checkout.url)
    completed = await story.complete(checkout)
    assert isinstance(completed, Observation)
    assert completed.status is ObservedStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("then", "status", "amount"),
    [
        ("settle", ObservedStatus.SUCCEEDED, PAID),
        ("deny", ObservedStatus.DECLINED, None),
    ],
)
async def test_an_echeck_takes_its_time(
    story: Story, then: str, status: ObservedStatus, amount: Money | None
) -> None:
    checkout = await story.open()
    story.sandbox.pay(checkout.url, "pay_pending")
    held = await story.complete(checkout)
    assert isinstance(held, Observation)
    assert (held.status, held.reason_code) == (ObservedStatus.PENDING, "echeck")
    story.sandbox.pay(checkout.url, then)
    observed = await story.look_up(checkout)
    assert (observed.status, observed.amount) == (status, amount)


@pytest.mark.parametrize("kind", ["error_after", "drop_after", "garbage"])
async def test_an_order_whose_reply_is_lost_is_found_by_its_key(story: Story, kind: str) -> None:
    story.fault(kind, "order.create")
    lost = await story.connector.create_checkout(story.request())
    assert isinstance(lost, Failure)
    assert lost.outcome is Outcome.UNKNOWN
    checkout = await story.open()
    objects = story.sandbox.control("GET", "/objects")["objects"]
    assert [each["id"] for each in objects] == [checkout.provider_reference]


@pytest.mark.parametrize("kind", ["error_before", "error_after", "drop_after", "garbage"])
async def test_a_capture_whose_reply_is_lost_is_made_once(story: Story, kind: str) -> None:
    checkout = await story.open()
    story.sandbox.pay(checkout.url)
    story.fault(kind, "order.capture")
    lost = await story.complete(checkout)
    assert isinstance(lost, Failure)
    assert lost.outcome is Outcome.UNKNOWN
    completed = await story.complete(checkout)
    assert isinstance(completed, Observation)
    assert completed.status is ObservedStatus.SUCCEEDED
    assert len(story.sandbox.ledger(story.merchant)) == 1


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("throttle", Outcome.NOT_PROCESSED), ("conflict", Outcome.IN_PROGRESS)],
)
async def test_a_busy_paypal_says_that_nothing_was_done(
    story: Story, kind: str, outcome: Outcome
) -> None:
    story.fault(kind, "order.create")
    failure = await story.connector.create_checkout(story.request())
    assert isinstance(failure, Failure)
    assert failure.outcome is outcome


async def test_a_signed_webhook_leads_to_what_the_order_says(
    story: Story,
    inbox: Inbox,
    threads: ThreadPoolExecutor,
) -> None:
    registered = await story.connector.register_webhook(inbox.url, "key")
    assert isinstance(registered, RegisteredWebhook)
    assert await story.connector.register_webhook(inbox.url, "key") == registered
    checkout = await story.open()
    story.sandbox.pay(checkout.url)
    await story.complete(checkout)
    await asyncio.to_thread(inbox.wait_for, lambda received: len(received) >= 3)
    listening = connect(
        story.sandbox.base, story.merchant.credentials, threads, "0LD", registered.verifier
    )
    for received in inbox.received:
        webhook = InboundWebhook(received.headers, received.raw, datetime.now(UTC))
        verified = await listening.verify_webhook(webhook)
        assert isinstance(verified, VerifiedWebhook)
        assert verified.event_type == received.kind
        altered = InboundWebhook(received.headers, received.raw + b" ", datetime.now(UTC))
        assert isinstance(await listening.verify_webhook(altered), ForgedWebhook)
        translated = await listening.translate_webhook(received.raw)
        assert isinstance(translated, Translated)
        assert translated.observations[0].status is ObservedStatus.SUCCEEDED
        assert translated.observations[0].attempt_id == story.attempt_id
    assert await story.connector.unregister_webhook(registered.provider_reference) is None
    assert await story.connector.unregister_webhook(registered.provider_reference) is None
    await listening.close()


async def test_another_endpoints_webhook_is_forged(
    story: Story,
    inbox: Inbox,
    threads: ThreadPoolExecutor,
) -> None:
    await story.connector.register_webhook(inbox.url, "key")
    checkout = await story.open()
    story.sandbox.pay(checkout.url)
    await asyncio.to_thread(inbox.wait_for, lambda received: len(received) >= 1)
    received = inbox.received[0]
    stranger = connect(
        story.sandbox.base, story.merchant.credentials, threads, "0EH40505U7160970P"
    )
    webhook = InboundWebhook(received.headers, received.raw, datetime.now(UTC))
    assert isinstance(await stranger.verify_webhook(webhook), ForgedWebhook)
    await stranger.close()
