"""Saving and charging cards over HTTP, with the real SDK between Razorpay's connector and the
sandbox, whose ledger says in the end what really moved."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest
from paymux.payments.ports.connectors import (
    Checkout,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
    SavedMethod,
    SavedMethodStatus,
)
from paymux.payments.ports.webhooks import Translated
from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.contract.providers.razorpay_shop import (
    RUPEES,
    Shop,
    charge_of,
    open_shop,
    registration,
)
from tests.unit.sandbox.driver import Inbox, open_inbox

EFFECT_THEN_SILENCE = ["drop_after", "error_after", "garbage"]
NO_EFFECT = ["drop_before", "error_before"]
LIMIT = Money(1_500_000, "INR")


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with running(SandboxSettings(retry_base_ms=50)) as url:
        yield url


@pytest.fixture
def shop(served: str) -> Iterator[Shop]:
    with open_shop(served) as opened:
        yield opened


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as opened:
        yield opened


def seen(answer: object) -> Observation:
    assert isinstance(answer, Observation), answer
    return answer


def failed(answer: object) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


async def test_a_paid_registration_link_keeps_the_card(shop: Shop) -> None:
    request, checkout = await shop.opened()
    shop.sandbox.pay(checkout.url)
    found = seen(await shop.looked_up(request))
    assert (found.status, found.amount, found.method) == (
        ObservedStatus.SUCCEEDED,
        RUPEES,
        "card",
    )
    assert found.provider_reference == checkout.provider_reference
    card = found.saved_method
    assert card is not None
    assert card.status is SavedMethodStatus.ACTIVE
    assert card.provider_reference.startswith("token_")
    assert (card.customer_reference or "").startswith("cust_")
    assert (card.label, card.expires_on, card.max_amount) == ("Visa 8950", "2030-12", LIMIT)
    assert card.attempt_id == request.attempt_id
    assert shop.moved() == [("payment", 50000)]


async def test_a_card_that_its_bank_thinks_about_is_pending_until_told(
    shop: Shop, inbox: Inbox
) -> None:
    shop.listens(inbox)
    card = await shop.saved("pay_unconfirmed", max_charge=Money(100_000, "INR"))
    assert (card.status, card.max_amount) == (SavedMethodStatus.PENDING, Money(100_000, "INR"))
    for status in ("confirmed", "paused", "cancelled"):
        shop.sandbox.control("POST", f"/razorpay/tokens/{card.provider_reference}", status=status)
    meanings = await shop.meanings(inbox, lambda got: len(got) >= 7)
    told = {
        saved.status
        for meaning in meanings
        if isinstance(meaning, Translated)
        for saved in meaning.saved_methods
    }
    assert told == set(SavedMethodStatus)


async def test_webhooks_tell_of_the_payment_and_its_card(shop: Shop, inbox: Inbox) -> None:
    shop.listens(inbox)
    request, checkout = await shop.opened()
    shop.sandbox.pay(checkout.url)
    meanings = await shop.meanings(inbox, lambda got: len(got) >= 5)
    assert {*inbox.kinds()} == {
        "payment.authorized",
        "payment.captured",
        "order.paid",
        "invoice.paid",
        "token.confirmed",
    }
    translated = [each for each in meanings if isinstance(each, Translated)]
    observed = [each for meaning in translated for each in meaning.observations]
    assert {each.attempt_id for each in observed} == {request.attempt_id}
    paid = [each for each in observed if each.status is ObservedStatus.SUCCEEDED]
    cards = [each.saved_method for each in paid if each.saved_method]
    assert len(cards) == len(paid) == 3
    assert {card.status for card in cards} == {SavedMethodStatus.ACTIVE}
    assert {card.attempt_id for card in cards} == {request.attempt_id}


async def test_an_unheard_token_leaves_the_card_pending(shop: Shop) -> None:
    shop.fails("drop_before", "token.get")
    card = await shop.saved()
    assert card.status is SavedMethodStatus.PENDING


async def test_a_link_can_be_cancelled_and_expires(shop: Shop) -> None:
    request, checkout = await shop.opened()
    ended = seen(await shop.connector.expire_checkout(checkout.provider_reference, "key"))
    assert ended.status is ObservedStatus.CANCELED
    again = seen(await shop.connector.expire_checkout(checkout.provider_reference, "key"))
    assert again.status is ObservedStatus.CANCELED
    request, checkout = await shop.opened()
    shop.sandbox.control("POST", "/expire", url=checkout.url)
    assert seen(await shop.looked_up(request)).status is ObservedStatus.EXPIRED
    _, checkout = await shop.opened()
    shop.sandbox.pay(checkout.url)
    first = seen(await shop.connector.expire_checkout(checkout.provider_reference, "key"))
    assert first.status is ObservedStatus.SUCCEEDED


async def test_a_decline_on_the_page_leaves_it_open(shop: Shop) -> None:
    request, checkout = await shop.opened()
    shop.sandbox.pay(checkout.url, "decline")
    found = seen(await shop.looked_up(request))
    assert (found.status, found.reason_code) == (ObservedStatus.PENDING, "payment_failed")
    shop.sandbox.pay(checkout.url)
    assert seen(await shop.looked_up(request)).status is ObservedStatus.SUCCEEDED


async def test_a_link_never_asked_for_is_not_there(shop: Shop) -> None:
    assert await shop.looked_up(registration()) == NotFound()


@pytest.mark.parametrize("kind", [*EFFECT_THEN_SILENCE, *NO_EFFECT])
async def test_a_link_whose_creation_went_unheard_is_made_once(shop: Shop, kind: str) -> None:
    request = registration()
    shop.fails(kind, "registration_link.create")
    assert failed(await shop.connector.create_checkout(request)).outcome is Outcome.UNKNOWN
    again = msgspec.structs.replace(request, replay=True)
    checkout = await shop.connector.create_checkout(again)
    assert isinstance(checkout, Checkout), checkout
    assert await shop.connector.create_checkout(again) == checkout
    assert shop.sandbox.control("GET", "/objects")["counts"] == {request.attempt_id: 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"captures_later": True}, "capability_missing"),
        ({"amount": Money(1000, "USD")}, "currency_needs_inr"),
        ({"max_charge": Money(1000, "USD")}, "currency_needs_inr"),
        ({"max_charge": Money(100_000_100, "INR")}, "mandate_out_of_range"),
        ({"payer": None}, "customer_details_missing"),
        ({"attempt_id": "a" * 41}, "reference_too_long"),
    ],
)
async def test_what_razorpay_cannot_save_is_refused_before(
    shop: Shop, changes: dict[str, object], code: str
) -> None:
    refused = failed(await shop.connector.create_checkout(registration(**changes)))
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, code)
    assert shop.asked("registration_link.create") == 0


async def test_a_saved_card_is_charged_once(shop: Shop) -> None:
    request = charge_of(await shop.saved())
    taken = seen(await shop.connector.charge(request))
    assert (taken.status, taken.amount) == (ObservedStatus.SUCCEEDED, request.amount)
    assert (taken.attempt_id, taken.method) == (request.attempt_id, "card")
    assert (taken.provider_reference or "").startswith("order_")
    again = msgspec.structs.replace(request, replay=True)
    assert seen(await shop.connector.charge(again)) == taken
    for reference in (None, taken.provider_reference):
        assert seen(await shop.found(request, reference)) == taken
    assert shop.moved() == [("payment", 50000), ("payment", 29900)]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "code"),
    [
        ("decline_soft", Outcome.DECLINED_SOFT, "insufficient_funds"),
        ("decline_hard", Outcome.DECLINED_HARD, "payment_risk_check_failed"),
        ("needs_payer", Outcome.NEEDS_PAYER, "customer_action_required"),
    ],
)
async def test_a_bank_that_says_why_has_declined_for_good(
    shop: Shop, inbox: Inbox, behaviour: str, outcome: Outcome, code: str
) -> None:
    card = await shop.saved()
    shop.listens(inbox)
    shop.behaves(card.provider_reference, behaviour)
    request = charge_of(card)
    refused = failed(await shop.connector.charge(request))
    assert (refused.outcome, refused.code) == (outcome, code)
    again = msgspec.structs.replace(request, replay=True)
    repeated = failed(await shop.connector.charge(again))
    assert (repeated.outcome, repeated.code) == (outcome, code)
    found = seen(await shop.found(request))
    assert (found.status, found.reason_code) == (ObservedStatus.DECLINED, code)
    assert found.needs_payer is (outcome is Outcome.NEEDS_PAYER)
    (meaning,) = await shop.meanings(inbox, lambda got: len(got) >= 1)
    assert isinstance(meaning, Translated)
    assert meaning.observations[0].status is ObservedStatus.DECLINED
    assert meaning.observations[0].attempt_id == request.attempt_id
    assert shop.asked("payment.charge") == 1


async def test_a_charge_that_failed_without_a_reason_may_yet_be_authorised(shop: Shop) -> None:
    card = await shop.saved()
    token = card.provider_reference
    shop.sandbox.control("POST", f"/razorpay/tokens/{token}", charges="fail")
    request = charge_of(card)
    assert failed(await shop.connector.charge(request)).outcome is Outcome.UNKNOWN
    waiting = seen(await shop.found(request))
    assert (waiting.status, waiting.reason_code) == (ObservedStatus.PENDING, "payment_failed")
    assert waiting.payment_reference is None
    (payment, *_) = shop.merchant.call("GET", "/v1/payments").json()["items"]
    shop.sandbox.control("POST", f"/razorpay/payments/{payment['id']}", outcome="authorize")
    held = seen(await shop.found(request))
    assert (held.status, held.amount) == (ObservedStatus.AUTHORIZED, request.amount)
    taken = seen(
        await shop.connector.capture(
            CaptureRequest(
                attempt_id=request.attempt_id,
                capture_id="cap_1",
                idempotency_key="key",
                provider_reference=held.provider_reference or "",
                payment_reference=held.payment_reference or "",
                amount=request.amount,
                authorized=request.amount,
                is_final=True,
                created_at=request.created_at,
            )
        )
    )
    assert (taken.status, taken.provider_reference) == (
        ObservedStatus.SUCCEEDED,
        held.provider_reference,
    )
    assert shop.moved()[1:] == [("authorization", 29900), ("capture", 29900)]


async def test_a_late_authorisation_nobody_captures_goes_back(shop: Shop) -> None:
    card = await shop.saved()
    shop.sandbox.control("POST", f"/razorpay/tokens/{card.provider_reference}", charges="wait")
    request = charge_of(card)
    waiting = seen(await shop.connector.charge(request))
    assert waiting.status is ObservedStatus.PENDING
    (payment, *_) = shop.merchant.call("GET", "/v1/payments").json()["items"]
    shop.sandbox.control("POST", f"/razorpay/payments/{payment['id']}", outcome="authorize")
    shop.sandbox.control("POST", "/clock", advance_seconds=3 * 24 * 3600 + 60)
    found = seen(await shop.found(request))
    assert (found.status, found.payment_reference) == (ObservedStatus.CANCELED, payment["id"])


async def test_a_charge_that_waits_for_its_day_is_pending(shop: Shop, inbox: Inbox) -> None:
    card = await shop.saved()
    shop.listens(inbox)
    shop.sandbox.control("POST", f"/razorpay/tokens/{card.provider_reference}", charges="wait")
    request = charge_of(card)
    waiting = seen(await shop.connector.charge(request))
    assert waiting.status is ObservedStatus.PENDING
    assert (waiting.provider_reference or "").startswith("order_")
    (payment, *_) = shop.merchant.call("GET", "/v1/payments").json()["items"]
    shop.sandbox.control("POST", f"/razorpay/payments/{payment['id']}", outcome="capture")
    assert seen(await shop.found(request)).status is ObservedStatus.SUCCEEDED
    meanings = await shop.meanings(inbox, lambda got: len(got) >= 3)
    statuses = {
        (each.status, each.attempt_id, each.provider_reference, each.saved_method)
        for meaning in meanings
        if isinstance(meaning, Translated)
        for each in meaning.observations
    }
    known = (request.attempt_id, waiting.provider_reference, None)
    assert (ObservedStatus.SUCCEEDED, *known) in statuses
    assert {each[1:] for each in statuses} == {known}


@pytest.mark.parametrize("kind", [*EFFECT_THEN_SILENCE, *NO_EFFECT])
@pytest.mark.parametrize("operation", ["order.create", "payment.charge"])
async def test_a_charge_that_went_unheard_takes_the_money_once(
    shop: Shop, kind: str, operation: str
) -> None:
    request = charge_of(await shop.saved())
    shop.fails(kind, operation)
    unheard = failed(await shop.connector.charge(request))
    is_order = operation == "order.create"
    assert unheard.outcome is (Outcome.NOT_PROCESSED if is_order else Outcome.UNKNOWN)
    again = msgspec.structs.replace(request, replay=True)
    taken = seen(await shop.connector.charge(again))
    assert taken.status is ObservedStatus.SUCCEEDED
    assert seen(await shop.connector.charge(again)) == taken
    assert shop.moved()[1:] == [("payment", 29900)]


@pytest.mark.parametrize("operation", ["order.list", "order.payments", "order.create"])
async def test_a_repeated_charge_that_cannot_look_proves_nothing(
    shop: Shop, operation: str
) -> None:
    request = charge_of(await shop.saved(), replay=True)
    shop.fails("throttle", operation)
    if operation == "order.payments":
        shop.merchant.call(
            "POST",
            "/v1/orders",
            {"amount": 29900, "currency": "INR", "receipt": request.attempt_id},
        )
    assert failed(await shop.connector.charge(request)).outcome is Outcome.UNKNOWN
    assert shop.moved()[1:] == []


async def test_a_charge_taken_but_not_read_back_is_pending_under_its_order(shop: Shop) -> None:
    request = charge_of(await shop.saved())
    shop.fails("drop_before", "payment.get")
    accepted = seen(await shop.connector.charge(request))
    assert accepted.status is ObservedStatus.PENDING
    found = seen(await shop.found(request, accepted.provider_reference))
    assert found.status is ObservedStatus.SUCCEEDED


async def test_repeated_charges_at_the_same_time_take_the_money_once(shop: Shop) -> None:
    request = charge_of(await shop.saved(), replay=True)
    shop.merchant.call(
        "POST",
        "/v1/orders",
        {"amount": 29900, "currency": "INR", "receipt": request.attempt_id},
    )
    answers = await asyncio.gather(*(shop.connector.charge(request) for _ in range(4)))
    assert {seen(each).status for each in answers} == {ObservedStatus.SUCCEEDED}
    assert shop.moved()[1:] == [("payment", 29900)]


async def test_of_two_fresh_orders_neither_is_paid_at_once(shop: Shop) -> None:
    request = charge_of(await shop.saved(), replay=True)
    body = {"amount": 29900, "currency": "INR", "receipt": request.attempt_id}
    for _ in range(2):
        shop.merchant.call("POST", "/v1/orders", body)
    waits = failed(await shop.connector.charge(request))
    assert (waits.outcome, waits.code) == (Outcome.IN_PROGRESS, "charge_under_way")
    assert shop.moved()[1:] == []


async def test_a_charge_not_there_is_proven_absent_only_after_a_while(shop: Shop) -> None:
    request = charge_of(await shop.saved())
    unsure = failed(await shop.found(request, long_ago=False))
    assert (unsure.outcome, unsure.code) == (Outcome.IN_PROGRESS, "charge_under_way")
    assert await shop.found(request) == NotFound()


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({"captures_later": True}, Outcome.REJECTED, "capability_missing"),
        ({"amount": Money(1000, "USD")}, Outcome.REJECTED, "currency_needs_inr"),
        ({"amount": Money(99, "INR")}, Outcome.REJECTED, "amount_not_supported"),
        ({"customer_reference": None}, Outcome.REJECTED, "reference_malformed"),
        ({"method_reference": "a/b"}, Outcome.REJECTED, "reference_malformed"),
        ({"method_reference": "token_none"}, Outcome.REJECTED, "id_does_not_exist"),
        ({"amount": Money(1_500_001, "INR")}, Outcome.DECLINED_SOFT, "amount_exceeds_mandate"),
    ],
)
async def test_what_cannot_be_charged_is_refused(
    shop: Shop, changes: dict[str, object], outcome: Outcome, code: str
) -> None:
    card = await shop.saved()
    refused = failed(await shop.connector.charge(charge_of(card, **changes)))
    assert (refused.outcome, refused.code) == (outcome, code)
    assert shop.moved()[1:] == []


async def test_a_card_that_is_paused_or_cancelled_is_declined(shop: Shop) -> None:
    card = await shop.saved()
    shop.sandbox.control("POST", f"/razorpay/tokens/{card.provider_reference}", status="cancelled")
    refused = failed(await shop.connector.charge(charge_of(card)))
    assert (refused.outcome, refused.code) == (
        Outcome.DECLINED_SOFT,
        "payment_mandate_not_active",
    )


async def test_a_forgotten_card_is_gone_and_forgetting_twice_is_harmless(shop: Shop) -> None:
    card = await shop.saved()
    for _ in range(2):
        assert await _forgotten(shop, card) is None
    refused = failed(await shop.connector.charge(charge_of(card)))
    assert refused.code == "id_does_not_exist"


async def test_a_card_that_could_not_be_forgotten_says_so(shop: Shop) -> None:
    card = await shop.saved()
    shop.fails("drop_after", "token.delete")
    assert failed(await _forgotten(shop, card)).outcome is Outcome.UNKNOWN
    assert await _forgotten(shop, card) is None
    nobodys = await shop.connector.forget_method(card.provider_reference, None)
    assert failed(nobodys).outcome is Outcome.REJECTED


async def _forgotten(shop: Shop, card: SavedMethod) -> Failure | None:
    return await shop.connector.forget_method(card.provider_reference, card.customer_reference)
