import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.integrations.adapters.providers.razorpay.translations import EVENTS
from paymux.integrations.adapters.providers.razorpay.translations import (
    translate as translate_at,
)
from paymux.integrations.adapters.providers.razorpay.webhooks import (
    OLDEST,
    steps,
    verify,
)
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    Failure,
    Observation,
    ObservedStatus,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)
from tests.unit.integrations.providers.razorpay.stand_in import (
    ATTEMPT,
    REFUND,
    TAKEN,
    a_link,
    a_payment,
    a_refund,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = "whsecret"
TOLERANCE = 300


def event(name: str = "payment_link.paid", at: datetime | None = NOW, **entities: object) -> bytes:
    payload = {key.replace("__", "."): {"entity": entity} for key, entity in entities.items()}
    body: dict[str, object] = {
        "entity": "event",
        "account_id": "acc_BFQ7uQEaa7j2z7",
        "event": name,
        "contains": list(payload),
        "payload": payload,
    }
    if at is not None:
        body["created_at"] = int(at.timestamp())
    return json.dumps(body).encode()


def signed(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check(
    body: bytes,
    *verifiers: str,
    headers: Mapping[str, str] | None = None,
    received_at: datetime = NOW,
) -> VerifiedWebhook | ForgedWebhook:
    if headers is None:
        headers = {"x-razorpay-signature": signed(body), "x-razorpay-event-id": "evt_1"}
    webhook = InboundWebhook(headers, body, received_at)
    return verify(webhook, verifiers or (SECRET,), TOLERANCE)


def translate(body: bytes) -> Translated | Ignored | Failure:
    return translate_at(body, NOW)


def observed(body: bytes) -> Observation:
    translated = translate(body)
    assert isinstance(translated, Translated)
    (observation,) = translated.observations
    return observation


PAID = event(payment_link=a_link("paid"), payment=a_payment())


def test_a_genuine_event_is_verified() -> None:
    verified = check(PAID)
    assert isinstance(verified, VerifiedWebhook)
    assert (verified.event_id, verified.event_type) == ("evt_1", "payment_link.paid")
    assert verified.occurred_at == NOW
    assert len(verified.fallback_identity) == 64


def test_the_old_secret_still_verifies_during_rotation() -> None:
    assert isinstance(check(PAID, "new", SECRET), VerifiedWebhook)


@pytest.mark.parametrize("verifiers", [("other",), ("", "other")])
def test_another_secret_does_not_verify(verifiers: tuple[str, ...]) -> None:
    assert isinstance(check(PAID, *verifiers), ForgedWebhook)


def test_without_a_secret_nothing_is_genuine() -> None:
    headers = {"x-razorpay-signature": signed(PAID, "")}
    for verifiers in ((), ("",)):
        forged = verify(InboundWebhook(headers, PAID, NOW), verifiers, TOLERANCE)
        assert isinstance(forged, ForgedWebhook)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "0" * 64,
        "0" * 63,
        signed(PAID).upper(),
        signed(PAID) + ", " + signed(PAID),
        signed(PAID) + "\n",
        "é" * 64,
        "٣" * 64,
        "a" * 100_000,
    ],
)
def test_a_wrong_signature_is_forged(signature: str | None) -> None:
    headers = {} if signature is None else {"x-razorpay-signature": signature}
    assert isinstance(check(PAID, headers=headers), ForgedWebhook)


def test_an_altered_body_is_forged() -> None:
    headers = {"x-razorpay-signature": signed(PAID)}
    altered = PAID.replace(b"50000", b"50001")
    assert isinstance(check(altered, headers=headers), ForgedWebhook)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b"{}",
        b'{"event": "a"}',
        b'{"event": "", "payload": {}}',
        b'{"event": "a\\u0000b", "payload": {}}',
        b'{"event": 7, "payload": {}}',
        b'{"event": "a", "payload": []}',
        b'{"event": "a", "payload": {}, "created_at": "now"}',
        b'{"event": "' + b"a" * 256 + b'", "payload": {}}',
        b'{"event": "a", "payload": {"x": ' + b"[" * 5000 + b"}}",
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    assert isinstance(check(body), ForgedWebhook)


@pytest.mark.parametrize("event_id", ["", "a b", "x" * 256, "é", "a\x00", "a,b"])
def test_a_malformed_event_id_is_refused(event_id: str) -> None:
    headers = {"x-razorpay-signature": signed(PAID), "x-razorpay-event-id": event_id}
    assert isinstance(check(PAID, headers=headers), ForgedWebhook)


def test_without_an_event_id_the_signed_identity_stands_in() -> None:
    verified = check(PAID, headers={"x-razorpay-signature": signed(PAID)})
    assert isinstance(verified, VerifiedWebhook)
    assert verified.event_id == verified.fallback_identity


