"""Saving methods, charging them later and forgetting them, over the real SDK."""

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
    Payer,
    SavedMethod,
    SavedMethodStatus,
)
from paymux.payments.ports.refunds import RefundRequest
from paymux.payments.ports.saved_methods import ChargeRequest
from paymux.payments.ports.webhooks import InboundWebhook, Translated
from tests.contract.providers.stripe_account import Later, Merchant, Sandbox, receiving, request

FAULTS = ("drop_before", "drop_after", "garbage", "error_before", "error_after", "conflict")


async def saved(sandbox: Sandbox, stripe: Any, *, held: bool = False) -> SavedMethod:
    """What a payer let us keep who paid 10.00 on a page."""
    asked = msgspec.structs.replace(
        request(),
        captures_later=held,
        saves_method=True,
        payer=Payer(customer_id="cus_a", email="a@example.com"),
    )
    checkout = await stripe.create_checkout(asked)
    await sandbox.pay(checkout)
    query = AttemptQuery(
        attempt_id=asked.attempt_id,
        created_at=asked.created_at,
        provider_reference=checkout.provider_reference,
        saves_method=True,
    )
    seen = await stripe.look_up(query)
    assert isinstance(seen.saved_method, SavedMethod)
    return seen.saved_method


def charge_of(method: SavedMethod, attempt: str = "att_2", **more: Any) -> ChargeRequest:
    asked = ChargeRequest(
        payment_id="pay_2",
        attempt_id=attempt,
        idempotency_key=f"key-{attempt}",
        amount=Money(700, "USD"),
        description="Renewal",
        method_reference=method.provider_reference,
        customer_reference=method.customer_reference,
        created_at=datetime.now(UTC),
    )
    return msgspec.structs.replace(asked, **more)


def query_of(charge: ChargeRequest, reference: str | None = None) -> AttemptQuery:
    return AttemptQuery(
        attempt_id=charge.attempt_id,
        created_at=charge.created_at,
        provider_reference=reference,
        is_charge=True,
        customer_reference=charge.customer_reference,
    )


async def behave(sandbox: Sandbox, method: SavedMethod, behaviour: str) -> None:
    body = {"provider": "stripe", "reference": method.provider_reference}
    await sandbox.control("POST", "/instruments", {**body, "behaviour": behaviour})


async def moved(sandbox: Sandbox, merchant: Merchant) -> Counter[tuple[str, str]]:
    ledger = await sandbox.control("GET", f"/ledger?account_id={merchant.account_id}")
    counted: Counter[tuple[str, str]] = Counter()
    for entry in ledger["entries"]:
        counted[entry["our_reference"], entry["kind"]] += entry["amount_minor"]
    return counted


@pytest.mark.parametrize("held", [False, True])
async def test_a_page_keeps_the_method_it_was_paid_with(
    sandbox: Sandbox, stripe: Any, held: bool
) -> None:
    method = await saved(sandbox, stripe, held=held)
    assert method.status is SavedMethodStatus.ACTIVE
    assert (method.kind, method.label, method.expires_on) == ("card", "Visa 4242", "2034-12")
    assert (method.attempt_id, bool(method.customer_reference)) == ("att_1", True)


async def test_a_page_that_keeps_nothing_tells_of_no_method(sandbox: Sandbox, stripe: Any) -> None:
    checkout = await stripe.create_checkout(request())
    await sandbox.pay(checkout)
    seen = await stripe.look_up(
        AttemptQuery(
            attempt_id="att_1",
            created_at=datetime.now(UTC),
            provider_reference=checkout.provider_reference,
        )
    )
    assert seen.saved_method is None


