"""New refunds, before anything is stored or sent."""

from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import Ids, PaymentId, RefundId
from paymux.kernel.money import Money
from paymux.kernel.origin import Origin, new_id
from paymux.payments.application.refund_reports import RefundHeard
from paymux.payments.application.routing import replay_until
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Payment
from paymux.payments.domain.refund import Refund, RefundCause
from paymux.payments.ports.plugins import Capabilities, Operation
from paymux.payments.ports.refunds import RefundRequest

_SECOND_SUCCESS: Final = "Taken twice; given back automatically."


class PaymentIsNotRefundable(PaymuxError):
    """There is no money of this payment that its provider could give back.

    The detail says why. Before money is captured, cancel the payment instead; where the provider
    cannot do it, give the money back in its own dashboard.
    """

    code = "payment_not_refundable"
    category = Category.CONFLICT

    def __init__(self, why: str) -> None:
        super().__init__(f"The payment cannot be refunded: {why}.")


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    """Captured money to give back.

    `amount`: in minor units of the payment's currency; None gives back all that is left.
    `reason`: the merchant's own words; some providers show them to the payer.
    """

    payment_id: PaymentId
    amount: int | None = None
    reason: str | None = None


class RefundDrafts:
    """Makes refunds; everything random or timed comes from here."""

    def __init__(self, *, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    def requested(
        self,
        payment: Payment,
        attempt: PaymentAttempt,
        amount: Money,
        capabilities: Capabilities,
        *,
        reason: str | None,
        origin: Origin | None = None,
    ) -> Refund:
        """Return a refund of what the payment captured; refuses what the provider cannot do."""
        captured = Money(payment.amount_captured, payment.amount.currency)
        request = self._request(attempt, amount, captured, reason, origin)
        return _draft(attempt, request, capabilities)

    def of_second_success(
        self, attempt: PaymentAttempt, amount: Money, capabilities: Capabilities
    ) -> Refund:
        """Return a refund of money that was taken once too often."""
        request = self._request(attempt, amount, attempt.amount, _SECOND_SUCCESS)
        refund = _draft(attempt, request, capabilities)
        refund.cause = RefundCause.SECOND_SUCCESS
        return refund

    def made_at_provider(
        self, attempt: PaymentAttempt, amount: Money, heard: RefundHeard
    ) -> Refund:
        """Return a refund that somebody made at the provider itself."""
        now, refund_id = self._clock.now(), RefundId(self._ids.new("ref"))
        is_second = attempt.status is AttemptStatus.DUPLICATE
        return Refund(
            id=refund_id,
            payment_id=attempt.payment_id,
            attempt_id=attempt.id,
            connection_id=attempt.connection_id,
            provider=attempt.provider,
            payment_reference=heard.payment_reference or attempt.payment_reference or "",
            amount=amount,
            idempotency_key=f"provider-{refund_id}",
            request=b"",
            created_at=now,
            replay_until=now,
            cause=RefundCause.SECOND_SUCCESS if is_second else RefundCause.PROVIDER,
            provider_reference=heard.news.provider_reference,
        )

    def _request(
        self,
        attempt: PaymentAttempt,
        amount: Money,
        captured: Money,
        reason: str | None,
        origin: Origin | None = None,
    ) -> RefundRequest:
        if attempt.payment_reference is None:
            why = "its provider has not said yet which movement of money it was"
            raise PaymentIsNotRefundable(why)
        refund_id = new_id(self._ids, "ref", origin)
        return RefundRequest(
            payment_id=attempt.payment_id,
            attempt_id=attempt.id,
            refund_id=refund_id,
            idempotency_key=f"paymux-{refund_id}",
            provider_reference=attempt.provider_reference,
            payment_reference=attempt.payment_reference,
            amount=amount,
            captured=captured,
            created_at=self._clock.now(),
            reason=reason,
        )


def _draft(attempt: PaymentAttempt, request: RefundRequest, capabilities: Capabilities) -> Refund:
    refusal = capabilities.currencies.part_refusal(request.amount)
    if refusal is not None:
        raise refusal
    return Refund(
        id=RefundId(request.refund_id),
        payment_id=attempt.payment_id,
        attempt_id=attempt.id,
        connection_id=attempt.connection_id,
        provider=attempt.provider,
        payment_reference=request.payment_reference,
        amount=request.amount,
        idempotency_key=request.idempotency_key,
        request=msgspec.json.encode(request),
        created_at=request.created_at,
        replay_until=replay_until(capabilities, request.created_at, Operation.REFUND),
        reason=request.reason,
    )
