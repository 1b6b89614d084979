"""The intent to collect one amount, over its whole life."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId, PaymentLinkId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.mandate import Mandate


class PaymentStatus(StrEnum):
    """Where the whole payment stands."""

    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class CaptureMode(StrEnum):
    """When the money is taken: as the payer pays, or when the merchant says so."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Review(StrEnum):
    """Why a person has to look."""

    AMOUNT_MISMATCH = "amount_mismatch"
    OVER_REFUNDED = "over_refunded"
    SECOND_REFUND = "second_refund"
    SECOND_SUCCESS = "second_success"
    UNRESOLVED = "unresolved"


CLOSED: Final = frozenset(
    {
        PaymentStatus.SUCCEEDED,
        PaymentStatus.FAILED,
        PaymentStatus.CANCELED,
        PaymentStatus.EXPIRED,
    }
)


class PaymentIsClosed(PaymuxError):
    """The payment has ended; it can be neither paid nor canceled any more.

    Get the payment: its `status` says how it ended.
    """

    code = "payment_closed"
    category = Category.CONFLICT

    def __init__(self, status: PaymentStatus) -> None:
        super().__init__(f"The payment is already {status}.")


class PaymentIsAuthorized(PaymuxError):
    """The payer has done their part and the money is held for you; it does not expire here.

    Capture it, or cancel the payment to let the money go.
    """

    code = "payment_authorized"
    category = Category.CONFLICT

    def __init__(self) -> None:
        super().__init__("The payer's money is held for you; capture or cancel the payment.")


class PaymentIsUnresolved(PaymuxError):
    """What the provider did is not known yet; canceling now could lose the money's trace.

    Try again shortly. Paymux goes on asking the provider by itself.
    """

    code = "payment_unresolved"
    category = Category.CONFLICT
    passes = True

    def __init__(self) -> None:
        super().__init__("The provider has not answered for this payment yet; try again shortly.")


class PaymentIsNotInReview(PaymuxError):
    """Nobody is asked to look at the payment, or somebody else was quicker.

    Get the payment: its `review` says whether a person has to look, its `timeline` who did.
    """

    code = "payment_not_in_review"
    category = Category.CONFLICT

    def __init__(self) -> None:
        super().__init__("The payment waits for no review.")


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """Our own stable URL for a payment; it outlives any provider's page."""

    id: PaymentLinkId
    token: str


