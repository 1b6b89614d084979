"""Saved cards and their charges where Razorpay answers oddly."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay import saved_methods, wire
from paymux.integrations.adapters.providers.razorpay.charge_reports import LATE, observe
from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.integrations.adapters.providers.razorpay.recurring_wire import Token
from paymux.integrations.adapters.providers.razorpay.translations import translate
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
    Payer,
    SavedMethodStatus,
)
from paymux.payments.ports.saved_methods import ChargeRequest
from paymux.payments.ports.webhooks import Translated
from tests.unit.integrations.providers.razorpay.stand_in import (
    ATTEMPT,
    CREATED_AT,
    PAYMENT,
    StandIn,
    a_payment,
    a_request,
    a_saved_card,
    a_token,
    an_invoice,
    refuses,
    says,
)

CREATED = datetime.fromtimestamp(1795420850, UTC)
PAYER = Payer(customer_id="c", name="Asha Rao", email="asha@example.in", phone="+919876543210")
SAVES = {"payment_id": PAYMENT, "attempt_id": ATTEMPT, "max_charge": "1500000"}
CHARGES = {"payment_id": PAYMENT, "attempt_id": ATTEMPT, "charge": "yes"}
ORDER = {
    "id": "order_1",
    "amount": 50000,
    "currency": "INR",
    "status": "created",
    "receipt": ATTEMPT,
    "created_at": 1795420800,
}


def paid(**changes: object) -> dict[str, object]:
    card = {
        "customer_id": "cust_DtHaBuooGHTuyZ",
        "token_id": "token_FHfn3rIiM1Z8nr",
        "method": "card",
        "notes": SAVES,
    }
    return a_payment() | card | changes


def a_charge(*, replay: bool = False) -> ChargeRequest:
    card = a_saved_card()
    return ChargeRequest(
        payment_id=PAYMENT,
        attempt_id=ATTEMPT,
        idempotency_key="key",
        amount=Money(50000, "INR"),
        description="November",
        method_reference=card.provider_reference,
        customer_reference=card.customer_reference,
        created_at=CREATED_AT,
        payer=PAYER,
        replay=replay,
    )


def charged(**changes: object) -> dict[str, object]:
    return a_payment(order_id="order_1", notes=CHARGES) | changes


def query(reference: str | None = None, *, is_charge: bool = True) -> AttemptQuery:
    return AttemptQuery(
        attempt_id=ATTEMPT,
        created_at=CREATED_AT - timedelta(days=1),
        provider_reference=reference,
        is_charge=is_charge,
        saves_method=not is_charge,
    )


def as_payment(**changes: object) -> wire.Payment:
    return msgspec.convert(charged(**changes), wire.Payment)


def failed(answer: object) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


def seen(answer: object) -> Observation:
    assert isinstance(answer, Observation), answer
    return answer


def test_a_failure_without_a_banks_reason_is_final_only_after_three_days() -> None:
    payment = as_payment(status="failed", error_reason="gateway_technical_error")
    before, after = CREATED + LATE, CREATED + LATE + timedelta(seconds=1)
    assert seen(observe(payment, before)).status is ObservedStatus.PENDING
    declined = seen(observe(payment, after))
    assert (declined.status, declined.reason_code) == (
        ObservedStatus.DECLINED,
        "gateway_technical_error",
    )


def test_a_banks_reason_is_final_at_once() -> None:
    payment = as_payment(status="failed", error_reason="card_expired")
    told = seen(observe(payment, CREATED))
    assert (told.status, told.needs_payer) == (ObservedStatus.DECLINED, False)
    payment = as_payment(status="failed", error_reason="customer_action_required")
    assert seen(observe(payment, CREATED)).needs_payer


@pytest.mark.parametrize(
    ("payment", "status"),
    [
        ({"status": "created"}, ObservedStatus.PENDING),
        ({"status": "authorized"}, ObservedStatus.AUTHORIZED),
        ({"status": "captured"}, ObservedStatus.SUCCEEDED),
        ({"status": "refunded", "captured": True}, ObservedStatus.SUCCEEDED),
        ({"status": "refunded", "captured": False}, ObservedStatus.CANCELED),
    ],
)
def test_a_charge_is_what_its_payment_is(
    payment: dict[str, object], status: ObservedStatus
) -> None:
    told = seen(observe(as_payment(**payment), CREATED))
    assert told.status is status
    assert (told.payment_reference is None) == (status is ObservedStatus.PENDING)
    assert told.provider_reference == "order_1"


def test_an_undocumented_status_of_a_charge_is_unknown() -> None:
    assert failed(observe(as_payment(status="new"), CREATED)).code == "odd_status"


async def test_of_several_payments_of_an_order_the_one_that_took_money_counts(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    late = charged(id="pay_1", status="failed", error_reason="payment_timed_out")
    taken = charged(id="pay_2")
    razorpay.will(says(200, {"items": [late, taken]}))
    assert seen(await connector.look_up(query("order_1"))).payment_reference == "pay_2"
    odd = charged(id="pay_3", status="new")
    razorpay.will(says(200, {"items": [taken, odd]}))
    assert failed(await connector.look_up(query("order_1"))).code == "odd_status"


async def test_a_charge_under_another_attempts_order_is_not_taken_for_ours(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    notes = CHARGES | {"attempt_id": "att_other"}
    razorpay.will(says(200, {"items": [charged() | {"notes": notes}]}))
    assert failed(await connector.look_up(query("order_1"))).code == "charge_differs"
    razorpay.will(says(200, {"items": [ORDER | {"receipt": "att_other"}]}))
    assert failed(await connector.look_up(query())).code == "odd_lookup"


async def test_an_order_that_differs_is_not_paid(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    razorpay.will(says(200, ORDER | {"amount": 1}))
    assert failed(await connector.charge(a_charge())).code == "charge_differs"
    assert [asked.path for asked in razorpay.asked] == ["/v1/orders"]


async def test_a_payment_that_differs_is_not_taken_for_ours(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    razorpay.will(
        says(200, ORDER),
        says(200, {"razorpay_payment_id": "pay_1"}),
        says(200, charged() | {"order_id": "order_2"}),
    )
    assert failed(await connector.charge(a_charge())).code == "charge_differs"


async def test_an_order_paid_before_is_read(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    words = "Your payment has been declined as the order is already paid."
    razorpay.will(says(200, ORDER), refuses(words), says(200, {"items": [charged()]}))
    assert seen(await connector.charge(a_charge())).status is ObservedStatus.SUCCEEDED
    razorpay.will(says(200, ORDER), refuses(words), says(200, {"items": []}))
    assert failed(await connector.charge(a_charge())).outcome is Outcome.UNKNOWN


async def test_a_refusal_nobody_documents_may_have_left_a_payment_that_is_not_over(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    refused = refuses("Something new.")
    payment = charged(status="failed", error_reason="a_reason_of_tomorrow")
    payment["created_at"] = int(datetime.now(UTC).timestamp())
    razorpay.will(says(200, ORDER), refused, says(200, {"items": [payment]}))
    told = seen(await connector.charge(a_charge()))
    assert (told.status, told.reason_code) == (ObservedStatus.PENDING, "a_reason_of_tomorrow")
    razorpay.will(says(200, ORDER), refused, says(200, {"items": []}))
    assert failed(await connector.charge(a_charge())).outcome is Outcome.REJECTED
    razorpay.will(says(200, ORDER), refused, says(500, {}))
    assert failed(await connector.charge(a_charge())).outcome is Outcome.UNKNOWN


async def test_a_repeated_charge_pays_the_oldest_order(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    newer = ORDER | {"id": "order_2", "created_at": 1795420900}
    nothing = says(200, {"items": []})
    razorpay.will(
        nothing,
        says(200, newer),
        says(200, {"items": [newer, ORDER]}),
        says(200, {"razorpay_payment_id": "pay_1"}),
        says(200, charged()),
    )
    assert seen(await connector.charge(a_charge(replay=True))).provider_reference == "order_1"
    (paying,) = [a for a in razorpay.asked if a.path.endswith("/recurring")]
    assert paying.json["order_id"] == "order_1"


@pytest.mark.parametrize(
    "reply", [b"<html>", b"[]", b'{"razorpay_payment_id": 7}', b"{}", b""], ids=repr
)
async def test_an_odd_reply_to_a_charge_is_unknown(
    connector: RazorpayConnector, razorpay: StandIn, reply: bytes
) -> None:
    razorpay.will(says(200, ORDER), says(200, reply))
    assert failed(await connector.charge(a_charge())).outcome is Outcome.UNKNOWN


async def test_an_odd_id_of_a_payment_is_never_put_into_a_path(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    razorpay.will(says(200, ORDER), says(200, {"razorpay_payment_id": "../x"}))
    assert seen(await connector.charge(a_charge())).status is ObservedStatus.PENDING
    assert len(razorpay.asked) == 2


async def test_a_card_that_is_not_deleted_is_not_forgotten(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    razorpay.will(says(200, {"deleted": False}))
    answer = await connector.forget_method("token_1", "cust_1")
    assert failed(answer).code == "method_not_forgotten"
    odd = await connector.forget_method("../token", "cust_1")
    assert failed(odd).code == "reference_malformed"


async def test_a_saved_card_is_asked_for_at_its_own_customer(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    razorpay.will(
        says(200, an_invoice("paid")), says(200, {"items": [paid()]}), says(200, a_token())
    )
    told = seen(await connector.look_up(query("inv_FHrXGIpd3N17DX", is_charge=False)))
    assert told.saved_method is not None
    assert told.saved_method.status is SavedMethodStatus.ACTIVE
    assert told.saved_method.label == "Visa 7558"
    assert told.saved_method.expires_on == "2027-01"
    assert razorpay.asked[-1].path == (
        "/v1/customers/cust_DtHaBuooGHTuyZ/tokens/token_FHfn3rIiM1Z8nr"
    )


@pytest.mark.parametrize("token", [a_token("new"), a_token(id="token_other"), {"id": 7}])
async def test_an_odd_token_leaves_the_card_pending(
    connector: RazorpayConnector, razorpay: StandIn, token: dict[str, object]
) -> None:
    razorpay.will(says(200, an_invoice("paid")), says(200, {"items": [paid()]}), says(200, token))
    told = seen(await connector.look_up(query("inv_FHrXGIpd3N17DX", is_charge=False)))
    assert told.saved_method is not None
    assert told.saved_method.status is SavedMethodStatus.PENDING


async def test_a_payment_that_was_not_to_save_its_card_saves_none(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    body = msgspec.json.encode(
        {
            "event": "payment.captured",
            "payload": {"payment": {"entity": paid(notes={"attempt_id": ATTEMPT})}},
            "created_at": 1795420900,
        }
    )
    told = await connector.translate_webhook(body)
    assert isinstance(told, Translated)
    assert told.observations[0].saved_method is None
    assert razorpay.asked == []


async def test_links_with_the_same_receipt_are_the_attempts_oldest(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    newer = an_invoice(id="inv_2", created_at=1795420999)
    razorpay.will(says(200, {"items": [newer, an_invoice()]}))
    request = msgspec.structs.replace(a_request(payer=PAYER, replay=True), saves_method=True)
    opened = await connector.create_checkout(request)
    assert not isinstance(opened, Failure)
    assert opened.provider_reference == "inv_FHrXGIpd3N17DX"
    razorpay.will(says(200, {"items": [an_invoice(receipt="att_other")]}))
    assert failed(await connector.create_checkout(request)).outcome is Outcome.UNKNOWN
    razorpay.will(says(200, {"items": []}))
    assert await connector.look_up(query(is_charge=False)) == NotFound()


async def test_a_refusal_to_cancel_stands_while_the_link_is_open(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    razorpay.will(refuses("Not today."), says(200, an_invoice()))
    answer = await connector.expire_checkout("inv_FHrXGIpd3N17DX", "key")
    assert failed(answer).outcome is Outcome.REJECTED
    razorpay.will(refuses("Not today."), says(200, an_invoice("expired")))
    told = seen(await connector.expire_checkout("inv_FHrXGIpd3N17DX", "key"))
    assert told.status is ObservedStatus.EXPIRED
    odd = await connector.expire_checkout("inv_/..", "key")
    assert failed(odd).code == "reference_malformed"


@pytest.mark.parametrize(
    ("name", "changes", "status"),
    [
        ("token.confirmed", {"recurring_details": None}, SavedMethodStatus.ACTIVE),
        ("token.rejected", {"recurring": False}, SavedMethodStatus.REVOKED),
        ("token.cancelled", {}, SavedMethodStatus.REVOKED),
        ("token.paused", {}, SavedMethodStatus.PENDING),
    ],
)
def test_events_of_tokens_say_what_became_of_the_card(
    name: str, changes: dict[str, object], status: SavedMethodStatus
) -> None:
    entity = a_token(max_amount=9_999_900) | changes
    body = {"event": name, "payload": {"token": {"entity": entity}}, "created_at": 1795420900}
    told = translate(msgspec.json.encode(body), CREATED_AT)
    assert isinstance(told, Translated)
    (card,) = told.saved_methods
    assert (card.status, card.provider_reference) == (status, "token_FHfn3rIiM1Z8nr")
    assert card.max_amount == Money(9_999_900, "INR")
    assert card.occurred_at == datetime.fromtimestamp(1795420900, UTC)


def test_an_event_of_a_token_without_one_is_unreadable() -> None:
    body = {"event": "token.confirmed", "payload": {}, "created_at": 1795420900}
    assert isinstance(translate(msgspec.json.encode(body), CREATED_AT), Failure)


@pytest.mark.parametrize(
    ("card", "label", "expires_on"),
    [
        ({"last4": "0042", "network": "RuPay"}, "RuPay 0042", None),
        ({"last4": 42}, "Card 0042", None),
        ({"last4": "4111111111111111", "network": "Visa"}, "Visa 1111", None),
        ({"last4": "oops", "network": "Visa"}, None, None),
        ({"last4": "1111", "expiry_month": "01", "expiry_year": "2031"}, "Card 1111", "2031-01"),
        ({"last4": "1111", "expiry_month": 13, "expiry_year": 2031}, "Card 1111", None),
        ({"last4": "1111", "expiry_month": 1, "expiry_year": "soon"}, "Card 1111", None),
        (None, None, None),
    ],
)
def test_a_card_is_named_by_its_last_digits_only(
    card: dict[str, object] | None, label: str | None, expires_on: str | None
) -> None:
    token = msgspec.convert(a_token(card=card), Token)
    told = saved_methods.of_token(token)
    assert told is not None
    assert (told.label, told.expires_on) == (label, expires_on)


@pytest.mark.parametrize("limit", ["", "-5", "0", "1.5", "9" * 13, "\u0663"])
def test_an_odd_limit_in_the_notes_is_no_limit(limit: str) -> None:
    payment = msgspec.convert(paid(notes=SAVES | {"max_charge": limit or "x"}), wire.Payment)
    told = saved_methods.of_payment(payment)
    assert told is not None
    assert told.max_amount is None
