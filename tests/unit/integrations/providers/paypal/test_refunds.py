from datetime import timedelta

import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    Failure,
    NotFound,
    Outcome,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    AUTHORIZATION,
    CAPTURE,
    GET,
    NOW,
    ORDER,
    PAYMENT,
    REFUND,
    REFUND_ID,
    Reply,
    SetClock,
    StandIn,
    a_capture,
    a_held_order,
    a_paid_order,
    a_refund,
    an_authorization,
    an_order,
    connected,
    money,
    refuses,
    says,
)

MAKE = f"POST /v2/payments/captures/{CAPTURE}/refund"
GET_REFUND = f"GET /v2/payments/refunds/{REFUND}"
GET_CAPTURE = f"GET /v2/payments/captures/{CAPTURE}"
GET_HOLD = f"GET /v2/payments/authorizations/{AUTHORIZATION}"
PAID = says(200, a_paid_order())


def a_refund_request(
    amount: int = 10000,
    *,
    reason: str | None = "Broken\nin transit",
    reference: str = CAPTURE,
    replay: bool = False,
) -> RefundRequest:
    return RefundRequest(
        payment_id=PAYMENT,
        attempt_id=ATTEMPT,
        refund_id=REFUND_ID,
        idempotency_key="refund-key",
        provider_reference=ORDER,
        payment_reference=reference,
        amount=Money(amount, "USD"),
        captured=Money(10000, "USD"),
        created_at=NOW,
        reason=reason,
        replay=replay,
    )


def a_query(reference: str | None = None, paid_with: str = CAPTURE) -> RefundQuery:
    return RefundQuery(
        refund_id=REFUND_ID,
        payment_reference=paid_with,
        created_at=NOW,
        provider_reference=reference,
    )


def told(result: object) -> RefundReport:
    assert isinstance(result, RefundReport), result
    return result


def failure(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


def refunded_order(*refunds: dict[str, object], status: str = "REFUNDED") -> dict[str, object]:
    capture = a_capture(status)
    payments = {"captures": [capture], "refunds": list(refunds)}
    unit = {"custom_id": ATTEMPT, "invoice_id": PAYMENT, "payments": payments}
    return an_order("COMPLETED", purchase_units=[unit])


async def test_money_is_given_back_under_our_name(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(MAKE, says(201, a_refund()))
    report = told(await connector.refund(a_refund_request()))
    assert (report.status, report.provider_reference, report.refund_id) == (
        RefundStatus.SUCCEEDED,
        REFUND,
        REFUND_ID,
    )
    assert (report.amount, report.payment_reference) == (Money(10000, "USD"), CAPTURE)
    (asked,) = paypal.calls(MAKE)
    assert asked.headers["paypal-request-id"] == "refund-key"
    assert asked.json == {
        "amount": money("100.00"),
        "custom_id": REFUND_ID,
        "invoice_id": REFUND_ID,
        "note_to_payer": "Broken in transit",
    }


async def test_a_refund_without_a_reason_has_no_note(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(MAKE, says(201, a_refund()))
    await connector.refund(a_refund_request(reason=None))
    assert "note_to_payer" not in paypal.calls(MAKE)[0].json


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("PENDING", RefundStatus.PENDING),
        ("FAILED", RefundStatus.FAILED),
        ("CANCELLED", RefundStatus.CANCELED),
    ],
)
async def test_a_refund_that_is_not_through_says_why(
    paypal: StandIn, connector: PayPalConnector, status: str, ours: RefundStatus
) -> None:
    paypal.will(MAKE, says(201, a_refund(status, status_details={"reason": "ECHECK"})))
    report = told(await connector.refund(a_refund_request()))
    assert (report.status, report.reason_code) == (ours, "echeck")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (says(201, a_refund("LOST")), "unrecognised_status"),
        (says(201, a_refund(amount={"currency_code": "XXX", "value": "1"})), "odd_amount"),
        (says(201, a_refund(id="../x")), "unreadable_reply"),
        (says(201, b"{}"), "unreadable_reply"),
    ],
)
async def test_a_reply_that_makes_no_sense_leaves_the_refund_unknown(
    paypal: StandIn, connector: PayPalConnector, reply: Reply, code: str
) -> None:
    paypal.will(MAKE, reply)
    refused = failure(await connector.refund(a_refund_request()))
    assert (refused.outcome, refused.code) == (Outcome.UNKNOWN, code)


