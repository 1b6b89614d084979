import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.integrations.adapters.providers.stripe.event_types import (
    CAPTURED,
    HELD,
    PAYMENT_FAILED,
    REFUND_EVENTS,
    REFUNDED,
    RELEASED,
    SESSION_EVENTS,
)
from paymux.integrations.adapters.providers.stripe.translation import Translator
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.webhooks import verified
from paymux.integrations.adapters.providers.stripe.wire import (
    API_VERSION,
    ListedSession,
    PaymentIntent,
    Refund,
    RefundPage,
    Session,
    SessionPage,
)
from paymux.kernel.clock import SystemClock
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)

NOW = 1_763_888_400
NEW, OLD = "whsec_new", "whsec_old"
ENVIRONMENT = ConnectorEnvironment(
    mode=Mode.TEST,
    clock=SystemClock(),
    threads=ThreadPoolExecutor(1),
    webhook_verifiers=(NEW, OLD),
)
SESSION: dict[str, object] = {
    "id": "cs_test_1",
    "object": "checkout.session",
    "status": "complete",
    "payment_status": "paid",
    "amount_total": 1000,
    "currency": "usd",
    "payment_intent": "pi_1",
    "payment_method_types": ["card"],
    "metadata": {"payment_id": "pay_1", "attempt_id": "att_1"},
}
INTENT: dict[str, object] = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "requires_payment_method",
    "metadata": {"payment_id": "pay_1", "attempt_id": "att_1"},
    "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"},
}


HELD_INTENT: dict[str, object] = INTENT | {
    "status": "requires_capture",
    "capture_method": "manual",
    "amount_capturable": 1000,
    "currency": "usd",
    "last_payment_error": None,
}
CHARGE: dict[str, object] = {
    "id": "ch_1",
    "object": "charge",
    "captured": True,
    "amount": 1000,
    "amount_captured": 900,
    "currency": "usd",
    "payment_intent": "pi_1",
    "payment_method_details": {"type": "card"},
    "metadata": {"payment_id": "pay_1", "attempt_id": "att_1"},
}
REFUND: dict[str, object] = {
    "id": "re_1",
    "object": "refund",
    "amount": 300,
    "currency": "usd",
    "status": "succeeded",
    "created": NOW - 5,
    "payment_intent": "pi_1",
    "metadata": {"refund_id": "ref_1"},
}


def event(
    subject: dict[str, object] = SESSION, kind: str = SESSION_EVENTS[0], **changes: object
) -> bytes:
    whole: dict[str, object] = {
        "id": "evt_1",
        "object": "event",
        "api_version": API_VERSION,
        "created": NOW,
        "livemode": False,
        "type": kind,
        "data": {"object": subject},
    }
    return json.dumps(whole | changes).encode()


def v1(body: bytes, secret: str = NEW, at: int = NOW) -> str:
    return hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()


def check(body: bytes, header: str | None, received: int = NOW) -> VerifiedWebhook | ForgedWebhook:
    headers = {} if header is None else {"stripe-signature": header}
    return verified(
        InboundWebhook(headers, body, datetime.fromtimestamp(received, UTC)), ENVIRONMENT
    )


def with_secrets(
    environment: ConnectorEnvironment, secrets: tuple[str, ...]
) -> ConnectorEnvironment:
    return ConnectorEnvironment(
        mode=environment.mode,
        clock=environment.clock,
        threads=environment.threads,
        webhook_verifiers=secrets,
    )


def test_a_genuine_event_is_known_by_its_id_type_and_time() -> None:
    body = event()
    assert check(body, f"t={NOW},v1={v1(body)},v0=ignored") == VerifiedWebhook(
        event_id="evt_1",
        event_type="checkout.session.completed",
        fallback_identity=hashlib.sha256(b"evt_1").hexdigest(),
        occurred_at=datetime.fromtimestamp(NOW, UTC),
    )


@pytest.mark.parametrize("order", [(NEW, OLD), (OLD, NEW), (OLD,), ("whsec_other", NEW)])
def test_any_signature_by_any_accepted_secret_is_enough(order: tuple[str, ...]) -> None:
    body = event()
    header = ",".join([f"t={NOW}", *(f"v1={v1(body, secret)}" for secret in order)])
    assert isinstance(check(body, header), VerifiedWebhook)


