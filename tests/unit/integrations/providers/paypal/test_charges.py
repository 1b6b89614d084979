from datetime import timedelta

import msgspec
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
from paymux.payments.ports.saved_methods import ChargeRequest
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
    StandIn,
    a_capture,
    a_held_order,
    a_paid_order,
    an_authorization,
    an_order,
    money,
    refuses,
    says,
)

TOKEN_ID = "8kk8451636559962p"
TOKEN_PATH = f"/v3/vault/payment-tokens/{TOKEN_ID}"
EVENTS = "/v1/notifications/webhooks-events"
HOUR = (
    f"GET {EVENTS}?page_size=50"
    "&start_time=2026-11-23T07%3A55%3A00Z&end_time=2026-11-23T09%3A00%3A01Z"
)
QUERY = AttemptQuery(attempt_id=ATTEMPT, created_at=NOW, is_charge=True)


def a_charge_request(**changes: object) -> ChargeRequest:
    request = ChargeRequest(
        payment_id=PAYMENT,
        attempt_id=ATTEMPT,
        idempotency_key="charge-key",
        amount=Money(10000, "USD"),
        description="Tea,\nmonthly",
        method_reference=TOKEN_ID,
        customer_reference="CUST123",
        created_at=NOW,
    )
    return msgspec.structs.replace(request, **changes)


def a_token(**changes: object) -> dict[str, object]:
    """Return a payment token as PayPal's vault gives it."""
    wallet = {"email_address": "jane.doe@example.com", "payer_id": "VTR4JYK7STE7J"}
    token: dict[str, object] = {
        "id": TOKEN_ID,
        "customer": {"id": "CUST123"},
        "payment_source": {"paypal": wallet},
    }
    return token | changes


def seen(result: object) -> Observation:
    assert isinstance(result, Observation), result
    return result


