"""PayPal's API as one provider of the sandbox."""

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.paypal import errors
from paymux.sandbox.paypal.approval_page import ApprovalPage
from paymux.sandbox.paypal.book import PayPalBook
from paymux.sandbox.paypal.captures import Captures
from paymux.sandbox.paypal.certificates import SigningIdentity
from paymux.sandbox.paypal.orders import Orders
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.paypal.tokens import Tokens
from paymux.sandbox.paypal.webhooks import Webhooks
from paymux.sandbox.provider import PayOrder, PayPage, SoldObject
from paymux.sandbox.routing import Call, Route, Routes
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Reply, Request
from paymux.sandbox.world import World

TOKEN_PATH = "/v1/oauth2/token"  # noqa: S105 - a path
NOBODY = Account(id="", provider="paypal", key="", secret="")


class PayPalApi:
    """Tokens, orders, captures, webhooks and their certificate."""

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
        captures = Captures(self._shop)
        self._orders = Orders(self._shop, captures)
        self._page = ApprovalPage(self._shop, self._orders, captures)
        self._webhooks = Webhooks(self._shop, self._identity)
        self.routes = Routes(self._table(captures))

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
        """PayPal-Request-Id on orders and their capture."""
        return self._orders.begin(call)

    def finish(self, call: Call, reply: Reply | None) -> None:
        """Replays tell the latest state, so the reply itself is not kept."""
        del reply
        self._orders.finish(call)

    def decorate(self, call: Call, reply: Reply) -> None:
        """The id PayPal's support asks for."""
        del call
        reply.headers = {
            **reply.headers,
            "paypal-debug-id": self._world.identifiers.hexadecimal(13),
        }

    def sweep(self) -> None:
        """Void what was not captured in time."""
        self._orders.sweep()

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
        """The certificate authority that signed the webhook certificate."""
        if (request.method, path) == ("GET", "/ca.pem"):
            return Reply(200, self._identity.authority_pem, {}, "application/x-pem-file")
        return None

    def sold(self) -> list[SoldObject]:
        """Every order."""
        return self._page.sold()

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
        for book in self._shop.books.values():
            unfinished = [key for key, kept in book.requests.items() if kept.order_id is None]
            for key in unfinished:
                del book.requests[key]
        self._orders.rebuild()
        self._tokens.rebuild()

    def clear(self) -> None:
        """Forget every book."""
        self._shop.books.clear()
        self._orders.rebuild()
        self._tokens.rebuild()

    def _table(self, captures: Captures) -> list[Route]:
        orders, webhooks = self._orders, self._webhooks
        notifications = "/v1/notifications"
        return [
            Route("POST", TOKEN_PATH, "token.create", self._tokens.create, public=True),
            Route("POST", "/v2/checkout/orders", "order.create", orders.create),
            Route("GET", "/v2/checkout/orders/{id}", "order.get", orders.get),
            Route("POST", "/v2/checkout/orders/{id}/capture", "order.capture", orders.capture),
            Route("GET", "/v2/payments/captures/{capture_id}", "capture.get", captures.get),
            Route(
                "GET",
                f"{notifications}/certs/{{name}}",
                "certificate.get",
                webhooks.certificate,
                public=True,
            ),
            *[
                Route(method, f"{notifications}/{path}", operation, handler)
                for method, path, operation, handler in (
                    ("POST", "webhooks", "webhook.create", webhooks.create),
                    ("GET", "webhooks", "webhook.list", webhooks.list),
                    ("GET", "webhooks/{webhook_id}", "webhook.get", webhooks.get),
                    ("DELETE", "webhooks/{webhook_id}", "webhook.delete", webhooks.delete),
                    ("GET", "webhooks-events", "event.list", webhooks.list_events),
                    ("GET", "webhooks-events/{event_id}", "event.get", webhooks.get_event),
                    (
                        "POST",
                        "webhooks-events/{event_id}/resend",
                        "event.resend",
                        webhooks.resend_event,
                    ),
                    ("POST", "verify-webhook-signature", "webhook.verify", webhooks.verify),
                )
            ],
        ]
