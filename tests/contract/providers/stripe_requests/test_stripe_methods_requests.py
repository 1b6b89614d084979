"""Charges of saved methods, and their look-ups, against Stripe's published description."""

from datetime import timedelta

import msgspec
import pytest

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
from paymux.kernel.money import Money
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
from paymux.payments.ports.saved_methods import ChargeRequest
from tests.contract.published import stripe_object_errors
from tests.unit.integrations.providers.stripe.stand_in import (
    CHARGE,
    NOW,
    REQUEST,
    SESSION,
    Stripe,
)

INTENTS, INTENT = "/v1/payment_intents", "/v1/payment_intents/pi_1"
METHOD, DETACH = "/v1/payment_methods/pm_1", "/v1/payment_methods/pm_1/detach"
OURS = {"payment_id": "pay_2", "attempt_id": "att_2", "made_as": "charge"}
ERROR = {"error": {"type": "api_error"}}
DECLINED = {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}
GONE = {"code": "resource_missing", "param": "payment_method", "message": "No such method."}


def intent(status: str, ours: dict[str, str] | None = None, **fields: object) -> dict[str, object]:
    whole = {"id": "pi_1", "object": "payment_intent", "currency": "usd", "status": status}
    return {**whole, "metadata": OURS if ours is None else ours, **fields}


TAKEN = intent("succeeded", amount_received=700)
OTHERS = intent("succeeded", OURS | {"attempt_id": "att_9"})
OF_A_PAGE = intent("succeeded", {"attempt_id": "att_2"})
REFUSED = intent("requires_payment_method", last_payment_error=DECLINED)


def listed(*data: object, more: bool = False) -> dict[str, object]:
    return {"object": "list", "data": [*data], "has_more": more, "url": INTENTS}


def old(age: timedelta, *, replay: bool = True) -> ChargeRequest:
    return msgspec.structs.replace(CHARGE, created_at=NOW - age, replay=replay)


def query(reference: str | None = None, age: timedelta = timedelta(hours=1)) -> AttemptQuery:
    return AttemptQuery(
        attempt_id="att_2",
        created_at=NOW - age,
        provider_reference=reference,
        is_charge=True,
        customer_reference="cus_1",
    )


@pytest.mark.parametrize(
    ("payer", "told"),
    [
        (Payer(customer_id="cus_a", provider_reference="cus_1"), "customer=cus_1"),
        (Payer(customer_id="cus_a", email="a@example.com"), "customer_creation=always"),
    ],
)
async def test_a_page_that_keeps_its_method_is_as_published(
    stripe: Stripe, connector: StripeConnector, payer: Payer, told: str
) -> None:
    stripe.answer("POST", "/v1/checkout/sessions", SESSION)
    asked = msgspec.structs.replace(REQUEST, saves_method=True, payer=payer)
    await connector.create_checkout(asked)
    await connector.create_checkout(msgspec.structs.replace(asked, replay=True))
    assert stripe.sent[0] == stripe.sent[1]
    parameters = stripe.sent[0].parameters
    assert told in parameters
    assert "setup_future_usage]=off_session" in parameters
    assert ("customer=" in parameters) is not ("customer_creation" in parameters)


@pytest.mark.parametrize(
    "request_",
    [
        CHARGE,
        msgspec.structs.replace(CHARGE, captures_later=True, customer_reference=None),
        msgspec.structs.replace(CHARGE, mandate_reference="mandate_1", description=" "),
        msgspec.structs.replace(CHARGE, amount=Money(7, "ISK"), description="Ünï=&[x]\n" * 200),
    ],
)
async def test_every_charge_we_make_is_as_published_and_repeated_word_for_word(
    stripe: Stripe, connector: StripeConnector, request_: ChargeRequest
) -> None:
    stripe.answer("POST", INTENTS, TAKEN)
    first = await connector.charge(request_)
    assert isinstance(first, Observation)
    assert (first.status, first.provider_reference, first.payment_reference) == (
        ObservedStatus.SUCCEEDED,
        "pi_1",
        "pi_1",
    )
    assert await connector.charge(msgspec.structs.replace(request_, replay=True)) == first
    assert stripe.sent[0] == stripe.sent[1]
    assert (stripe.sent[0].key, "off_session=true" in stripe.sent[0].parameters) == ("key-2", True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": Money(5, "KPW")}, "currency_not_supported"),
        ({"amount": Money(10001, "KWD")}, "amount_not_supported"),
    ],
)
async def test_an_amount_that_stripe_does_not_count_is_not_sent(
    stripe: Stripe, connector: StripeConnector, change: dict[str, object], code: str
) -> None:
    failure = await connector.charge(msgspec.structs.replace(CHARGE, **change))
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code, stripe.sent) == (Outcome.REJECTED, code, [])


