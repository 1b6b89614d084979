"""Razorpay's API as one provider of the sandbox. Only refunds have an idempotency key."""

import base64
import binascii
import hmac

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.provider import PayOrder, PayPage, SoldObject
from paymux.sandbox.razorpay import errors, refund_keys
from paymux.sandbox.razorpay.book import RazorpayBook
from paymux.sandbox.razorpay.customers import Customers
from paymux.sandbox.razorpay.link_page import LinkPage
from paymux.sandbox.razorpay.orders import Orders
from paymux.sandbox.razorpay.payment_links import PaymentLinks
from paymux.sandbox.razorpay.payments import Payments
from paymux.sandbox.razorpay.refunds import Refunds
from paymux.sandbox.razorpay.settlement import Settlement
from paymux.sandbox.razorpay.shop import RazorpayShop
from paymux.sandbox.razorpay.webhooks import Webhooks
from paymux.sandbox.routing import Call, Route, Routes
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Reply, Request
from paymux.sandbox.world import World


class RazorpayApi:
    """Orders, payments, payment links and customers."""

    slug = "razorpay"
    # A webhook must be answered within five seconds (razorpay.com/docs/webhooks).
    delivery_timeout_seconds = 5.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._shop = RazorpayShop(world)
        self._links = PaymentLinks(self._shop)
        self._settlement = Settlement(self._shop)
        self._page = LinkPage(self._shop, self._links, self._settlement)
        self._payments = Payments(self._shop, self._settlement)
        self._refunds = Refunds(self._shop, self._payments, self._settlement)
        self._webhooks = Webhooks(self._shop)
        self.routes = Routes(self._table())

    def authenticate(self, request: Request, *, public: bool) -> Account:
        """Basic with key id and secret; the scheme's name is case-sensitive."""
        del public
        key, secret = _basic(request.headers.get("authorization", ""))
        account = self._world.accounts.with_key(self.slug, key)
        if account is None or not hmac.compare_digest(account.secret.encode(), secret.encode()):
            raise errors.unauthorized()
        return account

    def unknown_route(self, request: Request) -> Reply:
        """400: also what a feature says that is not enabled."""
        del request
        return errors.refuse(errors.NO_SUCH_URL).reply

    def failure(self, status: int) -> Reply:
        """Razorpay's body for a status that has nothing to do with the request."""
        return errors.failure(status)

    def begin(self, call: Call) -> Reply | None:
        """Reserve a refund's key."""
        return refund_keys.begin(self._shop.book(call.account.id), call)

    def finish(self, call: Call, reply: Reply | None) -> None:
        """Free a refund's key when there is no refund."""
        del reply
        refund_keys.finish(self._shop.book(call.account.id), call)

    def decorate(self, call: Call, reply: Reply) -> None:
        """A request id for the merchant's logs."""
        del call
        reply.headers = {
            **reply.headers,
            "x-razorpay-request-id": self._world.identifiers.alphanumeric(14),
        }

    def sweep(self) -> None:
        """Expire links, settle refunds, and let go what nobody captured."""
        self._links.sweep()
        self._refunds.sweep()
        self._refunds.let_go()

    def find_page(self, path: str, query: str) -> PayPage | None:
        """The link's hosted page."""
        del query
        return self._page.find(path)

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose."""
        return self._page.pay(page, order)

    def expire_now(self, page: PayPage) -> None:
        """Expire a link before its time."""
        found = self._links.by_id(page.reference)
        if found is not None:
            self._links.expire_now(*found)

    def control(self, path: str, request: Request) -> Reply | None:
        """Webhooks, as on the dashboard, and what becomes of refunds."""
        return self._webhooks.control(path, request) or self._refunds.control(path, request)

    def sold(self) -> list[SoldObject]:
        """Every link."""
        return self._page.sold()

    def signed_headers(self, notice: Notice) -> dict[str, str] | None:
        """The headers of a webhook."""
        return self._webhooks.signed_headers(notice)

    def settled(self, notice: Notice) -> None:
        """Razorpay lists no events, so nothing is kept."""

    def dump(self) -> bytes:
        """Every book as JSON."""
        return msgspec.json.encode(self._shop.books)

    def load(self, snapshot: bytes) -> None:
        """Take over the books of a snapshot."""
        self._shop.books = msgspec.json.decode(snapshot, type=dict[str, RazorpayBook])
        self._links.rebuild()
        self._refunds.rebuild()

    def clear(self) -> None:
        """Forget every book."""
        self._shop.books.clear()
        self._links.rebuild()
        self._refunds.rebuild()

    def _table(self) -> list[Route]:
        orders, customers, links = Orders(self._shop), Customers(self._shop), self._links
        return [
            *self._movements(),
            Route("POST", "/v1/orders", "order.create", orders.create),
            Route("GET", "/v1/orders", "order.list", orders.list),
            Route("GET", "/v1/orders/{id}", "order.get", orders.get),
            Route("GET", "/v1/orders/{id}/payments", "order.payments", orders.list_payments),
            Route("POST", "/v1/payment_links", "payment_link.create", links.create),
            Route("POST", "/v1/payment_links/", "payment_link.create", links.create),
            Route("GET", "/v1/payment_links", "payment_link.list", links.list),
            Route("GET", "/v1/payment_links/", "payment_link.list", links.list),
            Route("GET", "/v1/payment_links/{id}", "payment_link.get", links.get),
            Route("PATCH", "/v1/payment_links/{id}", "payment_link.update", links.update),
            Route("POST", "/v1/payment_links/{id}/cancel", "payment_link.cancel", links.cancel),
            Route("POST", "/v1/customers", "customer.create", customers.create),
            Route("GET", "/v1/customers", "customer.list", customers.list),
            Route("GET", "/v1/customers/{id}", "customer.get", customers.get),
            Route("PUT", "/v1/customers/{id}", "customer.update", customers.update),
        ]

    def _movements(self) -> list[Route]:
        payments, refunds = self._payments, self._refunds
        return [
            Route("GET", "/v1/payments", "payment.list", payments.list),
            Route("GET", "/v1/payments/{id}", "payment.get", payments.get),
            Route("POST", "/v1/payments/{id}/capture", "payment.capture", payments.capture),
            Route("POST", "/v1/payments/{id}/refund", "refund.create", refunds.create),
            Route("GET", "/v1/payments/{id}/refunds", "payment.refunds", refunds.list_of_payment),
            Route("GET", "/v1/refunds", "refund.list", refunds.list),
            Route("GET", "/v1/refunds/{id}", "refund.get", refunds.get),
        ]


def _basic(authorization: str) -> tuple[str, str]:
    if not authorization.startswith("Basic "):
        return "", ""
    try:
        decoded = base64.b64decode(authorization[6:], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    key, _, secret = decoded.partition(":")
    return key, secret
