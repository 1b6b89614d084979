"""Razorpay's hosted link page: what paying, failing and leaving do."""

import hashlib
import hmac
from urllib.parse import urlencode, urlsplit, urlunsplit

from paymux.sandbox.accounts import Account
from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.provider import PageAction, PayOrder, PayPage, SoldObject, UnknownAction
from paymux.sandbox.razorpay import money
from paymux.sandbox.razorpay.objects import LinkPayment, Order, Payment, PaymentLink
from paymux.sandbox.razorpay.payment_links import UNPAID, PaymentLinks
from paymux.sandbox.razorpay.shop import RazorpayShop

PATH = "/i/"
FEE_PERCENT = 2
DECLINED = "Your payment has been declined by the bank. Try again or use another method."
UNKNOWN_CONTACT = "+919999999999"


class LinkPage:
    """Carries out what a payer does with a link."""

    def __init__(self, shop: RazorpayShop, links: PaymentLinks) -> None:
        self._shop = shop
        self._links = links

    def find(self, path: str) -> PayPage | None:
        """The page at `/i/{code}`."""
        if not path.startswith(PATH):
            return None
        found = self._links.by_id(f"plink_{path.removeprefix(PATH)}")
        if found is None:
            return None
        account, link = found
        failed = self._last_failed(account, link)
        return PayPage(
            provider="razorpay",
            account_id=account.id,
            reference=link.id,
            merchant=account.merchant_name,
            description=link.description,
            amount=money.shown(link.amount - link.amount_paid, link.currency),
            status=link.status,
            payable=link.status in UNPAID,
            actions=_actions(link, has_failed=failed is not None),
            message=DECLINED if failed is not None and link.status in UNPAID else None,
        )

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose; the callback URL when the link has one and was paid."""
        found = self._links.by_id(page.reference)
        if found is None or not page.payable:
            message = f"This link is {page.status}: nothing can be paid here any more."
            raise UnknownAction(message)
        if order.action not in {action.name for action in page.actions}:
            message = f"This page has no action {order.action!r} now."
            raise UnknownAction(message)
        account, link = found
        if order.action == "abandon":
            return None
        if order.action == "decline":
            self._fail(account, link)
            return None
        if order.action == "late_authorize":
            return self._authorize_late(account, link)
        return self._settle(
            account, link, self._new_payment(account, link, self._due(link, order))
        )

    def sold(self) -> list[SoldObject]:
        """Every link of every account."""
        return [
            SoldObject(
                provider="razorpay",
                account_id=account_id,
                kind="payment_link",
                id=link.id,
                our_reference=link.reference_id or None,
                status=link.status,
                created=link.created_at,
            )
            for account_id, link in self._links.every()
        ]

    def _due(self, link: PaymentLink, order: PayOrder) -> int:
        rest = link.amount - link.amount_paid
        if order.action == "pay_partial":
            least = link.first_min_partial_amount or rest // 2
            return order.amount or min(least, rest)
        return order.amount or rest

    def _authorize_late(self, account: Account, link: PaymentLink) -> str | None:
        """A failed payment that the bank authorises after all (late authorisation)."""
        payment = self._last_failed(account, link)
        if payment is None:
            message = "No payment of this link has failed."
            raise UnknownAction(message)
        payment.error_code = payment.error_description = payment.error_reason = None
        payment.error_source = payment.error_step = None
        return self._settle(account, link, payment)

    def _fail(self, account: Account, link: PaymentLink) -> None:
        payment = self._new_payment(account, link, link.amount - link.amount_paid)
        payment.status = "failed"
        payment.error_code, payment.error_description = "BAD_REQUEST_ERROR", DECLINED
        payment.error_source, payment.error_step = "bank", "payment_authorization"
        payment.error_reason = "payment_failed"
        self._shop.book(account.id).failed_payments[link.id] = payment.id
        self._shop.emit(account, "payment.failed", {"payment": payment})

    def _settle(self, account: Account, link: PaymentLink, payment: Payment) -> str | None:
        self._shop.book(account.id).failed_payments.pop(link.id, None)
        payment.status = "authorized"
        self._shop.emit(account, "payment.authorized", {"payment": payment})
        payment.status, payment.captured = "captured", True
        payment.fee = payment.amount * FEE_PERCENT // 100
        payment.tax = 0
        self._shop.emit(account, "payment.captured", {"payment": payment})
        order = self._credit(account, link, payment)
        self._take(account, link, payment)
        if order.status == "paid":
            self._shop.emit(account, "order.paid", {"payment": payment, "order": order})
        subjects = {"payment_link": link, "order": order, "payment": payment}
        self._shop.emit(account, f"payment_link.{link.status}", {**subjects})
        return _callback(account, link, payment)

    def _credit(self, account: Account, link: PaymentLink, payment: Payment) -> Order:
        now = self._shop.world.clock.epoch()
        order = self._order_of(account, link)
        link.amount_paid += payment.amount
        link.status = (
            "paid"
            if link.amount_paid >= link.amount or not link.accept_partial
            else ("partially_paid")
        )
        link.updated_at = now
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

    def _order_of(self, account: Account, link: PaymentLink) -> Order:
        book = self._shop.book(account.id)
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
        link.order_id = order.id
        return order

    def _new_payment(self, account: Account, link: PaymentLink, amount: int) -> Payment:
        order = self._order_of(account, link)
        order.attempts += 1
        order.status = "attempted"
        payment = Payment(
            id=self._shop.new_id("pay"),
            amount=amount,
            currency=link.currency,
            created_at=self._shop.world.clock.epoch(),
            contact=link.customer.contact or UNKNOWN_CONTACT,
            email=link.customer.email or "void@razorpay.com",
            order_id=order.id,
            international=link.currency != "INR",
            description=f"#{link.id.removeprefix('plink_')}",
            notes=link.notes or [],
        )
        self._shop.book(account.id).payments[payment.id] = payment
        return payment

    def _last_failed(self, account: Account, link: PaymentLink) -> Payment | None:
        book = self._shop.book(account.id)
        return book.payments.get(book.failed_payments.get(link.id, ""))

    def _take(self, account: Account, link: PaymentLink, payment: Payment) -> None:
        self._shop.world.ledger.take(
            LedgerEntry(
                provider="razorpay",
                account_id=account.id,
                reference=link.id,
                our_reference=link.reference_id or None,
                payment_reference=payment.id,
                amount_minor=payment.amount,
                currency=payment.currency,
                amount_wire=str(payment.amount),
                at=self._shop.world.clock.now(),
            )
        )


def _actions(link: PaymentLink, *, has_failed: bool) -> list[PageAction]:
    actions = [PageAction("pay", "Pay", "primary")]
    if link.accept_partial:
        actions.append(PageAction("pay_partial", "Pay a part"))
    actions.append(PageAction("decline", "Pay with a bank that declines", "danger"))
    if has_failed:
        actions.append(PageAction("late_authorize", "Bank authorises the failed payment late"))
    return [*actions, PageAction("abandon", "Leave")]


def _callback(account: Account, link: PaymentLink, payment: Payment) -> str | None:
    """The callback URL with the signed parameters the merchant should check."""
    if not link.callback_url:
        return None
    signed = f"{link.id}|{link.reference_id}|{link.status}|{payment.id}".encode()
    parameters = {
        "razorpay_payment_id": payment.id,
        "razorpay_payment_link_id": link.id,
        "razorpay_payment_link_reference_id": link.reference_id,
        "razorpay_payment_link_status": link.status,
        "razorpay_signature": hmac.new(
            account.secret.encode(), signed, hashlib.sha256
        ).hexdigest(),
    }
    parts = urlsplit(link.callback_url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query))