def test_a_repeat_under_another_unsigned_id_has_the_same_identity() -> None:
    first = check(PAID)
    headers = {"x-razorpay-signature": signed(PAID), "x-razorpay-event-id": "evt_other"}
    again = check(PAID, headers=headers)
    assert isinstance(first, VerifiedWebhook)
    assert isinstance(again, VerifiedWebhook)
    assert first.fallback_identity == again.fallback_identity


def test_other_events_objects_and_times_have_other_identities() -> None:
    bodies = [
        PAID,
        event("payment_link.expired", payment_link=a_link("paid"), payment=a_payment()),
        event(payment_link=a_link("paid", id="plink_other"), payment=a_payment()),
        event(at=NOW + timedelta(seconds=1), payment_link=a_link("paid"), payment=a_payment()),
    ]
    verified = [check(body) for body in bodies]
    assert all(isinstance(each, VerifiedWebhook) for each in verified)
    identities = {each.fallback_identity for each in verified if isinstance(each, VerifiedWebhook)}
    assert len(identities) == len(bodies)


@pytest.mark.parametrize(
    ("age", "genuine"),
    [
        (timedelta(0), True),
        (timedelta(days=15), True),
        (OLDEST, True),
        (OLDEST + timedelta(seconds=1), False),
        (-timedelta(seconds=TOLERANCE), True),
        (-timedelta(seconds=TOLERANCE + 1), False),
    ],
)
def test_events_that_razorpay_can_no_longer_resend_are_stale(
    age: timedelta, *, genuine: bool
) -> None:
    verified = check(event(at=NOW - age, payment_link=a_link("paid")))
    assert isinstance(verified, VerifiedWebhook) is genuine


def test_an_event_without_a_time_is_taken() -> None:
    assert isinstance(check(event(at=None, payment=a_payment())), VerifiedWebhook)


def test_an_event_about_anything_else_is_verified_and_ignored() -> None:
    body = event("payment.downtime.started", payment__downtime={"id": 7, "status": "started"})
    assert isinstance(check(body), VerifiedWebhook)
    assert isinstance(translate(body), Ignored)


def test_a_paid_link_is_an_observation_with_its_payment() -> None:
    assert observed(PAID) == Observation(
        status=ObservedStatus.SUCCEEDED,
        attempt_id=ATTEMPT,
        provider_reference="plink_ExjpAUN3gVHrPJ",
        payment_reference="pay_DESlfW9H8K9uqM",
        amount=Money(50000, "INR"),
        method="netbanking",
        occurred_at=NOW,
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("payment_link.partially_paid", ObservedStatus.PENDING),
        ("payment_link.cancelled", ObservedStatus.CANCELED),
        ("payment_link.expired", ObservedStatus.EXPIRED),
    ],
)
def test_each_event_of_a_link(name: str, status: ObservedStatus) -> None:
    body = event(name, payment_link=a_link(name.partition(".")[2]))
    assert observed(body).status is status


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("payment.authorized", ObservedStatus.AUTHORIZED),
        ("payment.captured", ObservedStatus.SUCCEEDED),
        ("payment.failed", ObservedStatus.PENDING),
    ],
)
def test_each_event_of_a_payment(name: str, status: ObservedStatus) -> None:
    observation = observed(event(name, payment=a_payment(name.partition(".")[2])))
    assert (observation.status, observation.attempt_id) == (status, ATTEMPT)
    assert (observation.amount is None) is (status is ObservedStatus.PENDING)


def test_a_failed_payment_says_why_and_is_not_final() -> None:
    observation = observed(event("payment.failed", payment=a_payment("failed")))
    assert observation.reason_code == "payment_failed"
    assert observation.reason_message == "Payment failed"
    with_link = event("payment.failed", payment=a_payment("failed"), payment_link=a_link())
    assert observed(with_link).reason_code == "payment_failed"
    assert observed(with_link).status is ObservedStatus.PENDING


def test_a_paid_order_has_succeeded() -> None:
    order = {
        "id": "order_DESlLckIVRkHWj",
        "amount": 50000,
        "amount_paid": 50000,
        "currency": "INR",
        "status": "paid",
        "notes": [],
    }
    observation = observed(event("order.paid", order=order, payment=a_payment()))
    assert observation.status is ObservedStatus.SUCCEEDED
    assert observation.attempt_id == ATTEMPT
    assert observation.payment_reference == "pay_DESlfW9H8K9uqM"
    assert observation.amount == Money(50000, "INR")


def refunded(body: bytes) -> RefundReport:
    translated = translate(body)
    assert isinstance(translated, Translated)
    assert translated.observations == ()
    (report,) = translated.refunds
    return report


