"""Money that a bank authorises late: it is found, it is captured, and never held on purpose."""

import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
)
from tests.unit.integrations.providers.razorpay.stand_in import (
    ATTEMPT,
    CREATED_AT,
    TAKEN,
    Reply,
    StandIn,
    a_link,
    a_payment,
    a_request,
    drops,
    hangs,
    refuses,
    says,
)

LINK = "plink_ExjpAUN3gVHrPJ"
ORDER = "order_DESlLckIVRkHWj"
PAID_ALREADY = (
    "Your payment has been declined as the order is already paid. Please initiate the payment "
    "with a new order."
)


def wanted(**changes: object) -> CaptureRequest:
    request = CaptureRequest(
        attempt_id=ATTEMPT,
        capture_id="cap_01k2f3g4h5j6k7m8n9p0q1r2s3",
        idempotency_key="key",
        provider_reference=LINK,
        payment_reference=TAKEN,
        amount=Money(50000, "INR"),
        authorized=Money(50000, "INR"),
        is_final=True,
        created_at=CREATED_AT,
    )
    return msgspec.structs.replace(request, **changes)


def failed(answer: object) -> Failure:
    assert isinstance(answer, Failure)
    return answer


def is_taken(answer: object) -> bool:
    assert isinstance(answer, Observation)
    assert (answer.attempt_id, answer.provider_reference) == (ATTEMPT, LINK)
    assert (answer.payment_reference, answer.amount) == (TAKEN, Money(50000, "INR"))
    return answer.status is ObservedStatus.SUCCEEDED


async def looked_up(connector: RazorpayConnector) -> object:
    query = AttemptQuery(attempt_id=ATTEMPT, created_at=CREATED_AT, provider_reference=LINK)
    return await connector.look_up(query)


async def test_a_link_that_only_authorises_is_refused_before_it_is_sent(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    request = msgspec.structs.replace(a_request(), captures_later=True)
    answer = failed(await connector.create_checkout(request))
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, "capability_missing")
    assert answer.field == "captures_later"
    assert razorpay.asked == []


@pytest.mark.parametrize("link", ["created", "expired", "cancelled"])
@pytest.mark.parametrize(
    ("payment", "status"),
    [("authorized", ObservedStatus.AUTHORIZED), ("captured", ObservedStatus.SUCCEEDED)],
)
async def test_a_failed_payment_that_came_through_late_is_found_behind_its_link(
    razorpay: StandIn,
    connector: RazorpayConnector,
    link: str,
    payment: str,
    status: ObservedStatus,
) -> None:
    late = {"items": [a_payment(payment, captured=payment == "captured")]}
    razorpay.will(says(200, a_link(link, order_id=ORDER)), says(200, late))
    observed = await looked_up(connector)
    assert isinstance(observed, Observation)
    assert (observed.status, observed.payment_reference) == (status, TAKEN)
    assert observed.amount == Money(50000, "INR")
    assert razorpay.asked[1].path == f"/v1/orders/{ORDER}/payments"


async def test_a_payment_that_is_still_failed_says_why(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, a_link(order_id=ORDER)), says(200, {"items": [a_payment("failed")]}))
    observed = await looked_up(connector)
    assert isinstance(observed, Observation)
    assert (observed.status, observed.reason_code) == (ObservedStatus.PENDING, "payment_failed")


async def test_an_expired_link_is_not_believed_while_its_payments_cannot_be_read(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, a_link("expired", order_id=ORDER)), refuses("no", 500))
    assert failed(await looked_up(connector)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "link", [a_link("paid", order_id=ORDER), a_link(), a_link(order_id="../customers")]
)
async def test_one_call_is_enough_where_there_is_nothing_more_to_learn(
    razorpay: StandIn, connector: RazorpayConnector, link: dict[str, object]
) -> None:
    razorpay.will(says(200, link))
    assert isinstance(await looked_up(connector), Observation)
    assert len(razorpay.asked) == 1


async def test_all_that_is_authorised_is_captured(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, a_payment(captured=True)))
    assert is_taken(await connector.capture(wanted()))
    (asked,) = razorpay.asked
    assert (asked.method, asked.path) == ("POST", f"/v1/payments/{TAKEN}/capture")
    assert asked.json == {"amount": 50000, "currency": "INR"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Money(49999, "INR")}, "capture_not_in_full"),
        ({"payment_reference": "../x"}, "reference_malformed"),
        (
            {"amount": Money(50, "INR"), "authorized": Money(50, "INR")},
            "amount_not_supported",
        ),
    ],
)
async def test_what_cannot_be_captured_is_never_sent(
    razorpay: StandIn, connector: RazorpayConnector, changes: dict[str, object], code: str
) -> None:
    answer = failed(await connector.capture(wanted(**changes)))
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, code)
    assert razorpay.asked == []


@pytest.mark.parametrize(
    "words", [PAID_ALREADY, "This payment has already been captured", "no, in new words"]
)
async def test_a_capture_made_before_is_converged_on(
    razorpay: StandIn, connector: RazorpayConnector, words: str
) -> None:
    razorpay.will(refuses(words), says(200, a_payment(captured=True)))
    assert is_taken(await connector.capture(wanted()))


@pytest.mark.parametrize(
    "words", [PAID_ALREADY, "Capture amount must be equal to the amount authorized."]
)
async def test_a_refused_capture_is_final_when_the_money_was_not_taken(
    razorpay: StandIn, connector: RazorpayConnector, words: str
) -> None:
    razorpay.will(refuses(words), says(200, a_payment("authorized", captured=False)))
    answer = failed(await connector.capture(wanted()))
    assert (answer.outcome, answer.message) == (Outcome.REJECTED, words)


async def test_a_refused_capture_that_cannot_be_looked_into_is_unknown(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(refuses(PAID_ALREADY), refuses("Too many requests", 429))
    assert failed(await connector.capture(wanted())).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("reply", [hangs, drops, says(502, b"<html>"), says(200, b"[]")])
async def test_a_capture_of_unknown_outcome_is_not_guessed_at(
    razorpay: StandIn, connector: RazorpayConnector, reply: Reply
) -> None:
    razorpay.will(reply)
    assert failed(await connector.capture(wanted())).outcome is Outcome.UNKNOWN
    assert len(razorpay.asked) == 1


async def test_a_repeated_capture_looks_first(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, a_payment(captured=True)))
    assert is_taken(await connector.capture(wanted(replay=True)))
    held = a_payment("authorized", captured=False)
    razorpay.will(says(200, held), says(200, a_payment(captured=True)))
    assert is_taken(await connector.capture(wanted(replay=True)))
    assert [asked.method for asked in razorpay.asked] == ["GET", "GET", "POST"]
    razorpay.will(refuses("no", 401))
    assert failed(await connector.capture(wanted(replay=True))).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("payment", "code"),
    [(a_payment(id="pay_other"), "odd_lookup"), (a_payment("teleported"), "odd_status")],
)
async def test_a_captured_payment_that_is_not_the_one_is_unknown(
    razorpay: StandIn, connector: RazorpayConnector, payment: dict[str, object], code: str
) -> None:
    razorpay.will(says(200, payment))
    answer = failed(await connector.capture(wanted()))
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, code)
