import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
)
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    AUTHORIZATION,
    CAPTURE,
    GET,
    NOW,
    ORDER,
    TAKE,
    Reply,
    StandIn,
    a_capture,
    a_held_order,
    a_paid_order,
    an_order,
    refuses,
    says,
)

PAGE = f"https://www.sandbox.paypal.com/checkoutnow?token={ORDER}"
APPROVED = says(200, an_order("APPROVED", update_time="2026-11-23T08:04:00Z"))
PAID = says(201, a_paid_order())
DECLINED = refuses(422, "INSTRUMENT_DECLINED")


def a_query(reference: str | None = ORDER) -> AttemptQuery:
    return AttemptQuery(attempt_id=ATTEMPT, created_at=NOW, provider_reference=reference)


def failure(result: object) -> Failure:
    assert isinstance(result, Failure)
    return result


def seen(result: object) -> Observation:
    assert isinstance(result, Observation)
    return result


@pytest.fixture(autouse=True)
def approved(paypal: StandIn) -> None:
    """The order says first whether it is to be captured."""
    paypal.will(GET, APPROVED)


async def test_an_approved_order_is_captured(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(TAKE, PAID)
    observation = seen(await connector.complete_checkout(ORDER, "capture-key"))
    assert observation.status is ObservedStatus.SUCCEEDED
    assert observation.payment_reference == CAPTURE
    (asked,) = paypal.calls(TAKE)
    assert (asked.headers["paypal-request-id"], asked.body) == ("capture-key", b"{}")


async def test_a_minimal_reply_to_a_capture_is_completed_by_a_read(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TAKE, says(201, {"id": ORDER, "status": "COMPLETED"}))
    paypal.will(GET, says(200, a_paid_order()))
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert observation.status is ObservedStatus.SUCCEEDED


@pytest.mark.parametrize("issue", ["ORDER_ALREADY_CAPTURED", "DUPLICATE_INVOICE_ID"])
async def test_what_was_captured_before_is_found(
    paypal: StandIn, connector: PayPalConnector, issue: str
) -> None:
    paypal.will(TAKE, refuses(422, issue))
    paypal.will(GET, says(200, a_paid_order()))
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert observation.status is ObservedStatus.SUCCEEDED


async def test_a_payment_paid_by_another_order_is_not_paid_by_this_one(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TAKE, refuses(422, "DUPLICATE_INVOICE_ID"))
    paypal.will(GET, APPROVED)
    refused = failure(await connector.complete_checkout(ORDER, "key"))
    assert (refused.outcome, refused.code) == (Outcome.DONE_ALREADY, "duplicate_invoice_id")


@pytest.mark.parametrize(
    "issue",
    ["ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"],
)
async def test_an_order_that_waits_for_the_payer_is_pending(
    paypal: StandIn, connector: PayPalConnector, issue: str
) -> None:
    paypal.will(TAKE, refuses(422, issue))
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert (observation.status, observation.reason_code) == (
        ObservedStatus.PENDING,
        issue.lower(),
    )


@pytest.mark.parametrize(
    "read", [says(200, an_order("PAYER_ACTION_REQUIRED")), says(500, b""), says(404, b"")]
)
async def test_a_declined_instrument_sends_the_payer_back(
    paypal: StandIn, connector: PayPalConnector, read: Reply
) -> None:
    paypal.will(TAKE, DECLINED)
    paypal.will(GET, APPROVED, read)
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert (observation.status, observation.reason_code) == (
        ObservedStatus.PENDING,
        "instrument_declined",
    )
    assert len(paypal.calls(TAKE)) == 1


async def test_a_new_approval_is_not_answered_with_the_old_refusal(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TAKE, DECLINED, PAID)
    paypal.will(GET, APPROVED)
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert observation.status is ObservedStatus.SUCCEEDED
    first, second = (each.headers["paypal-request-id"] for each in paypal.calls(TAKE))
    assert (first, second) == ("key", "key:2026-11-23T08:04:00Z")


async def test_one_approval_is_tried_under_two_request_ids_however_often_we_ask(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TAKE, DECLINED)
    paypal.will(GET, APPROVED)
    for _ in range(3):
        observation = seen(await connector.complete_checkout(ORDER, "key"))
        assert observation.status is ObservedStatus.PENDING
    assert len({each.headers["paypal-request-id"] for each in paypal.calls(TAKE)}) == 2


async def test_a_second_try_that_gets_lost_is_unknown(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TAKE, DECLINED, says(500, b""))
    paypal.will(GET, APPROVED)
    assert failure(await connector.complete_checkout(ORDER, "key")).outcome is Outcome.UNKNOWN


async def test_an_order_captured_meanwhile_is_captured(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TAKE, DECLINED)
    paypal.will(GET, says(200, a_paid_order()))
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert observation.status is ObservedStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (refuses(422, "ORDER_COMPLETION_IN_PROGRESS"), Outcome.IN_PROGRESS),
        (refuses(409, "PREVIOUS_REQUEST_IN_PROGRESS"), Outcome.IN_PROGRESS),
        (refuses(422, "TRANSACTION_REFUSED"), Outcome.DECLINED_SOFT),
        (refuses(422, "COMPLIANCE_VIOLATION"), Outcome.DECLINED_HARD),
        (refuses(422, "PAYEE_ACCOUNT_RESTRICTED"), Outcome.CREDENTIALS),
        (refuses(403, "PERMISSION_DENIED"), Outcome.CREDENTIALS),
        (refuses(404, "INVALID_RESOURCE_ID"), Outcome.UNKNOWN),
        (says(500, b""), Outcome.UNKNOWN),
        (says(429, b""), Outcome.NOT_PROCESSED),
    ],
)
async def test_a_capture_that_fails_says_how(
    paypal: StandIn, connector: PayPalConnector, reply: Reply, expected: Outcome
) -> None:
    paypal.will(TAKE, reply)
    assert failure(await connector.complete_checkout(ORDER, "key")).outcome is expected
    assert len(paypal.calls(TAKE)) == 1


