"""Razorpay's API as one provider of the sandbox. Only refunds have an idempotency key."""

import base64
import binascii
import hmac

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.control_messages import DecideDispute, OpenDispute, SetInstrument
from paymux.sandbox.provider import ContestedPayment, PayOrder, PayPage, SoldObject
from paymux.sandbox.razorpay import errors, refund_keys
from paymux.sandbox.razorpay.book import RazorpayBook
from paymux.sandbox.razorpay.charges import Charges
from paymux.sandbox.razorpay.customers import Customers
from paymux.sandbox.razorpay.disputes import Disputes
from paymux.sandbox.razorpay.documents import Documents
from paymux.sandbox.razorpay.link_page import LinkPage
from paymux.sandbox.razorpay.orders import Orders
from paymux.sandbox.razorpay.payment_links import PaymentLinks
from paymux.sandbox.razorpay.payments import Payments
from paymux.sandbox.razorpay.refunds import Refunds
from paymux.sandbox.razorpay.registration_page import RegistrationPage
from paymux.sandbox.razorpay.registrations import Registrations
from paymux.sandbox.razorpay.routes import routes
from paymux.sandbox.razorpay.settlement import Settlement
from paymux.sandbox.razorpay.shop import RazorpayShop
from paymux.sandbox.razorpay.tokens import Tokens
from paymux.sandbox.razorpay.webhooks import Webhooks
from paymux.sandbox.routing import Call, Route, Routes
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Reply, Request
from paymux.sandbox.world import World


class RazorpayApi:
    """Orders, payments, links, customers, saved cards and disputes."""

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
        self._registrations = Registrations(self._shop)
        self._tokens = Tokens(self._shop)
        self._registration_page = RegistrationPage(
            self._shop, self._registrations, self._settlement, self._tokens
        )
        self._charges = Charges(self._shop, self._settlement)
        self._disputes = Disputes(self._shop)
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
        """Expire links and disputes, settle refunds, and let go what nobody captured."""
        self._links.sweep()
        self._registrations.sweep()
        self._disputes.sweep()
        self._refunds.sweep()
        self._refunds.let_go()

    def find_page(self, path: str, query: str) -> PayPage | None:
        """The hosted page of a link of either kind."""
        del query
        return self._page.find(path) or self._registration_page.find(path)

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose."""
        if page.reference.startswith("inv_"):
            return self._registration_page.pay(page, order)
        return self._page.pay(page, order)

    def expire_now(self, page: PayPage) -> None:
        """Expire a link before its time."""
        found = self._links.by_id(page.reference)
        registration = self._registrations.by_id(page.reference)
        if found is not None:
            self._links.expire_now(*found)
        if registration is not None:
            self._registrations.expire_now(*registration)

    def control(self, path: str, request: Request) -> Reply | None:
        """Webhooks, as on the dashboard, and what becomes of refunds, tokens and charges."""
        parts = (self._webhooks, self._refunds, self._tokens, self._charges)
        replies = (part.control(path, request) for part in parts)
        return next((reply for reply in replies if reply is not None), None)

    def open_dispute(self, wanted: OpenDispute) -> ContestedPayment:
        """A bank contests a payment."""
        return self._disputes.open(wanted)

    def decide_dispute(self, reference: str, wanted: DecideDispute) -> ContestedPayment | None:
        """A bank decides a dispute, or asks for more."""
        return self._disputes.decide(reference, wanted)

    def set_instrument(self, wanted: SetInstrument) -> None:
        """How later charges of a saved card end."""
        self._tokens.set(wanted)

    def sold(self) -> list[SoldObject]:
        """Every link of either kind."""
        return [*self._page.sold(), *self._registration_page.sold()]

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
        return routes(
            payments=self._payments,
            refunds=self._refunds,
            links=self._links,
            orders=Orders(self._shop),
            customers=Customers(self._shop),
            registrations=self._registrations,
            charges=self._charges,
            tokens=self._tokens,
            disputes=self._disputes,
            documents=Documents(self._shop),
        )


def _basic(authorization: str) -> tuple[str, str]:
    if not authorization.startswith("Basic "):
        return "", ""
    try:
        decoded = base64.b64decode(authorization[6:], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    key, _, secret = decoded.partition(":")
    return key, secret