async def test_a_saved_method_is_charged_and_the_charge_found_by_either_reference(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    asked = charge_of(await saved(sandbox, stripe))
    taken = await stripe.charge(asked)
    assert isinstance(taken, Observation)
    assert (taken.status, taken.amount, taken.attempt_id, taken.method) == (
        ObservedStatus.SUCCEEDED,
        Money(700, "USD"),
        "att_2",
        "card",
    )
    assert taken.provider_reference == taken.payment_reference
    assert await stripe.charge(msgspec.structs.replace(asked, replay=True)) == taken
    for reference in (None, taken.provider_reference):
        assert await stripe.look_up(query_of(asked, reference)) == taken
    assert await moved(sandbox, merchant) == {
        ("att_1", "payment"): 1000,
        ("att_2", "payment"): 700,
    }


async def test_a_charge_is_given_back_as_any_payment(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    taken = await stripe.charge(charge_of(await saved(sandbox, stripe)))
    made = await stripe.refund(
        RefundRequest(
            payment_id="pay_2",
            attempt_id="att_2",
            refund_id="ref_1",
            idempotency_key="refund-1",
            provider_reference=taken.provider_reference,
            payment_reference=taken.payment_reference,
            amount=Money(300, "USD"),
            captured=taken.amount,
            created_at=datetime.now(UTC),
        )
    )
    assert made.amount == Money(300, "USD")
    assert (await moved(sandbox, merchant))["att_2", "refund"] == 300


@pytest.mark.parametrize("done", ["capture", "void"])
async def test_a_charge_that_only_holds_is_captured_or_let_go(
    sandbox: Sandbox, merchant: Merchant, stripe: Any, done: str
) -> None:
    held = await stripe.charge(charge_of(await saved(sandbox, stripe), captures_later=True))
    assert (held.status, held.amount) == (ObservedStatus.AUTHORIZED, Money(700, "USD"))
    common = {
        "attempt_id": "att_2",
        "idempotency_key": f"{done}-1",
        "provider_reference": held.provider_reference,
        "payment_reference": held.payment_reference,
        "created_at": datetime.now(UTC),
    }
    if done == "capture":
        capture = CaptureRequest(
            capture_id="cap_1",
            amount=Money(500, "USD"),
            authorized=held.amount,
            is_final=True,
            **common,
        )
        assert (await stripe.capture(capture)).amount == Money(500, "USD")
    else:
        assert (await stripe.void(VoidRequest(**common))).status is ObservedStatus.CANCELED
    assert (await moved(sandbox, merchant))["att_2", done] == (500 if done == "capture" else 700)


@pytest.mark.parametrize(
    ("behaviour", "outcome", "code"),
    [
        ("decline_soft", Outcome.DECLINED_SOFT, "insufficient_funds"),
        ("decline_hard", Outcome.DECLINED_HARD, "stolen_card"),
        ("needs_payer", Outcome.NEEDS_PAYER, "authentication_required"),
    ],
)
async def test_a_decline_settles_the_attempt(
    sandbox: Sandbox,
    merchant: Merchant,
    stripe: Any,
    *,
    behaviour: str,
    outcome: Outcome,
    code: str,
) -> None:
    method = await saved(sandbox, stripe)
    await behave(sandbox, method, behaviour)
    asked = charge_of(method)
    refused = await stripe.charge(asked)
    assert isinstance(refused, Failure)
    assert (refused.outcome, refused.code) == (outcome, code)
    await behave(sandbox, method, "succeed")
    again = await stripe.charge(msgspec.structs.replace(asked, replay=True))
    assert (again.outcome, again.code, again.message) == (outcome, code, refused.message)
    seen = await stripe.look_up(query_of(asked))
    assert (seen.status, seen.reason_code) == (ObservedStatus.DECLINED, code)
    assert seen.needs_payer is (outcome is Outcome.NEEDS_PAYER)
    assert ("att_2", "payment") not in await moved(sandbox, merchant)


@pytest.mark.parametrize("behaviour", ["succeed", "decline_hard"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_charge_is_never_made_twice_whatever_went_wrong(
    sandbox: Sandbox, merchant: Merchant, stripe: Any, fault: str, behaviour: str
) -> None:
    method = await saved(sandbox, stripe)
    await behave(sandbox, method, behaviour)
    asked = charge_of(method)
    await sandbox.fail("payment_intent.create", fault)
    lost = await stripe.charge(asked)
    assert lost.outcome in {Outcome.UNKNOWN, Outcome.IN_PROGRESS}
    again = await stripe.charge(msgspec.structs.replace(asked, replay=True))
    # Stripe keeps repeating a server error for the key; what was not done shows in time only.
    done = fault != "error_before"
    if done and behaviour == "succeed":
        assert isinstance(again, Observation)
    elif done:
        assert again.outcome is Outcome.DECLINED_HARD
    else:
        assert again.outcome is Outcome.UNKNOWN
    took = 700 if done and behaviour == "succeed" else 0
    assert (await moved(sandbox, merchant))["att_2", "payment"] == took
    later = merchant.connector(clock=Later(timedelta(minutes=6)))
    assert isinstance(await later.look_up(query_of(asked)), NotFound) is not done
    if not done:
        given_up = await later.charge(msgspec.structs.replace(asked, replay=True))
        assert (given_up.outcome, given_up.code) == (Outcome.NOT_SENT, "never_charged")
    await later.close()


async def test_once_the_key_may_be_forgotten_nothing_is_charged_any_more(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    method = await saved(sandbox, stripe)
    asked = charge_of(method)
    later = merchant.connector(clock=Later(timedelta(hours=24)))
    absent = await later.charge(msgspec.structs.replace(asked, replay=True))
    assert absent.code == "never_charged"
    taken = await stripe.charge(asked)
    assert await later.charge(msgspec.structs.replace(asked, replay=True)) == taken
    await later.close()
    assert (await moved(sandbox, merchant))["att_2", "payment"] == 700


async def test_a_method_is_forgotten_for_good(sandbox: Sandbox, stripe: Any) -> None:
    method = await saved(sandbox, stripe)
    reference, customer = method.provider_reference, method.customer_reference
    assert await stripe.forget_method(reference, customer) is None
    assert await stripe.forget_method(reference, customer) is None
    assert await stripe.forget_method("pm_none", None) is None
    refused = await stripe.charge(charge_of(method))
    assert (refused.outcome, refused.code) == (Outcome.DECLINED_SOFT, "payment_method_detached")


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_method_is_forgotten_whatever_went_wrong(
    sandbox: Sandbox, stripe: Any, fault: str
) -> None:
    method = await saved(sandbox, stripe)
    await sandbox.fail("payment_method.detach", fault)
    first = await stripe.forget_method(method.provider_reference, None)
    assert first is None or first.outcome in {Outcome.UNKNOWN, Outcome.IN_PROGRESS}
    assert await stripe.forget_method(method.provider_reference, None) is None


async def life(sandbox: Sandbox, stripe: Any) -> SavedMethod:
    """Pay and keep, charge, hold and capture, decline, renew, forget."""
    method = await saved(sandbox, stripe)
    await stripe.charge(charge_of(method))
    await stripe.charge(charge_of(method, "att_3", captures_later=True))
    await behave(sandbox, method, "needs_payer")
    await stripe.charge(charge_of(method, "att_4"))
    reference = method.provider_reference
    await sandbox.control("POST", f"/stripe/payment_methods/{reference}/renew")
    await stripe.forget_method(reference, None)
    return method


def told(translated: list[Any]) -> Counter[tuple[str, str | None]]:
    seen = [each for one in translated if isinstance(one, Translated) for each in one.observations]
    return Counter((each.status.value, each.attempt_id) for each in seen)


async def test_webhooks_tell_charges_and_what_becomes_of_methods(
    sandbox: Sandbox, merchant: Merchant, stripe: Any
) -> None:
    inbox: asyncio.Queue[InboundWebhook] = asyncio.Queue()
    async with receiving(inbox) as url:
        registered = await stripe.register_webhook(url, "hook-1")
        method = await life(sandbox, stripe)
        async with asyncio.timeout(20):
            arrived = [await inbox.get() for _ in range(7)]
    listening = merchant.connector(registered.verifier)
    translated = [await listening.translate_webhook(webhook.body) for webhook in arrived]
    await listening.close()
    assert told(translated) == {
        ("succeeded", "att_1"): 1,
        ("succeeded", "att_2"): 1,
        ("authorized", "att_3"): 1,
        ("declined", "att_4"): 1,
    }
    observations = [each for one in translated for each in getattr(one, "observations", ())]
    assert [each.saved_method for each in observations if each.saved_method] == [method]
    wanting = [each.attempt_id for each in observations if each.needs_payer]
    assert wanting == ["att_4"]
    reports = [each for one in translated for each in getattr(one, "saved_methods", ())]
    assert {(each.status.value, each.expires_on) for each in reports} == {
        ("active", "2038-12"),
        ("revoked", "2038-12"),
    }
    assert {each.provider_reference for each in reports} == {method.provider_reference}


async def test_charges_that_nobody_told_us_of_are_listed(sandbox: Sandbox, stripe: Any) -> None:
    since = datetime.now(UTC) - timedelta(seconds=5)
    await life(sandbox, stripe)
    page = await stripe.list_events(since, datetime.now(UTC), None)
    translated = [await stripe.translate_webhook(each.body) for each in page.events]
    assert told(translated)["declined", "att_4"] == 1
    assert sum(len(each.saved_methods) for each in translated if isinstance(each, Translated)) == 2