async def test_a_capture_held_for_review_is_pending(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    held = a_capture("PENDING", status_details={"reason": "PENDING_REVIEW"})
    paypal.will(TAKE, says(201, a_paid_order(held)))
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert (observation.status, observation.reason_code) == (
        ObservedStatus.PENDING,
        "pending_review",
    )


HOLD = f"POST /v2/checkout/orders/{ORDER}/authorize"
MEANT_FOR_LATER = says(200, an_order("APPROVED", intent="AUTHORIZE"))
HELD = says(201, a_held_order())


async def test_an_order_meant_for_later_is_authorised_and_never_captured(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(GET, MEANT_FOR_LATER)
    paypal.will(HOLD, HELD)
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert (observation.status, observation.payment_reference, observation.amount) == (
        ObservedStatus.AUTHORIZED,
        AUTHORIZATION,
        Money(10000, "USD"),
    )
    (asked,) = paypal.calls(HOLD)
    assert (asked.headers["paypal-request-id"], asked.body) == ("key", b"{}")
    assert paypal.calls(TAKE) == []


@pytest.mark.parametrize("issue", ["ORDER_ALREADY_AUTHORIZED", "ORDER_COMPLETED_OR_VOIDED"])
async def test_what_was_authorised_before_is_found(
    paypal: StandIn, connector: PayPalConnector, issue: str
) -> None:
    paypal.will(GET, MEANT_FOR_LATER, says(200, a_held_order()))
    paypal.will(HOLD, refuses(422, issue))
    observation = seen(await connector.complete_checkout(ORDER, "key"))
    assert observation.status is ObservedStatus.AUTHORIZED


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [(says(500, b""), Outcome.UNKNOWN), (refuses(404, "INVALID_RESOURCE_ID"), Outcome.UNKNOWN)],
)
async def test_an_order_that_cannot_be_read_is_not_completed(
    paypal: StandIn, connector: PayPalConnector, reply: Reply, outcome: Outcome
) -> None:
    paypal.will(GET, reply)
    assert failure(await connector.complete_checkout(ORDER, "key")).outcome is outcome
    assert paypal.calls(TAKE) == paypal.calls(HOLD) == []
