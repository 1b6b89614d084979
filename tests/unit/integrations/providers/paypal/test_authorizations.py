import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import Failure, Observation, ObservedStatus, Outcome
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    AUTHORIZATION,
    CAPTURE,
    CREATE,
    GET,
    NOW,
    ORDER,
    Reply,
    StandIn,
    a_capture,
    a_held_order,
    a_request,
    an_authorization,
    an_order,
    money,
    refuses,
    says,
)

CAPTURE_ID = "cap_01k2f3g4h5j6k7m8n9p0q1r2s3"
TAKE = f"POST /v2/payments/authorizations/{AUTHORIZATION}/capture"
VOID = f"POST /v2/payments/authorizations/{AUTHORIZATION}/void"
PARTLY = an_authorization("PARTIALLY_CAPTURED")
VOIDED = an_authorization("VOIDED")


def a_part(value: str = "40.00", **changes: object) -> dict[str, object]:
    part = a_capture(amount=money(value), final_capture=False, invoice_id=CAPTURE_ID)
    return part | changes


def a_capture_request(
    amount: int = 4000, *, is_final: bool = False, replay: bool = False
) -> CaptureRequest:
    return CaptureRequest(
        attempt_id=ATTEMPT,
        capture_id=CAPTURE_ID,
        idempotency_key="take-1",
        provider_reference=ORDER,
        payment_reference=AUTHORIZATION,
        amount=Money(amount, "USD"),
        authorized=Money(10000, "USD"),
        is_final=is_final,
        created_at=NOW,
        replay=replay,
    )


def a_void_request(*, replay: bool = False, reference: str = AUTHORIZATION) -> VoidRequest:
    return VoidRequest(
        attempt_id=ATTEMPT,
        idempotency_key="void-1",
        provider_reference=ORDER,
        payment_reference=reference,
        created_at=NOW,
        replay=replay,
    )


def seen(result: object) -> Observation:
    assert isinstance(result, Observation), result
    return result


def failure(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


async def test_an_order_whose_money_is_taken_later_asks_for_an_authorisation(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, says(201, an_order(intent="AUTHORIZE")))
    await connector.create_checkout(a_request(captures_later=True))
    assert paypal.calls(CREATE)[0].json["intent"] == "AUTHORIZE"


async def test_a_part_is_taken_and_the_rest_stays_held(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TAKE, says(201, a_part()))
    paypal.will(GET, says(200, a_held_order(a_part(), hold=PARTLY)))
    observation = seen(await connector.capture(a_capture_request()))
    assert (observation.status, observation.amount, observation.payment_reference) == (
        ObservedStatus.AUTHORIZED,
        Money(4000, "USD"),
        AUTHORIZATION,
    )
    (asked,) = paypal.calls(TAKE)
    assert asked.headers["paypal-request-id"] == "take-1"
    assert asked.json == {
        "amount": money("40.00"),
        "invoice_id": CAPTURE_ID,
        "final_capture": False,
    }


@pytest.mark.parametrize("shown", [True, False])
async def test_the_last_part_ends_it_whether_or_not_the_order_shows_it(
    paypal: StandIn, connector: PayPalConnector, *, shown: bool
) -> None:
    first = a_part(id="1FIRST", invoice_id="cap_1", create_time="2026-11-23T08:04:59Z")
    last = a_part("60.00", final_capture=True)
    paypal.will(TAKE, says(201, last))
    paypal.will(GET, says(200, a_held_order(*([last] if shown else []), first, hold=PARTLY)))
    observation = seen(await connector.capture(a_capture_request(6000, is_final=True)))
    assert (observation.status, observation.amount, observation.payment_reference) == (
        ObservedStatus.SUCCEEDED,
        Money(10000, "USD"),
        "1FIRST",
    )


async def test_taking_all_of_it_ends_it(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(TAKE, says(201, a_part("100.00")))
    paypal.will(GET, says(200, a_held_order(hold=an_authorization("CREATED"))))
    observation = seen(await connector.capture(a_capture_request(10000)))
    assert observation.status is ObservedStatus.SUCCEEDED


async def test_a_capture_of_which_the_sum_cannot_be_read_is_unknown(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TAKE, says(201, a_part()))
    paypal.will(GET, refuses(403, "PERMISSION_DENIED"))
    assert failure(await connector.capture(a_capture_request())).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        ("PENDING", Outcome.IN_PROGRESS, "echeck"),
        ("DECLINED", Outcome.DECLINED_SOFT, "echeck"),
        ("FAILED", Outcome.DECLINED_SOFT, "echeck"),
    ],
)
async def test_a_capture_that_took_nothing_says_so(
    paypal: StandIn, connector: PayPalConnector, status: str, outcome: Outcome, code: str
) -> None:
    part = a_part(status=status, status_details={"reason": "ECHECK"})
    paypal.will(TAKE, says(201, part))
    refused = failure(await connector.capture(a_capture_request()))
    assert (refused.outcome, refused.code) == (outcome, code)


