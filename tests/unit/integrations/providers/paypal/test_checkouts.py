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
    CREATE,
    GET,
    NOW,
    ORDER,
    PAYMENT,
    SetClock,
    StandIn,
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
