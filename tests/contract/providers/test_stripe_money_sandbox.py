"""Holding, capturing and refunding over the real SDK, against the sandbox and its ledger."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.event_lists import EventPage
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from paymux.payments.ports.webhooks import (
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)
from tests.contract.providers.stripe_account import Later, Merchant, Sandbox, receiving, request

AUTHORIZED, SUCCEEDED = ObservedStatus.AUTHORIZED, ObservedStatus.SUCCEEDED
FAULTS = ("drop_before", "drop_after", "garbage", "error_before", "error_after", "conflict")


async def paid(sandbox: Sandbox, stripe: Any, *, held: bool = False, **more: Any) -> Observation:
    """What a look-up says of a page of 10.00 that the payer has completed."""
    asked = msgspec.structs.replace(request(**more), captures_later=held)
    checkout = await stripe.create_checkout(asked)
    await sandbox.pay(checkout)
    seen = await stripe.look_up(
        AttemptQuery(
            attempt_id=asked.attempt_id,
            created_at=asked.created_at,
            provider_reference=checkout.provider_reference,
        )
    )
    assert isinstance(seen, Observation)
    return seen


def capture_of(held: Observation, amount: int = 1000) -> CaptureRequest:
    assert held.amount
    return CaptureRequest(
        attempt_id="att_1",
        capture_id="cap_1",
        idempotency_key="capture-1",
        provider_reference=held.provider_reference or "",
        payment_reference=held.payment_reference or "",
        amount=Money(amount, held.amount.currency),
        authorized=held.amount,
        is_final=True,
        created_at=datetime.now(UTC),
    )


def void_of(held: Observation) -> VoidRequest:
    return VoidRequest(
        attempt_id="att_1",
        idempotency_key="void-1",
        provider_reference=held.provider_reference or "",
        payment_reference=held.payment_reference or "",
        created_at=datetime.now(UTC),
    )


def refund_of(paid: Observation, amount: int = 300, refund_id: str = "ref_1") -> RefundRequest:
    assert paid.amount
    return RefundRequest(
        payment_id="pay_1",
        attempt_id="att_1",
        refund_id=refund_id,
        idempotency_key=f"key-{refund_id}",
        provider_reference=paid.provider_reference,
        payment_reference=paid.payment_reference or "",
        amount=Money(amount, paid.amount.currency),
        captured=paid.amount,
        created_at=datetime.now(UTC),
        reason="Broken on arrival",
    )


def query_of(refund: RefundRequest, reference: str | None = None) -> RefundQuery:
    return RefundQuery(
        refund_id=refund.refund_id,
        payment_reference=refund.payment_reference,
        created_at=refund.created_at,
        provider_reference=reference,
    )


async def moved(sandbox: Sandbox, merchant: Merchant) -> Counter[str]:
    ledger = await sandbox.control("GET", f"/ledger?account_id={merchant.account_id}")
    counted: Counter[str] = Counter()
    for entry in ledger["entries"]:
        counted[entry["kind"]] += entry["amount_minor"]
    return counted


@pytest.mark.parametrize("amount", [1000, 400])
async def test_money_is_held_then_taken_in_whole_or_in_part_and_once(
    sandbox: Sandbox, merchant: Merchant, stripe: Any, amount: int
) -> None:
    held = await paid(sandbox, stripe, held=True)
    assert (held.status, held.amount) == (AUTHORIZED, Money(1000, "USD"))
    taken = await stripe.capture(capture_of(held, amount))
    assert (taken.status, taken.amount) == (SUCCEEDED, Money(amount, "USD"))
    again = msgspec.structs.replace(capture_of(held, amount), replay=True)
    assert await stripe.capture(again) == taken
    another = msgspec.structs.replace(capture_of(held, 100), idempotency_key="capture-2")
    assert (await stripe.capture(another)).amount == Money(amount, "USD")
    assert (await stripe.void(void_of(held))).status is SUCCEEDED
    asked = AttemptQuery(
        attempt_id="att_1",
        created_at=datetime.now(UTC),
        provider_reference=held.provider_reference or "",
    )
    seen = await stripe.look_up(asked)
    assert (seen.status, seen.amount) == (SUCCEEDED, Money(amount, "USD"))
    assert (await moved(sandbox, merchant))["capture"] == amount


async def test_held_money_is_let_go_once(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    held = await paid(sandbox, stripe, held=True)
    gone = await stripe.void(void_of(held))
    assert (gone.status, gone.payment_reference) == (
        ObservedStatus.CANCELED,
        held.payment_reference,
    )
    assert (await stripe.void(void_of(held))).status is ObservedStatus.CANCELED
    other = msgspec.structs.replace(void_of(held), idempotency_key="void-2")
    assert (await stripe.void(other)).status is ObservedStatus.CANCELED
    assert (await stripe.capture(capture_of(held))).status is ObservedStatus.CANCELED
    assert await moved(sandbox, merchant) == {"authorization": 1000, "void": 1000}


async def test_more_than_is_held_is_not_taken(sandbox: Sandbox, stripe: Any) -> None:
    held = await paid(sandbox, stripe, held=True)
    failure = await stripe.capture(capture_of(held, 1001))
    assert (failure.outcome, failure.code) == (Outcome.REJECTED, "amount_too_large")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["capture", "void"])
async def test_a_capture_or_a_void_gets_through_once_whatever_went_wrong(
    sandbox: Sandbox, merchant: Merchant, stripe: Any, operation: str, fault: str
) -> None:
    held = await paid(sandbox, stripe, held=True)
    asked: Any = capture_of(held) if operation == "capture" else void_of(held)
    name = "capture" if operation == "capture" else "cancel"
    await sandbox.fail(f"payment_intent.{name}", fault)
    call = getattr(stripe, operation)
    first = await call(asked)
    if isinstance(first, Failure):
        assert first.outcome in {Outcome.UNKNOWN, Outcome.IN_PROGRESS}
    seen = await call(msgspec.structs.replace(asked, replay=True))
    assert isinstance(seen, Observation)
    expected = Counter({"authorization": 1000, operation: 1000})
    assert await moved(sandbox, merchant) == expected


@pytest.mark.parametrize(
    "amount", [Money(1000, "USD"), Money(500, "JPY"), Money(10010, "KWD"), Money(700, "ISK")]
)
async def test_money_is_given_back_in_every_kind_of_currency(
    sandbox: Sandbox, stripe: Any, amount: Money
) -> None:
    taken = await paid(sandbox, stripe, amount=amount)
    asked = refund_of(taken, amount.amount)
    made = await stripe.refund(asked)
    assert isinstance(made, RefundReport)
    assert (made.status, made.amount, made.refund_id) == (RefundStatus.SUCCEEDED, amount, "ref_1")
    assert made.payment_reference == taken.payment_reference
    assert await stripe.refund(msgspec.structs.replace(asked, replay=True)) == made
    for reference in (None, made.provider_reference):
        assert await stripe.look_up_refund(query_of(asked, reference)) == made


async def test_equal_parts_are_several_refunds_until_nothing_is_left(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    taken = await paid(sandbox, stripe)
    parts = [await stripe.refund(refund_of(taken, 500, f"ref_{each}")) for each in (1, 2)]
    assert len({part.provider_reference for part in parts}) == 2
    third = await stripe.refund(refund_of(taken, 500, "ref_3"))
    assert (third.outcome, third.code) == (Outcome.REJECTED, "charge_already_refunded")
    first_again = msgspec.structs.replace(refund_of(taken, 500), idempotency_key="forgotten")
    assert await stripe.refund(first_again) == parts[0]
    assert await moved(sandbox, merchant) == {"payment": 1000, "refund": 1000}


async def test_more_than_is_left_is_not_given_back(sandbox: Sandbox, stripe: Any) -> None:
    taken = await paid(sandbox, stripe)
    assert isinstance(await stripe.refund(refund_of(taken, 800)), RefundReport)
    failure = await stripe.refund(refund_of(taken, 201, "ref_2"))
    assert (failure.outcome, failure.field) == (Outcome.REJECTED, "amount")


async def test_a_disputed_payment_is_not_given_back(sandbox: Sandbox, stripe: Any) -> None:
    taken = await paid(sandbox, stripe)
    await sandbox.control("POST", f"/stripe/payment_intents/{taken.payment_reference}/dispute")
    failure = await stripe.refund(refund_of(taken))
    assert (failure.outcome, failure.code) == (Outcome.REJECTED, "charge_disputed")


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_refund_is_never_made_twice_whatever_went_wrong(
    sandbox: Sandbox, merchant: Merchant, stripe: Any, fault: str
) -> None:
    taken = await paid(sandbox, stripe)
    asked = refund_of(taken)
    await sandbox.fail("refund.create", fault)
    lost = await stripe.refund(asked)
    assert lost.outcome in {Outcome.UNKNOWN, Outcome.IN_PROGRESS}
    again = await stripe.refund(msgspec.structs.replace(asked, replay=True))
    # Stripe keeps repeating a server error for the key; what was not done shows in time only.
    done = isinstance(again, RefundReport)
    assert done is (fault != "error_before")
    assert (await moved(sandbox, merchant))["refund"] == (300 if done else 0)
    later = merchant.connector(clock=Later(timedelta(minutes=6)))
    assert isinstance(await later.look_up_refund(query_of(asked)), NotFound) is not done
    await later.close()


async def test_a_refund_that_takes_its_time_may_fail_in_the_end(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    taken = await paid(sandbox, stripe)
    path = f"/stripe/accounts/{merchant.account_id}/refunds"
    await sandbox.control("POST", path, {"pending": True})
    asked = refund_of(taken)
    made = await stripe.refund(asked)
    assert made.status is RefundStatus.PENDING
    for status in ("succeeded", "failed"):
        await sandbox.control(
            "POST", f"/stripe/refunds/{made.provider_reference}", {"status": status}
        )
        assert (await stripe.look_up_refund(query_of(asked))).status == status
    assert (await stripe.look_up_refund(query_of(asked))).reason_code == "lost_or_stolen_card"


async def whole_life(sandbox: Sandbox, stripe: Any) -> None:
    """Hold 10.00, take 9.00 and give 3.00 back, which fails; hold 10.00 more, and let it go."""
    held = await paid(sandbox, stripe, held=True)
    taken = await stripe.capture(capture_of(held, 900))
    made = await stripe.refund(refund_of(taken))
    path = f"/stripe/refunds/{made.provider_reference}"
    await sandbox.control("POST", path, {"status": "failed"})
    await stripe.void(void_of(await paid(sandbox, stripe, held=True, attempt="att_2")))


# What the events of that life say, each with its number of refunds.
MEANINGS = {
    "pending": 2,
    "authorized": 2,
    "succeeded": 1,
    "canceled": 1,
    "refund succeeded": 1,
    "refund failed": 3,
}


def meanings(told: list[Translated | Ignored]) -> Counter[str]:
    """What all that was told means; that a captured payment succeeded is told by its charge."""
    translated = [each for each in told if isinstance(each, Translated)]
    assert len(translated) == len(told) - 1
    counted = Counter(str(seen.status) for each in translated for seen in each.observations)
    counted.update(f"refund {seen.status}" for each in translated for seen in each.refunds)
    return counted


async def test_webhooks_tell_the_whole_life_of_the_money(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    inbox: asyncio.Queue[InboundWebhook] = asyncio.Queue()
    async with receiving(inbox) as url:
        registered = await stripe.register_webhook(url, "hook-1")
        await whole_life(sandbox, stripe)
        async with asyncio.timeout(20):
            arrived = [await inbox.get() for _ in range(11)]
    listening = merchant.connector(registered.verifier)
    translated = []
    for webhook in arrived:
        assert isinstance(await listening.verify_webhook(webhook), VerifiedWebhook)
        translated.append(await listening.translate_webhook(webhook.body))
    assert meanings(translated) == MEANINGS
    await listening.close()


async def test_events_that_never_reached_us_are_listed_and_mean_the_same(
    sandbox: Sandbox, stripe: Any
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=5)
    await whole_life(sandbox, stripe)
    page = await stripe.list_events(since, datetime.now(UTC), None)
    assert isinstance(page, EventPage)
    assert page.next_cursor is None
    translated = [await stripe.translate_webhook(each.body) for each in page.events]
    assert meanings(translated) == MEANINGS
    assert len({each.identity.event_id for each in page.events}) == 11
    assert not (await stripe.list_events(since - timedelta(days=2), since, None)).events
