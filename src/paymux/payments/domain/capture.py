"""Authorised money: taken, in whole or in parts, or let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Final

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import CaptureId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.keyed_call import CallStatus, KeyedCall


class CaptureKind(StrEnum):
    """What is done with the money: take it, or let all that is left of it go."""

    CAPTURE = "capture"
    VOID = "void"


_NOTHING_HELD: Final = "nothing_held"


class PaymentIsNotAuthorized(PaymuxError):
    """Only money that is held for you can be captured or voided.

    Get the payment: its `status` says whether it is held (`authorized`). Only a payment that
    was made with `capture: "manual"` ever waits for you.
    """

    code = "payment_not_authorized"
    category = Category.CONFLICT

    def __init__(self, status: str) -> None:
        super().__init__(f"The payment is {status}; no money is held to be captured or voided.")


class CaptureIsUnderWay(PaymuxError):
    """What became of the capture or void before is not known yet.

    Try again shortly. Paymux goes on asking the provider by itself.
    """

    code = "capture_under_way"
    category = Category.CONFLICT
    passes = True

    def __init__(self, kind: CaptureKind) -> None:
        super().__init__(f"A {kind} of this payment is still under way; try again shortly.")


class CaptureExceedsAuthorizedAmount(PaymuxError):
    """More is asked for than is held and not taken yet."""

    code = "capture_exceeds_authorized_amount"
    category = Category.UNPROCESSABLE

    def __init__(self, left: Money) -> None:
        super().__init__(f"At most {left} can still be captured.", field="amount")


class PartialCaptureIsNotSupported(PaymuxError):
    """The provider takes the whole authorised amount or none of it.

    Capture without `amount`, and refund what is too much.
    """

    code = "partial_capture_not_supported"
    category = Category.UNPROCESSABLE

    def __init__(self) -> None:
        super().__init__("The provider captures the whole amount or nothing.", field="amount")


class OnlyOneCaptureIsSupported(PaymuxError):
    """The provider lets the rest go with the first capture.

    Capture with `final: true`, or all of the amount.
    """

    code = "only_one_capture_supported"
    category = Category.UNPROCESSABLE

    def __init__(self) -> None:
        super().__init__("The provider captures only once; the rest is let go.", field="final")


@dataclass(slots=True, eq=False, kw_only=True)
class Capture(KeyedCall):
    """One call about authorised money.

    `amount`: what is to be taken, or let go. `taken_before`: what had been taken when it was
    made.
    """

    id: CaptureId
    kind: CaptureKind
    amount: Money
    is_final: bool
    taken_before: int

    @property
    def is_worth_waiting_for(self) -> bool:
        """Whether it has been done, or may have been; another one would be one too many."""
        return self.is_unresolved or self.status is CallStatus.SUCCEEDED

    def follow(self, attempt: PaymentAttempt) -> bool:
        """Conclude from what is known of the attempt's money; tell whether that is news.

        At most one call is unresolved, so money that moved meanwhile is its doing. What was
        concluded from there being nothing left to take gives way to news of earlier money.
        """
        if not self.is_unresolved and self.reason_code != _NOTHING_HELD:
            return False
        if self._is_done(attempt):
            return self.conclude(CallStatus.SUCCEEDED)
        if attempt.holds_no_more:
            return self.conclude(CallStatus.REJECTED, _NOTHING_HELD)
        return False

    def _is_done(self, attempt: PaymentAttempt) -> bool:
        if self.kind is CaptureKind.CAPTURE:
            return attempt.amount_captured >= self.taken_before + self.amount.amount
        return attempt.holds_no_more and attempt.amount_captured == self.taken_before


def refuse_unless_held(attempt: PaymentAttempt, captures: Sequence[Capture]) -> None:
    """Raise unless the attempt's money waits for us and nothing is being done with any."""
    for capture in captures:
        if capture.is_unresolved:
            raise CaptureIsUnderWay(capture.kind)
    if not (attempt.holds_money or attempt.holds_in_vain):
        raise PaymentIsNotAuthorized(attempt.status)


def explains(captures: Sequence[Capture], taken: int, authorized: Money) -> bool:
    """Tell whether a total is what we asked for by then, or all of it by another hand."""
    asked = [
        capture.amount.amount
        for capture in captures
        if capture.kind is CaptureKind.CAPTURE and capture.is_worth_waiting_for
    ]
    return taken in {0, *(accumulate(asked) if asked else [authorized.amount])}
