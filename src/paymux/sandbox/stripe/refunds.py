"""/v1/refunds: of card payments at once, of bank debits a while later; either may yet fail."""

import heapq
from typing import Literal

import msgspec

from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import errors, money, movements
from paymux.sandbox.stripe.book import StripeBook
from paymux.sandbox.stripe.lists import list_body, page_of, within
from paymux.sandbox.stripe.movement_params import RefundCreate, RefundList
from paymux.sandbox.stripe.objects import Charge
from paymux.sandbox.stripe.params import Retrieve
from paymux.sandbox.stripe.refund_object import Refund
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Reply, json_reply

SETTLES_SECONDS = 5
FAILED = {"failed", "canceled"}
AFTER = {
    "pending": {"succeeded", "failed", "canceled", "requires_action"},
    "requires_action": {"pending", "succeeded", "failed", "canceled"},
    "succeeded": {"failed"},
}


class ChangeRefund(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/stripe/refunds/{id}: what a bank does days later."""

    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"]
    failure_reason: str = "lost_or_stolen_card"


class Refunds:
    """Refunds of every account."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop
        self._due: list[tuple[float, str, str]] = []

    def create(self, call: Call) -> Reply:
        """POST /v1/refunds."""
        wanted = self._shop.parameters(call, RefundCreate)
        book = self._shop.book(call.account.id)
        charge = _charge_of(wanted, book)
        left = charge.amount_captured - charge.amount_refunded
        _check(charge, left, book)
        amount = wanted.amount or left
        _check_amount(amount, left, charge)
        refund = self._new(wanted, charge, amount, book)
        self._book(call, refund, charge)
        return json_reply(refund)

    def get(self, call: Call) -> Reply:
        """GET /v1/refunds/{refund}."""
        self._shop.parameters(call, Retrieve)
        identity = call.arguments["refund"]
        refund = self._shop.book(call.account.id).refunds.get(identity)
        if refund is None:
            raise errors.no_such(resource="refund", identity=identity, param="refund")
        return json_reply(refund)

    def list(self, call: Call) -> Reply:
        """GET /v1/refunds."""
        wanted = self._shop.parameters(call, RefundList)
        book = self._shop.book(call.account.id)
        if wanted.payment_intent not in {None, *book.payment_intents}:
            raise errors.no_such(
                resource="payment_intent",
                identity=wanted.payment_intent or "",
                param="payment_intent",
            )
        matching = [
            refund
            for refund in book.refunds.values()
            if wanted.payment_intent in {None, refund.payment_intent}
            and wanted.charge in {None, refund.charge}
            and within(refund.created, wanted.created)
        ]
        data, more = page_of(matching, wanted, "refund")
        return json_reply(list_body([*data], "/v1/refunds", has_more=more))

    def change(self, refund_id: str, wanted: ChangeRefund) -> Refund | None:
        """Carry a refund on; None when there is none, or it cannot come to that any more."""
        for account_id, book in self._shop.books.items():
            refund = book.refunds.get(refund_id)
            if refund is not None and wanted.status in AFTER.get(refund.status, ()):
                self._move(account_id, refund, wanted)
                return refund
        return None

    def sweep(self) -> None:
        """Settle what has been on its way long enough."""
        now = self._shop.world.clock.now()
        while self._due and self._due[0][0] <= now:
            _, account_id, refund_id = heapq.heappop(self._due)
            refund = self._shop.book(account_id).refunds.get(refund_id)
            if refund is not None and refund.status == "pending":
                self._move(account_id, refund, ChangeRefund(status="succeeded"))
                self._shop.world.changed()

    def rebuild(self) -> None:
        """Find what is due again after a snapshot was read."""
        self._due.clear()
        for account_id, book in self._shop.books.items():
            for refund in book.refunds.values():
                self._watch(account_id, refund)

    def _new(self, wanted: RefundCreate, charge: Charge, amount: int, book: StripeBook) -> Refund:
        page = book.session_of(charge.payment_intent)
        pending = book.refunds_are_pending or (page is not None and page.delayed)
        return Refund(
            id=self._shop.new_id("re", 24),
            amount=amount,
            charge=charge.id,
            created=self._shop.world.clock.epoch(),
            currency=charge.currency,
            payment_intent=charge.payment_intent,
            status="pending" if pending else "succeeded",
            balance_transaction=self._shop.new_id("txn", 24),
            metadata=wanted.metadata or {},
            pending_reason="processing" if pending else None,
            reason=wanted.reason,
        )

    def _book(self, call: Call, refund: Refund, charge: Charge) -> None:
        account_id = call.account.id
        book = self._shop.book(account_id)
        book.refunds[refund.id] = refund
        charge.amount_refunded += refund.amount
        charge.refunded = charge.amount_refunded == charge.amount_captured
        self._watch(account_id, refund)
        intent = book.payment_intents[charge.payment_intent]
        movements.record(self._shop, account_id, intent, "refund", refund.amount)
        self._shop.emit(account_id, "refund.created", refund, call)
        self._shop.emit(account_id, "charge.refunded", charge, call)

    def _move(self, account_id: str, refund: Refund, wanted: ChangeRefund) -> None:
        refund.status, refund.pending_reason = wanted.status, None
        if wanted.status in FAILED:
            self._take_back(account_id, refund, wanted)
        self._shop.emit(account_id, "refund.updated", refund)
        if wanted.status == "failed":
            self._shop.emit(account_id, "refund.failed", refund)

    def _take_back(self, account_id: str, refund: Refund, wanted: ChangeRefund) -> None:
        book = self._shop.book(account_id)
        charge = book.charges[refund.charge]
        charge.amount_refunded -= refund.amount
        charge.refunded = False
        refund.failure_balance_transaction = self._shop.new_id("txn", 24)
        refund.failure_reason = wanted.failure_reason if wanted.status == "failed" else None
        intent = book.payment_intents[refund.payment_intent]
        movements.record(self._shop, account_id, intent, "refund_failed", refund.amount)

    def _watch(self, account_id: str, refund: Refund) -> None:
        if refund.status == "pending":
            due = refund.created + SETTLES_SECONDS
            heapq.heappush(self._due, (due, account_id, refund.id))


def _charge_of(wanted: RefundCreate, book: StripeBook) -> Charge:
    if wanted.charge is not None and wanted.payment_intent is None:
        return _charge_at(wanted.charge, book)
    if wanted.payment_intent is None:
        raise errors.missing_parameter(param="payment_intent")
    intent = book.payment_intents.get(wanted.payment_intent)
    if intent is None:
        raise errors.no_such(
            resource="payment_intent", identity=wanted.payment_intent, param="payment_intent"
        )
    if intent.latest_charge is None or intent.status != "succeeded":
        message = f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
        raise errors.invalid(message, code="payment_intent_unexpected_state")
    return _charge_at(intent.latest_charge, book)


def _charge_at(identity: str, book: StripeBook) -> Charge:
    charge = book.charges.get(identity)
    if charge is None:
        raise errors.no_such(resource="charge", identity=identity, param="charge")
    return charge


def _check(charge: Charge, left: int, book: StripeBook) -> None:
    if charge.disputed and any(
        dispute.charge == charge.id and not dispute.is_charge_refundable
        for dispute in book.disputes.values()
    ):
        message = f"Charge {charge.id} has been charged back; cannot issue a refund."
        raise errors.invalid(message, code="charge_disputed")
    if not charge.captured:
        message = f"Charge {charge.id} has not been captured."
        raise errors.invalid(message, code="charge_not_refundable")
    if left <= 0:
        message = f"Charge {charge.id} has already been refunded."
        raise errors.invalid(message, code="charge_already_refunded")


def _check_amount(amount: int, left: int, charge: Charge) -> None:
    money.check_unit_amount(amount, charge.currency, "amount")
    if amount > left:
        message = (
            f"Refund amount ({money.shown(amount, charge.currency)}) is greater than unrefunded "
            f"amount on charge ({money.shown(left, charge.currency)})"
        )
        raise errors.invalid(message, param="amount")