def test_a_processed_refund_is_a_report() -> None:
    payment = a_payment(captured=True, amount_refunded=10000)
    body = event("refund.processed", refund=a_refund("processed"), payment=payment)
    assert refunded(body) == RefundReport(
        status=RefundStatus.SUCCEEDED,
        provider_reference="rfnd_FP8QHiV938haTz",
        payment_reference=TAKEN,
        refund_id=REFUND,
        amount=Money(10000, "INR"),
        occurred_at=NOW,
    )


@pytest.mark.parametrize(
    ("name", "said", "status"),
    [
        ("refund.created", "pending", RefundStatus.PENDING),
        ("refund.created", "processed", RefundStatus.SUCCEEDED),
        ("refund.created", "failed", RefundStatus.FAILED),
        ("refund.processed", "pending", RefundStatus.SUCCEEDED),
        ("refund.failed", "pending", RefundStatus.FAILED),
        ("refund.failed", "failed", RefundStatus.FAILED),
    ],
)
def test_each_event_of_a_refund(name: str, said: str, status: RefundStatus) -> None:
    report = refunded(event(name, refund=a_refund(said), payment=a_payment()))
    assert report.status is status
    assert (report.reason_code == "refund_failed") is (status is RefundStatus.FAILED)


def test_a_refund_made_on_the_dashboard_is_reported_without_our_reference() -> None:
    refund = a_refund("processed", notes=[], receipt="Receipt No. 31")
    report = refunded(event("refund.processed", refund=refund, payment=a_payment()))
    assert (report.refund_id, report.payment_reference) == (None, TAKEN)


def test_a_refund_of_the_merchants_own_payment_is_ignored() -> None:
    refund = a_refund("processed", notes=[], receipt=None)
    body = event("refund.processed", refund=refund, payment=a_payment(notes=[]))
    assert isinstance(translate(body), Ignored)


def test_held_money_that_went_back_by_itself_is_no_refund() -> None:
    payment = a_payment("refunded", captured=False)
    refund = a_refund("processed", notes=[], receipt=None)
    body = event("refund.created", refund=refund, payment=payment)
    assert isinstance(translate(body), Ignored)


@pytest.mark.parametrize(
    "entities",
    [
        {"payment": a_payment()},
        {"refund": {"id": "rfnd_1"}},
        {"refund": a_refund("reversed"), "payment": a_payment()},
        {"refund": a_refund("pending", amount=0), "payment": a_payment()},
        {"refund": a_refund("pending", currency="XYZ"), "payment": a_payment()},
    ],
)
def test_a_refunds_event_that_is_not_as_documented_fails_loudly(
    entities: dict[str, object],
) -> None:
    assert isinstance(translate(event("refund.created", NOW, **entities)), Failure)


@pytest.mark.parametrize("notes", [[], {}, None, {"other": "x"}])
def test_the_merchants_own_payments_and_links_are_ignored(notes: object) -> None:
    payment = event("payment.captured", payment=a_payment(notes=notes))
    assert isinstance(translate(payment), Ignored)
    link = event(payment_link=a_link("paid", notes=notes, reference_id="TS1989"))
    assert isinstance(translate(link), Ignored)


def test_an_event_that_carries_nothing_is_ignored() -> None:
    assert isinstance(translate(event("payment.captured")), Ignored)


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        event(payment_link={"id": "plink_1"}),
        event("payment.captured", payment=a_payment(amount="500")),
        event("payment.captured", payment=a_payment("teleported")),
        event("payment.captured", payment=a_payment(currency="XYZ")),
        event(payment_link=a_link("teleported")),
    ],
)
def test_an_event_that_is_not_as_documented_fails_loudly(body: bytes) -> None:
    assert isinstance(translate(body), Failure)


def test_the_steps_name_url_secret_and_every_event() -> None:
    text = "\n".join(steps("https://pay.example/webhooks/razorpay/con_1", SECRET))
    assert "https://pay.example/webhooks/razorpay/con_1" in text
    assert SECRET in text
    assert all(name in text for name in EVENTS)


@given(body=st.binary(max_size=300), header=st.text(max_size=80))
def test_whatever_arrives_unsigned_is_forged(body: bytes, header: str) -> None:
    headers = {"x-razorpay-signature": header, "x-razorpay-event-id": header}
    assert isinstance(check(body, headers=headers), ForgedWebhook)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    ),
    st.sampled_from(EVENTS),
)
def test_whatever_a_signed_event_carries_raises_nothing(entity: object, name: str) -> None:
    bodies = (
        event(name, payment_link=entity),
        event(name, payment=entity),
        event(name, order=entity, payment=a_payment()),
        event(name, refund=entity, payment=a_payment()),
    )
    for body in bodies:
        assert isinstance(check(body), VerifiedWebhook)
        assert isinstance(translate(body), Translated | Ignored | Failure)
