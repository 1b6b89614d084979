"""/v1/payments/create/recurring: charges of cards whose payers are not there."""

import hashlib
import hmac
from typing import Literal

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.provider import UnknownAction
from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.link_page import UNKNOWN_CONTACT
from paymux.sandbox.razorpay.objects import Order, Payment
from paymux.sandbox.razorpay.params import read
from paymux.sandbox.razorpay.payments import PAID_ALREADY
from paymux.sandbox.razorpay.recurring_objects import KeptCard
from paymux.sandbox.razorpay.recurring_params import ChargeCreate
from paymux.sandbox.razorpay.settlement import Settlement
from paymux.sandbox.razorpay.shop import RazorpayShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, Request, json_reply

OTHER_AMOUNT = (
    "Your payment amount is different from your order amount. To pay successfully, please try "
    "using right amount."
)
OVER_MANDATE = "Amount exceeds maximum amount allowed"
DECLINES = {
    "decline_soft": (
        "insufficient_funds",
        "Your payment could not be completed due to insufficient account balance.",
    ),
    "decline_hard": (
        "payment_risk_check_failed",
        "Your payment was declined by the bank as it looks fraudulent.",
    ),
    "needs_payer": (
        "customer_action_required",
        "The payment request failed as the predebit notification was not approved",
    ),
    "fail": ("payment_failed", "Payment failed"),
}


class ChangePayment(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/razorpay/payments/{id}: how a charge ends that waits or has failed.

    `authorize`: late, and nobody captures it.
    """

    outcome: Literal["capture", "authorize", "fail"]


class Charges:
    """Charges of every account."""

    def __init__(self, shop: RazorpayShop, settlement: Settlement) -> None:
        self._shop = shop
        self._settlement = settlement

    def create(self, call: Call) -> Reply:
        """POST /v1/payments/create/recurring."""
        wanted = read(call, ChargeCreate)
        order, kept = self._checked(call, wanted)
        payment = self._new(call.account, wanted, order)
        if kept.behaviour in DECLINES:
            reason, words = DECLINES[kept.behaviour]
            self._fail(call.account, payment, reason, words)
            return errors.declined(payment.id, order.id, reason, words)
        if kept.behaviour != "wait":
            self._take(call.account, payment)
        return json_reply(_accepted(call.account, payment))

    def control(self, path: str, request: Request) -> Reply | None:
        """End a charge that waits, or authorise late one that failed."""
        match request.method, path.strip("/").split("/"):
            case "POST", ["payments", identity]:
                wanted = msgspec.json.decode(request.body, type=ChangePayment)
                return json_reply(self._change(identity, wanted.outcome))
        return None

    def _change(self, identity: str, outcome: str) -> Payment:
        for account_id, book in self._shop.books.items():
            payment = book.payments.get(identity)
            if payment is not None and payment.status in {"created", "failed"}:
                self._end(self._shop.world.accounts.by_id[account_id], payment, outcome)
                return payment
        message = f"There is no payment {identity} that could still end otherwise."
        raise UnknownAction(message)

    def _end(self, account: Account, payment: Payment, outcome: str) -> None:
        match outcome:
            case "capture":
                self._take(account, payment)
            case "authorize":
                self._settlement.hold_late(account, payment)
            case "fail":
                self._fail(account, payment, *DECLINES["decline_soft"])

    def _checked(self, call: Call, wanted: ChargeCreate) -> tuple[Order, KeptCard]:
        book = self._shop.book(call.account.id)
        order, kept = book.orders.get(wanted.order_id), book.tokens.get(wanted.token)
        if order is None or kept is None or kept.customer_id != wanted.customer_id:
            raise errors.refuse(errors.NO_SUCH_ID)
        if not wanted.recurring:
            message = "The recurring field must be true."
            raise errors.refuse(message, field="recurring")
        if order.status == "paid":
            raise errors.refuse(PAID_ALREADY)
        if (wanted.amount, wanted.currency) != (order.amount, order.currency):
            raise errors.refuse(OTHER_AMOUNT, field="amount")
        if wanted.amount > kept.token.max_amount:
            raise errors.refuse(OVER_MANDATE)
        if kept.token.recurring_details.status != "confirmed":
            raise errors.inactive_mandate()
        return order, kept

    def _take(self, account: Account, payment: Payment) -> None:
        self._settlement.hold(account, payment)
        if payment.order_id in self._shop.book(account.id).uncaptured_orders:
            self._settlement.keep_held(account, payment)
        else:
            self._settlement.take(account, payment, "payment")

    def _fail(self, account: Account, payment: Payment, reason: str, words: str) -> None:
        payment.status = "failed"
        payment.error_code, payment.error_description = "BAD_REQUEST_ERROR", words
        payment.error_source, payment.error_step = "customer", "payment_authorization"
        payment.error_reason = reason
        self._shop.emit(account, "payment.failed", {"payment": payment})

    def _new(self, account: Account, wanted: ChargeCreate, order: Order) -> Payment:
        order.attempts += 1
        order.status = "attempted"
        payment = Payment(
            id=self._shop.new_id("pay"),
            amount=wanted.amount,
            currency=wanted.currency,
            created_at=self._shop.world.clock.epoch(),
            contact=wanted.contact or UNKNOWN_CONTACT,
            email=wanted.email,
            order_id=order.id,
            method="card",
            bank=None,
            description=wanted.description,
            customer_id=wanted.customer_id,
            token_id=wanted.token,
            notes=wanted.notes or [],
        )
        self._shop.book(account.id).payments[payment.id] = payment
        return payment


def _accepted(account: Account, payment: Payment) -> dict[str, object]:
    signed = f"{payment.order_id}|{payment.id}".encode()
    signature = hmac.new(account.secret.encode(), signed, hashlib.sha256).hexdigest()
    return {
        "razorpay_payment_id": payment.id,
        "razorpay_order_id": payment.order_id,
        "razorpay_signature": signature,
    }
