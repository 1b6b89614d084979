"""New captures and voids, before anything is stored or sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import CaptureId
from paymux.kernel.money import Money
from paymux.payments.application.routing import replay_until
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.capture import (
    Capture,
    CaptureExceedsAuthorizedAmount,
    CaptureKind,
    OnlyOneCaptureIsSupported,
    PartialCaptureIsNotSupported,
)
from paymux.payments.domain.payment import PaymentIsUnresolved
from paymux.payments.ports.captures import CaptureRequest, Captures, VoidRequest, Voids
from paymux.payments.ports.connectors import Connector
from paymux.payments.ports.plugins import Capabilities, Operation, PartialCaptures

_LONGEST_HOLD: Final = timedelta(days=60)
"""No provider holds money for longer."""


class CaptureIsNotSupported(PaymuxError):
    """The provider takes the money at once, or lets held money go only by itself, in days.

    Capture and refund instead of voiding; `GET /v1/providers` lists what each provider can do.
    """

    code = "capture_not_supported"
    category = Category.UNPROCESSABLE

    def __init__(self, kind: CaptureKind) -> None:
        super().__init__(f"The provider of this payment has no {kind}.")


@dataclass(frozen=True, slots=True)
class CaptureTerms:
    """What is asked for. `amount` None: all that is left; `is_final`: let the rest go."""

    kind: CaptureKind
    amount: int | None = None
    is_final: bool = True


def refuse_incapable(connector: Connector, kind: CaptureKind) -> None:
    """Raise CaptureIsNotSupported unless the connector can do it."""
    able = isinstance(connector, Captures if kind is CaptureKind.CAPTURE else Voids)
    if not able:
        raise CaptureIsNotSupported(kind)


def draft(
    capture_id: CaptureId,
    attempt: PaymentAttempt,
    terms: CaptureTerms,
    abilities: Capabilities,
    now: datetime,
) -> Capture:
    """Return the call, with its key and its bytes; refuses what the provider does not do."""
    left = Money(attempt.amount.amount - attempt.amount_captured, attempt.amount.currency)
    amount = _amount(left, terms, abilities.partial_captures)
    is_final = terms.is_final or amount == left
    request = _request(capture_id, attempt, terms.kind, now, amount=amount, is_final=is_final)
    return Capture(
        id=capture_id,
        payment_id=attempt.payment_id,
        attempt_id=attempt.id,
        connection_id=attempt.connection_id,
        kind=terms.kind,
        amount=amount,
        is_final=is_final,
        taken_before=attempt.amount_captured,
        idempotency_key=request.idempotency_key,
        request=msgspec.json.encode(request),
        created_at=now,
        replay_until=_replay_until(abilities, attempt, terms.kind, now),
    )


def _replay_until(
    abilities: Capabilities, attempt: PaymentAttempt, kind: CaptureKind, now: datetime
) -> datetime:
    """Return how long the call may be repeated.

    Key or no key, letting go once more takes nothing, nor does taking all that there is.
    """
    if kind is CaptureKind.VOID or attempt.holds_unasked:
        return now + _LONGEST_HOLD
    return replay_until(abilities, now, Operation.CAPTURE)


def _request(
    capture_id: CaptureId,
    attempt: PaymentAttempt,
    kind: CaptureKind,
    now: datetime,
    *,
    amount: Money,
    is_final: bool,
) -> CaptureRequest | VoidRequest:
    page, hold = attempt.provider_reference, attempt.payment_reference
    if page is None or hold is None:
        raise PaymentIsUnresolved
    key = f"paymux-{capture_id}"
    if kind is CaptureKind.VOID:
        return VoidRequest(
            attempt_id=attempt.id,
            idempotency_key=key,
            provider_reference=page,
            payment_reference=hold,
            created_at=now,
        )
    return CaptureRequest(
        attempt_id=attempt.id,
        capture_id=capture_id,
        idempotency_key=key,
        provider_reference=page,
        payment_reference=hold,
        amount=amount,
        authorized=attempt.amount,
        is_final=is_final,
        created_at=now,
    )


def _amount(left: Money, terms: CaptureTerms, parts: PartialCaptures) -> Money:
    amount = left.amount if terms.amount is None else terms.amount
    if not 0 < amount <= left.amount:
        raise CaptureExceedsAuthorizedAmount(left)
    is_partial = amount < left.amount
    if is_partial and parts is PartialCaptures.NONE:
        raise PartialCaptureIsNotSupported
    if is_partial and not terms.is_final and parts is not PartialCaptures.SEVERAL:
        raise OnlyOneCaptureIsSupported
    return Money(amount, left.currency)
