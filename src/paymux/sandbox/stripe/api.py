"""Stripe's API as one provider of the sandbox."""

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.control_messages import DecideDispute, OpenDispute, SetInstrument
from paymux.sandbox.provider import (
    ContestedPayment,
    PayOrder,
    PayPage,
    SoldObject,
    UnknownAction,
)
from paymux.sandbox.routing import Call, Route, Routes
from paymux.sandbox.stripe import errors, idempotency, secret_key
from paymux.sandbox.stripe.account import AccountResource
from paymux.sandbox.stripe.book import StripeBook
from paymux.sandbox.stripe.checkout import CheckoutPage
from paymux.sandbox.stripe.contests import Contests
from paymux.sandbox.stripe.customers import Customers
from paymux.sandbox.stripe.dispute_object import Dispute
from paymux.sandbox.stripe.disputes import Disputes
from paymux.sandbox.stripe.events import Events
from paymux.sandbox.stripe.files import Files
from paymux.sandbox.stripe.holds import Holds
from paymux.sandbox.stripe.instruments import Instruments
from paymux.sandbox.stripe.objects import API_VERSION
from paymux.sandbox.stripe.off_session import OffSession
from paymux.sandbox.stripe.payment_intents import PaymentIntents
from paymux.sandbox.stripe.refunds import Refunds
from paymux.sandbox.stripe.sessions import Sessions
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.stripe.switches import Switches
from paymux.sandbox.stripe.webhook_endpoints import WebhookEndpoints
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Reply, Request
from paymux.sandbox.world import World


