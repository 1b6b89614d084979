"""/v2/payments/captures/{id}/refund and /v2/payments/refunds: at once, or by eCheck later."""

import heapq
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from paymux.sandbox.paypal import errors, money, movements
from paymux.sandbox.paypal.book import (
    Capture,
    Link,
    Money,
    OrderRecord,
    Payable,
    PayPalBook,
    Refund,
    StatusDetails,
)
from paymux.sandbox.paypal.params import MoneyParams, RefundCreate, read
from paymux.sandbox.paypal.request_ids import RequestIds
from paymux.sandbox.paypal.shop import Happening, PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

# eChecks take days; the clock can be put forward.
SETTLES_SECONDS = 3 * 86_400
GIVEN_BACK = {"COMPLETED", "PENDING"}
EVENTS = {
    "COMPLETED": "PAYMENT.CAPTURE.REFUNDED",
    "PENDING": "PAYMENT.REFUND.PENDING",
    "FAILED": "PAYMENT.REFUND.FAILED",
}
WHY_NOT = {
    "PENDING": "PENDING_CAPTURE",
    "REFUNDED": "CAPTURE_FULLY_REFUNDED",
    "DECLINED": "REFUND_NOT_ALLOWED",
}
AFTER = {"PENDING": {"COMPLETED", "FAILED", "CANCELLED"}, "COMPLETED": {"FAILED"}}


