"""Taking the money of an approved order, and /v2/payments/captures."""

from decimal import Decimal
from typing import NamedTuple

from paymux.sandbox.accounts import Account
from paymux.sandbox.paypal import errors, movements, order_rules
from paymux.sandbox.paypal.book import (
    Capture,
    Link,
    Money,
    OrderRecord,
    Receivable,
    RelatedIds,
    SellerProtection,
    StatusDetails,
    SupplementaryData,
)
from paymux.sandbox.paypal.shop import Happening, PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply


class Taking(NamedTuple):
    """What is to be taken; `hold_id`: out of this authorisation."""

    amount: Money
    invoice_id: str | None
    custom_id: str | None
    hold_id: str | None = None
    is_final: bool = True


class Captures:
    """Captured payments: completed at once, or pending until they settle or are denied."""

    def __init__(self, shop: PayPalShop) -> None:
        self._shop = shop

    def get(self, call: Call) -> Reply:
        """GET /v2/payments/captures/{capture_id}."""
        identity = call.arguments["capture_id"]
        capture = self._shop.book(call.account.id).captures.get(identity)
        if capture is None:
            raise errors.not_found(identity)
        return json_reply(capture)

    def capture(self, account: Account, order: OrderRecord) -> bool:
        """Take the money of every purchase unit; false when the instrument is declined."""
        book = self._shop.book(account.id)
        for position, unit in enumerate(order.units):
            field = f"/purchase_units/{position}/invoice_id"
            order_rules.check_invoice(unit, book, field)
        if order.funding == "declined":
            return False
        order.status = "COMPLETED"
        order.update_time = self._shop.world.clock.iso()
        for unit in order.units:
            if unit.invoice_id is not None:
                book.invoice_ids.add(unit.invoice_id)
            amount = movements.written(Decimal(unit.amount.value), unit.amount.currency_code)
            self.take(account, order, Taking(amount, unit.invoice_id, unit.custom_id))
        return True

    def settle(self, account: Account, order: OrderRecord) -> None:
        """Pending captures go through after all."""
        for capture in self._pending(account, order):
            self._complete(account, order, capture)

    def deny(self, account: Account, order: OrderRecord) -> None:
        """Pending captures are turned down."""
        for capture in self._pending(account, order):
            capture.status, capture.status_details = "DECLINED", None
            capture.update_time = self._shop.world.clock.iso()
            self._tell(account, order, capture, "PAYMENT.CAPTURE.DENIED", "denied")

    def _pending(self, account: Account, order: OrderRecord) -> list[Capture]:
        captures = self._shop.book(account.id).captures
        return [captures[i] for i in order.captures if captures[i].status == "PENDING"]

    def take(self, account: Account, order: OrderRecord, taking: Taking) -> Capture:
        """Take money: at once, or when the payer's eCheck clears."""
        book = self._shop.book(account.id)
        capture = self._new_capture(order, taking)
        book.captures[capture.id] = capture
        book.order_of[capture.id] = order.id
        if taking.hold_id is not None:
            book.hold_of[capture.id] = taking.hold_id
        order.captures.append(capture.id)
        if order.funding == "pending":
            capture.status, capture.status_details = "PENDING", StatusDetails("ECHECK")
            self._tell(account, order, capture, "PAYMENT.CAPTURE.PENDING", "pending")
        else:
            self._complete(account, order, capture)
        return capture

    def _complete(self, account: Account, order: OrderRecord, capture: Capture) -> None:
        capture.status, capture.status_details = "COMPLETED", None
        capture.update_time = self._shop.world.clock.iso()
        fee, net = movements.split(capture.amount)
        capture.seller_receivable_breakdown = Receivable(capture.amount, fee, net)
        held = capture.id in self._shop.book(account.id).hold_of
        kind: movements.Kind = "capture" if held else "payment"
        movements.record(self._shop, order, kind, capture.id, capture.amount)
        self._tell(account, order, capture, "PAYMENT.CAPTURE.COMPLETED", "completed")

    def _new_capture(self, order: OrderRecord, taking: Taking) -> Capture:
        identity, now = self._shop.new_id(), self._shop.world.clock.iso()
        payments = f"{order.api_base}/v2/payments"
        above = f"{order.api_base}/v2/checkout/orders/{order.id}"
        if taking.hold_id is not None:
            above = f"{payments}/authorizations/{taking.hold_id}"
        return Capture(
            id=identity,
            status="PENDING",
            amount=taking.amount,
            create_time=now,
            update_time=now,
            final_capture=taking.is_final,
            invoice_id=taking.invoice_id,
            custom_id=taking.custom_id,
            seller_protection=SellerProtection(),
            supplementary_data=SupplementaryData(RelatedIds(order.id, taking.hold_id)),
            links=[
                Link(f"{payments}/captures/{identity}", "self", "GET"),
                Link(f"{payments}/captures/{identity}/refund", "refund", "POST"),
                Link(above, "up", "GET"),
            ],
        )

    def _tell(
        self, account: Account, order: OrderRecord, capture: Capture, event: str, word: str
    ) -> None:
        amount = capture.amount
        summary = f"Payment {word} for {amount.value} {amount.currency_code}"
        told = Happening(event, "capture", summary, capture)
        self._shop.emit(account.id, order, told)
