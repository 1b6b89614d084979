"""How disputes come about and end: by the operator's word, by the merchant's, or in time."""

import heapq
from decimal import Decimal

import msgspec

from paymux.sandbox.control_messages import DecideDispute, OpenDispute
from paymux.sandbox.paypal import dispute_object, money
from paymux.sandbox.paypal.book import Capture, DisputeRecord, Money, PayPalBook
from paymux.sandbox.paypal.dispute_object import WAITING
from paymux.sandbox.paypal.dispute_params import REASONS
from paymux.sandbox.paypal.shop import Happening, PayPalShop
from paymux.sandbox.provider import ContestedPayment, UnknownAction
from paymux.sandbox.wire import Json

ANSWERED_WITHIN_SECONDS = 10 * 86_400
CONTESTABLE = {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}
OUTCOMES = {
    "won": "RESOLVED_SELLER_FAVOUR",
    "lost": "RESOLVED_BUYER_FAVOUR",
    "closed": "CANCELED_BY_BUYER",
}


class Contests:
    """Opens, decides and resolves disputes, and tells the merchant."""

    def __init__(self, shop: PayPalShop) -> None:
        self._shop = shop
        self._due: list[tuple[float, str, str]] = []

    def open(self, wanted: OpenDispute) -> ContestedPayment:
        """A payer contests a capture, or the first one of an authorisation."""
        account_id, book, capture = self._contested(wanted.payment_reference)
        now, order = self._now(), book.orders[book.order_of[capture.id]]
        reason = wanted.reason or REASONS[0]
        if reason not in REASONS:
            message = f"PayPal has no reason {reason!r}."
            raise UnknownAction(message)
        dispute = DisputeRecord(
            id=f"PP-R-{self._shop.world.identifiers.uppercase(12)}",
            account_id=account_id,
            capture_id=capture.id,
            custom_id=capture.custom_id,
            api_base=order.api_base,
            reason=reason,
            status=WAITING,
            stage=(wanted.stage or "inquiry").upper(),
            amount=_amount(wanted.amount, capture),
            gross=capture.amount,
            created=now,
            updated=now,
            due=now + (wanted.due_in_seconds or ANSWERED_WITHIN_SECONDS),
        )
        book.disputes[dispute.id] = dispute
        self._ask(dispute)
        self._tell(dispute, "CREATED")
        return _contested(dispute)

    def decide(self, reference: str, wanted: DecideDispute) -> ContestedPayment | None:
        """PayPal decides, or asks for more; None where there is no such dispute."""
        found = (book.disputes.get(reference) for book in self._shop.books.values())
        dispute = next((each for each in found if each is not None), None)
        if dispute is None:
            return None
        if dispute.status == "RESOLVED":
            message = f"{reference} is resolved."
            raise UnknownAction(message)
        if wanted.outcome == "more_evidence":
            dispute.status = WAITING
            dispute.due = max(dispute.due + 1, self._now() + ANSWERED_WITHIN_SECONDS)
            self._ask(dispute)
            self._change(dispute, "UPDATED")
        else:
            self.resolve(dispute, OUTCOMES[wanted.outcome])
        return _contested(dispute)

    def resolve(self, dispute: DisputeRecord, outcome: str) -> None:
        """It is over."""
        dispute.status, dispute.outcome = "RESOLVED", outcome
        self._change(dispute, "RESOLVED")

    def review(self, dispute: DisputeRecord) -> None:
        """The merchant has answered, and PayPal looks at it."""
        dispute.status = "UNDER_REVIEW"
        self._change(dispute, "UPDATED")

    def sweep(self) -> None:
        """Whoever does not answer in time has lost."""
        now = self._shop.world.clock.now()
        while self._due and self._due[0][0] <= now:
            _, account_id, dispute_id = heapq.heappop(self._due)
            dispute = self._shop.book(account_id).disputes[dispute_id]
            if dispute.status == WAITING and dispute.due <= now:
                self.resolve(dispute, "RESOLVED_BUYER_FAVOUR")
                self._shop.world.changed()

    def rebuild(self) -> None:
        """Find again what is due when, after a snapshot was read."""
        self._due.clear()
        for book in self._shop.books.values():
            for dispute in book.disputes.values():
                self._watch(dispute)

    def _now(self) -> float:
        """PayPal tells of disputes to the millisecond."""
        return round(self._shop.world.clock.now(), 3)

    def _watch(self, dispute: DisputeRecord) -> None:
        heapq.heappush(self._due, (dispute.due, dispute.account_id, dispute.id))

    def _contested(self, reference: str) -> tuple[str, PayPalBook, Capture]:
        for account_id, book in self._shop.books.items():
            held = (each for each, hold in book.hold_of.items() if hold == reference)
            capture = book.captures.get(next(held, reference))
            if capture is not None and capture.status in CONTESTABLE:
                return account_id, book, capture
        message = f"No money was taken as {reference!r}."
        raise UnknownAction(message)

    def _ask(self, dispute: DisputeRecord) -> None:
        shipped = dispute.reason == REASONS[0]
        asked: Json = {
            "evidence_type": "PROOF_OF_FULFILLMENT" if shipped else "MERCHANT_RESPONSE",
            "source": "REQUESTED_FROM_SELLER",
            "date": dispute_object.iso(self._shop.world.clock.now()),
            "dispute_life_cycle_stage": dispute.stage,
        }
        dispute.evidences.append(asked)
        self._watch(dispute)

    def _change(self, dispute: DisputeRecord, what: str) -> None:
        dispute.updated = self._now()
        self._tell(dispute, what)

    def _tell(self, dispute: DisputeRecord, what: str) -> None:
        book = self._shop.book(dispute.account_id)
        order = msgspec.structs.replace(
            book.orders[book.order_of[dispute.capture_id]], silent=False
        )
        summary, resource = "A dispute event", dispute_object.whole(dispute)
        told = Happening(f"CUSTOMER.DISPUTE.{what}", "dispute", summary, resource, "1.0")
        self._shop.emit(dispute.account_id, order, told)


def _amount(minor: int | None, capture: Capture) -> Money:
    currency = capture.amount.currency_code
    if minor is None:
        return capture.amount
    value = Decimal(minor).scaleb(-money.DECIMALS[currency])
    return Money(currency, money.written(value, currency))


def _contested(dispute: DisputeRecord) -> ContestedPayment:
    return ContestedPayment(
        provider="paypal",
        account_id=dispute.account_id,
        reference=dispute.id,
        payment_reference=dispute.capture_id,
        status=dispute.status,
    )