class StripeApi:
    """Customers and their methods, pages, charges, refunds, disputes, webhooks and events."""

    slug = "stripe"
    delivery_timeout_seconds = 20.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._shop = StripeShop(world)
        intents = PaymentIntents(self._shop)
        self._sessions = Sessions(self._shop, intents)
        self._holds = Holds(self._shop, intents)
        self._refunds = Refunds(self._shop)
        self._contests = Contests(self._shop)
        self._instruments = Instruments(self._shop)
        self._off_session = OffSession(self._shop, intents, self._holds)
        self._page = CheckoutPage(self._shop, self._sessions, self._holds, self._instruments)
        self._endpoints = WebhookEndpoints(self._shop)
        self._switches = Switches(
            self._shop, self._endpoints, self._refunds, self._contests, self._instruments
        )
        self._events = Events(self._shop)
        self.routes = Routes(self._table(intents))

    def authenticate(self, request: Request, *, public: bool) -> Account:
        """Bearer or Basic with the secret key."""
        del public
        key = secret_key.given(request)
        account = self._world.accounts.with_key(self.slug, key)
        if account is None:
            raise secret_key.unknown(key)
        return account

    def unknown_route(self, request: Request) -> Reply:
        """404 for a URL that is not served."""
        message = (
            f"Unrecognized request URL ({request.method}: {request.path}). Please see "
            "https://stripe.com/docs or we can help at https://support.stripe.com/."
        )
        return errors.invalid(message, status=404).reply

    def failure(self, status: int) -> Reply:
        """Stripe's body for a status that has nothing to do with the request."""
        return errors.failure(status)

    def begin(self, call: Call) -> Reply | None:
        """Stripe's idempotency for every POST."""
        return idempotency.begin(self._shop.book(call.account.id), call, self._world.clock)

    def finish(self, call: Call, reply: Reply | None) -> None:
        """Keep the first reply of a key."""
        idempotency.finish(self._shop.book(call.account.id), call, reply)

    def decorate(self, call: Call, reply: Reply) -> None:
        """Request id, version and key are echoed."""
        version = call.request.headers.get("stripe-version", API_VERSION)
        reply.headers = {
            **reply.headers,
            "request-id": f"req_{self._world.identifiers.alphanumeric(14)}",
            "stripe-version": version,
        }
        key = idempotency.key_of(call)
        if key is not None and len(key) <= idempotency.LONGEST_KEY:
            reply.headers["idempotency-key"] = key

    def sweep(self) -> None:
        """Expire sessions and holds, settle refunds, and end what was not answered."""
        for timed in self._timed():
            timed.sweep()

    def find_page(self, path: str, query: str) -> PayPage | None:
        """Checkout's hosted page."""
        del query
        return self._page.find(path)

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose."""
        return self._page.pay(page, order)

    def expire_now(self, page: PayPage) -> None:
        """Expire a session before its time."""
        found = self._sessions.by_id(page.reference)
        if found is not None:
            self._sessions.expire_now(*found)

    def control(self, path: str, request: Request) -> Reply | None:
        """What is done on Stripe's dashboard, or by a bank."""
        return self._switches.answer(path, request)

    def sold(self) -> list[SoldObject]:
        """Every session, every charge without one, and every method that was kept."""
        kept = self._instruments.sold()
        return [*self._page.sold(), *self._off_session.sold(), *kept]

    def open_dispute(self, wanted: OpenDispute) -> ContestedPayment:
        """Contest a payment."""
        return _contested(*self._contests.open(wanted))

    def decide_dispute(self, reference: str, wanted: DecideDispute) -> ContestedPayment | None:
        """Decide a dispute."""
        decided = self._contests.decide(reference, wanted.outcome)
        return None if decided is None else _contested(*decided)

    def set_instrument(self, wanted: SetInstrument) -> None:
        """Settle how later charges of a saved method end."""
        if not self._instruments.behave(wanted.reference, wanted.behaviour):
            message = f"No payment method {wanted.reference} is kept here."
            raise UnknownAction(message)

    def signed_headers(self, notice: Notice) -> dict[str, str] | None:
        """The headers of a webhook."""
        return self._endpoints.signed_headers(notice)

    def settled(self, notice: Notice) -> None:
        """A webhook was delivered."""
        self._events.settled(notice)

    def dump(self) -> bytes:
        """Every book as JSON."""
        return msgspec.json.encode(self._shop.books)

    def load(self, snapshot: bytes) -> None:
        """Take over the books of a snapshot."""
        self._shop.books = msgspec.json.decode(snapshot, type=dict[str, StripeBook])
        for book in self._shop.books.values():
            idempotency.free_unfinished(book)
            book.session_of_intent = {
                record.session.payment_intent: session_id
                for session_id, record in book.sessions.items()
                if record.session.payment_intent is not None
            }
        self._rebuild()

    def clear(self) -> None:
        """Forget every book."""
        self._shop.books.clear()
        self._rebuild()

    def _rebuild(self) -> None:
        for timed in self._timed():
            timed.rebuild()

    def _timed(self) -> tuple[Sessions, Holds, Refunds, Contests]:
        return self._sessions, self._holds, self._refunds, self._contests

    def _table(self, intents: PaymentIntents) -> list[Route]:
        account, customers = AccountResource(self._shop), Customers(self._shop)
        sessions, events = self._sessions, self._events
        return [
            Route("GET", "/v1/account", "account.get", account.get),
            Route("GET", "/v1/balance", "balance.get", account.balance),
            Route("POST", "/v1/customers", "customer.create", customers.create),
            Route("GET", "/v1/customers", "customer.list", customers.list),
            Route("GET", "/v1/customers/{customer}", "customer.get", customers.get),
            Route("POST", "/v1/customers/{customer}", "customer.update", customers.update),
            Route("DELETE", "/v1/customers/{customer}", "customer.delete", customers.delete),
            *[
                Route(method, f"/v1/checkout/sessions{path}", f"checkout_session.{name}", handler)
                for method, path, name, handler in (
                    ("POST", "", "create", sessions.create),
                    ("GET", "", "list", sessions.list),
                    ("GET", "/{session}", "get", sessions.get),
                    ("POST", "/{session}/expire", "expire", sessions.expire),
                    ("GET", "/{session}/line_items", "line_items", sessions.list_lines),
                )
            ],
            *[
                Route(method, f"/v1/payment_intents{path}", f"payment_intent.{name}", handler)
                for method, path, name, handler in (
                    ("GET", "", "list", intents.list),
                    ("GET", "/{intent}", "get", intents.get),
                    ("POST", "/{intent}/capture", "capture", self._holds.capture),
                    ("POST", "/{intent}/cancel", "cancel", self._holds.cancel),
                )
            ],
            Route("POST", "/v1/refunds", "refund.create", self._refunds.create),
            Route("GET", "/v1/refunds", "refund.list", self._refunds.list),
            Route("GET", "/v1/refunds/{refund}", "refund.get", self._refunds.get),
            Route("GET", "/v1/charges/{charge}", "charge.get", intents.get_charge),
            *self._endpoints.routes(),
            *self._off_session.routes(),
            *self._instruments.routes(),
            *Disputes(self._shop, self._contests).routes(),
            *Files(self._shop).routes(),
            Route("GET", "/v1/events", "event.list", events.list),
            Route("GET", "/v1/events/{id}", "event.get", events.get),
        ]


def _contested(account_id: str, dispute: Dispute) -> ContestedPayment:
    return ContestedPayment(
        provider="stripe",
        account_id=account_id,
        reference=dispute.id,
        payment_reference=dispute.payment_intent,
        status=dispute.status,
    )