@pytest.mark.parametrize(("received", "genuine"), [
    (NOW + 300, True), (NOW - 300, True), (NOW + 301, False), (NOW - 301, False),
])  # fmt: skip
def test_a_signature_too_old_or_from_the_future_is_refused(received: int, genuine: bool) -> None:
    body = event()
    result = check(body, f"t={NOW},v1={v1(body)}", received)
    assert isinstance(result, VerifiedWebhook) is genuine


def test_a_body_altered_after_signing_is_refused() -> None:
    body = event()
    assert isinstance(check(body + b" ", f"t={NOW},v1={v1(body)}"), ForgedWebhook)


def test_a_time_altered_after_signing_is_refused() -> None:
    body = event()
    assert isinstance(check(body, f"t={NOW + 1},v1={v1(body)}"), ForgedWebhook)


def test_an_event_of_the_other_mode_is_refused() -> None:
    body = event(livemode=True)
    assert check(body, f"t={NOW},v1={v1(body)}") == ForgedWebhook(
        "the event belongs to the other mode"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"",
        b"{",
        b"[" * 100_000,
        event(object="charge"),
        event(id=""),
        event(id="e" * 256),
        event(id="evt\x00"),
        event(id=7),
        event(type=None),
        event(created=-1),
        event(created=10**18),
        event(data=None),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    assert check(body, f"t={NOW},v1={v1(body)}") == ForgedWebhook("the body is not an event")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=,v1=",
        f"t={NOW}",
        "v1=00",
        f"t={NOW},v1=",
        f"t={NOW},t={NOW},v1=00",
        "t=١٢٣,v1=00",
        f"t={NOW},v1=é",
        f"t={NOW},v1=\ud800",
        "t=" + "9" * 500 + ",v1=00",
        f"t={NOW}," + "v1=00," * 5000,
    ],
)
def test_a_header_that_proves_nothing_is_refused(header: str | None) -> None:
    assert isinstance(check(event(), header), ForgedWebhook)


@given(st.text(max_size=300))
def test_no_header_breaks_the_check(header: str) -> None:
    assert isinstance(check(event(), header), ForgedWebhook)


def test_without_a_secret_nothing_is_genuine() -> None:
    body = event()
    for secrets in ((), ("",)):
        webhook = InboundWebhook(
            {"stripe-signature": f"t={NOW},v1={v1(body, '')}"},
            body,
            datetime.fromtimestamp(NOW, UTC),
        )
        assert isinstance(verified(webhook, with_secrets(ENVIRONMENT, secrets)), ForgedWebhook)


class FakeStripe(Transport):
    """Answers reads with what a test put there; everything else is not expected."""

    def __init__(self, session: Session | Failure | None = None, listed: int = 1) -> None:
        self.session = session
        self.listed = listed
        self.reads: list[str] = []

    async def retrieve_session(self, reference: str) -> Session | Failure:
        assert self.session is not None
        self.reads.append(reference)
        return self.session

    async def list_sessions(self, params: object) -> SessionPage | Failure:
        assert params == {"payment_intent": "pi_1"}
        return SessionPage([ListedSession("cs_test_1")] * self.listed, has_more=False)

    async def retrieve_intent(self, reference: str) -> PaymentIntent | Failure:
        self.reads.append(reference)
        return msgspec.convert(
            INTENT | {"status": "succeeded", "amount_received": 900, "currency": "usd"},
            PaymentIntent,
        )

    async def retrieve_refund(self, reference: str) -> Refund | Failure:
        self.reads.append(reference)
        return msgspec.convert(REFUND, Refund)

    async def list_refunds(self, payment: str, after: str | None) -> RefundPage | Failure:
        by_hand = REFUND | {"id": "re_0", "metadata": {}, "amount": 100}
        data = [REFUND, by_hand] if (payment, after) == ("pi_1", None) else []
        return msgspec.convert({"data": data, "has_more": False}, RefundPage)


async def translate(
    body: bytes, stripe: FakeStripe | None = None
) -> Translated | Ignored | Failure:
    transport = stripe or FakeStripe()
    return await Translator(transport, SystemClock()).translate(body)


async def observed(body: bytes, stripe: FakeStripe | None = None) -> Observation:
    translated = await translate(body, stripe)
    assert isinstance(translated, Translated)
    (observation,) = translated.observations
    return observation


