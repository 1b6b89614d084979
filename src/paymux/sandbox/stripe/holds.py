"""Authorised money: held for seven days, captured once, or let go.

docs.stripe.com/payments/place-a-hold-on-a-payment-method: "The remaining amount is released";
since 2025-03-31 neither that nor a cancellation makes a Refund.
"""

import heapq

from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import errors, money, movements
from paymux.sandbox.stripe.movement_params import CancelIntent, CaptureIntent
from paymux.sandbox.stripe.objects import Charge, PaymentIntent
from paymux.sandbox.stripe.payment_intents import PaymentIntents
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Refusal, Reply, json_reply

HELD_SECONDS = 7 * 24 * 3600
CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_reauthorization",
    "requires_confirmation",
    "requires_action",
    "processing",
)


class Holds:
    """Holds of every account."""

    def __init__(self, shop: StripeShop, intents: PaymentIntents) -> None:
        self._shop = shop
        self._intents = intents
        self._ends: list[tuple[float, str, str]] = []

    def place(self, account_id: str, intent: PaymentIntent, charge: Charge) -> None:
        """Hold the money of a payer who agreed."""
        charge.paid = True
        intent.status, intent.amount_capturable = "requires_capture", intent.amount
        intent.latest_charge, intent.last_payment_error = charge.id, None
        intent.payment_method = charge.payment_method
        self._watch(account_id, charge)
        movements.record(self._shop, account_id, intent, "authorization", intent.amount)
        self._shop.emit(account_id, "charge.succeeded", charge)
        self._shop.emit(account_id, "payment_intent.amount_capturable_updated", intent)

    def capture(self, call: Call) -> Reply:
        """POST /v1/payment_intents/{intent}/capture."""
        wanted = self._shop.parameters(call, CaptureIntent)
        intent = self._intents.found(call)
        if intent.status != "requires_capture":
            raise _unexpected_state(intent, "captured", ("requires_capture",))
        amount = wanted.amount_to_capture or intent.amount_capturable
        _check_amount(amount, intent)
        if wanted.final_capture is False:
            message = "This PaymentIntent does not support multicapture."
            raise errors.invalid(message, param="final_capture")
        intent.metadata = {**intent.metadata, **(wanted.metadata or {})}
        self._take(call, intent, amount)
        return json_reply(self._intents.expanded(call.account.id, intent, wanted.expand))

    def cancel(self, call: Call) -> Reply:
        """POST /v1/payment_intents/{intent}/cancel."""
        wanted = self._shop.parameters(call, CancelIntent)
        intent = self._intents.found(call)
        if intent.status not in CANCELABLE:
            raise _unexpected_state(intent, "canceled", CANCELABLE)
        book = self._shop.book(call.account.id)
        page = book.session_of(intent.id)
        if page is not None and page.session.status == "open":
            message = (
                "You cannot cancel this PaymentIntent while its Checkout Session is open. Expire "
                "the Checkout Session instead."
            )
            raise errors.invalid(message, code="payment_intent_unexpected_state")
        self._let_go(call.account.id, intent, wanted.cancellation_reason, call)
        return json_reply(self._intents.expanded(call.account.id, intent, wanted.expand))

    def sweep(self) -> None:
        """Let go what was held too long."""
        now = self._shop.world.clock.now()
        while self._ends and self._ends[0][0] <= now:
            _, account_id, intent_id = heapq.heappop(self._ends)
            intent = self._shop.book(account_id).payment_intents.get(intent_id)
            if intent is not None and intent.status == "requires_capture":
                charge = self._shop.book(account_id).charges[intent.latest_charge or ""]
                self._shop.emit(account_id, "charge.expired", charge)
                self._let_go(account_id, intent, "expired")
                self._shop.world.changed()

    def rebuild(self) -> None:
        """Find the ends again after a snapshot was read."""
        self._ends.clear()
        for account_id, book in self._shop.books.items():
            for intent in book.payment_intents.values():
                if intent.status == "requires_capture":
                    self._watch(account_id, book.charges[intent.latest_charge or ""])

    def _watch(self, account_id: str, charge: Charge) -> None:
        heapq.heappush(
            self._ends, (charge.created + HELD_SECONDS, account_id, charge.payment_intent)
        )

    def _take(self, call: Call, intent: PaymentIntent, amount: int) -> None:
        account_id = call.account.id
        book = self._shop.book(account_id)
        charge = book.charges[intent.latest_charge or ""]
        charge.captured, charge.amount_captured = True, amount
        intent.status, intent.amount_received, intent.amount_capturable = "succeeded", amount, 0
        page = book.session_of(intent.id)
        if page is not None:
            page.session.payment_status = "paid"
        movements.record(self._shop, account_id, intent, "capture", amount)
        self._shop.emit(account_id, "charge.captured", charge, call)
        self._shop.emit(account_id, "payment_intent.succeeded", intent, call)

    def _let_go(
        self, account_id: str, intent: PaymentIntent, reason: str | None, call: Call | None = None
    ) -> None:
        held = intent.amount_capturable
        intent.status, intent.amount_capturable = "canceled", 0
        intent.canceled_at, intent.cancellation_reason = self._shop.world.clock.epoch(), reason
        if held:
            movements.record(self._shop, account_id, intent, "void", held)
        self._shop.emit(account_id, "payment_intent.canceled", intent, call)


def _check_amount(amount: int, intent: PaymentIntent) -> None:
    money.check_unit_amount(amount, intent.currency, "amount_to_capture")
    if amount > intent.amount_capturable:
        message = (
            "The amount to capture is greater than the amount that can be captured: "
            f"{money.shown(intent.amount_capturable, intent.currency)}."
        )
        raise errors.invalid(message, code="amount_too_large", param="amount_to_capture")


def _unexpected_state(intent: PaymentIntent, done: str, allowed: tuple[str, ...]) -> Refusal:
    message = (
        f"This PaymentIntent could not be {done} because it has a status of {intent.status}. Only "
        f"a PaymentIntent with one of the following statuses may be {done}: {', '.join(allowed)}."
    )
    return errors.invalid(message, code="payment_intent_unexpected_state")
