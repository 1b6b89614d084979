"""Razorpay's hosted link page: what paying, failing and leaving do."""

import hashlib
import hmac
from urllib.parse import urlencode, urlsplit, urlunsplit

from paymux.sandbox.accounts import Account
from paymux.sandbox.provider import PageAction, PayOrder, PayPage, SoldObject, UnknownAction
from paymux.sandbox.razorpay import money
from paymux.sandbox.razorpay.objects import Payment, PaymentLink
from paymux.sandbox.razorpay.payment_links import UNPAID, PaymentLinks
from paymux.sandbox.razorpay.settlement import DECLINED, Settlement
from paymux.sandbox.razorpay.shop import RazorpayShop

PATH = "/i/"
PAY = PageAction("pay", "Pay", "primary")
PART = PageAction("pay_partial", "Pay a part")
DECLINE = PageAction("decline", "Pay with a bank that declines", "danger")
LEAVE = PageAction("abandon", "Leave")
LATE = [
    PageAction("late_authorize", "Bank authorises the failed payment late"),
    PageAction("late_hold", "Bank authorises it late, and nobody captures it"),
]
UNKNOWN_CONTACT = "+919999999999"


class LinkPage:
    """Carries out what a payer does with a link."""

    def __init__(self, shop: RazorpayShop, links: PaymentLinks, settlement: Settlement) -> None:
        self._shop = shop
        self._links = links
        self._settlement = settlement

    def find(self, path: str) -> PayPage | None:
        """The page at `/i/{code}`."""
        if not path.startswith(PATH):
            return None
        found = self._links.by_id(f"plink_{path.removeprefix(PATH)}")
        if found is None:
            return None
        account, link = found
        failed = self._settlement.last_failed(account, link.id)
        actions = _actions(link, has_failed=failed is not None)
        return PayPage(
            provider="razorpay",
            account_id=account.id,
            reference=link.id,
            merchant=account.merchant_name,
            description=link.description,
            amount=money.shown(link.amount - link.amount_paid, link.currency),
            status=link.status,
            payable=bool(actions),
            actions=actions,
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
        return self._act(*found, order)

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

    def _act(self, account: Account, link: PaymentLink, order: PayOrder) -> str | None:
        match order.action:
            case "decline":
                payment = self._new_payment(account, link, link.amount - link.amount_paid)
                self._settlement.decline(account, link.id, payment)
            case "late_hold":
                self._hold_late(account, link)
            case "late_authorize":
                return self._settle(account, link, self._failed_before(account, link))
            case "pay" | "pay_partial":
                amount = self._due(link, order)
                return self._settle(account, link, self._new_payment(account, link, amount))
        return None

    def _due(self, link: PaymentLink, order: PayOrder) -> int:
        rest = link.amount - link.amount_paid
        if order.action == "pay_partial":
            least = link.first_min_partial_amount or rest // 2
            return order.amount or min(least, rest)
        return order.amount or rest

    def _settle(self, account: Account, link: PaymentLink, payment: Payment) -> str | None:
        self._settlement.forget_failure(account, link.id)
        self._settlement.hold(account, payment)
        self._settlement.take(account, payment, "payment")
        return _callback(account, link, payment)

    def _hold_late(self, account: Account, link: PaymentLink) -> None:
        """A failed payment that the bank authorises, and that is not captured by itself."""
        payment = self._failed_before(account, link)
        self._settlement.forget_failure(account, link.id)
        self._settlement.hold_late(account, payment)

    def _new_payment(self, account: Account, link: PaymentLink, amount: int) -> Payment:
        order = self._settlement.order_of(account.id, link)
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

    def _failed_before(self, account: Account, link: PaymentLink) -> Payment:
        payment = self._settlement.last_failed(account, link.id)
        if payment is None:
            message = "No payment of this link has failed."
            raise UnknownAction(message)
        return payment


def _actions(link: PaymentLink, *, has_failed: bool) -> list[PageAction]:
    """What can be done; the bank may authorise a failed payment after the link has closed."""
    late = LATE if has_failed and link.status != "paid" else []
    if link.status not in UNPAID:
        return late
    part = [PART] if link.accept_partial else []
    return [PAY, *part, DECLINE, *late, LEAVE]


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
