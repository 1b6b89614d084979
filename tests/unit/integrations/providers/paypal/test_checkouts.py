from datetime import timedelta

import pytest

from paymux.integrations.adapters.providers.paypal.checkouts import request_id
from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
)
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    CAPTURE,
    CREATE,
    GET,
    NOW,
    ORDER,
    PAYMENT,
    TAKE,
    Reply,
    SetClock,
    StandIn,
    a_capture,
    a_paid_order,
    a_request,
    an_order,
    connected,
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


async def test_an_order_is_created_for_one_attempt(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, says(201, an_order()))
    checkout = await connector.create_checkout(a_request())
    assert checkout == Checkout(
        provider_reference=ORDER, url=PAGE, expires_at=NOW + timedelta(hours=3, seconds=1)
    )
    (asked,) = paypal.calls(CREATE)
    assert asked.headers["paypal-request-id"] == a_request().idempotency_key
    assert asked.headers["prefer"] == "return=representation"
    assert asked.json == {
        "intent": "CAPTURE",
        "purchase_units": [
            {
                "reference_id": ATTEMPT,
                "custom_id": ATTEMPT,
                "invoice_id": PAYMENT,
                "description": "Order 42",
                "amount": {"currency_code": "USD", "value": "100.00"},
            }
        ],
        "payment_source": {
            "paypal": {
                "experience_context": {
                    "return_url": "https://pay.example/return",
                    "cancel_url": "https://pay.example/cancel",
                    "user_action": "PAY_NOW",
                    "shipping_preference": "NO_SHIPPING",
                }
            }
        },
    }


async def test_a_retry_sends_the_same_bytes(paypal: StandIn) -> None:
    clock = SetClock()
    paypal.will(CREATE, says(200, an_order()))
    with connected(paypal.url, clock=clock) as connector:
        await connector.create_checkout(a_request())
        clock.advance(timedelta(hours=1))
        await connector.create_checkout(a_request(replay=True))
    first, second = paypal.calls(CREATE)
    assert first.body == second.body
    assert first.headers["paypal-request-id"] == second.headers["paypal-request-id"]


@pytest.mark.parametrize(
    "money", [Money(1000, "INR"), Money(10005, "KWD"), Money(1050, "HUF"), Money(0, "USD")]
)
async def test_what_paypal_does_not_take_is_never_sent(
    paypal: StandIn, connector: PayPalConnector, money: Money
) -> None:
    refused = failure(await connector.create_checkout(a_request(amount=money)))
    assert (refused.outcome, refused.field) == (Outcome.REJECTED, "amount")
    assert paypal.asked == []


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("x" * 200, "x" * 127),
        ("é" * 127, "é" * 63),
        ("two\nlines\x00\ud800", "two lines"),
        ("  ", None),
        ("", None),
    ],
)
async def test_a_description_is_cut_to_what_paypal_takes(
    paypal: StandIn, connector: PayPalConnector, text: str, sent: str | None
) -> None:
    paypal.will(CREATE, says(201, an_order()))
    await connector.create_checkout(a_request(description=text))
    units = paypal.calls(CREATE)[0].json["purchase_units"]
    assert isinstance(units, list)
    assert units[0].get("description") == sent


@pytest.mark.parametrize("key", ["x" * 109, "ü", "a\r\nb", ""])
def test_a_key_that_is_no_request_id_becomes_one(key: str) -> None:
    assert len(request_id(key)) == 64
    assert request_id(key) == request_id(key) != request_id(key + "x")


async def test_an_older_kind_of_link_is_followed_too(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, says(201, an_order(links=[{"rel": "approve", "href": PAGE}])))
    checkout = await connector.create_checkout(a_request())
    assert isinstance(checkout, Checkout)
    assert checkout.url == PAGE


@pytest.mark.parametrize("order", [an_order("APPROVED", links=[]), a_paid_order()])
async def test_a_replay_after_the_approval_sends_the_payer_back_to_us(
    paypal: StandIn, connector: PayPalConnector, order: dict[str, object]
) -> None:
    paypal.will(CREATE, says(200, order))
    checkout = await connector.create_checkout(a_request(replay=True))
    assert isinstance(checkout, Checkout)
    assert checkout.url == a_request().return_url


async def test_an_order_without_a_page_is_not_a_checkout(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, says(201, an_order(links=None)))
    refused = failure(await connector.create_checkout(a_request()))
    assert (refused.outcome, refused.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        (PAGE, True),
        ("https://paypal.com/checkoutnow", True),
        ("http://www.paypal.com/checkoutnow", False),
        ("https://paypal.com.evil.example/", False),
        ("https://evilpaypal.com/", False),
        ("https://evil@www.paypal.com/", False),
        ("https://[", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
async def test_a_payer_is_sent_to_paypal_only(url: str, is_safe: bool) -> None:
    with connected(None, mode=Mode.LIVE) as connector:
        assert connector._checkouts._is_paypals_page(url) is is_safe


async def test_an_attempt_is_looked_up_by_its_order(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(GET, says(200, a_paid_order()))
    observation = seen(await connector.look_up(a_query()))
    assert (observation.status, observation.amount) == (
        ObservedStatus.SUCCEEDED,
        Money(10000, "USD"),
    )


async def test_paypal_cannot_be_searched(paypal: StandIn, connector: PayPalConnector) -> None:
    refused = failure(await connector.look_up(a_query(None)))
    assert (refused.outcome, refused.code) == (Outcome.UNKNOWN, "lookup_not_possible")
    assert paypal.asked == []


@pytest.mark.parametrize("reference", ["../../v1/x", "", "a" * 17, "A" * 37, "5O1\n", "5O1?x=1"])
async def test_what_is_no_order_id_never_gets_into_a_path(
    paypal: StandIn, connector: PayPalConnector, reference: str
) -> None:
    looked_up = failure(await connector.look_up(a_query(reference)))
    completed = failure(await connector.complete_checkout(reference, "key"))
    assert looked_up.code == completed.code == "invalid_reference"
    assert paypal.asked == []


@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(hours=71), None), (timedelta(hours=73), ObservedStatus.EXPIRED)]
)
async def test_an_order_paypal_forgot_has_expired_once_it_cannot_live_any_more(
    paypal: StandIn, age: timedelta, status: ObservedStatus | None
) -> None:
    paypal.will(GET, refuses(404, "INVALID_RESOURCE_ID", "RESOURCE_NOT_FOUND"))
    with connected(paypal.url, clock=SetClock(NOW + age)) as connector:
        result = await connector.look_up(a_query())
    if status is None:
        assert failure(result).outcome is Outcome.UNKNOWN
    else:
        assert seen(result).status is status
        assert seen(result).attempt_id == ATTEMPT


async def test_an_outage_is_not_an_expiry(paypal: StandIn) -> None:
    paypal.will(GET, says(503, b""))
    with connected(paypal.url, clock=SetClock(NOW + timedelta(days=30))) as connector:
        assert failure(await connector.look_up(a_query())).outcome is Outcome.UNKNOWN


async def test_another_order_than_the_one_asked_for_proves_nothing(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(GET, says(200, a_paid_order() | {"id": "ANOTHER"}))
    assert failure(await connector.look_up(a_query())).code == "another_order"


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
    paypal.will(GET, read)
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
