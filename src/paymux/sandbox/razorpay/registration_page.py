"""The hosted page of a registration link: paying on it keeps the card."""

from paymux.sandbox.accounts import Account
from paymux.sandbox.provider import PageAction, PayOrder, PayPage, SoldObject, UnknownAction
from paymux.sandbox.razorpay import money
from paymux.sandbox.razorpay.link_page import DECLINE, LATE, LEAVE
from paymux.sandbox.razorpay.objects import Payment
from paymux.sandbox.razorpay.recurring_objects import Invoice
from paymux.sandbox.razorpay.registrations import OPEN, Registrations
from paymux.sandbox.razorpay.settlement import DECLINED, Settlement
from paymux.sandbox.razorpay.shop import RazorpayShop
from paymux.sandbox.razorpay.tokens import Tokens

PATH = "/a/"
PAY = PageAction("pay", "Pay and save the card", "primary")
UNCONFIRMED = PageAction("pay_unconfirmed", "Pay, and the bank thinks about saving the card")


class RegistrationPage:
    """Carries out what a payer does with a registration link."""

    def __init__(
        self, shop: RazorpayShop, links: Registrations, settlement: Settlement, tokens: Tokens
    ) -> None:
        self._shop = shop
        self._links = links
        self._settlement = settlement
        self._tokens = tokens

    def find(self, path: str) -> PayPage | None:
        """The page at `/a/{code}`."""
        if not path.startswith(PATH):
            return None
        found = self._links.by_id(f"inv_{path.removeprefix(PATH)}")
        if found is None:
            return None
        account, invoice = found
        failed = self._settlement.last_failed(account, invoice.id)
        actions = _actions(invoice, has_failed=failed is not None)
        return PayPage(
            provider="razorpay",
            account_id=account.id,
            reference=invoice.id,
            merchant=account.merchant_name,
            description=invoice.description or "",
            amount=money.shown(invoice.amount_due, invoice.currency),
            status=invoice.status,
            payable=bool(actions),
            actions=actions,
            message=DECLINED if failed is not None and invoice.status == OPEN else None,
        )

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose; nobody is sent back, as there is no callback URL here."""
        found = self._links.by_id(page.reference)
        if found is None or order.action not in {action.name for action in page.actions}:
            message = f"This page has no action {order.action!r} now."
            raise UnknownAction(message)
        self._act(*found, order)
        return None

    def sold(self) -> list[SoldObject]:
        """Every registration link of every account."""
        return [
            SoldObject(
                provider="razorpay",
                account_id=account_id,
                kind="registration_link",
                id=invoice.id,
                our_reference=invoice.receipt,
                status=invoice.status,
                created=invoice.created_at,
            )
            for account_id, invoice in self._links.every()
        ]

    def _act(self, account: Account, invoice: Invoice, order: PayOrder) -> None:
        failed = self._settlement.last_failed(account, invoice.id)
        match order.action:
            case "decline":
                payment = self._new_payment(account, invoice, invoice.amount_due)
                self._settlement.decline(account, invoice.id, payment)
            case "late_hold" if failed is not None:
                self._settlement.forget_failure(account, invoice.id)
                self._settlement.hold_late(account, failed)
            case "late_authorize" if failed is not None:
                self._settle(account, invoice, failed, "confirmed")
            case "pay" | "pay_unconfirmed":
                payment = self._new_payment(account, invoice, order.amount or invoice.amount_due)
                is_sure = order.action == "pay"
                self._settle(account, invoice, payment, "confirmed" if is_sure else None)

    def _settle(
        self, account: Account, invoice: Invoice, payment: Payment, status: str | None
    ) -> None:
        self._settlement.forget_failure(account, invoice.id)
        self._settlement.hold(account, payment)
        self._settlement.take(account, payment, "payment")
        kept = self._shop.book(account.id).tokens.get(str(payment.token_id))
        if status is not None and kept is not None:
            self._tokens.say(account, kept.token, status)

    def _new_payment(self, account: Account, invoice: Invoice, amount: int) -> Payment:
        book = self._shop.book(account.id)
        order = book.orders[invoice.order_id]
        order.attempts += 1
        order.status = "attempted"
        token = self._tokens.keep(account, invoice, book.mandates[invoice.id])
        payment = Payment(
            id=self._shop.new_id("pay"),
            amount=amount,
            currency=invoice.currency,
            created_at=self._shop.world.clock.epoch(),
            contact=invoice.customer_details.contact,
            email=invoice.customer_details.email,
            order_id=order.id,
            invoice_id=invoice.id,
            method="card",
            bank=None,
            description=f"Invoice #{invoice.id}",
            customer_id=invoice.customer_id,
            token_id=token.id,
            notes=invoice.notes,
        )
        book.payments[payment.id] = payment
        return payment


def _actions(invoice: Invoice, *, has_failed: bool) -> list[PageAction]:
    late = LATE if has_failed and invoice.status != "paid" else []
    if invoice.status != OPEN:
        return late
    return [PAY, UNCONFIRMED, DECLINE, *late, LEAVE]
