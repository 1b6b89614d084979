"""Captures, voids, refunds and lists of events, against Stripe's published description."""

from datetime import timedelta

import msgspec
import pytest

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
from paymux.integrations.adapters.providers.stripe.event_types import EVENT_TYPES
from paymux.integrations.adapters.providers.stripe.wire import API_VERSION
from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import (
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
from tests.unit.integrations.providers.stripe.stand_in import (
    CAPTURE,
    NOW,
    QUERY,
    REFUND,
    REQUEST,
    SESSION,
    VOID,
    Stripe,
)

CAPTURES, CANCELS = "/v1/payment_intents/pi_1/capture", "/v1/payment_intents/pi_1/cancel"
INTENT, REFUNDS = "/v1/payment_intents/pi_1", "/v1/refunds"
ERROR = {"error": {"type": "api_error"}}
FULLY_REFUNDED = {"error": {"code": "charge_already_refunded", "message": "Refunded before."}}


def intent(status: str, **fields: object) -> dict[str, object]:
    whole = {"id": "pi_1", "object": "payment_intent", "currency": "usd", "status": status}
    return {**whole, "metadata": {"attempt_id": "att_1"}, **fields}


TAKEN = intent("succeeded", amount_received=900)
GONE = intent("canceled")
HELD = intent("requires_capture", amount_capturable=1000)


def refund(
    reference: str = "re_1", ours: str | None = "ref_1", **more: object
) -> dict[str, object]:
    whole = {"id": reference, "object": "refund", "amount": 300, "currency": "usd"}
    metadata = {"refund_id": ours} if ours else {}
    state = {"status": "succeeded", "payment_intent": "pi_1", "metadata": metadata, "created": 1}
    return {**whole, **state, **more}


def listed(*data: object, more: bool = False, url: str = REFUNDS) -> dict[str, object]:
    return {"object": "list", "data": [*data], "has_more": more, "url": url}


def old(request: RefundRequest, age: timedelta, *, replay: bool = True) -> RefundRequest:
    return msgspec.structs.replace(request, created_at=NOW - age, replay=replay)


async def test_a_page_that_captures_later_is_as_published(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", "/v1/checkout/sessions", SESSION)
    await connector.create_checkout(msgspec.structs.replace(REQUEST, captures_later=True))
    assert "capture_method]=manual" in stripe.sent[0].parameters


async def test_a_capture_tells_what_was_taken_and_is_repeated_word_for_word(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", CAPTURES, TAKEN)
    first = await connector.capture(CAPTURE)
    assert isinstance(first, Observation)
    assert (first.status, first.amount) == (ObservedStatus.SUCCEEDED, Money(900, "USD"))
    assert (first.attempt_id, first.provider_reference, first.payment_reference) == (
        "att_1",
        "cs_test_1",
        "pi_1",
    )
    assert await connector.capture(msgspec.structs.replace(CAPTURE, replay=True)) == first
    assert stripe.sent[0] == stripe.sent[1]
    assert (stripe.sent[0].key, "amount_to_capture=900" in stripe.sent[0].parameters) == (
        "key-1",
        True,
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_final": False}, "capture_is_final"),
        ({"amount": Money(5, "KPW")}, "currency_not_supported"),
        ({"amount": Money(10001, "KWD")}, "amount_not_supported"),
    ],
)
async def test_a_capture_that_stripe_would_do_otherwise_is_not_sent(
    stripe: Stripe, connector: StripeConnector, change: dict[str, object], code: str
) -> None:
    failure = await connector.capture(msgspec.structs.replace(CAPTURE, **change))
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code, stripe.sent) == (Outcome.REJECTED, code, [])


async def test_held_money_is_let_go(stripe: Stripe, connector: StripeConnector) -> None:
    stripe.answer("POST", CANCELS, GONE)
    seen = await connector.void(VOID)
    assert isinstance(seen, Observation)
    assert (seen.status, seen.amount) == (ObservedStatus.CANCELED, None)


@pytest.mark.parametrize("request_", [CAPTURE, VOID])
@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": {"code": "payment_intent_unexpected_state"}}),
        (400, {"error": {"code": "charge_already_captured"}}),
        (400, {"error": {"code": "capture_charge_authorization_expired"}}),
        (402, {"error": {"type": "card_error", "code": "card_declined"}}),
        (500, ERROR),
    ],
)
@pytest.mark.parametrize(
    "left", [(TAKEN, ObservedStatus.SUCCEEDED), (GONE, ObservedStatus.CANCELED)]
)
async def test_what_a_refusal_or_an_error_left_behind_is_looked_at(
    connector: StripeConnector,
    stripe: Stripe,
    request_: CaptureRequest | VoidRequest,
    answer: tuple[int, object],
    left: tuple[dict[str, object], ObservedStatus],
) -> None:
    status, error = answer
    intent_left, expected = left
    stripe.answer("POST", CAPTURES, error, status=status)
    stripe.answer("POST", CANCELS, error, status=status)
    stripe.answer("GET", INTENT, intent_left)
    seen = await carried_out(connector, request_)
    assert isinstance(seen, Observation)
    assert seen.status is expected


