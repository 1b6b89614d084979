"""PayPal's connector against the sandbox where an account is kept, and charged later."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec
import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
    RefundReport,
    SavedMethod,
    SavedMethodStatus,
)
from paymux.payments.ports.refunds import RefundRequest
from paymux.payments.ports.saved_methods import ChargeRequest
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
from tests.unit.sandbox.driver import Inbox

__all__ = ["_served", "inbox", "paypal", "sandbox", "story", "threads"]

LOSSES = ["error_before", "error_after", "drop_before", "drop_after", "garbage"]
LATER = "att_01k2f3g4h5j6k7m8n9p0q1r2s9"


def seen(result: object) -> Observation:
    assert isinstance(result, Observation), result
    return result


def failure(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


async def saved(story: Story) -> SavedMethod:
    """Pay once, and have the account kept."""
    request = msgspec.structs.replace(story.request(payment_id="pay_0"), saves_method=True)
    checkout = await story.connector.create_checkout(request)
    assert isinstance(checkout, Checkout)
    story.sandbox.pay(checkout.url)
    kept = seen(await story.complete(checkout)).saved_method
    assert kept is not None
    assert (await story.look_up(checkout)).saved_method == kept
    return kept


def a_charge(method: SavedMethod, **changes: object) -> ChargeRequest:
    request = ChargeRequest(
        payment_id="pay_9",
        attempt_id=LATER,
        idempotency_key=f"{LATER}:charge",
        amount=PAID,
        description="Tea, monthly",
        method_reference=method.provider_reference,
        customer_reference=method.customer_reference,
        created_at=datetime.now(UTC),
    )
    return msgspec.structs.replace(request, **changes)


def taken(story: Story) -> list[tuple[str, str, int]]:
    ledger = story.sandbox.ledger(story.merchant)
    return [(each["our_reference"], each["kind"], each["amount_minor"]) for each in ledger][1:]


def behave(story: Story, method: SavedMethod, how: str) -> None:
    reference = method.provider_reference
    story.sandbox.control(
        "POST", "/instruments", provider="paypal", reference=reference, behaviour=how
    )


async def test_an_account_is_kept_as_its_payer_pays(story: Story) -> None:
    kept = await saved(story)
    assert (kept.status, kept.kind) == (SavedMethodStatus.ACTIVE, "wallet")
    assert kept.label == "PayPal p***@example.com"
    assert kept.attempt_id == story.attempt_id
    objects = story.sandbox.control("GET", "/objects?kind=payment_token")["objects"]
    assert [each["id"] for each in objects] == [kept.provider_reference]


async def test_a_kept_account_is_charged_without_its_payer(story: Story) -> None:
    kept = await saved(story)
    charged = seen(await story.connector.charge(a_charge(kept)))
    assert (charged.status, charged.amount) == (ObservedStatus.SUCCEEDED, PAID)
    assert (charged.attempt_id, charged.method) == (LATER, "paypal")
    assert taken(story) == [(LATER, "payment", 1250)]
    query = AttemptQuery(attempt_id=LATER, created_at=datetime.now(UTC), is_charge=True)
    known = msgspec.structs.replace(query, provider_reference=charged.provider_reference)
    for each in (known, query):
        assert seen(await story.connector.look_up(each)) == charged


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_charge_whose_reply_is_lost_is_made_once(story: Story, kind: str) -> None:
    kept = await saved(story)
    story.fault(kind, "order.create")
    assert failure(await story.connector.charge(a_charge(kept))).outcome is Outcome.UNKNOWN
    again = seen(await story.connector.charge(a_charge(kept, replay=True)))
    assert again.status is ObservedStatus.SUCCEEDED
    assert taken(story) == [(LATER, "payment", 1250)]


async def test_a_charge_is_found_though_its_key_is_forgotten(story: Story) -> None:
    kept = await saved(story)
    first = seen(await story.connector.charge(a_charge(kept)))
    request = a_charge(kept, idempotency_key="another", replay=True)
    assert seen(await story.connector.charge(request)) == first
    other = a_charge(kept, attempt_id="att_other", idempotency_key="third")
    refused = failure(await story.connector.charge(other))
    assert (refused.outcome, refused.code) == (Outcome.DONE_ALREADY, "duplicate_invoice_id")
    assert taken(story) == [(LATER, "payment", 1250)]


async def test_a_charge_that_was_never_made_is_not_known_to_be_absent(story: Story) -> None:
    query = AttemptQuery(attempt_id=LATER, created_at=datetime.now(UTC), is_charge=True)
    assert failure(await story.connector.look_up(query)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("how", "outcome", "code"),
    [
        ("decline_soft", Outcome.DECLINED_SOFT, "instrument_declined"),
        ("decline_hard", Outcome.DECLINED_HARD, "compliance_violation"),
        ("needs_payer", Outcome.NEEDS_PAYER, "payer_action_required"),
    ],
)
async def test_a_charge_that_is_declined_says_how(
    story: Story, how: str, outcome: Outcome, code: str
) -> None:
    kept = await saved(story)
    behave(story, kept, how)
    for replay in (False, True):
        refused = failure(await story.connector.charge(a_charge(kept, replay=replay)))
        assert (refused.outcome, refused.code) == (outcome, code)
    assert taken(story) == []
    behave(story, kept, "succeed")
    other = a_charge(kept, attempt_id="att_other", idempotency_key="third")
    assert seen(await story.connector.charge(other)).status is ObservedStatus.SUCCEEDED


async def test_many_charges_of_one_attempt_take_its_money_once(story: Story) -> None:
    kept = await saved(story)
    results = await asyncio.gather(*(story.connector.charge(a_charge(kept)) for _ in range(6)))
    waiting = {each.outcome for each in results if isinstance(each, Failure)}
    assert waiting <= {Outcome.IN_PROGRESS}
    assert taken(story) == [(LATER, "payment", 1250)]


async def test_a_charge_is_held_taken_and_given_back_like_any_payment(story: Story) -> None:
    kept = await saved(story)
    hold = seen(await story.connector.charge(a_charge(kept, captures_later=True)))
    assert (hold.status, hold.amount) == (ObservedStatus.AUTHORIZED, PAID)
    capture = CaptureRequest(
        attempt_id=LATER,
        capture_id="cap_1",
        idempotency_key="cap_1:key",
        provider_reference=hold.provider_reference or "",
        payment_reference=hold.payment_reference or "",
        amount=Money(1000, "EUR"),
        authorized=PAID,
        is_final=True,
        created_at=datetime.now(UTC),
    )
    captured = seen(await story.connector.capture(capture))
    refund = RefundRequest(
        payment_id="pay_9",
        attempt_id=LATER,
        refund_id="rfd_1",
        idempotency_key="rfd_1:key",
        provider_reference=captured.provider_reference,
        payment_reference=captured.payment_reference or "",
        amount=Money(400, "EUR"),
        captured=Money(1000, "EUR"),
        created_at=datetime.now(UTC),
    )
    assert isinstance(await story.connector.refund(refund), RefundReport)
    kinds = [(kind, amount) for _, kind, amount in taken(story)]
    assert kinds == [("authorization", 1250), ("capture", 1000), ("refund", 400)]


async def test_what_a_charge_holds_is_let_go(story: Story) -> None:
    kept = await saved(story)
    hold = seen(await story.connector.charge(a_charge(kept, captures_later=True)))
    void = VoidRequest(
        attempt_id=LATER,
        idempotency_key="void",
        provider_reference=hold.provider_reference or "",
        payment_reference=hold.payment_reference or "",
        created_at=datetime.now(UTC),
    )
    assert seen(await story.connector.void(void)).status is ObservedStatus.CANCELED


async def test_a_forgotten_account_is_charged_no_more(story: Story) -> None:
    kept = await saved(story)
    reference = kept.provider_reference
    for _ in range(2):
        assert await story.connector.forget_method(reference, kept.customer_reference) is None
    refused = failure(await story.connector.charge(a_charge(kept)))
    assert (refused.outcome, refused.code) == (Outcome.DECLINED_SOFT, "token_id_not_found")
    assert taken(story) == []


async def test_webhooks_tell_of_what_is_kept_charged_and_forgotten(
    story: Story, inbox: Inbox, threads: ThreadPoolExecutor
) -> None:
    del threads
    await story.connector.register_webhook(inbox.url, "key")
    kept = await saved(story)
    charged = seen(await story.connector.charge(a_charge(kept)))
    created = await told(story, inbox, "VAULT.PAYMENT-TOKEN.CREATED")
    (method,) = created.saved_methods
    assert method == kept
    completed = await told(story, inbox, "PAYMENT.CAPTURE.COMPLETED", LATER)
    assert completed.observations == [charged]
    await story.connector.forget_method(kept.provider_reference, None)
    deleted = await told(story, inbox, "VAULT.PAYMENT-TOKEN.DELETED")
    (method,) = deleted.saved_methods
    assert (method.status, method.provider_reference) == (
        SavedMethodStatus.REVOKED,
        kept.provider_reference,
    )


async def told(story: Story, inbox: Inbox, kind: str, ours: str = "") -> Translated:
    def arrived() -> list[bytes]:
        return [e.raw for e in inbox.received if e.kind == kind and ours.encode() in e.raw]

    await asyncio.to_thread(inbox.wait_for, lambda _: bool(arrived()))
    translated = await story.connector.translate_webhook(arrived()[0])
    assert isinstance(translated, Translated), translated
    return translated


async def test_an_account_that_is_kept_late_is_told_by_its_webhook(
    story: Story, inbox: Inbox
) -> None:
    await story.connector.register_webhook(inbox.url, "key")
    path = f"/paypal/accounts/{story.merchant.account_id}/vault"
    story.sandbox.control("POST", path, slow=True)
    request = msgspec.structs.replace(story.request(), saves_method=True)
    checkout = await story.connector.create_checkout(request)
    assert isinstance(checkout, Checkout)
    story.sandbox.pay(checkout.url)
    assert seen(await story.complete(checkout)).saved_method is None
    story.sandbox.control("POST", "/clock", advance_seconds=61)
    created = await told(story, inbox, "VAULT.PAYMENT-TOKEN.CREATED")
    assert created.saved_methods == [(await story.look_up(checkout)).saved_method]
    assert created.saved_methods[0].attempt_id == story.attempt_id
