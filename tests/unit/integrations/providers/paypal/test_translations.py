import json

import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.integrations.adapters.providers.paypal.events import (
    AUTHORIZATION_EVENTS,
    REFUND_EVENTS,
    REVERSED,
)
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    Failure,
    ObservedStatus,
    Outcome,
    RefundStatus,
)
from paymux.payments.ports.webhooks import Ignored, Translated
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    AUTHORIZATION,
    CAPTURE,
    GET,
    ORDER,
    PAYMENT,
    REFUND,
    REFUND_ID,
    StandIn,
    a_capture,
    a_held_order,
    a_paid_order,
    a_refund,
    an_authorization,
    money,
    refuses,
    says,
)

GET_REFUND = f"GET /v2/payments/refunds/{REFUND}"
GET_CAPTURE = f"GET /v2/payments/captures/{CAPTURE}"
GET_HOLD = f"GET /v2/payments/authorizations/{AUTHORIZATION}"


def an_event(kind: str, resource: object) -> bytes:
    return json.dumps({"id": "WH-1", "event_type": kind, "resource": resource}).encode()


@pytest.mark.parametrize("kind", REFUND_EVENTS)
async def test_a_refund_is_what_paypal_says_of_it_now(
    paypal: StandIn, connector: PayPalConnector, kind: str
) -> None:
    paypal.will(GET_REFUND, says(200, a_refund("FAILED", amount=money("25.00"))))
    paypal.will(GET_CAPTURE, says(200, a_capture()))
    paypal.will(GET, says(200, a_paid_order()))
    translated = await connector.translate_webhook(an_event(kind, a_refund("COMPLETED")))
    assert isinstance(translated, Translated)
    (report,), (observation,) = translated.refunds, translated.observations
    assert (report.status, report.amount) == (RefundStatus.FAILED, Money(2500, "USD"))
    assert (report.refund_id, report.payment_reference) == (REFUND_ID, CAPTURE)
    assert observation.status is ObservedStatus.SUCCEEDED


async def test_a_refund_made_at_paypal_has_no_name_of_ours(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    theirs = a_refund(custom_id=ATTEMPT, invoice_id=PAYMENT)
    paypal.will(GET_REFUND, says(200, theirs))
    paypal.will(GET_CAPTURE, says(200, a_capture()))
    paypal.will(GET, says(200, a_paid_order()))
    translated = await connector.translate_webhook(an_event(REFUND_EVENTS[0], theirs))
    assert isinstance(translated, Translated)
    assert translated.refunds[0].refund_id is None
    assert translated.refunds[0].payment_reference == CAPTURE


async def test_a_refund_of_a_later_capture_is_told_under_the_payments_reference(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    up = [{"rel": "up", "href": "/v2/payments/captures/2ND"}]
    second = a_capture(id="2ND", create_time="2026-11-23T09:00:00Z")
    paypal.will(GET_REFUND, says(200, a_refund(links=up)))
    paypal.will("GET /v2/payments/captures/2ND", says(200, second))
    hold = an_authorization("CAPTURED")
    paypal.will(GET, says(200, a_held_order(second, a_capture(), hold=hold)))
    translated = await connector.translate_webhook(an_event(REFUND_EVENTS[0], a_refund()))
    assert isinstance(translated, Translated)
    assert translated.refunds[0].payment_reference == CAPTURE


async def test_a_reversal_of_a_capture_tells_of_every_refund(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    order = a_held_order(a_capture("REFUNDED"), refunds=[a_refund(), a_refund(id="2")])
    paypal.will(GET_CAPTURE, says(200, a_capture("REFUNDED")))
    paypal.will(GET, says(200, order))
    translated = await connector.translate_webhook(an_event(REVERSED, a_capture()))
    assert isinstance(translated, Translated)
    assert [each.provider_reference for each in translated.refunds] == [REFUND, "2"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, refuses(404, "INVALID_RESOURCE_ID")),
        (403, refuses(403, "PERMISSION_DENIED")),
        (200, says(200, a_refund("LOST"))),
    ],
)
async def test_a_refund_that_cannot_be_read_is_tried_again_later(
    paypal: StandIn, connector: PayPalConnector, status: int, body: object
) -> None:
    paypal.will(GET_REFUND, body)  # type: ignore[arg-type]
    paypal.will(GET_CAPTURE, says(200, a_capture()))
    paypal.will(GET, says(200, a_paid_order()))
    failure = await connector.translate_webhook(an_event(REFUND_EVENTS[0], a_refund()))
    assert isinstance(failure, Failure), status
    assert failure.outcome is Outcome.UNKNOWN


async def test_a_refund_of_nothing_is_ignored(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(GET_REFUND, says(200, a_refund(links=[])))
    ignored = await connector.translate_webhook(an_event(REFUND_EVENTS[0], a_refund()))
    assert isinstance(ignored, Ignored)


@pytest.mark.parametrize("kind", AUTHORIZATION_EVENTS)
@pytest.mark.parametrize("named", [True, False])
async def test_an_authorisation_is_what_its_order_now_says(
    paypal: StandIn, connector: PayPalConnector, kind: str, *, named: bool
) -> None:
    paypal.will(GET_HOLD, says(200, an_authorization()))
    paypal.will(GET, says(200, a_held_order()))
    resource = an_authorization() if named else {"id": AUTHORIZATION}
    translated = await connector.translate_webhook(an_event(kind, resource))
    assert isinstance(translated, Translated)
    (observation,) = translated.observations
    assert (observation.status, observation.provider_reference) == (
        ObservedStatus.AUTHORIZED,
        ORDER,
    )
    assert len(paypal.calls(GET_HOLD)) == (0 if named else 1)
