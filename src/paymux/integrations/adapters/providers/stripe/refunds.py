"""Refunds. https://docs.stripe.com/api/refunds.

Several partial refunds of the same amount are all genuine, so nothing but the idempotency key
and our id in the metadata tells a repetition from another refund.
"""

from datetime import datetime
from typing import Final

from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.integrations.adapters.providers.stripe.errors import (
    UNANSWERED,
    own_failure,
    refused_amount,
    unreadable,
)
from paymux.integrations.adapters.providers.stripe.intents import counted
from paymux.integrations.adapters.providers.stripe.times import (
    KEY_LIVES,
    LATE_ARRIVAL,
    SLACK,
    moment,
)
from paymux.integrations.adapters.providers.stripe.transport import NewRefund, Transport
from paymux.integrations.adapters.providers.stripe.wire import Refund
from paymux.kernel.clock import Clock
from paymux.payments.ports.connectors import (
    Failure,
    NotFound,
    Outcome,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.currencies import AmountIsNotTaken, CurrencyIsNotTaken
from paymux.payments.ports.refunds import RefundQuery, RefundRequest

MAX_PAGES: Final = 20
MAX_METADATA: Final = 500
_STATUSES: Final = {
    "pending": RefundStatus.PENDING,
    # The payer has yet to say where the money shall go.
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.CANCELED,
}


class Refunds:
    """Gives money back, and finds what was given back."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    async def refund(self, request: RefundRequest) -> RefundReport | Failure:
        """Make the refund; the idempotency key makes a repetition find the first one."""
        try:
            params = refund_params(request)
        except (CurrencyIsNotTaken, AmountIsNotTaken) as refusal:
            return refused_amount(refusal)
        if request.replay and self._clock.now() > request.created_at + KEY_LIVES - SLACK:
            return await self._earlier(request)
        refund = await self._transport.create_refund(params, request.idempotency_key)
        if not isinstance(refund, Failure):
            return report(refund)
        return await self._past(request, refund)

    async def look_up(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        """Read the refund by its id, else search those of its payment."""
        if query.provider_reference is None:
            return await self._search(query)
        return await self.read(query.provider_reference)

    async def read(self, reference: str) -> RefundReport | Failure:
        """Read one refund."""
        refund = await self._transport.retrieve_refund(reference)
        return refund if isinstance(refund, Failure) else report(refund)

    async def of_payment(self, payment_reference: str) -> list[RefundReport] | Failure:
        """Read every refund of a payment, newest first."""
        found: list[RefundReport] = []
        after: str | None = None
        for _ in range(MAX_PAGES):
            page = await self._transport.list_refunds(payment_reference, after)
            if isinstance(page, Failure):
                return page
            for refund in page.data:
                seen = report(refund)
                if isinstance(seen, Failure):
                    return seen
                found.append(seen)
            if not page.has_more or not page.data:
                return found
            after = page.data[-1].id
        return own_failure("look_up_incomplete")

    async def _past(self, request: RefundRequest, failure: Failure) -> RefundReport | Failure:
        """Get past a refusal that an earlier refund of ours may explain, or a repeated error."""
        if failure.outcome is Outcome.DONE_ALREADY:
            return await self._ours_or_refused(request, failure)
        if not request.replay or failure.outcome is not Outcome.UNKNOWN:
            return failure
        if failure.code in UNANSWERED:
            return failure
        earlier = await self._earlier(request)
        unproven = isinstance(earlier, Failure) and earlier.code != "never_refunded"
        return failure if unproven else earlier

    async def _ours_or_refused(
        self, request: RefundRequest, failure: Failure
    ) -> RefundReport | Failure:
        earlier = await self._search(_query(request))
        if isinstance(earlier, RefundReport):
            return earlier
        if isinstance(earlier, NotFound) or earlier.code == "not_found_yet":
            # Others have refunded all there was, and Stripe has refused this one.
            return Failure(
                outcome=Outcome.REJECTED,
                code=failure.code,
                message=failure.message,
                field=failure.field,
                provider_request_id=failure.provider_request_id,
            )
        return earlier

    async def _earlier(self, request: RefundRequest) -> RefundReport | Failure:
        """Find the refund of an earlier call; never makes one."""
        found = await self._search(_query(request))
        return own_failure("never_refunded") if isinstance(found, NotFound) else found

    async def _search(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        now = self._clock.now()
        found = await self.of_payment(query.payment_reference)
        if isinstance(found, Failure):
            return found
        for seen in found:
            if seen.refund_id == query.refund_id:
                return seen
        late = now > query.created_at + LATE_ARRIVAL
        return NotFound() if late else own_failure("not_found_yet")


def refund_params(request: RefundRequest) -> NewRefund:
    """Compose the refund; the same request always gives the same parameters.

    Stripe's own `reason` is one of three words, so the merchant's goes into the metadata.
    """
    metadata = {
        "refund_id": request.refund_id,
        "payment_id": request.payment_id,
        "attempt_id": request.attempt_id,
    }
    reason = (request.reason or "").strip()[:MAX_METADATA]
    if reason:
        metadata["reason"] = reason
    return {
        "payment_intent": request.payment_reference,
        "amount": CURRENCIES.to_wire(request.amount),
        "metadata": metadata,
    }


def report(refund: Refund, occurred_at: datetime | None = None) -> RefundReport | Failure:
    """Say what a refund is; `occurred_at` when the report itself has a time."""
    status = _STATUSES.get(refund.status or "")
    if status is None:
        return unreadable()
    amount = counted(refund.amount, refund.currency)
    if isinstance(amount, Failure):
        return amount
    failed = status is RefundStatus.FAILED
    return RefundReport(
        status=status,
        provider_reference=refund.id,
        payment_reference=refund.payment_intent,
        refund_id=(refund.metadata or {}).get("refund_id") or None,
        amount=amount,
        reason_code=(refund.failure_reason or "refund_failed")[:100] if failed else None,
        occurred_at=occurred_at or moment(refund.created),
    )


def _query(request: RefundRequest) -> RefundQuery:
    return RefundQuery(
        refund_id=request.refund_id,
        payment_reference=request.payment_reference,
        created_at=request.created_at,
    )
