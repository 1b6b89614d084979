"""PayPal's API as one provider of the sandbox."""

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.control_messages import DecideDispute, OpenDispute, SetInstrument
from paymux.sandbox.paypal import errors
from paymux.sandbox.paypal.approval_page import ApprovalPage
from paymux.sandbox.paypal.book import PayPalBook
from paymux.sandbox.paypal.captures import Captures
from paymux.sandbox.paypal.certificates import SigningIdentity
from paymux.sandbox.paypal.contests import Contests
from paymux.sandbox.paypal.disputes import Disputes
from paymux.sandbox.paypal.events import Events
from paymux.sandbox.paypal.holds import Holds
from paymux.sandbox.paypal.orders import Orders
from paymux.sandbox.paypal.refunds import Refunds
from paymux.sandbox.paypal.request_ids import RequestIds
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.paypal.switches import Switches
from paymux.sandbox.paypal.tokens import Tokens
from paymux.sandbox.paypal.vault import Vault
from paymux.sandbox.paypal.webhooks import Webhooks
from paymux.sandbox.provider import ContestedPayment, PayOrder, PayPage, SoldObject
from paymux.sandbox.routing import Call, Route, Routes
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Reply, Request
from paymux.sandbox.world import World

TOKEN_PATH = "/v1/oauth2/token"  # noqa: S105 - a path
NOBODY = Account(id="", provider="paypal", key="", secret="")