@pytest.mark.parametrize(
    ("kind", "changes", "status"),
    [
        ("completed", {}, ObservedStatus.SUCCEEDED),
        ("completed", {"payment_status": "unpaid"}, ObservedStatus.PENDING),
        ("async_payment_succeeded", {}, ObservedStatus.SUCCEEDED),
        ("async_payment_failed", {"payment_status": "unpaid"}, ObservedStatus.DECLINED),
        ("expired", {"status": "expired", "payment_status": "unpaid"}, ObservedStatus.EXPIRED),
    ],
)
async def test_a_signed_session_is_believed_as_it_stands(
    kind: str, changes: dict[str, object], status: ObservedStatus
) -> None:
    observation = await observed(event(SESSION | changes, f"checkout.session.{kind}"))
    assert observation.status is status
    assert observation.attempt_id == "att_1"
    assert observation.provider_reference == "cs_test_1"
    assert observation.payment_reference == "pi_1"
    assert observation.method == "card"
    assert observation.occurred_at == datetime.fromtimestamp(NOW, UTC)
    paid = status is ObservedStatus.SUCCEEDED
    assert observation.amount == (Money(1000, "USD") if paid else None)


async def test_a_failed_try_leaves_the_attempt_pending() -> None:
    observation = await observed(event(INTENT, PAYMENT_FAILED))
    assert observation.status is ObservedStatus.PENDING
    assert observation.attempt_id == "att_1"
    assert observation.payment_reference == "pi_1"
    assert observation.reason_code == "insufficient_funds"


@pytest.mark.parametrize("subject", [SESSION, INTENT])
async def test_an_event_in_another_version_is_only_a_hint_to_read_again(
    subject: dict[str, object],
) -> None:
    stripe = FakeStripe(msgspec.convert(SESSION, Session))
    kind = PAYMENT_FAILED if subject is INTENT else SESSION_EVENTS[0]
    body = event(subject | {"status": 7}, kind, api_version="2019-02-11")
    observation = await observed(body, stripe)
    assert observation.status is ObservedStatus.SUCCEEDED
    assert stripe.reads == ["cs_test_1"]


async def test_a_reading_that_fails_is_reported_so_that_it_is_tried_again() -> None:
    failure = Failure(outcome=Outcome.UNKNOWN, code="read_timeout", message="Late.")
    assert await translate(event(api_version=None), FakeStripe(failure)) == failure


@pytest.mark.parametrize(
    "body",
    [
        event(kind="invoice.paid"),
        event(SESSION | {"metadata": {}}),
        event(SESSION | {"metadata": None}),
        event(INTENT | {"metadata": {"order": "1"}}, PAYMENT_FAILED),
    ],
)
async def test_events_about_anything_else_are_ignored(body: bytes) -> None:
    assert isinstance(await translate(body), Ignored)


async def test_a_payment_without_a_session_is_ignored() -> None:
    body = event(INTENT, PAYMENT_FAILED, api_version="2019-02-11")
    assert isinstance(await translate(body, FakeStripe(listed=0)), Ignored)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        event(SESSION | {"id": 7}),
        event(SESSION | {"amount_total": "1000"}),
        event(SESSION | {"metadata": {"attempt_id": 7}}),
    ],
)
async def test_an_event_of_another_shape_is_a_failure_and_not_a_crash(body: bytes) -> None:
    failure = await translate(body)
    assert isinstance(failure, Failure)
    assert failure.outcome is Outcome.UNKNOWN


async def test_held_money_is_authorized_and_taken_by_its_capture() -> None:
    held = await observed(event(HELD_INTENT, HELD))
    assert (held.status, held.amount) == (ObservedStatus.AUTHORIZED, Money(1000, "USD"))
    taken = await observed(event(CHARGE, CAPTURED))
    assert (taken.status, taken.amount) == (ObservedStatus.SUCCEEDED, Money(900, "USD"))
    for seen in (held, taken):
        assert (seen.attempt_id, seen.payment_reference) == ("att_1", "pi_1")
        assert seen.occurred_at == datetime.fromtimestamp(NOW, UTC)
    assert taken.method == "card"


async def test_held_money_let_go_is_canceled_with_its_reason() -> None:
    gone = HELD_INTENT | {"status": "canceled", "cancellation_reason": "expired"}
    seen = await observed(event(gone, RELEASED))
    assert (seen.status, seen.reason_code) == (ObservedStatus.CANCELED, "expired")
    automatic = gone | {"capture_method": "automatic_async"}
    assert isinstance(await translate(event(automatic, RELEASED)), Ignored)


