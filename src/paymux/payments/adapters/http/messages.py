"""What the API says of payments."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from paymux.payments.adapters.http.capture_messages import CaptureBody, capture_body
from paymux.payments.adapters.http.dispute_messages import DisputeBody, dispute_body
from paymux.payments.adapters.http.payment_method_messages import SavingBody, saving_body
from paymux.payments.adapters.http.payment_requests import Amount, Currency
from paymux.payments.adapters.http.reasons import ReasonBody, reason_body
from paymux.payments.adapters.http.refund_messages import RefundBody, refund_body
from paymux.payments.adapters.http.timeline_messages import TimelineBody, timeline_body
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.decision import Decision, DecisionEntry
from paymux.payments.domain.payment import CaptureMode, Payment, PaymentStatus, Review
from paymux.payments.ports.connectors import Outcome
from paymux.platform.http.fields import LaterMoment, Moment, example, identifier


class LinkBody(Struct, frozen=True):
    """The stable URL to send to the payer."""

    id: Annotated[str, identifier("lnk")]
    url: Annotated[str, example("https://pay.example/pay/vT7GyzPc55erASLhq68cEeSnZeQ8bpL")]


class PaymentBody(Struct, frozen=True, kw_only=True):
    """A payment.

    `connection_id`: the one asked for; `attempts` say which were used. `review`: why a person
    has to look. `save_payment_method`: what the payer is asked, and when they agreed.
    `disputed`: its payer contests it, or has; see its `disputes`.
    """

    id: Annotated[str, identifier("pay")]
    status: Annotated[PaymentStatus, example("requires_action")]
    amount: Amount
    currency: Currency
    capture: Annotated[CaptureMode, example("automatic")]
    amount_captured: Annotated[int, example(0)]
    amount_refunded: Annotated[int, example(0)]
    disputed: Annotated[bool, example(False)]
    description: Annotated[str, example("Pro plan, November")]
    link: LinkBody
    customer_id: Annotated[str, identifier("cus")] | None
    reference: Annotated[str, example("order-1042")] | None
    connection_id: str | None
    return_url: Annotated[str, example("https://shop.example/thanks")] | None
    cancel_url: Annotated[str, example("https://shop.example/cart")] | None
    expires_at: Annotated[datetime, Meta(tz=True, examples=["2026-12-24T00:00:00Z"])] | None
    metadata: Annotated[dict[str, str], example({"plan": "pro"})]
    save_payment_method: SavingBody | None
    off_session: Annotated[bool, example(False)]
    payment_method_id: str | None
    review: Annotated[Review | None, example(None)]
    created_at: Moment
    updated_at: LaterMoment


class AttemptBody(Struct, frozen=True, kw_only=True):
    """One try over one connection.

    `provider_reference`: the provider's id of its page. `payment_reference`: its id of the money
    that moved. `payment_method_id`: the saved method that it charges; null for a page.
    `reason_code` and `reason_message`: why it did not end well, if so, in the provider's words;
    `reason` in ours.
    """

    id: Annotated[str, identifier("att")]
    connection_id: Annotated[str, identifier("con")]
    provider: Annotated[str, example("example")]
    status: Annotated[AttemptStatus, example("pending")]
    amount_captured: Annotated[int, example(0)]
    payment_method_id: str | None
    provider_reference: Annotated[str, example("cs_test_a1YpQ83nT")] | None
    payment_reference: str | None
    checkout_url: Annotated[str, example("https://checkout.example/c/cs_test_a1YpQ83nT")] | None
    checkout_expires_at: (
        Annotated[datetime, Meta(tz=True, examples=["2026-11-24T09:41:07Z"])] | None
    )
    method: str | None
    reason_code: str | None
    reason_message: str | None
    reason: ReasonBody | None
    created_at: Moment


class DecisionBody(Struct, frozen=True, kw_only=True):
    """What was done next after a call that did not simply succeed, and why.

    `subject_id`: what the call was about: the attempt, or a capture, refund or response of it.
    `reason_code`: the provider's own code, else ours; `reason`: what that means. `given_outcome`:
    what the provider's package made of the code, if you have it read otherwise
    (`/v1/error-maps`). `next_connection_id`: where the payment went on. `times_made`: how often
    the same was decided of the same.
    """

    id: Annotated[str, identifier("dec")]
    attempt_id: Annotated[str, identifier("att")]
    connection_id: Annotated[str, identifier("con")]
    subject_id: Annotated[str, identifier("att")]
    operation: Annotated[str, example("create_checkout")]
    outcome: Annotated[str, example("not_sent")]
    given_outcome: Annotated[str | None, example(None)]
    decision: Annotated[Decision, example("fail_over")]
    reason_code: Annotated[str, example("connect_failed")]
    reason: Annotated[ReasonBody | None, example(None)]
    next_connection_id: Annotated[str, identifier("con")] | None
    times_made: Annotated[int, example(1)]
    made_at: LaterMoment
    last_made_at: LaterMoment


class PaymentDetailsBody(PaymentBody, frozen=True, kw_only=True):
    """A payment with every attempt, decision, capture, refund, dispute and observation."""

    attempts: list[AttemptBody]
    decisions: list[DecisionBody]
    captures: list[CaptureBody]
    refunds: list[RefundBody]
    disputes: list[DisputeBody]
    timeline: list[TimelineBody]


LinkUrl = Callable[[str], str]


def payment_body(payment: Payment, link_url: LinkUrl) -> PaymentBody:
    """Return what the API says of a payment."""
    return PaymentBody(
        id=payment.id,
        status=payment.status,
        amount=payment.amount.amount,
        currency=payment.amount.currency,
        capture=payment.capture,
        amount_captured=payment.amount_captured,
        amount_refunded=payment.amount_refunded,
        disputed=payment.disputed,
        description=payment.description,
        link=LinkBody(payment.link.id, link_url(payment.link.token)),
        customer_id=payment.customer_id,
        reference=payment.reference,
        connection_id=payment.connection_id,
        return_url=payment.return_url,
        cancel_url=payment.cancel_url,
        expires_at=payment.expires_at,
        metadata=dict(payment.metadata),
        save_payment_method=saving_body(payment.mandate),
        off_session=payment.off_session,
        payment_method_id=payment.payment_method_id,
        review=payment.review,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
    )


def details_body(
    details: PaymentDetails, link_url: LinkUrl, reasons: ReasonBook
) -> PaymentDetailsBody:
    """Return everything the API says of a payment."""
    provider_of = {attempt.id: attempt.provider for attempt in details.attempts}
    return PaymentDetailsBody(
        **msgspec.structs.asdict(payment_body(details.payment, link_url)),
        attempts=[_attempt_body(attempt, reasons) for attempt in details.attempts],
        decisions=[
            _decision_body(entry, provider_of[entry.attempt_id], reasons)
            for entry in details.decisions
        ],
        captures=[
            capture_body(capture, provider_of[capture.attempt_id], reasons)
            for capture in details.captures
        ],
        refunds=[refund_body(refund, reasons) for refund in details.refunds],
        disputes=[dispute_body(dispute) for dispute in details.disputes],
        timeline=[timeline_body(entry) for entry in details.timeline],
    )


def _attempt_body(attempt: PaymentAttempt, reasons: ReasonBook) -> AttemptBody:
    why = reasons.of_status(attempt.provider, attempt.reason_code, attempt.status)
    return AttemptBody(
        id=attempt.id,
        connection_id=attempt.connection_id,
        provider=attempt.provider,
        status=attempt.status,
        amount_captured=attempt.amount_captured,
        payment_method_id=attempt.payment_method_id,
        provider_reference=attempt.provider_reference,
        payment_reference=attempt.payment_reference,
        checkout_url=attempt.checkout_url,
        checkout_expires_at=attempt.checkout_expires_at,
        method=attempt.method,
        reason_code=attempt.reason_code,
        reason_message=attempt.reason_message,
        reason=reason_body(why),
        created_at=attempt.created_at,
    )


def _decision_body(entry: DecisionEntry, provider: str, reasons: ReasonBook) -> DecisionBody:
    why = reasons.of_outcome(provider, entry.reason_code, Outcome(entry.outcome))
    return DecisionBody(
        id=entry.id,
        attempt_id=entry.attempt_id,
        connection_id=entry.connection_id,
        subject_id=entry.subject_id,
        operation=entry.operation,
        outcome=entry.outcome,
        given_outcome=entry.given_outcome,
        decision=entry.decision,
        reason_code=entry.reason_code,
        reason=reason_body(why),
        next_connection_id=entry.next_connection_id,
        times_made=entry.times_made,
        made_at=entry.made_at,
        last_made_at=entry.last_made_at,
    )