async def carried_out(
    connector: StripeConnector, request_: CaptureRequest | VoidRequest
) -> Observation | Failure:
    if isinstance(request_, CaptureRequest):
        return await connector.capture(request_)
    return await connector.void(request_)


@pytest.mark.parametrize("request_", [CAPTURE, VOID])
async def test_an_error_that_stripe_repeats_is_got_past_as_money_is_taken_only_once(
    stripe: Stripe, connector: StripeConnector, request_: CaptureRequest | VoidRequest
) -> None:
    path, done = (CAPTURES, TAKEN) if isinstance(request_, CaptureRequest) else (CANCELS, GONE)
    stripe.answer("POST", path, ERROR, ERROR, status=500)
    stripe.answer("GET", INTENT, HELD)
    first = await carried_out(connector, request_)
    assert isinstance(first, Failure)
    assert first.outcome is Outcome.UNKNOWN
    stripe.answer("POST", path, done)
    again = await carried_out(connector, msgspec.structs.replace(request_, replay=True))
    assert isinstance(again, Observation)
    keys = [sent.key for sent in stripe.sent if sent.method == "POST"]
    assert keys == ["key-1", "key-1", "key-1:again"]


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (409, "idempotency_key_in_use", Outcome.IN_PROGRESS),
        (429, "lock_timeout", Outcome.NOT_PROCESSED),
        (404, "resource_missing", Outcome.REJECTED),
        (401, "api_key_expired", Outcome.CREDENTIALS),
    ],
)
async def test_what_was_not_tried_is_not_looked_for(
    stripe: Stripe, connector: StripeConnector, status: int, code: str, outcome: Outcome
) -> None:
    stripe.answer("POST", CAPTURES, {"error": {"code": code}}, status=status)
    failure = await connector.capture(msgspec.structs.replace(CAPTURE, replay=True))
    assert isinstance(failure, Failure)
    assert (failure.outcome, len(stripe.sent)) == (outcome, 1)


@pytest.mark.parametrize(
    "request_",
    [
        REFUND,
        msgspec.structs.replace(REFUND, reason=None, amount=Money(1, "USD")),
        msgspec.structs.replace(REFUND, reason="Ünï=&[x]\n" * 90, amount=Money(5, "JPY")),
        msgspec.structs.replace(REFUND, amount=Money(7, "ISK")),
    ],
)
async def test_every_refund_we_make_is_as_published_and_repeated_word_for_word(
    stripe: Stripe, connector: StripeConnector, request_: RefundRequest
) -> None:
    stripe.answer("POST", REFUNDS, refund())
    first = await connector.refund(request_)
    assert isinstance(first, RefundReport)
    assert (first.status, first.refund_id, first.provider_reference) == (
        RefundStatus.SUCCEEDED,
        "ref_1",
        "re_1",
    )
    assert await connector.refund(msgspec.structs.replace(request_, replay=True)) == first
    assert stripe.sent[0] == stripe.sent[1]
    assert stripe.sent[0].key == "key-1"


@pytest.mark.parametrize(("ours", "found"), [("ref_1", True), ("ref_0", False)])
async def test_a_full_refund_is_ours_or_another_one_that_left_nothing(
    stripe: Stripe, connector: StripeConnector, ours: str, found: bool
) -> None:
    stripe.answer("POST", REFUNDS, FULLY_REFUNDED, status=400)
    stripe.answer("GET", REFUNDS, listed(refund(ours=ours)))
    answer = await connector.refund(REFUND)
    if found:
        assert isinstance(answer, RefundReport)
    else:
        assert isinstance(answer, Failure)
        assert (answer.outcome, answer.code) == (Outcome.REJECTED, "charge_already_refunded")


async def test_a_full_refund_that_cannot_be_looked_at_stays_as_it_is_told(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", REFUNDS, FULLY_REFUNDED, status=400)
    stripe.answer("GET", REFUNDS, ERROR, status=500)
    answer = await connector.refund(REFUND)
    assert isinstance(answer, Failure)
    assert answer.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "code", ["charge_disputed", "refund_disputed_payment", "charge_not_refundable"]
)
async def test_a_refund_that_stripe_refuses_is_refused(
    stripe: Stripe, connector: StripeConnector, code: str
) -> None:
    stripe.answer("POST", REFUNDS, {"error": {"code": code}}, status=400)
    answer = await connector.refund(REFUND)
    assert isinstance(answer, Failure)
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, code)


