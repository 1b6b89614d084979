"""What payers and their banks do about a payment: contest it, and decide."""

import heapq
from typing import Literal

from paymux.sandbox.control_messages import OpenDispute
from paymux.sandbox.provider import UnknownAction
from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import movements
from paymux.sandbox.stripe.book import StripeBook
from paymux.sandbox.stripe.dispute_object import (
    Dispute,
    DisputedCard,
    DisputedMethod,
    EvidenceDetails,
)
from paymux.sandbox.stripe.objects import Charge
from paymux.sandbox.stripe.shop import StripeShop

Verdict = Literal["won", "lost", "closed", "more_evidence"]
DUE_SECONDS = 21 * 24 * 3600
STARTS = {
    None: ("needs_response", "chargeback"),
    "chargeback": ("needs_response", "chargeback"),
    "inquiry": ("warning_needs_response", "inquiry"),
    "pre_arbitration": ("appeal_needs_response", "chargeback"),
}
OVER = {"won", "lost", "warning_closed", "prevented"}


class Contests:
    """Opens disputes and ends them, of every account."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop
        self._ends: list[tuple[float, str, str]] = []

    def open(self, wanted: OpenDispute) -> tuple[str, Dispute]:
        """Contest a payment; UnknownAction when there is no such payment."""
        if wanted.stage not in STARTS:
            message = f"Stripe has no disputes of the stage {wanted.stage}."
            raise UnknownAction(message)
        account_id, book, charge = self._paid(wanted.payment_reference)
        status, case = STARTS[wanted.stage]
        now = self._shop.world.clock.epoch()
        due = DUE_SECONDS if wanted.due_in_seconds is None else wanted.due_in_seconds
        dispute = Dispute(
            id=self._shop.new_id("du", 24),
            amount=wanted.amount or charge.amount_captured - charge.amount_refunded,
            charge=charge.id,
            created=now,
            currency=charge.currency,
            evidence_details=EvidenceDetails(due_by=now + due),
            is_charge_refundable=case == "inquiry",
            payment_intent=charge.payment_intent,
            payment_method_details=DisputedMethod(card=DisputedCard(case_type=case)),
            reason=wanted.reason or "fraudulent",
            status=status,
        )
        book.disputes[dispute.id] = dispute
        charge.disputed = True
        self._watch(account_id, dispute)
        self._shop.emit(account_id, "charge.dispute.created", dispute)
        if case != "inquiry":
            self._withdraw(account_id, dispute)
        return account_id, dispute

    def decide(self, reference: str, outcome: Verdict) -> tuple[str, Dispute] | None:
        """End a dispute, or ask for more; None when there is none of that id."""
        for account_id, book in self._shop.books.items():
            dispute = book.disputes.get(reference)
            if dispute is not None:
                self._decide(account_id, dispute, outcome)
                return account_id, dispute
        return None

    def end(
        self, account_id: str, dispute: Dispute, status: str, call: Call | None = None
    ) -> None:
        """Close a dispute for good; what a bank took goes back to a merchant that won."""
        dispute.status = status
        self._shop.emit(account_id, "charge.dispute.closed", dispute, call)
        if status == "won":
            dispute.is_charge_refundable = True
            self._record(account_id, dispute, "dispute_reversal")
            self._shop.emit(account_id, "charge.dispute.funds_reinstated", dispute, call)

    def sweep(self) -> None:
        """End what was not answered in time."""
        now = self._shop.world.clock.now()
        while self._ends and self._ends[0][0] <= now:
            due, account_id, reference = heapq.heappop(self._ends)
            dispute = self._shop.book(account_id).disputes.get(reference)
            if dispute is None or dispute.evidence_details.due_by != due:
                continue
            if dispute.status in {"needs_response", "appeal_needs_response"}:
                self.end(account_id, dispute, "lost")
            elif dispute.status == "warning_needs_response":
                self.end(account_id, dispute, "warning_closed")
            self._shop.world.changed()

    def rebuild(self) -> None:
        """Find what is due again after a snapshot was read."""
        self._ends.clear()
        for account_id, book in self._shop.books.items():
            for dispute in book.disputes.values():
                self._watch(account_id, dispute)

    def _decide(self, account_id: str, dispute: Dispute, outcome: Verdict) -> None:
        inquiry = dispute.status.startswith("warning_")
        if dispute.status in OVER and (dispute.status, outcome) != ("lost", "more_evidence"):
            message = f"This dispute is {dispute.status}: there is nothing to decide any more."
            raise UnknownAction(message)
        match outcome:
            case "more_evidence":
                self._ask_more(account_id, dispute)
            case "won" | "closed" if inquiry:
                self.end(account_id, dispute, "warning_closed")
            case "lost" if inquiry:
                self._ask_more(account_id, dispute)
                self.end(account_id, dispute, "lost")
            case "closed":
                # A payer who lets a chargeback go leaves it won.
                self.end(account_id, dispute, "won")
            case verdict:
                self.end(account_id, dispute, verdict)

    def _ask_more(self, account_id: str, dispute: Dispute) -> None:
        """Turn an inquiry into a chargeback, or a chargeback into an appeal."""
        inquiry = dispute.status.startswith("warning_")
        dispute.status = "needs_response" if inquiry else "appeal_needs_response"
        details = dispute.evidence_details
        due = self._shop.world.clock.epoch() + DUE_SECONDS
        details.due_by = max(due, (details.due_by or 0) + 1)
        self._watch(account_id, dispute)
        self._shop.emit(account_id, "charge.dispute.updated", dispute)
        if inquiry:
            dispute.is_charge_refundable = False
            dispute.payment_method_details.card.case_type = "chargeback"
            self._withdraw(account_id, dispute)

    def _withdraw(self, account_id: str, dispute: Dispute) -> None:
        self._record(account_id, dispute, "dispute")
        self._shop.emit(account_id, "charge.dispute.funds_withdrawn", dispute)

    def _record(
        self, account_id: str, dispute: Dispute, kind: Literal["dispute", "dispute_reversal"]
    ) -> None:
        intent = self._shop.book(account_id).payment_intents[dispute.payment_intent]
        movements.record(self._shop, account_id, intent, kind, dispute.amount)

    def _watch(self, account_id: str, dispute: Dispute) -> None:
        due = dispute.evidence_details.due_by
        if due is not None:
            heapq.heappush(self._ends, (due, account_id, dispute.id))

    def _paid(self, reference: str) -> tuple[str, StripeBook, Charge]:
        for account_id, book in self._shop.books.items():
            intent = book.payment_intents.get(reference)
            charge = book.charges.get(intent.latest_charge or "") if intent else None
            if charge is not None and charge.captured:
                return account_id, book, charge
        message = f"No money was taken with {reference} that could be contested."
        raise UnknownAction(message)