@pytest.mark.parametrize(
    ("code", "decline_code", "outcome"),
    [
        ("card_declined", "insufficient_funds", Outcome.DECLINED_SOFT),
        ("card_declined", "generic_decline", Outcome.DECLINED_SOFT),
        ("card_declined", "lost_card", Outcome.DECLINED_HARD),
        ("card_declined", "do_not_honor", Outcome.DECLINED_HARD),
        ("expired_card", None, Outcome.DECLINED_SOFT),
        ("authentication_required", "authentication_required", Outcome.NEEDS_PAYER),
        ("card_declined", "new_in_2027", Outcome.DECLINED_SOFT),
    ],
)
async def test_a_decline_is_soft_or_hard_or_wants_the_payer(
    stripe: Stripe,
    connector: StripeConnector,
    code: str,
    decline_code: str | None,
    outcome: Outcome,
) -> None:
    error = {"type": "card_error", "code": code, "decline_code": decline_code}
    said = {name: value for name, value in error.items() if value is not None}
    stripe.answer("POST", INTENTS, {"error": said}, status=402)
    refused = await connector.charge(CHARGE)
    assert isinstance(refused, Failure)
    assert (refused.outcome, refused.code) == (outcome, decline_code or code)
    stripe.answer("GET", INTENT, intent("requires_payment_method", last_payment_error=said))
    seen = await connector.look_up(query("pi_1"))
    assert isinstance(seen, Observation)
    assert (seen.status, seen.reason_code, seen.needs_payer) == (
        ObservedStatus.DECLINED,
        decline_code or code,
        outcome is Outcome.NEEDS_PAYER,
    )


