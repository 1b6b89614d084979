"""Taking the money of an approved order, and /v2/payments/captures."""

from decimal import ROUND_HALF_UP, Decimal

from paymux.sandbox.accounts import Account
from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.paypal import errors, money, order_rules
from paymux.sandbox.paypal.book import (
    Capture,
    Link,
    Money,
    OrderRecord,
    Receivable,
    SellerProtection,
    StatusDetails,
)
from paymux.sandbox.paypal.params import PurchaseUnitParams
from paymux.sandbox.paypal.shop import Happening, PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

FEE_RATE = Decimal("0.0349")


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
            self._capture_unit(account, order, unit)
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

    def _capture_unit(
        self, account: Account, order: OrderRecord, unit: PurchaseUnitParams
    ) -> None:
        book = self._shop.book(account.id)
        capture = self._new_capture(order, unit)
        book.captures[capture.id] = capture
        order.captures.append(capture.id)
        if unit.invoice_id is not None:
            book.invoice_ids.add(unit.invoice_id)
        if order.funding == "pending":
            capture.status, capture.status_details = "PENDING", StatusDetails("ECHECK")
            self._tell(account, order, capture, "PAYMENT.CAPTURE.PENDING", "pending")
        else:
            self._complete(account, order, capture)

    def _complete(self, account: Account, order: OrderRecord, capture: Capture) -> None:
        capture.status, capture.status_details = "COMPLETED", None
        capture.update_time = self._shop.world.clock.iso()
        capture.seller_receivable_breakdown = _receivable(capture.amount)
        self._shop.world.ledger.take(
            LedgerEntry(
                provider="paypal",
                account_id=account.id,
                reference=order.id,
                our_reference=capture.custom_id or capture.invoice_id,
                payment_reference=capture.id,
                amount_minor=money.minor_units(capture.amount.value, capture.amount.currency_code),
                currency=capture.amount.currency_code,
                amount_wire=capture.amount.value,
                at=self._shop.world.clock.now(),
            )
        )
        self._tell(account, order, capture, "PAYMENT.CAPTURE.COMPLETED", "completed")

    def _new_capture(self, order: OrderRecord, unit: PurchaseUnitParams) -> Capture:
        identity, now = self._shop.new_id(), self._shop.world.clock.iso()
        href = f"{order.api_base}/v2/payments/captures/{identity}"
        currency = unit.amount.currency_code
        return Capture(
            id=identity,
            status="PENDING",
            amount=Money(currency, money.written(Decimal(unit.amount.value), currency)),
            create_time=now,
            update_time=now,
            final_capture=True,
            invoice_id=unit.invoice_id,
            custom_id=unit.custom_id,
            seller_protection=SellerProtection(),
            links=[
                Link(href, "self", "GET"),
                Link(f"{href}/refund", "refund", "POST"),
                Link(f"{order.api_base}/v2/checkout/orders/{order.id}", "up", "GET"),
            ],
        )

    def _tell(
        self, account: Account, order: OrderRecord, capture: Capture, event: str, word: str
    ) -> None:
        amount = capture.amount
        summary = f"Payment {word} for {amount.value} {amount.currency_code}"
        told = Happening(event, "capture", summary, capture)
        self._shop.emit(account.id, order, told)


def _receivable(amount: Money) -> Receivable:
    currency = amount.currency_code
    gross = Decimal(amount.value)
    step = Decimal(1).scaleb(-money.DECIMALS[currency])
    fee = (gross * FEE_RATE).quantize(step, ROUND_HALF_UP)
    return Receivable(
        gross_amount=amount,
        paypal_fee=Money(currency, money.written(fee, currency)),
        net_amount=Money(currency, money.written(gross - fee, currency)),
    )