@dataclass(slots=True, eq=False, kw_only=True)
class Payment:
    """One amount to collect. `status` follows from its attempts and from our own closing.

    A page that ends at its provider does not end the payment: its link opens the next one.

    `review`: why a person has to look, and since when; `reviews_resolved`: what people have
    looked at before.

    `closed_as`: how we want it to end (canceled or expired) once its pages are closed; a
    success that comes late still counts. `disputed`: its payer contests it, or has contested it.

    `mandate`: what the payer is asked to agree to, where their method is to be saved.
    `off_session`: a saved method is charged, the payer absent; `payment_method_id`: that one only.
    """

    id: PaymentId
    amount: Money
    description: str
    link: PaymentLink
    created_at: datetime
    updated_at: datetime
    status: PaymentStatus = PaymentStatus.PROCESSING
    capture: CaptureMode = CaptureMode.AUTOMATIC
    customer_id: CustomerId | None = None
    reference: str | None = None
    connection_id: ConnectionId | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    expires_at: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    amount_captured: int = 0
    amount_refunded: int = 0
    review: Review | None = None
    review_since: datetime | None = None
    reviews_resolved: frozenset[Review] = frozenset()
    closed_as: PaymentStatus | None = None
    mandate: Mandate | None = None
    off_session: bool = False
    payment_method_id: PaymentMethodId | None = None
    disputed: bool = False
    version: int = 0

    @property
    def captures_later(self) -> bool:
        """Whether the money is only held until the merchant takes it."""
        return self.capture is CaptureMode.MANUAL

    @property
    def saves_method(self) -> bool:
        """Whether its payer's method is to be saved as they pay."""
        return self.mandate is not None

    @property
    def awaits_consent(self) -> bool:
        """Whether its payer has to agree before any page is opened to them."""
        return self.takes_payer and self.mandate is not None and self.mandate.agreed_at is None

    def agree(self, now: datetime) -> bool:
        """Note that the payer has agreed; tell whether that is news."""
        if self.mandate is None or not self.awaits_consent:
            return False
        self.mandate, self.updated_at = replace(self.mandate, agreed_at=now), now
        return True

    @property
    def takes_payer(self) -> bool:
        """Whether somebody may still pay it."""
        has_money = self.is_closed or self.status is PaymentStatus.AUTHORIZED
        return not has_money and self.closed_as is None

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self.status in CLOSED

    def close(self, how: PaymentStatus, attempts: Sequence[PaymentAttempt]) -> None:
        """Have it end this way once no page of it is open any more.

        Raises when it has ended, when its state is not known, and when it would expire though
        its payer was in time.
        """
        if self.is_closed:
            raise PaymentIsClosed(self.status)
        is_held = self.captures_later and any(attempt.holds_money for attempt in attempts)
        if how is PaymentStatus.EXPIRED and is_held:
            raise PaymentIsAuthorized
        if any(attempt.is_under_way for attempt in attempts):
            raise PaymentIsUnresolved
        self.closed_as = how

    def refuse_unless(self, how: PaymentStatus) -> None:
        """Raise unless it has ended this way: its payer was quicker, or a page is still open."""
        if how is PaymentStatus.EXPIRED and self.status is PaymentStatus.AUTHORIZED:
            raise PaymentIsAuthorized
        if not self.is_closed:
            raise PaymentIsUnresolved
        if self.status is not how:
            raise PaymentIsClosed(self.status)

    def ask_for_review(self, why: Review) -> None:
        """Bring it before a person; the first reason in alphabetical order stays."""
        self.review = why if self.review is None else min(self.review, why)

    def note_review(self, now: datetime) -> None:
        """Note since when a person is asked for."""
        if self.review is not None and self.review_since is None:
            self.review_since = now

    def resolve_review(self) -> None:
        """Note that a person has looked; raises when nobody was asked to."""
        if self.review is None:
            raise PaymentIsNotInReview
        self.reviews_resolved |= {self.review}
        self.review = self.review_since = None

    def give_back(self, total: int, now: datetime) -> None:
        """Take over how much its refunds have given back; more than was taken does not count."""
        refunded = min(total, self.amount_captured)
        if refunded != self.amount_refunded:
            self.amount_refunded, self.updated_at = refunded, now

    def contest(self, now: datetime) -> None:
        """Note that its payer contests some of it, or has."""
        if not self.disputed:
            self.disputed, self.updated_at = True, now

    def follow(self, attempts: Sequence[PaymentAttempt], now: datetime) -> None:
        """Take over what the attempts amount to.

        A function of the attempts alone, so every order of reports leads to the same state.
        """
        ours = [one for one in attempts if one.status is not AttemptStatus.DUPLICATE]
        taken = max((one.amount_captured for one in ours), default=0)
        self.amount_captured = max(self.amount_captured, taken)
        second = Review.SECOND_SUCCESS
        if sum(one.has_taken for one in ours) > 1 and second not in self.reviews_resolved:
            self.ask_for_review(second)
        status = self._status_of(attempts)
        if status is not self.status:
            self.status, self.updated_at = status, now

    def _status_of(self, attempts: Sequence[PaymentAttempt]) -> PaymentStatus:
        statuses = {attempt.status for attempt in attempts}
        if any(attempt.has_taken for attempt in attempts):
            return PaymentStatus.SUCCEEDED
        if AttemptStatus.AUTHORIZED in statuses:
            return PaymentStatus.AUTHORIZED
        if any(one.status is AttemptStatus.PENDING and not one.is_charge for one in attempts):
            return PaymentStatus.REQUIRES_ACTION
        if any(attempt.is_under_way for attempt in attempts):
            return PaymentStatus.PROCESSING
        return self._end_of(attempts)

    def _end_of(self, attempts: Sequence[PaymentAttempt]) -> PaymentStatus:
        """Return what it is while nothing can move over any of its attempts."""
        if self.closed_as is not None:
            return self.closed_as
        if self.captures_later and any(attempt.released for attempt in attempts):
            return PaymentStatus.CANCELED
        if attempts and _ends_with(attempts[-1]):
            return PaymentStatus.FAILED
        return PaymentStatus.REQUIRES_ACTION


def _ends_with(last: PaymentAttempt) -> bool:
    """Tell whether a payment has failed with its last attempt; a charge has no second page."""
    return not last.needs_payer if last.is_charge else last.status in _FINAL


_FINAL: Final = frozenset({AttemptStatus.DECLINED, AttemptStatus.REJECTED})
"""After these another page would end alike; after all others the link opens the next one."""