async def test_a_capture_of_another_version_is_read_by_its_payment() -> None:
    stripe = FakeStripe()
    seen = await observed(event(CHARGE, CAPTURED, api_version="2019-02-11"), stripe)
    assert (seen.status, seen.amount) == (ObservedStatus.SUCCEEDED, Money(900, "USD"))
    assert stripe.reads == ["pi_1"]


async def refunds_of(body: bytes, stripe: FakeStripe | None = None) -> list[RefundReport]:
    translated = await translate(body, stripe)
    assert isinstance(translated, Translated)
    assert not translated.observations
    return [*translated.refunds]


@pytest.mark.parametrize("kind", REFUND_EVENTS)
@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.CANCELED),
    ],
)
async def test_a_signed_refund_is_believed_as_it_stands(
    kind: str, state: str, status: RefundStatus
) -> None:
    changed = REFUND | {"status": state, "failure_reason": "declined"}
    assert await refunds_of(event(changed, kind)) == [
        RefundReport(
            status=status,
            provider_reference="re_1",
            payment_reference="pi_1",
            refund_id="ref_1",
            amount=Money(300, "USD"),
            reason_code="declined" if state == "failed" else None,
            occurred_at=datetime.fromtimestamp(NOW, UTC),
        )
    ]


async def test_a_refund_made_by_hand_is_told_without_an_id_of_ours() -> None:
    (seen,) = await refunds_of(event(REFUND | {"metadata": {}}, REFUND_EVENTS[0]))
    assert (seen.refund_id, seen.payment_reference) == (None, "pi_1")


async def test_a_refund_of_another_version_is_read_again() -> None:
    stripe = FakeStripe()
    old = event({"id": "re_1", "object": "refund"}, REFUND_EVENTS[0], api_version="2019-02-11")
    (seen,) = await refunds_of(old, stripe)
    assert (seen.refund_id, stripe.reads) == ("ref_1", ["re_1"])


async def test_a_refunded_charge_tells_all_its_refunds() -> None:
    seen = await refunds_of(event(CHARGE, REFUNDED))
    assert [(each.refund_id, each.amount) for each in seen] == [
        ("ref_1", Money(300, "USD")),
        (None, Money(100, "USD")),
    ]


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        (CHARGE | {"captured": False}, REFUNDED),
        (CHARGE | {"payment_intent": None}, CAPTURED),
        (CHARGE | {"metadata": {}}, REFUNDED),
        (HELD_INTENT | {"metadata": {}}, HELD),
    ],
)
async def test_money_that_was_never_taken_or_is_not_ours_is_ignored(
    subject: dict[str, object], kind: str
) -> None:
    assert isinstance(await translate(event(subject, kind)), Ignored)


@pytest.mark.parametrize(
    ("subject", "kind", "code"),
    [
        (REFUND | {"status": "dreaming"}, REFUND_EVENTS[0], "unreadable_reply"),
        (REFUND | {"amount": -1}, REFUND_EVENTS[0], "odd_amount"),
        (REFUND | {"amount": "300"}, REFUND_EVENTS[0], "unreadable_event"),
        (CHARGE | {"amount_captured": None}, CAPTURED, "unreadable_reply"),
        (HELD_INTENT | {"currency": "zzz"}, HELD, "odd_amount"),
    ],
)
async def test_money_that_cannot_be_counted_is_a_failure(
    subject: dict[str, object], kind: str, code: str
) -> None:
    failure = await translate(event(subject, kind))
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, code)


SUBJECTS = {SESSION_EVENTS[0]: SESSION, PAYMENT_FAILED: INTENT, HELD: HELD_INTENT}
SUBJECTS |= {RELEASED: HELD_INTENT, CAPTURED: CHARGE, REFUNDED: CHARGE, REFUND_EVENTS[0]: REFUND}
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=4,
)


@given(st.sampled_from(sorted(SUBJECTS)), st.integers(0, 20), ODD)
async def test_no_signed_body_breaks_the_translation(kind: str, which: int, odd: object) -> None:
    subject = dict(SUBJECTS[kind])
    subject[sorted(subject)[which % len(subject)]] = odd
    assert isinstance(await translate(event(subject, kind)), Translated | Ignored | Failure)
