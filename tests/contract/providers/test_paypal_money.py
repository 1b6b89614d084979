"""PayPal's connector against the sandbox once money is held: taken, let go, given back."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import (
    Checkout,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.event_lists import EventPage
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from paymux.payments.ports.webhooks import Translated
from tests.contract.providers.test_paypal_sandbox import (
    PAID,
    Story,
    _served,
    inbox,
    paypal,
    sandbox,
    story,
    threads,
)

__all__ = ["_served", "inbox", "paypal", "sandbox", "story", "threads"]

LOSSES = ["error_before", "error_after", "drop_before", "drop_after", "garbage"]


def seen(result: object) -> Observation:
    assert isinstance(result, Observation), result
    return result


def told(result: object) -> RefundReport:
    assert isinstance(result, RefundReport), result
    return result


def failure(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


def moved(story: Story) -> list[tuple[str, int]]:
    ledger = story.sandbox.ledger(story.merchant)
    return [(each["kind"], each["amount_minor"]) for each in ledger]


async def held(story: Story) -> Observation:
    request = msgspec.structs.replace(story.request(), captures_later=True)
    checkout = await story.connector.create_checkout(request)
    assert isinstance(checkout, Checkout)
    story.sandbox.pay(checkout.url)
    return seen(await story.complete(checkout))


async def paid(story: Story) -> Observation:
    checkout = await story.open()
    story.sandbox.pay(checkout.url)
    return seen(await story.complete(checkout))


def a_capture(hold: Observation, amount: int, *, last: bool = False) -> CaptureRequest:
    return CaptureRequest(
        attempt_id=hold.attempt_id or "",
        capture_id=f"cap_{amount}",
        idempotency_key=f"key_{amount}",
        provider_reference=hold.provider_reference or "",
        payment_reference=hold.payment_reference or "",
        amount=Money(amount, "EUR"),
        authorized=PAID,
        is_final=last,
        created_at=datetime.now(UTC),
    )


def a_void(hold: Observation, *, replay: bool = False) -> VoidRequest:
    return VoidRequest(
        attempt_id=hold.attempt_id or "",
        idempotency_key="void",
        provider_reference=hold.provider_reference or "",
        payment_reference=hold.payment_reference or "",
        created_at=datetime.now(UTC),
        replay=replay,
    )


def a_refund(payment: Observation, amount: int, name: str = "rfd_1") -> RefundRequest:
    return RefundRequest(
        payment_id="pay_1",
        attempt_id=payment.attempt_id or "",
        refund_id=name,
        idempotency_key=f"{name}:key",
        provider_reference=payment.provider_reference,
        payment_reference=payment.payment_reference or "",
        amount=Money(amount, "EUR"),
        captured=PAID,
        created_at=datetime.now(UTC),
        reason="Broken",
    )


async def test_money_is_held_and_taken_in_parts(story: Story) -> None:
    hold = await held(story)
    assert (hold.status, hold.amount) == (ObservedStatus.AUTHORIZED, PAID)
    first = seen(await story.connector.capture(a_capture(hold, 500)))
    assert (first.status, first.amount) == (ObservedStatus.AUTHORIZED, Money(500, "EUR"))
    assert first.payment_reference == hold.payment_reference
    last = seen(await story.connector.capture(a_capture(hold, 700, last=True)))
    assert (last.status, last.amount) == (ObservedStatus.SUCCEEDED, Money(1200, "EUR"))
    again = seen(await story.connector.capture(a_capture(hold, 700, last=True)))
    assert again == last
    assert moved(story) == [("authorization", 1250), ("capture", 500), ("capture", 700)]


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_capture_whose_reply_is_lost_is_made_once(story: Story, kind: str) -> None:
    hold = await held(story)
    story.fault(kind, "authorization.capture")
    lost = failure(await story.connector.capture(a_capture(hold, 500)))
    assert lost.outcome is Outcome.UNKNOWN
    again = msgspec.structs.replace(a_capture(hold, 500), replay=True)
    assert seen(await story.connector.capture(again)).amount == Money(500, "EUR")
    assert moved(story)[1:] == [("capture", 500)]


async def test_a_capture_is_found_though_its_key_is_forgotten(story: Story) -> None:
    hold = await held(story)
    request = a_capture(hold, 500)
    await story.connector.capture(request)
    forgotten = msgspec.structs.replace(request, idempotency_key="another", replay=True)
    assert seen(await story.connector.capture(forgotten)).amount == Money(500, "EUR")
    assert moved(story)[1:] == [("capture", 500)]


@pytest.mark.parametrize("kind", [each for each in LOSSES if each != "garbage"])
async def test_money_is_let_go_once_whatever_becomes_of_the_reply(story: Story, kind: str) -> None:
    hold = await held(story)
    story.fault(kind, "authorization.void")
    assert failure(await story.connector.void(a_void(hold))).outcome is Outcome.UNKNOWN
    for _ in range(2):
        observed = seen(await story.connector.void(a_void(hold, replay=True)))
        assert observed.status is ObservedStatus.CANCELED
    assert moved(story) == [("authorization", 1250), ("void", 1250)]


async def test_a_void_with_an_unreadable_reply_is_confirmed_by_the_order(story: Story) -> None:
    hold = await held(story)
    story.fault("garbage", "authorization.void")
    observed = seen(await story.connector.void(a_void(hold)))
    assert observed.status is ObservedStatus.CANCELED


async def test_a_void_after_a_capture_reports_what_was_taken(story: Story) -> None:
    hold = await held(story)
    await story.connector.capture(a_capture(hold, 500))
    observed = seen(await story.connector.void(a_void(hold)))
    assert (observed.status, observed.amount) == (ObservedStatus.SUCCEEDED, Money(500, "EUR"))
    late = failure(await story.connector.capture(a_capture(hold, 100)))
    assert (late.outcome, late.code) == (Outcome.REJECTED, "authorization_voided")


async def test_a_void_that_comes_too_late_reports_the_success(story: Story) -> None:
    hold = await held(story)
    await story.connector.capture(a_capture(hold, 1250, last=True))
    observed = seen(await story.connector.void(a_void(hold)))
    assert (observed.status, observed.amount) == (ObservedStatus.SUCCEEDED, PAID)


async def test_money_is_given_back_in_parts_and_never_more(story: Story) -> None:
    payment = await paid(story)
    first = told(await story.connector.refund(a_refund(payment, 1000)))
    assert (first.status, first.refund_id) == (RefundStatus.SUCCEEDED, "rfd_1")
    assert first.payment_reference == payment.payment_reference
    again = told(await story.connector.refund(a_refund(payment, 1000)))
    assert again == first
    over = failure(await story.connector.refund(a_refund(payment, 251, "rfd_2")))
    assert (over.outcome, over.code) == (Outcome.REJECTED, "refund_amount_exceeded")
    await story.connector.refund(a_refund(payment, 250, "rfd_3"))
    late = failure(await story.connector.refund(a_refund(payment, 1, "rfd_4")))
    assert (late.outcome, late.code) == (Outcome.REJECTED, "capture_fully_refunded")
    assert moved(story) == [("payment", 1250), ("refund", 1000), ("refund", 250)]


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_refund_whose_reply_is_lost_is_made_once(story: Story, kind: str) -> None:
    payment = await paid(story)
    story.fault(kind, "capture.refund")
    lost = failure(await story.connector.refund(a_refund(payment, 1250)))
    assert lost.outcome is Outcome.UNKNOWN
    again = msgspec.structs.replace(a_refund(payment, 1250), replay=True)
    assert told(await story.connector.refund(again)).status is RefundStatus.SUCCEEDED
    forgotten = msgspec.structs.replace(again, idempotency_key="another")
    assert told(await story.connector.refund(forgotten)).refund_id == "rfd_1"
    assert moved(story) == [("payment", 1250), ("refund", 1250)]


async def test_many_refunds_at_once_never_exceed_the_capture(story: Story) -> None:
    payment = await paid(story)
    names = [f"rfd_{number}" for number in range(12)]
    results = await asyncio.gather(
        *(story.connector.refund(a_refund(payment, 500, name)) for name in names)
    )
    made = [each for each in results if isinstance(each, RefundReport)]
    assert len(made) == 2
    assert moved(story)[1:] == [("refund", 500), ("refund", 500)]


async def test_several_captures_are_given_back_each(story: Story) -> None:
    hold = await held(story)
    await story.connector.capture(a_capture(hold, 500))
    taken = seen(await story.connector.capture(a_capture(hold, 750, last=True)))
    first = told(await story.connector.refund(a_refund(taken, 700)))
    assert told(await story.connector.refund(a_refund(taken, 700))) == first
    await story.connector.refund(a_refund(taken, 500, "rfd_2"))
    over = failure(await story.connector.refund(a_refund(taken, 51, "rfd_3")))
    assert over.outcome is Outcome.REJECTED
    assert moved(story)[3:] == [("refund", 700), ("refund", 500)]


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("COMPLETED", RefundStatus.SUCCEEDED),
        ("FAILED", RefundStatus.FAILED),
        ("CANCELLED", RefundStatus.CANCELED),
    ],
)
async def test_a_refund_takes_its_time_and_may_fail(
    story: Story, ending: str, status: RefundStatus
) -> None:
    path = f"/paypal/accounts/{story.merchant.account_id}/refunds"
    story.sandbox.control("POST", path, pending=True)
    payment = await paid(story)
    waits = told(await story.connector.refund(a_refund(payment, 400)))
    assert (waits.status, waits.reason_code) == (RefundStatus.PENDING, "echeck")
    story.sandbox.control("POST", f"/paypal/refunds/{waits.provider_reference}", status=ending)
    for reference in (waits.provider_reference, None):
        query = RefundQuery(
            refund_id="rfd_1",
            payment_reference=payment.payment_reference or "",
            created_at=datetime.now(UTC),
            provider_reference=reference,
        )
        assert told(await story.connector.look_up_refund(query)).status is status


async def test_what_was_told_can_be_listed_and_understood(story: Story) -> None:
    hold = await held(story)
    taken = seen(await story.connector.capture(a_capture(hold, 1250, last=True)))
    refund = told(await story.connector.refund(a_refund(taken, 300)))
    since = datetime.now(UTC) - timedelta(minutes=1)
    page = await story.connector.list_events(since, datetime.now(UTC), None)
    assert isinstance(page, EventPage)
    assert {each.identity.event_type for each in page.events} == {
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.AUTHORIZATION.CREATED",
        "CHECKOUT.ORDER.COMPLETED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.REFUNDED",
    }
    for each in page.events:
        translated = await story.connector.translate_webhook(each.body)
        assert isinstance(translated, Translated)
        assert translated.observations[0].amount == PAID
        of_refund = each.identity.event_type == "PAYMENT.CAPTURE.REFUNDED"
        assert list(translated.refunds) == ([refund] if of_refund else [])
