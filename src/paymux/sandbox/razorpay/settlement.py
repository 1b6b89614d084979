"""Holding and taking money, at once or late, and what the ledger says of it.

A payment is made for an order, and behind the order is a payment link, a registration link, or
only the charge of a saved card.
"""

from paymux.sandbox.accounts import Account
from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.razorpay.objects import LinkPayment, Order, Payment, PaymentLink
from paymux.sandbox.razorpay.recurring_objects import Invoice
from paymux.sandbox.razorpay.shop import RazorpayShop

FEE_PERCENT = 2
HELD_SECONDS = 3 * 24 * 3600
DECLINED = "Your payment has been declined by the bank. Try again or use another method."


class Settlement:
    """Moves payments of links to `authorized` and `captured`, with every event on the way."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def decline(self, account: Account, link_id: str, payment: Payment) -> None:
        """Have the bank say no to a payment of a link, which may authorise it late."""
        payment.status = "failed"
        payment.error_code, payment.error_description = "BAD_REQUEST_ERROR", DECLINED
        payment.error_source, payment.error_step = "bank", "payment_authorization"
        payment.error_reason = "payment_failed"
        self._shop.book(account.id).failed_payments[link_id] = payment.id
        self._shop.emit(account, "payment.failed", {"payment": payment})

    def last_failed(self, account: Account, link_id: str) -> Payment | None:
        """The failed payment of a link that its bank may authorise yet."""
        book = self._shop.book(account.id)
        return book.payments.get(book.failed_payments.get(link_id, ""))

    def forget_failure(self, account: Account, link_id: str) -> None:
        """What failed has been decided otherwise, or has been followed by another payment."""
        self._shop.book(account.id).failed_payments.pop(link_id, None)

    def hold(self, account: Account, payment: Payment) -> None:
        """Authorise a payment; what is not captured goes back to the payer in a few days."""
        payment.status = "authorized"
        payment.error_code = payment.error_description = payment.error_reason = None
        payment.error_source = payment.error_step = None
        self._shop.emit(account, "payment.authorized", {"payment": payment})

    def take(self, account: Account, payment: Payment, kind: str) -> None:
        """Capture an authorised payment and credit what it was made for."""
        self._shop.book(account.id).held_until.pop(payment.id, None)
        payment.status, payment.captured = "captured", True
        payment.fee = payment.amount * FEE_PERCENT // 100
        payment.tax = 0
        self._shop.emit(account, "payment.captured", {"payment": payment})
        link, invoice = self._link_of(account.id, payment), self._invoice_of(account.id, payment)
        order = self._credit(account, link, payment)
        self.record(account.id, payment, kind, payment.amount)
        if order.status == "paid":
            self._shop.emit(account, "order.paid", {"payment": payment, "order": order})
        if link is not None:
            subjects = {"payment_link": link, "order": order, "payment": payment}
            self._shop.emit(account, f"payment_link.{link.status}", {**subjects})
        if invoice is not None:
            self._pay_invoice(invoice, payment, order)
            parts = {"payment": payment, "order": order, "invoice": invoice}
            self._shop.emit(account, f"invoice.{invoice.status}", {**parts})

    def hold_late(self, account: Account, payment: Payment) -> None:
        """Authorise a payment that nobody captures by itself."""
        self.hold(account, payment)
        self.keep_held(account, payment)

    def keep_held(self, account: Account, payment: Payment) -> None:
        """Keep what is authorised for three days, until somebody captures it."""
        until = self._shop.world.clock.epoch() + HELD_SECONDS
        self._shop.book(account.id).held_until[payment.id] = until
        self.record(account.id, payment, "authorization", payment.amount)

    def record(self, account_id: str, payment: Payment, kind: str, amount: int) -> None:
        """Write down one movement.

        `payment` and `capture` take money, `refund` gives it back, `refund_failed` takes back
        what a refund gave; `authorization` and `void` move none.
        """
        reference, ours = self._source_of(account_id, payment)
        self._shop.world.ledger.take(
            LedgerEntry(
                provider="razorpay",
                account_id=account_id,
                reference=reference,
                our_reference=ours or None,
                payment_reference=payment.id,
                amount_minor=amount,
                currency=payment.currency,
                amount_wire=str(amount),
                at=self._shop.world.clock.now(),
                kind=kind,
            )
        )

    def _source_of(self, account_id: str, payment: Payment) -> tuple[str, str | None]:
        link, invoice = self._link_of(account_id, payment), self._invoice_of(account_id, payment)
        if link is not None:
            return link.id, link.reference_id
        if invoice is not None:
            return invoice.id, invoice.receipt
        order = self._shop.book(account_id).orders[payment.order_id or ""]
        return order.id, order.receipt

    def _link_of(self, account_id: str, payment: Payment) -> PaymentLink | None:
        book = self._shop.book(account_id)
        return book.links.get(book.link_of_order.get(payment.order_id or "", ""))

    def _invoice_of(self, account_id: str, payment: Payment) -> Invoice | None:
        return self._shop.book(account_id).invoices.get(payment.invoice_id or "")

    def order_of(self, account_id: str, link: PaymentLink) -> Order:
        """Return the order behind a link, which comes with the first try to pay."""
        book = self._shop.book(account_id)
        if isinstance(link.order_id, str):
            return book.orders[link.order_id]
        order = Order(
            id=self._shop.new_id("order"),
            amount=link.amount,
            amount_due=link.amount,
            currency=link.currency,
            created_at=self._shop.world.clock.epoch(),
            receipt=link.reference_id or None,
            notes=link.notes or [],
        )
        book.orders[order.id] = order
        book.link_of_order[order.id] = link.id
        link.order_id = order.id
        return order

    def _credit(self, account: Account, link: PaymentLink | None, payment: Payment) -> Order:
        order = self._shop.book(account.id).orders[payment.order_id or ""]
        paid = order.amount_paid + payment.amount
        is_paid = paid >= order.amount or link is None or not link.accept_partial
        if link is not None:
            link.amount_paid = paid
            link.status = "paid" if is_paid else "partially_paid"
            link.updated_at = self._shop.world.clock.epoch()
            link.payments = [*(link.payments or []), _line(payment)]
        order.amount_paid, order.amount_due = paid, order.amount - paid
        order.status = "paid" if is_paid else "attempted"
        return order

    def _pay_invoice(self, invoice: Invoice, payment: Payment, order: Order) -> None:
        invoice.amount_paid, invoice.amount_due = order.amount_paid, order.amount_due
        invoice.payment_id, invoice.status = payment.id, "paid"
        invoice.paid_at = self._shop.world.clock.epoch()


def _line(payment: Payment) -> LinkPayment:
    return LinkPayment(
        amount=payment.amount,
        created_at=payment.created_at,
        method=payment.method,
        payment_id=payment.id,
        status=payment.status,
    )
