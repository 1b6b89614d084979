"""Payments as people see them."""

from collections.abc import Sequence

from paymux.kernel.errors import InputIsInvalid
from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.application.error_maps import TenantErrorMaps
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.payments import Payments
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.dispute import Dispute
from paymux.payments.domain.dispute_response import DisputeResponse
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.timeline import TimelineEntry
from paymux.payments.ports.advice import ADVICE
from paymux.payments.ports.books import PaymentFilter
from paymux.payments.ports.views import (
    AttemptView,
    DisputeView,
    PaymentQuery,
    PaymentSummary,
    PaymentView,
    RefundView,
    TimelineView,
)


class PaymentViews:
    """The use cases of a payment in the words other contexts may use."""

    def __init__(self, *, payments: Payments, error_maps: TenantErrorMaps) -> None:
        self._payments = payments
        self._error_maps = error_maps

    def statuses(self) -> Sequence[str]:
        """Return every status a payment can have."""
        return [status.value for status in PaymentStatus]

    async def page(
        self, scope: Scope, query: PaymentQuery, page: PageRequest
    ) -> Page[PaymentSummary]:
        """Return payments, newest first; refuses a status there is not."""
        return (await self._payments.list(scope, _filter(query), page)).map(_summary)

    async def show(self, scope: Scope, payment_id: PaymentId) -> PaymentView:
        """Return one payment; refuses an unknown id."""
        details = await self._payments.get(scope, payment_id)
        return _view(details, await self._error_maps.book(scope))

    async def cancel(self, scope: Scope, payment_id: PaymentId) -> None:
        """Cancel one payment; refuses what `Payments.cancel` refuses."""
        await self._payments.cancel(scope, payment_id)


def _filter(query: PaymentQuery) -> PaymentFilter:
    return PaymentFilter(
        status=_status(query.status) if query.status else None,
        customer_id=CustomerId(query.customer_id) if query.customer_id else None,
        connection_id=ConnectionId(query.connection_id) if query.connection_id else None,
        reference=query.reference,
        needs_review=query.needs_review,
    )


def _status(text: str) -> PaymentStatus:
    try:
        return PaymentStatus(text)
    except ValueError:
        message = "No payment ever has this status."
        raise InputIsInvalid(message, field="status") from None


def _summary(payment: Payment) -> PaymentSummary:
    return PaymentSummary(
        id=payment.id,
        status=payment.status,
        amount=payment.amount,
        description=payment.description,
        reference=payment.reference,
        customer_id=payment.customer_id,
        review=payment.review,
        created_at=payment.created_at,
    )


def _view(details: PaymentDetails, reasons: ReasonBook) -> PaymentView:
    payment, currency = details.payment, details.payment.amount.currency
    return PaymentView(
        id=payment.id,
        status=payment.status,
        amount=payment.amount,
        amount_captured=Money(payment.amount_captured, currency),
        amount_refunded=Money(payment.amount_refunded, currency),
        description=payment.description,
        link_token=payment.link.token,
        reference=payment.reference,
        customer_id=payment.customer_id,
        connection_id=payment.connection_id,
        review=payment.review,
        can_cancel=not payment.is_closed,
        metadata=payment.metadata,
        expires_at=payment.expires_at,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        attempts=[_attempt(attempt, reasons) for attempt in details.attempts],
        refunds=[_refund(refund, reasons) for refund in details.refunds],
        disputes=[_dispute(dispute, details.responses) for dispute in details.disputes],
        timeline=[_entry(entry) for entry in details.timeline],
    )


def _attempt(attempt: PaymentAttempt, reasons: ReasonBook) -> AttemptView:
    why = reasons.of_status(attempt.provider, attempt.reason_code, attempt.status)
    return AttemptView(
        id=attempt.id,
        connection_id=attempt.connection_id,
        provider=attempt.provider,
        status=attempt.status,
        payment_method_id=attempt.payment_method_id,
        provider_reference=attempt.provider_reference,
        payment_reference=attempt.payment_reference,
        method=attempt.method,
        reason_code=attempt.reason_code,
        reason_message=attempt.reason_message,
        checkout_expires_at=attempt.checkout_expires_at,
        created_at=attempt.created_at,
        advice=ADVICE[why].to_merchant if why else None,
    )


def _refund(refund: Refund, reasons: ReasonBook) -> RefundView:
    why = reasons.of_status(refund.provider, refund.reason_code, refund.status)
    return RefundView(
        id=refund.id,
        status=refund.status,
        amount=refund.amount,
        cause=refund.cause,
        reason=refund.reason,
        provider_reference=refund.provider_reference,
        reason_code=refund.reason_code,
        reason_message=refund.reason_message,
        created_at=refund.created_at,
        advice=ADVICE[why].to_merchant if why else None,
    )


def _dispute(dispute: Dispute, responses: Sequence[DisputeResponse]) -> DisputeView:
    known = dispute.current
    mine = [one for one in responses if one.dispute_id == dispute.id]
    return DisputeView(
        id=dispute.id,
        status=known.status,
        stage=known.stage,
        amount=known.amount,
        reason=known.reason,
        reason_code=known.reason_code,
        provider_reference=dispute.provider_reference,
        evidence_due_at=known.evidence_due_at,
        response=f"{mine[-1].kind} {mine[-1].status}" if mine else None,
        created_at=dispute.created_at,
    )


def _entry(entry: TimelineEntry) -> TimelineView:
    return TimelineView(
        attempt_id=entry.attempt_id,
        refund_id=entry.refund_id,
        payment_method_id=entry.payment_method_id,
        dispute_id=entry.dispute_id,
        source=entry.source,
        status=entry.status,
        effect=entry.effect,
        amount=entry.amount,
        provider_reference=entry.provider_reference,
        payment_reference=entry.payment_reference,
        reason_code=entry.reason_code,
        reason_message=entry.reason_message,
        times_seen=entry.times_seen,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        last_seen_at=entry.last_seen_at,
        actor=entry.actor,
    )
