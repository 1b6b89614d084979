"""/v1/payments/{id}/refund and /v1/refunds: refunds of normal speed, pending for a while."""

import heapq
from collections.abc import Iterable
from typing import Literal

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.razorpay import errors, money, refund_keys
from paymux.sandbox.razorpay.book import RefundFate
from paymux.sandbox.razorpay.objects import Payment, Refund, RefundAcquirerData
from paymux.sandbox.razorpay.params import RefundCreate, read
from paymux.sandbox.razorpay.payments import Payments
from paymux.sandbox.razorpay.settlement import Settlement
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, collection, known_id, window
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, Request, json_reply

FILTERS = {"count", "skip", "from", "to"}
SETTLES_SECONDS = 3
FULLY_REFUNDED = "The payment has been fully refunded already."
TOO_MUCH = "The refund amount provided is greater than amount captured."
NOT_CAPTURED = "The payment status should be captured for action to be taken"


class ChangeRefund(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/razorpay/refunds/{id}: what the bank says in the end."""

    status: Literal["processed", "failed"]


class RefundsToCome(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/razorpay/refunds: what becomes of the account's next refunds."""

    account_id: str
    fate: RefundFate


class Refunds:
    """Refunds of every account."""

    def __init__(self, shop: RazorpayShop, payments: Payments, settlement: Settlement) -> None:
        self._shop = shop
        self._payments = payments
        self._settlement = settlement
        self._due: list[tuple[int, str, str]] = []

    def create(self, call: Call) -> Reply:
        """POST /v1/payments/{id}/refund."""
        wanted = read(call, RefundCreate)
        payment = self._payments.found(call)
        refund = self._new(payment, _amount(wanted, payment), wanted)
        self._book(call.account, payment, refund)
        reply = json_reply(refund)
        refund_keys.keep(self._shop.book(call.account.id), call, reply)
        return reply

    def get(self, call: Call) -> Reply:
        """GET /v1/refunds/{id}."""
        identity = known_id(call.arguments["id"], "rfnd")
        refund = self._shop.book(call.account.id).refunds.get(identity)
        if refund is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return json_reply(refund)

    def list(self, call: Call) -> Reply:
        """GET /v1/refunds, newest first."""
        return self._listed(call, [*self._shop.book(call.account.id).refunds.values()])

    def list_of_payment(self, call: Call) -> Reply:
        """GET /v1/payments/{id}/refunds, newest first."""
        payment = self._payments.found(call)
        refunds = self._shop.book(call.account.id).refunds.values()
        return self._listed(call, [each for each in refunds if each.payment_id == payment.id])

    def control(self, path: str, request: Request) -> Reply | None:
        """Decide what becomes of one refund, or of all that are to come."""
        match request.method, path.strip("/").split("/"):
            case "POST", ["refunds"]:
                return self._plan(msgspec.json.decode(request.body, type=RefundsToCome))
            case "POST", ["refunds", identity]:
                return self._change(
                    identity, msgspec.json.decode(request.body, type=ChangeRefund).status
                )
        return None

    def sweep(self) -> None:
        """Settle what has been on its way long enough."""
        now = self._shop.world.clock.epoch()
        while self._due and self._due[0][0] <= now:
            _, account_id, refund_id = heapq.heappop(self._due)
            refund = self._shop.book(account_id).refunds.get(refund_id)
            account = self._shop.world.accounts.by_id.get(account_id)
            if refund is not None and account is not None and refund.status == "pending":
                self._come_true(account, refund, self._shop.book(account_id).refund_fate)

    def let_go(self) -> None:
        """Give back what was held for three days and never captured, as Razorpay does itself."""
        now = self._shop.world.clock.epoch()
        for account_id, book in self._shop.books.items():
            over = [each for each, until in book.held_until.items() if until <= now]
            for payment_id in over:
                del book.held_until[payment_id]
                self._let_go(account_id, book.payments[payment_id])
                self._shop.world.changed()

    def rebuild(self) -> None:
        """Find what is due again after a snapshot was read."""
        self._due.clear()
        for account_id, book in self._shop.books.items():
            refund_keys.free_unfinished(book)
            for refund in book.refunds.values():
                self._watch(account_id, refund)

    def _let_go(self, account_id: str, payment: Payment) -> None:
        account = self._shop.world.accounts.by_id[account_id]
        refund = self._new(payment, payment.amount, RefundCreate())
        self._shop.book(account_id).refunds[refund.id] = refund
        payment.status, payment.refund_status = "refunded", "full"
        payment.amount_refunded = payment.amount
        self._settlement.record(account_id, payment, "void", payment.amount)
        refund.status = "processed"
        for event in ("refund.created", "refund.processed"):
            self._emit(account, event, refund)

    def _new(self, payment: Payment, amount: int, wanted: RefundCreate) -> Refund:
        return Refund(
            id=self._shop.new_id("rfnd"),
            amount=amount,
            currency=payment.currency,
            payment_id=payment.id,
            created_at=self._shop.world.clock.epoch(),
            notes=wanted.notes or [],
            receipt=wanted.receipt,
            speed_requested=wanted.speed,
        )

    def _listed(self, call: Call, refunds: Iterable[object]) -> Reply:
        query = call.request.query_pairs()
        check_query(query, FILTERS)
        return json_reply(collection(window([*refunds], query)))

    def _plan(self, wanted: RefundsToCome) -> Reply:
        book = self._shop.book(wanted.account_id)
        book.refund_fate = wanted.fate
        for refund in book.refunds.values():
            self._watch(wanted.account_id, refund)
        return json_reply({"account_id": wanted.account_id, "fate": wanted.fate})

    def _change(self, refund_id: str, status: str) -> Reply | None:
        for account_id, book in self._shop.books.items():
            refund = book.refunds.get(refund_id)
            if refund is not None and refund.status not in {"failed", status}:
                self._settle(self._shop.world.accounts.by_id[account_id], refund, status)
                return json_reply(refund)
        return None

    def _book(self, account: Account, payment: Payment, refund: Refund) -> None:
        self._shop.book(account.id).refunds[refund.id] = refund
        self._give_back(account.id, payment, refund.amount, "refund")
        self._emit(account, "refund.created", refund)
        self._watch(account.id, refund)

    def _come_true(self, account: Account, refund: Refund, fate: RefundFate) -> None:
        if fate != "hold":
            self._settle(account, refund, "failed" if fate == "fail" else "processed")
            self._shop.world.changed()

    def _settle(self, account: Account, refund: Refund, status: str) -> None:
        refund.status = status
        if status == "failed":
            payment = self._shop.book(account.id).payments[refund.payment_id]
            self._give_back(account.id, payment, -refund.amount, "refund_failed")
        else:
            arn = self._shop.world.identifiers.uppercase(14)
            refund.acquirer_data = RefundAcquirerData(arn=arn)
        self._emit(account, f"refund.{status}", refund)

    def _give_back(self, account_id: str, payment: Payment, amount: int, kind: str) -> None:
        payment.amount_refunded += amount
        is_full = payment.amount_refunded == payment.amount
        payment.status = "refunded" if is_full else "captured"
        part = "partial" if payment.amount_refunded else None
        payment.refund_status = "full" if is_full else part
        self._settlement.record(account_id, payment, kind, abs(amount))

    def _emit(self, account: Account, event: str, refund: Refund) -> None:
        payment = self._shop.book(account.id).payments[refund.payment_id]
        self._shop.emit(account, event, {"refund": refund, "payment": payment})

    def _watch(self, account_id: str, refund: Refund) -> None:
        if refund.status == "pending" and self._shop.book(account_id).refund_fate != "hold":
            due = refund.created_at + SETTLES_SECONDS
            heapq.heappush(self._due, (due, account_id, refund.id))


def _amount(wanted: RefundCreate, payment: Payment) -> int:
    """Return what to give back, unless it is more than there is."""
    if payment.status == "refunded":
        raise errors.refuse(FULLY_REFUNDED)
    if not payment.captured:
        raise errors.refuse(NOT_CAPTURED)
    left = payment.amount - payment.amount_refunded
    amount = left if wanted.amount is None else wanted.amount
    money.check(amount, payment.currency, international=True)
    if amount > left:
        raise errors.refuse(TOO_MUCH, field="amount")
    return amount