class PayPalApi:
    """Tokens, orders, authorisations, captures, refunds, webhooks and their certificate."""

    slug = "paypal"
    delivery_timeout_seconds = 30.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._shop = PayPalShop(world)
        folder = world.settings.state_dir
        self._identity = (
            SigningIdentity.create() if folder is None else SigningIdentity.kept_in(folder)
        )
        self._tokens = Tokens(self._shop)
        self._requests = RequestIds(self._shop)
        captures = Captures(self._shop)
        self._holds = Holds(self._shop, self._requests, captures)
        self._refunds = Refunds(self._shop, self._requests)
        self._vault = Vault(self._shop)
        self._contests = Contests(self._shop)
        self._disputes = Disputes(self._shop, self._contests)
        self._orders = Orders(self._shop, self._requests, (captures, self._holds), self._vault)
        self._page = ApprovalPage(self._shop, self._orders, captures)
        self._webhooks = Webhooks(self._shop, self._identity)
        self._events = Events(self._shop)
        self._switches = Switches(self._shop, self._identity, self._refunds)
        self.routes = Routes(
            [*self._payments(captures), *self._contested(), *self._notifications()]
        )

    def authenticate(self, request: Request, *, public: bool) -> Account:
        """Basic for the token, the token for everything else."""
        if request.path == TOKEN_PATH:
            return self._tokens.client(request)
        return NOBODY if public else self._tokens.bearer(request)

    def unknown_route(self, request: Request) -> Reply:
        """404 for a URL that is not served."""
        return errors.not_found(request.path).reply

    def failure(self, status: int) -> Reply:
        """PayPal's body for a status that has nothing to do with the request."""
        return errors.failure(status)

    def begin(self, call: Call) -> Reply | None:
        """PayPal-Request-Id on orders, captures and refunds."""
        self._requests.begin(call)
        return None

    def finish(self, call: Call, reply: Reply | None) -> None:
        """Replays tell the latest state, so the reply itself is not kept."""
        del reply
        self._requests.finish(call)

    def decorate(self, call: Call, reply: Reply) -> None:
        """The id PayPal's support asks for."""
        del call
        reply.headers = {
            **reply.headers,
            "paypal-debug-id": self._world.identifiers.hexadecimal(13),
        }

    def sweep(self) -> None:
        """Void what was not captured in time, and complete what was on its way."""
        self._orders.sweep()
        self._holds.sweep()
        self._refunds.sweep()
        self._vault.sweep()
        self._contests.sweep()

    def find_page(self, path: str, query: str) -> PayPage | None:
        """The hosted approval page."""
        return self._page.find(path, query)

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose."""
        return self._page.pay(page, order)

    def expire_now(self, page: PayPage) -> None:
        """Void an order before its time."""
        found = self._orders.by_id(page.reference)
        if found is not None:
            self._orders.expire(*found)

    def control(self, path: str, request: Request) -> Reply | None:
        """The certificate authority, and what banks do with refunds."""
        return self._switches.answer(path, request)

    def sold(self) -> list[SoldObject]:
        """Every order, and every account that is kept."""
        return [*self._page.sold(), *self._vault.kept()]

    def open_dispute(self, wanted: OpenDispute) -> ContestedPayment:
        """A payer contests a payment."""
        return self._contests.open(wanted)

    def decide_dispute(self, reference: str, wanted: DecideDispute) -> ContestedPayment | None:
        """PayPal decides a dispute, or asks for more evidence."""
        return self._contests.decide(reference, wanted)

    def set_instrument(self, wanted: SetInstrument) -> None:
        """Settle how later charges of a kept account end."""
        self._vault.behave(wanted)

    def signed_headers(self, notice: Notice) -> dict[str, str] | None:
        """The headers of a webhook."""
        return self._webhooks.signed_headers(notice)

    def settled(self, notice: Notice) -> None:
        """PayPal does not say which events were delivered."""

    def dump(self) -> bytes:
        """Every book as JSON."""
        return msgspec.json.encode(self._shop.books)

    def load(self, snapshot: bytes) -> None:
        """Take over the books of a snapshot."""
        self._shop.books = msgspec.json.decode(snapshot, type=dict[str, PayPalBook])
        for account_id, book in self._shop.books.items():
            _complete(account_id, book)
        self._rebuild()

    def clear(self) -> None:
        """Forget every book."""
        self._shop.books.clear()
        self._rebuild()

    def _rebuild(self) -> None:
        self._orders.rebuild()
        self._holds.rebuild()
        self._refunds.rebuild()
        self._vault.rebuild()
        self._contests.rebuild()
        self._tokens.rebuild()

    def _payments(self, captures: Captures) -> list[Route]:
        orders, holds, refunds, vault = self._orders, self._holds, self._refunds, self._vault
        order, payments = "/v2/checkout/orders", "/v2/payments"
        tokens = "/v3/vault/payment-tokens"
        hold, capture = "authorizations/{authorization_id}", "captures/{capture_id}"
        return [
            Route("POST", TOKEN_PATH, "token.create", self._tokens.create, public=True),
            Route("POST", order, "order.create", orders.create),
            Route("GET", f"{order}/{{id}}", "order.get", orders.get),
            Route("POST", f"{order}/{{id}}/capture", "order.capture", orders.capture),
            Route("POST", f"{order}/{{id}}/authorize", "order.authorize", orders.authorize),
            Route("GET", tokens, "payment_token.list", vault.list),
            Route("GET", f"{tokens}/{{id}}", "payment_token.get", vault.get),
            Route("DELETE", f"{tokens}/{{id}}", "payment_token.delete", vault.delete),
            *[
                Route(method, f"{payments}/{path}", operation, handler)
                for method, path, operation, handler in (
                    ("GET", hold, "authorization.get", holds.get),
                    ("POST", f"{hold}/capture", "authorization.capture", holds.capture),
                    ("POST", f"{hold}/void", "authorization.void", holds.void),
                    ("GET", capture, "capture.get", captures.get),
                    ("POST", f"{capture}/refund", "capture.refund", refunds.create),
                    ("GET", "refunds/{refund_id}", "refund.get", refunds.get),
                )
            ],
        ]

    def _contested(self) -> list[Route]:
        disputes, path = self._disputes, "/v1/customer/disputes"
        one = f"{path}/{{id}}"
        return [
            Route("GET", path, "dispute.list", disputes.list),
            Route("GET", one, "dispute.get", disputes.get),
            Route("POST", f"{one}/accept-claim", "dispute.accept", disputes.accept),
            Route(
                "POST", f"{one}/provide-evidence", "dispute.evidence", disputes.provide_evidence
            ),
        ]

    def _notifications(self) -> list[Route]:
        webhooks, events, base = self._webhooks, self._events, "/v1/notifications"
        certificate = f"{base}/certs/{{name}}"
        one_hook, one_event = "webhooks/{webhook_id}", "webhooks-events/{event_id}"
        return [
            Route("GET", certificate, "certificate.get", webhooks.certificate, public=True),
            *[
                Route(method, f"{base}/{path}", operation, handler)
                for method, path, operation, handler in (
                    ("POST", "webhooks", "webhook.create", webhooks.create),
                    ("GET", "webhooks", "webhook.list", webhooks.list),
                    ("GET", one_hook, "webhook.get", webhooks.get),
                    ("PATCH", one_hook, "webhook.update", webhooks.update),
                    ("DELETE", one_hook, "webhook.delete", webhooks.delete),
                    ("GET", "webhooks-events", "event.list", events.list),
                    ("GET", one_event, "event.get", events.get),
                    ("POST", f"{one_event}/resend", "event.resend", events.resend),
                    ("POST", "verify-webhook-signature", "webhook.verify", webhooks.verify),
                )
            ],
        ]


def _complete(account_id: str, book: PayPalBook) -> None:
    """Drop what was being worked on, and fill in what older snapshots did not have."""
    for key in [key for key, kept in book.requests.items() if kept.made is None]:
        del book.requests[key]
    for order in book.orders.values():
        order.account_id = account_id
        book.order_of |= dict.fromkeys(order.captures, order.id)