@pytest.mark.parametrize(
    ("age", "page", "code"),
    [
        (timedelta(hours=1), listed(refund()), None),
        (timedelta(hours=1), listed(refund(ours=None)), "never_refunded"),
        (timedelta(seconds=9), listed(), "api_error"),
        (timedelta(hours=1), listed(refund(ours="x"), more=True), "api_error"),
    ],
)
async def test_a_server_error_that_stripe_repeats_is_got_past_by_looking(
    stripe: Stripe,
    connector: StripeConnector,
    age: timedelta,
    page: dict[str, object],
    code: str | None,
) -> None:
    stripe.answer("POST", REFUNDS, ERROR, status=500)
    stripe.answer("GET", REFUNDS, page)
    first = await connector.refund(old(REFUND, age, replay=False))
    assert isinstance(first, Failure)
    assert (first.outcome, len(stripe.sent)) == (Outcome.UNKNOWN, 1)
    again = await connector.refund(old(REFUND, age))
    if code is None:
        assert isinstance(again, RefundReport)
    else:
        assert isinstance(again, Failure)
        assert again.code == code


@pytest.mark.parametrize(("ours", "found"), [("ref_1", True), ("ref_0", False)])
async def test_once_stripe_may_have_forgotten_the_key_nothing_is_refunded_any_more(
    stripe: Stripe, connector: StripeConnector, ours: str, found: bool
) -> None:
    stripe.answer("GET", REFUNDS, listed(refund(ours=ours)))
    answer = await connector.refund(old(REFUND, timedelta(hours=24)))
    assert isinstance(answer, RefundReport) is found
    assert all(sent.method == "GET" for sent in stripe.sent)


def query(reference: str | None = None, age: timedelta = timedelta(hours=1)) -> RefundQuery:
    return msgspec.structs.replace(QUERY, created_at=NOW - age, provider_reference=reference)


async def test_a_refund_is_found_by_its_id_or_by_ours_over_several_pages(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("GET", "/v1/refunds/re_1", refund(status="failed", failure_reason="declined"))
    stripe.answer("GET", REFUNDS, listed(refund("re_9", "x"), more=True), listed(refund()))
    by_id = await connector.look_up_refund(query("re_1"))
    assert isinstance(by_id, RefundReport)
    assert (by_id.status, by_id.reason_code) == (RefundStatus.FAILED, "declined")
    by_ours = await connector.look_up_refund(query())
    assert isinstance(by_ours, RefundReport)
    assert by_ours.provider_reference == "re_1"
    assert "starting_after=re_9" in stripe.sent[2].parameters


@pytest.mark.parametrize(
    ("age", "page", "code"),
    [
        (timedelta(hours=1), listed(refund(ours="x")), None),
        (timedelta(seconds=30), listed(), "not_found_yet"),
        (timedelta(hours=1), listed(refund(ours="x"), more=True), "look_up_incomplete"),
        (timedelta(hours=1), listed(refund(ours="x", status="odd")), "unreadable_reply"),
    ],
)
async def test_absence_of_a_refund_is_claimed_only_when_it_is_proven(
    stripe: Stripe,
    connector: StripeConnector,
    age: timedelta,
    page: dict[str, object],
    code: str | None,
) -> None:
    stripe.answer("GET", REFUNDS, page)
    answer = await connector.look_up_refund(query(age=age))
    if code is None:
        assert isinstance(answer, NotFound)
    else:
        assert isinstance(answer, Failure)
        assert answer.code == code


async def test_a_known_refund_that_is_gone_does_not_prove_absence(
    stripe: Stripe, connector: StripeConnector
) -> None:
    missing = {"error": {"code": "resource_missing"}}
    stripe.answer("GET", "/v1/refunds/re_1", missing, status=404)
    assert isinstance(await connector.look_up_refund(query("re_1")), Failure)


def event(reference: str, **more: object) -> dict[str, object]:
    whole = {"id": reference, "object": "event", "type": "refund.created", "created": 1}
    state = {"livemode": False, "api_version": API_VERSION, "data": {"object": refund()}}
    return {**whole, **state, **more}


async def test_missed_events_are_listed_page_by_page_and_only_those_we_translate(
    stripe: Stripe, connector: StripeConnector
) -> None:
    url = "/v1/events"
    first = listed(event("evt_3"), event("evt_2", livemode=True), "?", more=True, url=url)
    stripe.answer("GET", url, first, listed(event("evt_1"), url=url))
    since, until = NOW - timedelta(days=1), NOW
    one = await connector.list_events(since, until, None)
    assert isinstance(one, EventPage)
    assert [each.identity.event_id for each in one.events] == ["evt_3"]
    assert one.next_cursor == "evt_3"
    two = await connector.list_events(since, until, one.next_cursor)
    assert isinstance(two, EventPage)
    assert [each.identity.event_type for each in two.events] == ["refund.created"]
    assert two.next_cursor is None
    asked = stripe.sent[1].parameters
    assert f"created[gte]={int(since.timestamp())}" in asked
    assert "starting_after=evt_3" in asked
    assert all(kind in asked for kind in EVENT_TYPES)
    translated = await connector.translate_webhook(two.events[0].body)
    assert not isinstance(translated, Failure)


async def test_a_list_of_events_that_fails_is_a_failure(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("GET", "/v1/events", ERROR, status=500)
    assert isinstance(await connector.list_events(NOW, NOW, None), Failure)