@pytest.mark.parametrize(
    "issue", ["CAPTURE_FULLY_REFUNDED", "DUPLICATE_INVOICE_ID", "REFUND_AMOUNT_EXCEEDED"]
)
async def test_the_refund_this_request_made_before_is_found(
    paypal: StandIn, connector: PayPalConnector, issue: str
) -> None:
    paypal.will(MAKE, refuses(422, issue))
    paypal.will(GET, says(200, refunded_order(a_refund())))
    report = told(await connector.refund(a_refund_request(replay=True)))
    assert report.provider_reference == REFUND
    assert len(paypal.calls(MAKE)) == 1


@pytest.mark.parametrize(
    ("reply", "read", "outcome"),
    [
        (refuses(422, "CAPTURE_FULLY_REFUNDED"), PAID, Outcome.REJECTED),
        (refuses(422, "CAPTURE_FULLY_REFUNDED"), says(500, b""), Outcome.UNKNOWN),
        (refuses(422, "TRANSACTION_DISPUTED"), PAID, Outcome.REJECTED),
        (refuses(422, "REFUND_TIME_LIMIT_EXCEEDED"), says(500, b""), Outcome.REJECTED),
        (refuses(409, "PREVIOUS_REQUEST_IN_PROGRESS"), PAID, Outcome.IN_PROGRESS),
        (refuses(403, "PERMISSION_DENIED"), PAID, Outcome.CREDENTIALS),
        (says(429, b""), PAID, Outcome.NOT_PROCESSED),
        (says(500, b""), PAID, Outcome.UNKNOWN),
    ],
)
async def test_a_refund_that_fails_says_how(
    paypal: StandIn, connector: PayPalConnector, reply: Reply, read: Reply, outcome: Outcome
) -> None:
    paypal.will(MAKE, reply)
    paypal.will(GET, read)
    assert failure(await connector.refund(a_refund_request())).outcome is outcome