async def test_a_method_that_is_gone_leaves_the_payers_other_methods(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", INTENTS, {"error": GONE}, status=400)
    refused = await connector.charge(CHARGE)
    assert isinstance(refused, Failure)
    assert (refused.outcome, refused.code) == (Outcome.DECLINED_SOFT, "payment_method_detached")


@pytest.mark.parametrize("canceled", [True, False])
async def test_what_waits_for_a_payer_who_is_away_is_canceled(
    stripe: Stripe, connector: StripeConnector, canceled: bool
) -> None:
    stripe.answer("POST", INTENTS, intent("requires_action"))
    answer = intent("canceled") if canceled else ERROR
    stripe.answer("POST", f"{INTENT}/cancel", answer, status=200 if canceled else 500)
    seen = await connector.charge(CHARGE)
    if canceled:
        assert isinstance(seen, Failure)
        assert (seen.outcome, seen.code) == (Outcome.NEEDS_PAYER, "authentication_required")
    else:
        assert isinstance(seen, Observation)
        assert seen.status is ObservedStatus.PENDING
    assert stripe.sent[1].key == "key-2:cancel"


@pytest.mark.parametrize(
    ("age", "page", "code"),
    [
        (timedelta(hours=1), listed(TAKEN), None),
        (timedelta(hours=1), listed(REFUSED), "insufficient_funds"),
        (timedelta(hours=1), listed(intent("succeeded", {"attempt_id": "x"})), "never_charged"),
        (
            timedelta(hours=1),
            listed(intent("succeeded", {"attempt_id": "att_2"})),
            "never_charged",
        ),
        (timedelta(seconds=9), listed(), "api_error"),
        (timedelta(hours=1), listed(intent("succeeded", {}), more=True), "api_error"),
    ],
)
async def test_a_server_error_that_stripe_repeats_is_got_past_by_looking(
    stripe: Stripe,
    connector: StripeConnector,
    age: timedelta,
    page: dict[str, object],
    code: str | None,
) -> None:
    stripe.answer("POST", INTENTS, ERROR, status=500)
    stripe.answer("GET", INTENTS, page)
    first = await connector.charge(old(age, replay=False))
    assert isinstance(first, Failure)
    assert (first.outcome, len(stripe.sent)) == (Outcome.UNKNOWN, 1)
    again = await connector.charge(old(age))
    if code is None:
        assert isinstance(again, Observation)
    else:
        assert isinstance(again, Failure)
        assert again.code == code


async def test_a_look_up_that_fails_leaves_the_charge_unknown(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", INTENTS, ERROR, status=500)
    stripe.answer("GET", INTENTS, ERROR, status=503)
    again = await connector.charge(old(timedelta(hours=1)))
    assert isinstance(again, Failure)
    assert again.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("found", [True, False])
async def test_once_stripe_may_have_forgotten_the_key_nothing_is_charged_any_more(
    stripe: Stripe, connector: StripeConnector, found: bool
) -> None:
    stripe.answer("GET", INTENTS, listed(TAKEN) if found else listed())
    answer = await connector.charge(old(timedelta(hours=24)))
    assert isinstance(answer, Observation) is found
    assert all(sent.method == "GET" for sent in stripe.sent)


async def test_a_charge_is_searched_among_its_customers_over_several_pages(
    stripe: Stripe, connector: StripeConnector
) -> None:
    other = intent("succeeded", {"attempt_id": "att_9"}, id="pi_9")
    stripe.answer("GET", INTENTS, listed(other, more=True), listed(TAKEN))
    seen = await connector.look_up(query())
    assert isinstance(seen, Observation)
    assert (seen.status, seen.amount) == (ObservedStatus.SUCCEEDED, Money(700, "USD"))
    assert "customer=cus_1" in stripe.sent[0].parameters
    assert "starting_after=pi_9" in stripe.sent[1].parameters


@pytest.mark.parametrize(
    ("age", "page", "code"),
    [
        (timedelta(hours=1), listed(), None),
        (timedelta(seconds=30), listed(), "not_found_yet"),
        (timedelta(hours=1), listed(intent("succeeded", {}), more=True), "look_up_incomplete"),
    ],
)
async def test_absence_of_a_charge_is_claimed_only_when_it_is_proven(
    stripe: Stripe,
    connector: StripeConnector,
    age: timedelta,
    page: dict[str, object],
    code: str | None,
) -> None:
    stripe.answer("GET", INTENTS, page)
    answer = await connector.look_up(query(age=age))
    if code is None:
        assert isinstance(answer, NotFound)
    else:
        assert isinstance(answer, Failure)
        assert answer.code == code


async def test_a_known_charge_that_is_gone_does_not_prove_absence(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("GET", INTENT, {"error": {"code": "resource_missing"}}, status=404)
    assert isinstance(await connector.look_up(query("pi_1")), Failure)


@pytest.mark.parametrize(
    ("status", "body", "left", "forgotten"),
    [
        (200, {"id": "pm_1", "type": "card"}, None, True),
        (404, {"error": {"code": "resource_missing"}}, None, True),
        (400, {"error": {"message": "not attached"}}, {"id": "pm_1"}, True),
        (400, {"error": {"message": "no"}}, {"id": "pm_1", "customer": "cus_1"}, False),
        (500, ERROR, {"id": "pm_1"}, True),
        (500, ERROR, {"id": "pm_1", "customer": {"id": "cus_1"}}, False),
        (429, {"error": {"code": "rate_limit"}}, {"id": "pm_1", "customer": "cus_1"}, False),
    ],
)
async def test_a_method_is_forgotten_when_nobody_has_it_any_more(
    stripe: Stripe,
    connector: StripeConnector,
    *,
    status: int,
    body: dict[str, object],
    left: dict[str, object] | None,
    forgotten: bool,
) -> None:
    stripe.answer("POST", DETACH, body, status=status)
    stripe.answer("GET", METHOD, left or {})
    failure = await connector.forget_method("pm_1", "cus_1")
    assert (failure is None) is forgotten
    assert len(stripe.sent) == (1 if left is None else 2)


CARD = {"brand": "amex", "last4": "0005", "exp_month": 4, "exp_year": 2027}
BANK = {"bank_name": "Sparkasse", "last4": "3000"}
GENERATED = {"iban_last4": "3201", "generated_sepa_debit": "pm_sepa"}
SPENT = {"brand": "jcb", "last4": None, "exp_month": 0, "exp_year": 2027}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (
            {"type": "card", "card": CARD},
            ("pm_1", "card", "American Express 0005", "2027-04"),
        ),
        (
            {"type": "us_bank_account", "us_bank_account": BANK},
            ("pm_1", "us_bank_account", "Sparkasse 3000", None),
        ),
        (
            {"type": "ideal", "ideal": GENERATED},
            ("pm_sepa", "sepa_debit", "Ideal 3201", None),
        ),
        (
            {"type": "ideal", "ideal": {**GENERATED, "generated_sepa_debit": {"id": "pm_s"}}},
            ("pm_s", "sepa_debit", "Ideal 3201", None),
        ),
        ({"type": "card", "card": SPENT}, ("pm_1", "card", "JCB", None)),
        ({"type": "new_in_2027"}, ("pm_1", "new_in_2027", "New In 2027", None)),
    ],
)
async def test_a_paid_page_tells_of_the_method_it_kept(
    stripe: Stripe,
    connector: StripeConnector,
    details: dict[str, object],
    expected: tuple[str, str, str, str | None],
) -> None:
    charge = {"id": "ch_1", "payment_method": "pm_1", "payment_method_details": details}
    paid = intent(
        "succeeded",
        {"attempt_id": "att_1"},
        amount_received=1000,
        customer="cus_1",
        setup_future_usage="off_session",
        latest_charge=charge,
    )
    page = {**SESSION, "status": "complete", "payment_status": "paid", "payment_intent": paid}
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", page)
    seen = await connector.look_up(
        AttemptQuery(attempt_id="att_1", created_at=NOW, provider_reference="cs_test_1")
    )
    assert isinstance(seen, Observation)
    reference, kind, label, expires_on = expected
    assert seen.saved_method == SavedMethod(
        status=SavedMethodStatus.ACTIVE,
        provider_reference=reference,
        customer_reference="cus_1",
        kind=kind,
        label=label,
        expires_on=expires_on,
        attempt_id="att_1",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"customer": None},
        {"setup_future_usage": None},
        {"latest_charge": "ch_1"},
        {"latest_charge": {"id": "ch_1", "payment_method_details": {"type": "card"}}},
    ],
)
async def test_what_cannot_be_charged_later_is_no_saved_method(
    stripe: Stripe, connector: StripeConnector, change: dict[str, object]
) -> None:
    fields: dict[str, object] = {
        "amount_received": 1000,
        "customer": "cus_1",
        "setup_future_usage": "off_session",
        **change,
    }
    paid = intent("succeeded", {"attempt_id": "att_1"}, **fields)
    page = {**SESSION, "status": "complete", "payment_status": "paid", "payment_intent": paid}
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", page)
    seen = await connector.look_up(
        AttemptQuery(attempt_id="att_1", created_at=NOW, provider_reference="cs_test_1")
    )
    assert isinstance(seen, Observation)
    assert seen.saved_method is None


def test_the_shapes_we_read_are_the_published_ones() -> None:
    known = {"amount": 1, "amount_capturable": 0, "capture_method": "manual", "created": 1}
    more = {"confirmation_method": "automatic", "livemode": False, "payment_method_types": []}
    assert stripe_object_errors({**TAKEN, **known, **more}) == []
