"""PayPal's hosted approval page: approving moves no money, the merchant's capture does."""

from decimal import Decimal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from paymux.sandbox.accounts import Account
from paymux.sandbox.paypal import money
from paymux.sandbox.paypal.book import OrderRecord
from paymux.sandbox.paypal.captures import Captures
from paymux.sandbox.paypal.orders import Orders
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.provider import PageAction, PayOrder, PayPage, SoldObject, UnknownAction

PATH = "/checkoutnow"
ACTIONS = [
    PageAction("pay", "Pay", "primary"),
    PageAction("pay_pending", "Pay by eCheck (settles later)"),
    PageAction("decline", "Pay with a card that is declined", "danger"),
    PageAction("abandon", "Cancel and return"),
]
SETTLING = [
    PageAction("settle", "eCheck clears", "primary"),
    PageAction("deny", "eCheck is denied", "danger"),
]
FUNDING = {"pay": "good", "pay_pending": "pending", "decline": "declined"}


class ApprovalPage:
    """Carries out what a payer does with an order."""

    def __init__(self, shop: PayPalShop, orders: Orders, captures: Captures) -> None:
        self._shop = shop
        self._orders = orders
        self._captures = captures

    def find(self, path: str, query: str) -> PayPage | None:
        """The page at `/checkoutnow?token={order}`."""
        found = None
        if path == PATH:
            found = self._orders.by_id(parse_qs(query).get("token", [""])[0])
        if found is None:
            return None
        account, order = found
        settling = self._settling(account, order)
        currency = order.units[0].amount.currency_code
        total = sum((Decimal(unit.amount.value) for unit in order.units), Decimal(0))
        return PayPage(
            provider="paypal",
            account_id=account.id,
            reference=order.id,
            merchant=order.context.brand_name or account.merchant_name,
            description=", ".join(unit.description or "" for unit in order.units).strip(", "),
            amount=f"{money.written(total, currency)} {currency}",
            status=order.status,
            payable=settling or _can_approve(order),
            actions=SETTLING if settling else ACTIONS,
            back_url=_with_token(order.context.return_url, order),
        )

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose; the merchant's URL the payer is sent to, if any."""
        found = self._orders.by_id(page.reference)
        if found is None or not page.payable:
            message = f"This order is {page.status}: nothing can be paid here any more."
            raise UnknownAction(message)
        if order.action not in {action.name for action in page.actions}:
            message = f"This page has no action {order.action!r} now."
            raise UnknownAction(message)
        account, record = found
        if order.action == "abandon":
            return _with_token(record.context.cancel_url, record)
        if order.action in FUNDING:
            _charge_other(record, order.amount)
            self._orders.approve(account, record, FUNDING[order.action])
        elif order.action == "settle":
            self._captures.settle(account, record)
        else:
            self._captures.deny(account, record)
        return _with_token(record.context.return_url, record)

    def sold(self) -> list[SoldObject]:
        """Every order of every account."""
        return [
            SoldObject(
                provider="paypal",
                account_id=account_id,
                kind="order",
                id=order.id,
                our_reference=order.units[0].custom_id or order.units[0].invoice_id,
                status=order.status,
                created=order.created,
            )
            for account_id, order in self._orders.every()
        ]

    def _settling(self, account: Account, order: OrderRecord) -> bool:
        captures = self._shop.book(account.id).captures
        return any(captures[identity].status == "PENDING" for identity in order.captures)


def _can_approve(order: OrderRecord) -> bool:
    declined = order.status == "APPROVED" and order.funding == "declined"
    return declined or order.status in {"CREATED", "PAYER_ACTION_REQUIRED"}


def _charge_other(order: OrderRecord, minor: int | None) -> None:
    """Make the order another amount than was asked, to see who notices."""
    if minor is not None:
        amount = order.units[0].amount
        decimals = money.DECIMALS[amount.currency_code]
        amount.value = money.written(Decimal(minor).scaleb(-decimals), amount.currency_code)
        amount.breakdown = None


def _with_token(url: str | None, order: OrderRecord) -> str | None:
    if url is None:
        return None
    parameters = {"token": order.id}
    if order.payer_id is not None:
        parameters["PayerID"] = order.payer_id
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query))