@pytest.mark.parametrize(
    "issue",
    ["DUPLICATE_INVOICE_ID", "AUTHORIZATION_ALREADY_CAPTURED", "MAX_CAPTURE_AMOUNT_EXCEEDED"],
)
async def test_what_this_request_took_before_is_found_by_its_name(
    paypal: StandIn, connector: PayPalConnector, issue: str
) -> None:
    paypal.will(TAKE, refuses(422, issue))
    paypal.will(GET, says(200, a_held_order(a_part(), hold=PARTLY)))
    observation = seen(await connector.capture(a_capture_request(replay=True)))
    assert observation.amount == Money(4000, "USD")


@pytest.mark.parametrize(
    ("reply", "read", "outcome"),
    [
        (refuses(422, "AUTHORIZATION_VOIDED"), says(200, a_held_order()), Outcome.REJECTED),
        (refuses(422, "AUTHORIZATION_VOIDED"), says(500, b""), Outcome.REJECTED),
        (
            refuses(422, "AUTHORIZATION_ALREADY_CAPTURED"),
            says(200, a_held_order()),
            Outcome.REJECTED,
        ),
        (refuses(422, "AUTHORIZATION_ALREADY_CAPTURED"), says(500, b""), Outcome.UNKNOWN),
        (refuses(409, "PREVIOUS_REQUEST_IN_PROGRESS"), says(500, b""), Outcome.IN_PROGRESS),
        (says(500, b""), says(500, b""), Outcome.UNKNOWN),
        (says(201, b"{}"), says(500, b""), Outcome.UNKNOWN),
    ],
)
async def test_a_capture_that_fails_says_how(
    paypal: StandIn, connector: PayPalConnector, reply: Reply, read: Reply, outcome: Outcome
) -> None:
    paypal.will(TAKE, reply)
    paypal.will(GET, read)
    assert failure(await connector.capture(a_capture_request())).outcome is outcome


async def test_what_is_let_go_is_canceled(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(VOID, says(200, VOIDED))
    paypal.will(GET, says(200, a_held_order(hold=VOIDED)))
    observation = seen(await connector.void(a_void_request()))
    assert (observation.status, observation.attempt_id) == (ObservedStatus.CANCELED, ATTEMPT)
    (asked,) = paypal.calls(VOID)
    assert asked.headers["prefer"] == "return=representation"
    assert "paypal-request-id" not in asked.headers
    assert asked.body == b""


async def test_letting_the_rest_go_reports_what_was_taken(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(VOID, says(204, b""))
    paypal.will(GET, says(200, a_held_order(a_part(), hold=VOIDED)))
    observation = seen(await connector.void(a_void_request()))
    assert (observation.status, observation.amount, observation.payment_reference) == (
        ObservedStatus.SUCCEEDED,
        Money(4000, "USD"),
        CAPTURE,
    )


@pytest.mark.parametrize(
    ("issue", "order", "status"),
    [
        ("PREVIOUSLY_VOIDED", a_held_order(hold=VOIDED), ObservedStatus.CANCELED),
        (
            "PREVIOUSLY_CAPTURED",
            a_held_order(a_part("100.00"), hold=an_authorization("CAPTURED")),
            ObservedStatus.SUCCEEDED,
        ),
    ],
)
async def test_a_void_that_comes_too_late_reports_what_there_is(
    paypal: StandIn,
    connector: PayPalConnector,
    issue: str,
    order: dict[str, object],
    status: ObservedStatus,
) -> None:
    paypal.will(VOID, refuses(422, issue))
    paypal.will(GET, says(200, order))
    assert seen(await connector.void(a_void_request())).status is status


async def test_a_repeated_void_looks_first(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(GET, says(200, a_held_order(hold=VOIDED)))
    observation = seen(await connector.void(a_void_request(replay=True)))
    assert observation.status is ObservedStatus.CANCELED
    assert paypal.calls(VOID) == []


async def test_a_repeated_void_that_finds_the_money_held_lets_it_go(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(GET, says(200, a_held_order()), says(200, a_held_order(hold=VOIDED)))
    paypal.will(VOID, says(200, VOIDED))
    observation = seen(await connector.void(a_void_request(replay=True)))
    assert observation.status is ObservedStatus.CANCELED


@pytest.mark.parametrize(
    ("reply", "read", "told"),
    [
        (says(500, b""), says(200, a_held_order()), (Outcome.UNKNOWN, "http_500")),
        (says(204, b""), says(500, b""), (Outcome.UNKNOWN, "http_500")),
        (says(204, b""), says(200, a_held_order()), (Outcome.UNKNOWN, "void_not_shown")),
        (
            refuses(422, "CANNOT_BE_VOIDED"),
            says(200, a_held_order()),
            (Outcome.REJECTED, "cannot_be_voided"),
        ),
    ],
)
async def test_a_void_that_is_not_certain_is_unknown(
    paypal: StandIn,
    connector: PayPalConnector,
    reply: Reply,
    read: Reply,
    told: tuple[Outcome, str],
) -> None:
    paypal.will(VOID, reply)
    paypal.will(GET, read)
    refused = failure(await connector.void(a_void_request()))
    assert (refused.outcome, refused.code) == told


async def test_what_is_no_authorisation_is_never_put_into_a_path(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    refused = failure(await connector.void(a_void_request(reference="../orders/X")))
    assert refused.code == "invalid_reference"
    assert paypal.asked == []