async def test_a_refund_of_several_captures_is_made_where_enough_is_left(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    captures = [
        a_capture(amount=money("30.00")),
        a_capture(id="2SMALL", amount=money("40.00"), status="PARTIALLY_REFUNDED"),
        a_capture(id="3DENIED", amount=money("50.00"), status="DECLINED"),
        a_capture(id="4LARGE", amount=money("50.00")),
    ]
    up = [{"rel": "up", "href": "/v2/payments/captures/2SMALL"}]
    earlier = a_refund(id="9", custom_id="x", invoice_id="x", amount=money("10.00"), links=up)
    hold = an_authorization("CAPTURED")
    paypal.will(GET, says(200, a_held_order(*captures, hold=hold, refunds=[earlier])))
    paypal.will(MAKE, refuses(422, "REFUND_AMOUNT_EXCEEDED"))
    other = "POST /v2/payments/captures/4LARGE/refund"
    paypal.will(other, says(201, a_refund(amount=money("35.00"))))
    report = told(await connector.refund(a_refund_request(3500)))
    assert report.payment_reference == CAPTURE
    assert paypal.calls(other)[0].headers["paypal-request-id"] == "refund-key:4LARGE"


async def test_what_no_capture_can_give_back_is_refused(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(MAKE, refuses(422, "REFUND_AMOUNT_EXCEEDED"))
    paypal.will(GET, PAID)
    refused = failure(await connector.refund(a_refund_request(20000)))
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "refund_amount_exceeded")


async def test_a_refund_of_more_than_one_capture_has_left_says_how_to_make_it(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    captures = [a_capture(amount=money("30.00")), a_capture(id="2OTHER", amount=money("70.00"))]
    paypal.will(GET, says(200, a_held_order(*captures, hold=an_authorization("CAPTURED"))))
    paypal.will(MAKE, refuses(422, "REFUND_AMOUNT_EXCEEDED"))
    refused = failure(await connector.refund(a_refund_request(7001)))
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "refund_exceeds_one_capture")
    assert "at most 70.00 USD at once" in refused.message
    assert refused.field == "amount"


@pytest.mark.parametrize("issue", ["PENDING_CAPTURE", "REFUND_NOT_ALLOWED"])
async def test_a_capture_that_gives_nothing_back_leaves_it_to_another(
    paypal: StandIn, connector: PayPalConnector, issue: str
) -> None:
    captures = [a_capture("PENDING"), a_capture(id="2OTHER", amount=money("70.00"))]
    paypal.will(GET, says(200, a_held_order(*captures)))
    paypal.will(MAKE, refuses(422, issue))
    other = "POST /v2/payments/captures/2OTHER/refund"
    paypal.will(other, says(201, a_refund(amount=money("70.00"))))
    assert told(await connector.refund(a_refund_request(7000))).status is RefundStatus.SUCCEEDED


async def test_a_refund_known_by_its_authorisation_goes_to_its_capture(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(GET, says(200, a_held_order(a_capture())))
    paypal.will(f"POST /v2/payments/captures/{CAPTURE}/refund", says(201, a_refund()))
    report = told(await connector.refund(a_refund_request(reference=AUTHORIZATION)))
    assert report.payment_reference == AUTHORIZATION


async def test_a_refund_is_looked_up_by_its_id(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(GET_REFUND, says(200, a_refund("FAILED")))
    assert told(await connector.look_up_refund(a_query(REFUND))).status is RefundStatus.FAILED
    paypal.will(GET_REFUND, says(200, a_refund(id="ANOTHER")))
    assert failure(await connector.look_up_refund(a_query(REFUND))).code == "another_refund"
    assert failure(await connector.look_up_refund(a_query("../x"))).code == "invalid_reference"


@pytest.mark.parametrize("paid_with", [CAPTURE, AUTHORIZATION])
async def test_a_refund_is_looked_up_through_its_order(
    paypal: StandIn, connector: PayPalConnector, paid_with: str
) -> None:
    paypal.will(GET_CAPTURE, says(200, a_capture()))
    paypal.will(GET_HOLD, says(200, an_authorization()))
    theirs = a_refund(id="7", custom_id=ATTEMPT, invoice_id=PAYMENT)
    paypal.will(GET, says(200, refunded_order(theirs, a_refund())))
    report = told(await connector.look_up_refund(a_query(paid_with=paid_with)))
    assert (report.provider_reference, report.payment_reference) == (REFUND, paid_with)


async def test_a_capture_that_names_only_its_authorisation_is_followed_up(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    up = [{"rel": "up", "href": f"/v2/payments/authorizations/{AUTHORIZATION}"}]
    paypal.will(GET_CAPTURE, says(200, a_capture(links=up)))
    paypal.will(GET_HOLD, says(200, an_authorization()))
    paypal.will(GET, says(200, refunded_order(a_refund())))
    assert told(await connector.look_up_refund(a_query())).provider_reference == REFUND


@pytest.mark.parametrize(
    ("order", "hours", "absent"),
    [
        (a_paid_order(), 2, True),
        (a_paid_order(), 0, False),
        (refunded_order(), 2, False),
        (refunded_order(a_refund(custom_id=ATTEMPT)), 2, True),
    ],
)
async def test_a_refund_is_absent_once_paypal_would_show_it(
    paypal: StandIn, order: dict[str, object], hours: int, *, absent: bool
) -> None:
    paypal.will(GET_CAPTURE, says(200, a_capture()))
    paypal.will(GET, says(200, order))
    with connected(paypal.url, clock=SetClock(NOW + timedelta(hours=hours))) as connector:
        result = await connector.look_up_refund(a_query())
    assert isinstance(result, NotFound) is absent
    assert absent or failure(result).outcome is Outcome.UNKNOWN


async def test_a_refund_whose_capture_cannot_be_read_is_unknown(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    for reply in (says(500, b""), refuses(404, "INVALID_RESOURCE_ID"), says(200, b"[]")):
        paypal.will(GET_CAPTURE, reply)
        assert failure(await connector.look_up_refund(a_query())).outcome is Outcome.UNKNOWN
    paypal.will(GET_CAPTURE, says(200, a_capture(links=[])))
    assert failure(await connector.look_up_refund(a_query())).code == "refund_not_found"