def failure(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


async def test_a_charge_is_an_order_paid_with_the_kept_account(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, says(201, a_paid_order()))
    charged = seen(await connector.charge(a_charge_request()))
    assert (charged.status, charged.payment_reference) == (ObservedStatus.SUCCEEDED, CAPTURE)
    (asked,) = paypal.calls(CREATE)
    assert asked.headers["paypal-request-id"] == "charge-key"
    assert asked.json == {
        "intent": "CAPTURE",
        "payment_source": {"paypal": {"vault_id": TOKEN_ID}},
        "purchase_units": [
            {
                "reference_id": ATTEMPT,
                "custom_id": ATTEMPT,
                "invoice_id": PAYMENT,
                "amount": money("100.00"),
                "description": "Tea, monthly",
            }
        ],
    }


async def test_a_retry_sends_the_same_bytes(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(CREATE, says(500, b""))
    for replay in (False, True):
        await connector.charge(a_charge_request(replay=replay))
    first, second = paypal.calls(CREATE)
    assert first.body == second.body


async def test_money_of_a_charge_can_be_held(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(CREATE, says(201, a_held_order()))
    held = seen(await connector.charge(a_charge_request(captures_later=True)))
    assert (held.status, held.amount) == (ObservedStatus.AUTHORIZED, Money(10000, "USD"))
    assert paypal.calls(CREATE)[0].json["intent"] == "AUTHORIZE"


async def test_a_charge_that_settles_later_is_pending(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    waits = a_capture("PENDING", status_details={"reason": "ECHECK"})
    paypal.will(CREATE, says(201, a_paid_order(waits)))
    pending = seen(await connector.charge(a_charge_request()))
    assert (pending.status, pending.reason_code) == (ObservedStatus.PENDING, "echeck")


@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [
        (refuses(422, "INSTRUMENT_DECLINED"), "declined_soft", "instrument_declined"),
        (refuses(422, "TRANSACTION_REFUSED"), "declined_soft", "transaction_refused"),
        (refuses(422, "AGREEMENT_ALREADY_CANCELLED"), "declined_soft", None),
        (refuses(422, "TOKEN_EXPIRED"), "declined_soft", "token_expired"),
        (refuses(404, "INVALID_RESOURCE_ID"), "declined_soft", "invalid_resource_id"),
        (refuses(422, "COMPLIANCE_VIOLATION"), "declined_hard", "compliance_violation"),
        (refuses(422, "PAYER_ACTION_REQUIRED"), "needs_payer", "payer_action_required"),
        (refuses(403, "PERMISSION_DENIED"), "credentials", "permission_denied"),
        (refuses(422, "NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE"), "credentials", None),
        (refuses(422, "DUPLICATE_INVOICE_ID"), "done_already", "duplicate_invoice_id"),
        (refuses(422, "DECIMAL_PRECISION"), "rejected", "decimal_precision"),
        (says(201, an_order()), "needs_payer", "payer_action_required"),
        (says(201, a_paid_order(a_capture("DECLINED"))), "declined_soft", "capture_declined"),
        (says(201, a_held_order(hold=an_authorization("DENIED"))), "declined_soft", None),
        (says(429, b""), "not_processed", "http_429"),
        (says(500, b""), "unknown", "http_500"),
        (says(201, b"{}"), "unknown", "unreadable_reply"),
    ],
)
async def test_a_charge_that_takes_nothing_says_why(
    paypal: StandIn, connector: PayPalConnector, reply: Reply, outcome: str, code: str | None
) -> None:
    paypal.will(CREATE, reply)
    refused = failure(await connector.charge(a_charge_request()))
    assert refused.outcome == Outcome(outcome)
    assert code in {None, refused.code}


async def test_an_order_that_paypal_leaves_to_us_is_captured(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, says(201, an_order("APPROVED")))
    paypal.will(GET, says(200, an_order("APPROVED")))
    paypal.will(TAKE, says(201, a_paid_order()))
    charged = seen(await connector.charge(a_charge_request()))
    assert charged.status is ObservedStatus.SUCCEEDED
    assert paypal.calls(TAKE)[0].headers["paypal-request-id"] == "charge-key:capture"
    paypal.will(TAKE, refuses(422, "INSTRUMENT_DECLINED"))
    refused = failure(await connector.charge(a_charge_request()))
    assert refused.outcome is Outcome.DECLINED_SOFT


async def test_nothing_but_a_token_is_charged(paypal: StandIn, connector: PayPalConnector) -> None:
    for changes in (
        {"method_reference": "../x"},
        {"amount": Money(100, "INR")},
        {"amount": Money(0, "USD")},
    ):
        refused = failure(await connector.charge(a_charge_request(**changes)))
        assert refused.outcome is Outcome.REJECTED
    assert paypal.calls(CREATE) == []


def an_event(kind: str, resource: dict[str, object]) -> dict[str, object]:
    return {"id": "WH-1", "event_type": kind, "resource": resource}


RELATED = {"related_ids": {"order_id": ORDER}}


@pytest.mark.parametrize(
    "event",
    [
        an_event("PAYMENT.CAPTURE.COMPLETED", a_capture()),
        an_event(
            "PAYMENT.AUTHORIZATION.CREATED", an_authorization(links=[], supplementary_data=RELATED)
        ),
        an_event("CHECKOUT.ORDER.COMPLETED", a_paid_order()),
    ],
)
async def test_a_charge_is_found_among_the_events(
    paypal: StandIn, connector: PayPalConnector, event: dict[str, object]
) -> None:
    others = [
        an_event("PAYMENT.CAPTURE.COMPLETED", a_capture(custom_id="att_other")),
        an_event("PAYMENT.CAPTURE.REFUNDED", {"custom_id": ATTEMPT}),
        an_event("PAYMENT.CAPTURE.COMPLETED", {"custom_id": ATTEMPT}),
        an_event("CHECKOUT.ORDER.COMPLETED", {"purchase_units": "odd"}),
    ]
    more = {"href": f"https://api.paypal.com{EVENTS}?page_size=50&x=2", "rel": "next"}
    paypal.will(HOUR, says(200, {"events": others, "links": [more]}))
    paypal.will(f"GET {EVENTS}?page_size=50&x=2", says(200, {"events": [event]}))
    paypal.will(GET, says(200, a_paid_order()))
    assert seen(await connector.look_up(QUERY)).status is ObservedStatus.SUCCEEDED


async def test_a_charge_that_no_event_shows_may_still_have_been_made(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(HOUR, says(200, {"events": []}))
    lost = failure(await connector.look_up(QUERY))
    assert (lost.outcome, lost.code) == (Outcome.UNKNOWN, "charge_not_shown")
    paypal.will(HOUR, says(500, b""))
    assert failure(await connector.look_up(QUERY)).code == "http_500"


async def test_a_charge_whose_key_is_forgotten_is_looked_for_before_it_is_called_unknown(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, refuses(422, "DUPLICATE_INVOICE_ID"))
    paypal.will(HOUR, says(200, {"events": []}))
    lost = failure(await connector.charge(a_charge_request(replay=True)))
    assert (lost.outcome, lost.code) == (Outcome.UNKNOWN, "duplicate_invoice_id")


async def test_a_charge_that_waits_for_its_payer_is_over(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(GET, says(200, an_order()))
    query = msgspec.structs.replace(QUERY, provider_reference=ORDER)
    observed = seen(await connector.look_up(query))
    assert (observed.status, observed.needs_payer) == (ObservedStatus.DECLINED, True)
    paypal.will(GET, says(200, an_order("CREATED")))
    assert seen(await connector.look_up(query)).status is ObservedStatus.PENDING
    paypal.will(GET, refuses(404, "INVALID_RESOURCE_ID"))
    assert failure(await connector.look_up(query)).outcome is Outcome.UNKNOWN
    old = msgspec.structs.replace(query, created_at=NOW - timedelta(hours=73))
    assert seen(await connector.look_up(old)).status is ObservedStatus.EXPIRED
