"""What the API says of captures and voids, and what it wants to hear."""

from typing import Annotated

from msgspec import Meta, Struct

from paymux.kernel.money import MAX_AMOUNT
from paymux.payments.adapters.http.reasons import ReasonBody, reason_body
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.domain.capture import Capture, CaptureKind
from paymux.payments.domain.keyed_call import CallStatus
from paymux.platform.http.fields import LaterMoment, example, identifier


class CapturePaymentBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of the held money to take, and what becomes of the rest."""

    amount: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=MAX_AMOUNT,
                description="In minor units of the payment's currency; without it, all that is "
                "left is taken.",
                examples=[1500],
            ),
        ]
        | None
    ) = None
    final: Annotated[
        bool,
        Meta(
            description="Let the rest go. Say false to take more later, where the provider does "
            "several captures.",
            examples=[True],
        ),
    ] = True


class CaptureBody(Struct, frozen=True, kw_only=True):
    """A capture or a void. `reason_code` and `reason_message`: why it did not end well, if so,
    in the provider's words; `reason` in ours.

    `in_flight` and `unknown` are not failures: Paymux goes on asking until it knows. After
    `not_sent` and `rejected` the money is still held and you may try again.
    """

    id: Annotated[str, identifier("cap")]
    kind: Annotated[CaptureKind, example("capture")]
    attempt_id: Annotated[str, identifier("att")]
    amount: Annotated[int, example(1500)]
    currency: Annotated[str, example("USD")]
    final: Annotated[bool, example(True)]
    status: Annotated[CallStatus, example("succeeded")]
    reason_code: str | None
    reason_message: str | None
    reason: ReasonBody | None
    created_at: LaterMoment


def capture_body(capture: Capture, provider: str, reasons: ReasonBook) -> CaptureBody:
    """Return what the API says of a capture or void."""
    why = reasons.of_status(provider, capture.reason_code, capture.status)
    return CaptureBody(
        id=capture.id,
        kind=capture.kind,
        attempt_id=capture.attempt_id,
        amount=capture.amount.amount,
        currency=capture.amount.currency,
        final=capture.is_final,
        status=capture.status,
        reason_code=capture.reason_code,
        reason_message=capture.reason_message,
        reason=reason_body(why),
        created_at=capture.created_at,
    )
