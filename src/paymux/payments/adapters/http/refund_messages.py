"""What the API says of refunds, and what it wants to hear."""

from typing import Annotated

from msgspec import Meta, Struct

from paymux.kernel.ids import PaymentId
from paymux.kernel.money import MAX_AMOUNT
from paymux.payments.adapters.http.reasons import ReasonBody, reason_body
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.application.refund_drafts import NewRefund
from paymux.payments.domain.refund import Refund, RefundCause, RefundStatus
from paymux.platform.http.fields import Moment, example, identifier


class CreateRefundBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a payment to give back, and why."""

    amount: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=MAX_AMOUNT,
                description="In minor units of the payment's currency; without it, all that is "
                "left is given back.",
                examples=[500],
            ),
        ]
        | None
    ) = None
    reason: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=200,
                description="Your own words; some providers show them to the payer.",
                examples=["One of the two seats was canceled"],
            ),
        ]
        | None
    ) = None

    def to_command(self, payment_id: str) -> NewRefund:
        """Return the request as the application takes it."""
        return NewRefund(payment_id=PaymentId(payment_id), amount=self.amount, reason=self.reason)


class RefundBody(Struct, frozen=True, kw_only=True):
    """A refund.

    `cause`: `requested` through this API, made in the `provider`'s own dashboard, or ours, for
    a `second_success`: money that was taken twice and is no part of `amount_refunded`.
    `reason` are your own words. `reason_code` and `reason_message`: why it did not end well, if
    so, in the provider's words; `failure_reason` in ours.
    """

    id: Annotated[str, identifier("ref")]
    payment_id: Annotated[str, identifier("pay")]
    attempt_id: Annotated[str, identifier("att")]
    connection_id: Annotated[str, identifier("con")]
    provider: Annotated[str, example("example")]
    status: Annotated[RefundStatus, example("succeeded")]
    amount: Annotated[int, example(500)]
    currency: Annotated[str, example("USD")]
    cause: Annotated[RefundCause, example("requested")]
    reason: Annotated[str, example("One of the two seats was canceled")] | None
    provider_reference: Annotated[str, example("re_test_5LqXw92p")] | None
    reason_code: str | None
    reason_message: str | None
    failure_reason: ReasonBody | None
    created_at: Moment


def refund_body(refund: Refund, reasons: ReasonBook) -> RefundBody:
    """Return what the API says of a refund."""
    why = reasons.of_status(refund.provider, refund.reason_code, refund.status)
    return RefundBody(
        id=refund.id,
        payment_id=refund.payment_id,
        attempt_id=refund.attempt_id,
        connection_id=refund.connection_id,
        provider=refund.provider,
        status=refund.status,
        amount=refund.amount.amount,
        currency=refund.amount.currency,
        cause=refund.cause,
        reason=refund.reason,
        provider_reference=refund.provider_reference,
        reason_code=refund.reason_code,
        reason_message=refund.reason_message,
        failure_reason=reason_body(why),
        created_at=refund.created_at,
    )
