"""Holding and taking a link's money, at once or late, and what the ledger says of it."""

from paymux.sandbox.accounts import Account
from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.razorpay.objects import LinkPayment, Order, Payment, PaymentLink
from paymux.sandbox.razorpay.shop import RazorpayShop

FEE_PERCENT = 2
HELD_SECONDS = 3 * 24 * 3600


class Settlement:
    """Moves payments of links to `authorized` and `captured`, with every event on the way."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def hold(self, account: Account, payment: Payment) -> None:
        """Authorise a payment; what is not captured goes back to the payer in a few days."""
        payment.status = "authorized"
        payment.error_code = payment.error_description = payment.error_reason = None
        payment.error_source = payment.error_step = None
        self._shop.emit(account, "payment.authorized", {"payment": payment})

    def take(self, account: Account, link: PaymentLink, payment: Payment, kind: str) -> None:
        """Capture an authorised payment and credit its link."""
        self._shop.book(account.id).held_until.pop(payment.id, None)
        payment.status, payment.captured = "captured", True
        payment.fee = payment.amount * FEE_PERCENT // 100
        payment.tax = 0
        self._shop.emit(account, "payment.captured", {"payment": payment})
        order = self._credit(account, link, payment)
        self.record(account.id, link, payment, kind, payment.amount)
        if order.status == "paid":
            self._shop.emit(account, "order.paid", {"payment": payment, "order": order})
        subjects = {"payment_link": link, "order": order, "payment": payment}
        self._shop.emit(account, f"payment_link.{link.status}", {**subjects})

    def hold_late(self, account: Account, link: PaymentLink, payment: Payment) -> None:
        """Authorise a payment that nobody captures by itself; it is kept for three days."""
        self.hold(account, payment)
        until = self._shop.world.clock.epoch() + HELD_SECONDS
        self._shop.book(account.id).held_until[payment.id] = until
        self.record(account.id, link, payment, "authorization", payment.amount)

    def record(
        self, account_id: str, link: PaymentLink, payment: Payment, kind: str, amount: int
    ) -> None:
        """Write down one movement.

        `payment` and `capture` take money, `refund` gives it back, `refund_failed` takes back
        what a refund gave; `authorization` and `void` move none.
        """
        self._shop.world.ledger.take(
            LedgerEntry(
                provider="razorpay",
                account_id=account_id,
                reference=link.id,
                our_reference=link.reference_id or None,
                payment_reference=payment.id,
                amount_minor=amount,
                currency=payment.currency,
                amount_wire=str(amount),
                at=self._shop.world.clock.now(),
                kind=kind,
            )
        )

    def link_of(self, account_id: str, payment: Payment) -> PaymentLink:
        """Return the link a payment was made on."""
        book = self._shop.book(account_id)
        return book.links[book.link_of_order[payment.order_id or ""]]

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

    def _credit(self, account: Account, link: PaymentLink, payment: Payment) -> Order:
        order = self.order_of(account.id, link)
        link.amount_paid += payment.amount
        is_paid = link.amount_paid >= link.amount or not link.accept_partial
        link.status = "paid" if is_paid else "partially_paid"
        link.updated_at = self._shop.world.clock.epoch()
        line = LinkPayment(
            amount=payment.amount,
            created_at=payment.created_at,
            method=payment.method,
            payment_id=payment.id,
            status=payment.status,
        )
        link.payments = [*(link.payments or []), line]
        order.amount_paid, order.amount_due = link.amount_paid, link.amount - link.amount_paid
        order.status = "paid" if link.status == "paid" else "attempted"
        return order