class ChangeRefund(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/paypal/refunds/{id}: what a bank does days later."""

    status: Literal["COMPLETED", "FAILED", "CANCELLED"]


class Refunds:
    """Refunds of every account."""

    def __init__(self, shop: PayPalShop, requests: RequestIds) -> None:
        self._shop = shop
        self._requests = requests
        self._due: list[tuple[float, str, str]] = []

    def create(self, call: Call) -> Reply:
        """POST /v2/payments/captures/{capture_id}/refund."""
        identity, book = call.arguments["capture_id"], self._shop.book(call.account.id)
        capture = book.captures.get(identity)
        if capture is None:
            raise errors.not_found(identity)
        made = self._requests.made(call)
        if made is not None and book.refunded_of[made] == identity:
            return self._reply(call, book.refunds[made])
        refund = self._make(read(call, RefundCreate), book, capture)
        self._requests.keep(call, refund.id)
        return self._reply(call, refund)

    def get(self, call: Call) -> Reply:
        """GET /v2/payments/refunds/{refund_id}."""
        identity = call.arguments["refund_id"]
        refund = self._shop.book(call.account.id).refunds.get(identity)
        if refund is None:
            raise errors.not_found(identity)
        return json_reply(refund)

    def change(self, refund_id: str, wanted: ChangeRefund) -> Refund | None:
        """Carry a refund on; None when there is none, or it cannot come to that any more."""
        for book in self._shop.books.values():
            refund = book.refunds.get(refund_id)
            if refund is not None and wanted.status in AFTER.get(refund.status, ()):
                self._move(book, refund, wanted.status)
                return refund
        return None

    def sweep(self) -> None:
        """Complete what has been on its way long enough."""
        now = self._shop.world.clock.now()
        while self._due and self._due[0][0] <= now:
            _, account_id, refund_id = heapq.heappop(self._due)
            book = self._shop.book(account_id)
            if book.refunds[refund_id].status == "PENDING":
                self._move(book, book.refunds[refund_id], "COMPLETED")
                self._shop.world.changed()

    def rebuild(self) -> None:
        """Find what is due again after a snapshot was read."""
        self._due.clear()
        for account_id, book in self._shop.books.items():
            for refund in book.refunds.values():
                self._watch(account_id, refund)

    def _make(self, wanted: RefundCreate, book: PayPalBook, capture: Capture) -> Refund:
        if capture.status in WHY_NOT:
            raise errors.issue(WHY_NOT[capture.status])
        amount = _amount(wanted, book, capture)
        if wanted.invoice_id is not None and wanted.invoice_id in book.refund_invoice_ids:
            raise errors.issue(code="DUPLICATE_INVOICE_ID", field="/invoice_id")
        order = book.orders[book.order_of[capture.id]]
        refund = self._new(wanted, order, capture, amount)
        book.refunds[refund.id] = refund
        book.refunded_of[refund.id] = capture.id
        order.refunds.append(refund.id)
        if wanted.invoice_id is not None:
            book.refund_invoice_ids.add(wanted.invoice_id)
        if book.refunds_are_pending:
            refund.status, refund.status_details = "PENDING", StatusDetails("ECHECK")
        self._watch(order.account_id, refund)
        _follow(book, capture)
        movements.record(self._shop, order, "refund", capture.id, amount)
        self._tell(order, refund)
        return refund

    def _move(self, book: PayPalBook, refund: Refund, status: str) -> None:
        capture = book.captures[book.refunded_of[refund.id]]
        order = book.orders[book.order_of[capture.id]]
        refund.status, refund.update_time = status, self._shop.world.clock.iso()
        refund.status_details = StatusDetails("ECHECK") if status == "FAILED" else None
        if status not in GIVEN_BACK:
            movements.record(self._shop, order, "refund_failed", capture.id, refund.amount)
        _follow(book, capture)
        self._tell(order, refund)

    def _watch(self, account_id: str, refund: Refund) -> None:
        if refund.status == "PENDING":
            made = datetime.fromisoformat(refund.create_time).timestamp()
            heapq.heappush(self._due, (made + SETTLES_SECONDS, account_id, refund.id))

    def _new(
        self, wanted: RefundCreate, order: OrderRecord, capture: Capture, amount: Money
    ) -> Refund:
        identity, clock = self._shop.new_id(), self._shop.world.clock
        payments = f"{order.api_base}/v2/payments"
        fee, net = movements.split(amount)
        return Refund(
            id=identity,
            status="COMPLETED",
            amount=amount,
            invoice_id=wanted.invoice_id or capture.invoice_id,
            custom_id=wanted.custom_id or capture.custom_id,
            note_to_payer=wanted.note_to_payer,
            seller_payable_breakdown=Payable(amount, fee, net),
            create_time=clock.iso(),
            update_time=clock.iso(),
            links=[
                Link(f"{payments}/refunds/{identity}", "self", "GET"),
                Link(f"{payments}/captures/{capture.id}", "up", "GET"),
            ],
        )

    def _tell(self, order: OrderRecord, refund: Refund) -> None:
        event, amount = EVENTS.get(refund.status), refund.amount
        if event is not None:
            summary = f"A {amount.value} {amount.currency_code} refund is {refund.status.lower()}"
            self._shop.emit(order.account_id, order, Happening(event, "refund", summary, refund))

    def _reply(self, call: Call, refund: Refund) -> Reply:
        if "return=representation" in call.request.headers.get("prefer", ""):
            return json_reply(refund, 201)
        return json_reply({"id": refund.id, "status": refund.status, "links": refund.links}, 201)


def _amount(wanted: RefundCreate, book: PayPalBook, capture: Capture) -> Money:
    currency, left = capture.amount.currency_code, _left(book, capture)
    asked = wanted.amount or MoneyParams(currency, money.written(left, currency))
    value = money.check(asked, "/amount")
    if value <= 0:
        raise errors.issue(code="CANNOT_BE_ZERO_OR_NEGATIVE", field="/amount/value")
    if asked.currency_code != currency:
        raise errors.issue(code="REFUND_CAPTURE_CURRENCY_MISMATCH", field="/amount/currency_code")
    if value > left:
        raise errors.issue(code="REFUND_AMOUNT_EXCEEDED", field="/amount/value")
    return movements.written(value, currency)


def _left(book: PayPalBook, capture: Capture) -> Decimal:
    gone = [
        refund.amount
        for refund in book.refunds.values()
        if book.refunded_of[refund.id] == capture.id and refund.status in GIVEN_BACK
    ]
    return Decimal(capture.amount.value) - movements.total(gone)


def _follow(book: PayPalBook, capture: Capture) -> None:
    left = _left(book, capture)
    if left == Decimal(capture.amount.value):
        capture.status = "COMPLETED"
    else:
        capture.status = "PARTIALLY_REFUNDED" if left else "REFUNDED"
