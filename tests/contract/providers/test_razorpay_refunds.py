"""Refunds and late captures over HTTP, with the real SDK between Razorpay's connector and the
sandbox, whose ledger says in the end what really moved."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from paymux.payments.ports.webhooks import (
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)
from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.integrations.providers.razorpay.stand_in import a_request, connected
from tests.unit.sandbox.driver import Inbox, Merchant, Sandbox, open_inbox

IDS = TimeSortedIds(SystemClock())
EFFECT_THEN_SILENCE = ["drop_after", "error_after", "garbage"]
NO_EFFECT = ["drop_before", "error_before"]


@dataclass
class Shop:
    """A merchant at the sandbox, its connector, and the control side."""

    sandbox: Sandbox
    merchant: Merchant
    connector: RazorpayConnector

    def fails(self, kind: str, operation: str, **more: object) -> None:
        """Let the next call of an operation go wrong."""
        self.sandbox.control(
            "POST",
            "/faults",
            **{"kind": kind, "operation": operation, "provider": "razorpay", "times": 1, **more},
        )

    def moved(self) -> list[tuple[str, int]]:
        """What really moved."""
        entries = self.sandbox.ledger(self.merchant)
        return [(each["kind"], each["amount_minor"]) for each in entries]

    async def opened(self, money: Money) -> tuple[CheckoutRequest, Checkout]:
        """An open link."""
        request = a_request(amount=money, attempt_id=IDS.new("att"))
        request = msgspec.structs.replace(request, created_at=datetime.now(UTC))
        checkout = await self.connector.create_checkout(request)
        assert isinstance(checkout, Checkout), checkout
        return request, checkout

    async def seen(self, request: CheckoutRequest) -> Observation:
        """What the connector says of an attempt."""
        query = AttemptQuery(attempt_id=request.attempt_id, created_at=request.created_at)
        seen = await self.connector.look_up(query)
        assert isinstance(seen, Observation), seen
        return seen

    async def paid(self, money: Money) -> RefundRequest:
        """A paid link, and the request to give all of it back."""
        request, checkout = await self.opened(money)
        self.sandbox.pay(checkout.url)
        seen = await self.seen(request)
        refund_id = IDS.new("ref")
        return RefundRequest(
            payment_id=request.payment_id,
            attempt_id=request.attempt_id,
            refund_id=refund_id,
            idempotency_key=f"paymux-{refund_id}",
            provider_reference=seen.provider_reference,
            payment_reference=seen.payment_reference or "",
            amount=money,
            captured=money,
            created_at=datetime.now(UTC),
            reason="Broken on arrival",
        )

    async def refunded(self, request: RefundRequest) -> RefundReport:
        """The report on a refund that is made."""
        report = await self.connector.refund(request)
        assert isinstance(report, RefundReport), report
        return report


def another(request: RefundRequest, amount: Money) -> RefundRequest:
    refund_id = IDS.new("ref")
    return msgspec.structs.replace(
        request, refund_id=refund_id, idempotency_key=f"paymux-{refund_id}", amount=amount
    )


def query(request: RefundRequest, reference: str | None = None) -> RefundQuery:
    return RefundQuery(
        refund_id=request.refund_id,
        payment_reference=request.payment_reference,
        created_at=request.created_at - timedelta(hours=1),
        provider_reference=reference,
    )


def failed(answer: object) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with running(SandboxSettings(retry_base_ms=50)) as url:
        yield url


@pytest.fixture
def shop(served: str) -> Iterator[Shop]:
    sandbox = Sandbox(served)
    sandbox.control("POST", "/reset")
    merchant = sandbox.merchant("razorpay")
    own = merchant.credentials
    with connected(
        f"{served}/razorpay", key_id=own["key_id"], key_secret=own["key_secret"]
    ) as connector:
        yield Shop(sandbox, merchant, connector)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as opened:
        yield opened


@pytest.mark.parametrize(
    "money",
    [
        Money(50000, "INR"),
        Money(1999, "USD"),
        Money(295, "JPY"),
        Money(10010, "KWD"),
        Money(500, "ISK"),
        Money(1000, "MGA"),
    ],
    ids=str,
)
async def test_a_payment_is_given_back_in_every_kind_of_currency(shop: Shop, money: Money) -> None:
    request = await shop.paid(money)
    report = await shop.refunded(request)
    assert (report.status, report.amount) == (RefundStatus.PENDING, money)
    assert (report.refund_id, report.payment_reference) == (
        request.refund_id,
        request.payment_reference,
    )
    shop.sandbox.control("POST", "/clock", advance_seconds=60)
    for reference in (report.provider_reference, None):
        found = await shop.connector.look_up_refund(query(request, reference))
        assert isinstance(found, RefundReport)
        assert (found.status, found.amount) == (RefundStatus.SUCCEEDED, money)
    (_, taken), (kind, given) = shop.moved()
    assert (kind, given) == ("refund", taken)


async def test_parts_add_up_to_the_whole_and_no_further(shop: Shop) -> None:
    request = await shop.paid(Money(50000, "INR"))
    for amount in (20000, 30000):
        await shop.refunded(another(request, Money(amount, "INR")))
    refused = failed(await shop.connector.refund(another(request, Money(100, "INR"))))
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "payment_fully_refunded")
    assert shop.moved() == [("payment", 50000), ("refund", 20000), ("refund", 30000)]


async def test_more_than_was_captured_is_refused(shop: Shop) -> None:
    request = await shop.paid(Money(50000, "INR"))
    await shop.refunded(another(request, Money(20000, "INR")))
    refused = failed(await shop.connector.refund(another(request, Money(30001, "INR"))))
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "refund_exceeds_captured")


async def test_the_same_request_never_refunds_twice(shop: Shop) -> None:
    request = await shop.paid(Money(50000, "INR"))
    replay = msgspec.structs.replace(request, replay=True)
    reports = [await shop.refunded(each) for each in (request, request, replay, replay)]
    assert len({report.provider_reference for report in reports}) == 1
    assert shop.moved() == [("payment", 50000), ("refund", 50000)]


@pytest.mark.parametrize("kind", EFFECT_THEN_SILENCE)
async def test_a_refund_whose_reply_was_lost_is_found_again(shop: Shop, kind: str) -> None:
    request = await shop.paid(Money(50000, "INR"))
    shop.fails(kind, "refund.create")
    assert failed(await shop.connector.refund(request)).outcome is Outcome.UNKNOWN
    found = await shop.connector.look_up_refund(query(request))
    assert isinstance(found, RefundReport)
    again = await shop.refunded(msgspec.structs.replace(request, replay=True))
    same_key = await shop.refunded(request)
    assert found.provider_reference == again.provider_reference == same_key.provider_reference
    assert shop.moved() == [("payment", 50000), ("refund", 50000)]


@pytest.mark.parametrize("kind", NO_EFFECT)
async def test_a_refund_that_never_began_is_proven_absent_and_then_made(
    shop: Shop, kind: str
) -> None:
    request = await shop.paid(Money(50000, "INR"))
    shop.fails(kind, "refund.create")
    assert failed(await shop.connector.refund(request)).outcome is Outcome.UNKNOWN
    assert await shop.connector.look_up_refund(query(request)) == NotFound()
    await shop.refunded(msgspec.structs.replace(request, replay=True))
    assert shop.moved() == [("payment", 50000), ("refund", 50000)]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("throttle", Outcome.NOT_PROCESSED), ("conflict", Outcome.IN_PROGRESS)],
)
async def test_being_told_to_wait_refunds_nothing(shop: Shop, kind: str, outcome: Outcome) -> None:
    request = await shop.paid(Money(50000, "INR"))
    shop.fails(kind, "refund.create")
    assert failed(await shop.connector.refund(request)).outcome is outcome
    assert shop.moved() == [("payment", 50000)]


async def test_of_simultaneous_calls_with_one_key_one_refunds(shop: Shop) -> None:
    request = await shop.paid(Money(50000, "INR"))
    shop.fails("latency", "refund.create", delay_ms=150, times=4)
    answers = await asyncio.gather(*(shop.connector.refund(request) for _ in range(4)))
    waiting = [each.outcome for each in answers if isinstance(each, Failure)]
    assert set(waiting) <= {Outcome.IN_PROGRESS}
    assert shop.moved() == [("payment", 50000), ("refund", 50000)]


async def test_concurrent_refunds_never_exceed_what_was_captured(shop: Shop) -> None:
    request = await shop.paid(Money(50000, "INR"))
    parts = [another(request, Money(20000, "INR")) for _ in range(5)]
    answers = await asyncio.gather(*(shop.connector.refund(each) for each in parts))
    assert sum(isinstance(each, RefundReport) for each in answers) == 2
    assert shop.moved() == [("payment", 50000), ("refund", 20000), ("refund", 20000)]


async def test_every_step_of_a_refund_is_told_by_webhooks(shop: Shop, inbox: Inbox) -> None:
    key = shop.merchant.credentials["key_id"]
    shop.sandbox.control(
        "POST", "/razorpay/webhooks", key_id=key, url=inbox.url, secret="whsecret"
    )
    request = await shop.paid(Money(50000, "INR"))
    report = await shop.refunded(request)
    for status in ("processed", "failed"):
        where = f"/razorpay/refunds/{report.provider_reference}"
        shop.sandbox.control("POST", where, status=status)
    inbox.wait_for(lambda got: sum(each.kind.startswith("refund.") for each in got) == 3)
    told = [
        meaning
        for each in inbox.received
        if each.kind.startswith("refund.")
        for meaning in await meanings(shop, each.headers, each.raw)
    ]
    assert {each.status for each in told} == set(RefundStatus) - {RefundStatus.CANCELED}
    assert {each.refund_id for each in told} == {request.refund_id}
    assert {each.payment_reference for each in told} == {request.payment_reference}
    assert {each.amount for each in told} == {request.amount}
    assert shop.moved()[1:] == [("refund", 50000), ("refund_failed", 50000)]


async def meanings(shop: Shop, headers: dict[str, str], body: bytes) -> list[RefundReport]:
    webhook = InboundWebhook(headers, body, datetime.now(UTC))
    assert isinstance(await shop.connector.verify_webhook(webhook), VerifiedWebhook)
    translated = await shop.connector.translate_webhook(body)
    assert isinstance(translated, Translated), translated
    return [*translated.refunds]


async def test_a_refund_made_on_the_dashboard_is_no_refund_of_ours(shop: Shop) -> None:
    request = await shop.paid(Money(50000, "INR"))
    where = f"/v1/payments/{request.payment_reference}/refund"
    shop.merchant.call("POST", where, {"amount": 10000, "receipt": "Receipt No. 31"})
    assert await shop.connector.look_up_refund(query(request)) == NotFound()


@pytest.mark.parametrize("ends", ["left open", "cancelled", "expired"])
async def test_money_that_a_bank_authorises_late_is_found_and_captured(
    shop: Shop, ends: str
) -> None:
    request, checkout = await shop.opened(Money(50000, "INR"))
    shop.sandbox.pay(checkout.url, "decline")
    assert (await shop.seen(request)).reason_code == "payment_failed"
    if ends == "cancelled":
        await shop.connector.expire_checkout(checkout.provider_reference, "key")
    if ends == "expired":
        shop.sandbox.control("POST", "/expire", url=checkout.url)
    shop.sandbox.pay(checkout.url, "late_hold", webhooks=False)
    held = await shop.seen(request)
    assert (held.status, held.amount) == (ObservedStatus.AUTHORIZED, request.amount)
    capture = late(request, held)
    shop.fails("drop_after", "payment.capture")
    assert failed(await shop.connector.capture(capture)).outcome is Outcome.UNKNOWN
    for replay in (True, False):
        answer = await shop.connector.capture(msgspec.structs.replace(capture, replay=replay))
        assert isinstance(answer, Observation), answer
        assert (answer.status, answer.amount) == (ObservedStatus.SUCCEEDED, request.amount)
    assert (await shop.seen(request)).status is ObservedStatus.SUCCEEDED
    assert shop.moved() == [("authorization", 50000), ("capture", 50000)]


async def test_held_money_that_went_back_by_itself_is_neither_paid_nor_refunded(
    shop: Shop, inbox: Inbox
) -> None:
    key = shop.merchant.credentials["key_id"]
    shop.sandbox.control(
        "POST", "/razorpay/webhooks", key_id=key, url=inbox.url, secret="whsecret"
    )
    request, checkout = await shop.opened(Money(50000, "INR"))
    shop.sandbox.pay(checkout.url, "decline")
    shop.sandbox.pay(checkout.url, "late_hold")
    held = await shop.seen(request)
    shop.sandbox.control("POST", "/clock", advance_seconds=3 * 24 * 3600 + 1)
    seen = await shop.seen(request)
    assert (seen.status, seen.amount) == (ObservedStatus.CANCELED, None)
    assert seen.payment_reference == held.payment_reference, "what was held was let go"
    refused = failed(await shop.connector.capture(late(request, held)))
    assert refused.outcome is Outcome.REJECTED
    inbox.wait_for(lambda got: "refund.processed" in [each.kind for each in got])
    for each in inbox.received:
        if each.kind.startswith("refund."):
            assert isinstance(await shop.connector.translate_webhook(each.raw), Ignored)


def late(request: CheckoutRequest, held: Observation) -> CaptureRequest:
    return CaptureRequest(
        attempt_id=request.attempt_id,
        capture_id=IDS.new("cap"),
        idempotency_key="key",
        provider_reference=held.provider_reference or "",
        payment_reference=held.payment_reference or "",
        amount=request.amount,
        authorized=request.amount,
        is_final=True,
        created_at=request.created_at,
    )


async def test_a_payment_given_back_in_full_still_counts_as_paid(shop: Shop) -> None:
    request, checkout = await shop.opened(Money(50000, "INR"))
    shop.sandbox.pay(checkout.url)
    payment = (await shop.seen(request)).payment_reference
    shop.merchant.call("POST", f"/v1/payments/{payment}/refund", {})
    seen = await shop.seen(request)
    assert (seen.status, seen.amount) == (ObservedStatus.SUCCEEDED, request.amount)
