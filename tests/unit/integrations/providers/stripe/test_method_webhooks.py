"""Events of charges, saved methods and disputes, and what they mean."""

import json

import msgspec
import pytest

from paymux.integrations.adapters.providers.stripe.dispute_calls import DisputeCalls
from paymux.integrations.adapters.providers.stripe.dispute_wire import Dispute
from paymux.integrations.adapters.providers.stripe.errors import own_failure
from paymux.integrations.adapters.providers.stripe.event_types import (
    DISPUTE_EVENTS,
    METHOD_EVENTS,
    PAID_EVENTS,
    PAYMENT_FAILED,
    RELEASED,
    SUCCEEDED,
)
from paymux.integrations.adapters.providers.stripe.method_calls import MethodCalls
from paymux.integrations.adapters.providers.stripe.translation import Translator
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.wire import (
    API_VERSION,
    PaymentIntent,
    PaymentMethod,
    Session,
)
from paymux.kernel.clock import SystemClock
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    Failure,
    Observation,
    ObservedStatus,
    SavedMethodStatus,
)
from paymux.payments.ports.disputes import DisputeStatus
from paymux.payments.ports.webhooks import Ignored, Translated

NOW = 1_763_888_400
OTHER_VERSION = "2025-01-27.acacia"
OURS = {"payment_id": "pay_2", "attempt_id": "att_2", "made_as": "charge"}
CHARGE: dict[str, object] = {
    "id": "pi_2",
    "object": "payment_intent",
    "status": "succeeded",
    "amount_received": 700,
    "currency": "usd",
    "capture_method": "automatic_async",
    "metadata": OURS,
}
WANTS_PAYER: dict[str, object] = CHARGE | {
    "status": "requires_payment_method",
    "last_payment_error": {"type": "card_error", "code": "authentication_required"},
}
CARD = {"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2031}
METHOD: dict[str, object] = {
    "id": "pm_1",
    "object": "payment_method",
    "customer": "cus_1",
    "type": "card",
    "card": CARD,
}
DISPUTE: dict[str, object] = {
    "id": "du_1",
    "object": "dispute",
    "amount": 700,
    "currency": "usd",
    "status": "won",
    "payment_intent": "pi_2",
}
KEPT_BY: dict[str, object] = CHARGE | {
    "id": "pi_1",
    "metadata": {"attempt_id": "att_1"},
    "customer": "cus_1",
    "setup_future_usage": "off_session",
    "latest_charge": {
        "id": "ch_1",
        "payment_method": "pm_1",
        "payment_method_details": {"type": "card", "card": CARD},
    },
}
PAGE: dict[str, object] = {
    "id": "cs_test_1",
    "object": "checkout.session",
    "status": "complete",
    "payment_status": "paid",
    "amount_total": 700,
    "currency": "usd",
    "payment_intent": "pi_1",
    "metadata": {"attempt_id": "att_1", "saves_method": "true"},
}


def event(subject: dict[str, object], kind: str, version: str = API_VERSION) -> bytes:
    whole = {
        "id": "evt_1",
        "object": "event",
        "api_version": version,
        "created": NOW,
        "livemode": False,
        "type": kind,
        "data": {"object": subject},
    }
    return json.dumps(whole).encode()


class FakeMethods(MethodCalls):
    """Knows one saved method."""

    def __init__(self, method: dict[str, object]) -> None:
        self.method = method

    async def retrieve(self, reference: str) -> PaymentMethod | Failure:
        assert reference == "pm_1"
        return msgspec.convert(self.method, PaymentMethod)


class FakeDisputes(DisputeCalls):
    """Knows one dispute, or why it cannot be read."""

    def __init__(self, answer: dict[str, object] | Failure) -> None:
        self.answer_ = answer

    async def retrieve(self, reference: str) -> Dispute | Failure:
        assert reference == "du_1"
        if isinstance(self.answer_, Failure):
            return self.answer_
        return msgspec.convert(self.answer_, Dispute)


class FakeStripe(Transport):
    """Answers reads with what a test put there; everything else is not expected."""

    def __init__(
        self,
        method: dict[str, object] = METHOD,
        dispute: dict[str, object] | Failure = DISPUTE,
    ) -> None:
        self.methods = FakeMethods(method)
        self.disputes = FakeDisputes(dispute)
        self.reads: list[str] = []

    async def retrieve_session(self, reference: str) -> Session | Failure:
        self.reads.append(reference)
        return msgspec.convert(PAGE | {"payment_intent": KEPT_BY}, Session)

    async def retrieve_intent(self, reference: str) -> PaymentIntent | Failure:
        self.reads.append(reference)
        return msgspec.convert(CHARGE, PaymentIntent)


async def translate(
    body: bytes, stripe: FakeStripe | None = None
) -> Translated | Ignored | Failure:
    return await Translator(stripe or FakeStripe(), SystemClock()).translate(body)


async def observed(body: bytes, stripe: FakeStripe | None = None) -> Observation:
    translated = await translate(body, stripe)
    assert isinstance(translated, Translated)
    (seen,) = translated.observations
    return seen


async def test_a_late_success_of_a_charge_is_told_by_its_payment_alone() -> None:
    seen = await observed(event(CHARGE, SUCCEEDED))
    assert (seen.status, seen.amount, seen.attempt_id) == (
        ObservedStatus.SUCCEEDED,
        Money(700, "USD"),
        "att_2",
    )
    assert seen.provider_reference == seen.payment_reference == "pi_2"


async def test_a_decline_of_a_charge_is_final_and_may_want_the_payer() -> None:
    seen = await observed(event(WANTS_PAYER, PAYMENT_FAILED))
    assert (seen.status, seen.reason_code, seen.needs_payer) == (
        ObservedStatus.DECLINED,
        "authentication_required",
        True,
    )
    soft = WANTS_PAYER | {"last_payment_error": {"decline_code": "insufficient_funds"}}
    assert (await observed(event(soft, PAYMENT_FAILED))).needs_payer is False


async def test_a_charge_that_was_canceled_is_told_however_it_captures() -> None:
    seen = await observed(event(CHARGE | {"status": "canceled"}, RELEASED))
    assert (seen.status, seen.provider_reference) == (ObservedStatus.CANCELED, "pi_2")


async def test_a_charge_of_another_version_is_read_again_without_a_session() -> None:
    stripe = FakeStripe()
    seen = await observed(event(WANTS_PAYER, PAYMENT_FAILED, OTHER_VERSION), stripe)
    assert (seen.status, stripe.reads) == (ObservedStatus.SUCCEEDED, ["pi_2"])


async def test_a_success_that_a_session_tells_is_ignored() -> None:
    of_a_page = CHARGE | {"metadata": {"attempt_id": "att_1"}}
    assert isinstance(await translate(event(of_a_page, SUCCEEDED)), Ignored)


@pytest.mark.parametrize("kind", PAID_EVENTS)
async def test_a_paid_page_that_keeps_its_method_is_read_to_learn_which(kind: str) -> None:
    stripe = FakeStripe()
    seen = await observed(event(PAGE, kind), stripe)
    assert (seen.status, stripe.reads) == (ObservedStatus.SUCCEEDED, ["cs_test_1"])
    assert seen.saved_method
    assert (seen.saved_method.provider_reference, seen.saved_method.label) == ("pm_1", "Visa 4242")


@pytest.mark.parametrize("version", [API_VERSION, OTHER_VERSION])
@pytest.mark.parametrize("kind", METHOD_EVENTS)
@pytest.mark.parametrize(
    ("customer", "status"),
    [("cus_1", SavedMethodStatus.ACTIVE), (None, SavedMethodStatus.REVOKED)],
)
async def test_what_becomes_of_a_method_is_told(
    kind: str, version: str, customer: str | None, status: SavedMethodStatus
) -> None:
    method = METHOD | {"customer": customer}
    translated = await translate(event(method, kind, version), FakeStripe(method))
    assert isinstance(translated, Translated)
    (seen,) = translated.saved_methods
    assert (seen.status, seen.provider_reference, seen.expires_on) == (status, "pm_1", "2031-04")


@pytest.mark.parametrize("kind", DISPUTE_EVENTS)
async def test_every_event_of_a_dispute_tells_how_it_stands_now(kind: str) -> None:
    stale = DISPUTE | {"status": "needs_response"}
    translated = await translate(event(stale, kind))
    assert isinstance(translated, Translated)
    (seen,) = translated.disputes
    assert (seen.status, seen.payment_reference) == (DisputeStatus.WON, "pi_2")


async def test_a_dispute_that_cannot_be_read_is_a_failure_and_one_that_is_gone_no_news() -> None:
    body = event(DISPUTE, DISPUTE_EVENTS[0])
    lost = own_failure("read_timeout")
    assert await translate(body, FakeStripe(dispute=lost)) == lost
    gone = msgspec.structs.replace(lost, code="resource_missing")
    assert isinstance(await translate(body, FakeStripe(dispute=gone)), Ignored)


async def test_a_dispute_of_a_charge_without_a_payment_is_not_ours() -> None:
    bare = DISPUTE | {"payment_intent": None}
    body = event(bare, DISPUTE_EVENTS[0])
    assert isinstance(await translate(body, FakeStripe(dispute=bare)), Ignored)
