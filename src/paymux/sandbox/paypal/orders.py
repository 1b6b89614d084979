"""/v2/checkout/orders, and the PayPal-Request-Id that guards them."""

import heapq
from collections.abc import Iterator

from paymux.sandbox.accounts import Account
from paymux.sandbox.paypal import errors, order_rules, rendering
from paymux.sandbox.paypal.book import OrderRecord, PayPalBook, Stored
from paymux.sandbox.paypal.captures import Captures
from paymux.sandbox.paypal.params import ExperienceContext, OrderCreate, read
from paymux.sandbox.paypal.shop import Happening, PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Json, Refusal, Reply, json_reply

KEPT_SECONDS = 6 * 3600
# Three hours to send the payer on, three more to approve and capture (order.links).
LIFE_SECONDS = 6 * 3600
LONGEST_REQUEST_ID = 108


class Orders:
    """Orders; nothing moves money until they are captured."""

    def __init__(self, shop: PayPalShop, captures: Captures) -> None:
        self._shop = shop
        self._captures = captures
        self._ends: list[tuple[float, str, str]] = []
        self.owners: dict[str, str] = {}

    def create(self, call: Call) -> Reply:
        """POST /v2/checkout/orders; replayed with 200 and the latest state."""
        stored = self._stored(call)
        book = self._shop.book(call.account.id)
        if stored is not None and stored.order_id is not None:
            return self._reply(call, book.orders[stored.order_id], 200)
        wanted = read(call, OrderCreate)
        order_rules.check(wanted, book)
        source = wanted.payment_source
        order = OrderRecord(
            id=self._shop.new_id(),
            status="CREATED" if source is None else "PAYER_ACTION_REQUIRED",
            intent=wanted.intent,
            units=wanted.purchase_units,
            created=self._shop.world.clock.now(),
            create_time=self._shop.world.clock.iso(),
            api_base=call.request.base_url,
            has_source=source is not None,
            context=_context(wanted),
        )
        book.orders[order.id] = order
        self._watch(call.account.id, order)
        self._keep(call, order)
        return self._reply(call, order, 201)

    def get(self, call: Call) -> Reply:
        """GET /v2/checkout/orders/{id}."""
        order = self._found(call)
        book = self._shop.book(call.account.id)
        return json_reply(rendering.whole(order, book, call.account))

    def capture(self, call: Call) -> Reply:
        """POST /v2/checkout/orders/{id}/capture; replayed with 200."""
        order = self._found(call)
        stored = self._stored(call)
        if stored is not None and stored.order_id == order.id:
            return self._reply(call, order, 200)
        self._check_capturable(order)
        if not self._captures.capture(call.account, order):
            again = rendering.approval_url(order)
            redirect: Json = {"href": again, "rel": "redirect", "method": "GET"}
            raise errors.issue(code="INSTRUMENT_DECLINED", links=[redirect])
        self._keep(call, order)
        self._tell(call.account, order, "CHECKOUT.ORDER.COMPLETED", "An order has been completed")
        return self._reply(call, order, 201)

    def begin(self, call: Call) -> Reply | None:
        """Refuse a second request with the same id while the first is running."""
        key = _key(call)
        if key is None:
            return None
        if len(key) > LONGEST_REQUEST_ID:
            raise errors.issue(code="INVALID_STRING_LENGTH", status=400, field="PayPal-Request-Id")
        requests, now = self._shop.book(call.account.id).requests, self._shop.world.clock.now()
        stored = requests.get(key)
        if stored is not None and now - stored.at <= KEPT_SECONDS:
            if stored.order_id is None:
                raise Refusal(errors.failure(409))
            return None
        requests[key] = Stored(at=now)
        return None

    def finish(self, call: Call) -> None:
        """Free the request id when nothing came of it."""
        key = _key(call)
        if key is None:
            return
        requests = self._shop.book(call.account.id).requests
        stored = requests.get(key)
        if stored is not None and stored.order_id is None:
            del requests[key]

    def approve(self, account: Account, order: OrderRecord, funding: str) -> None:
        """The payer agreed to pay; what the funding is good for shows at the capture."""
        order.status, order.funding = "APPROVED", funding
        order.silent = self._shop.world.silent
        order.payer_id = order.payer_id or self._shop.world.identifiers.paypal_account()
        order.approved_at = self._shop.world.clock.now()
        order.update_time = self._shop.world.clock.iso()
        told = "An order has been approved by buyer"
        self._tell(account, order, "CHECKOUT.ORDER.APPROVED", told)

    def expire(self, account: Account, order: OrderRecord) -> None:
        """Drop an order that was not captured in time."""
        if order.status == "APPROVED":
            told = "A payment has been reversed: it was approved but not captured in time"
            self._tell(account, order, "CHECKOUT.PAYMENT-APPROVAL.REVERSED", told)
        if order.status in rendering.OPEN:
            order.status = "VOIDED"

    def sweep(self) -> None:
        """Void orders whose time to be captured is over."""
        now = self._shop.world.clock.now()
        while self._ends and self._ends[0][0] <= now:
            _, account_id, order_id = heapq.heappop(self._ends)
            self.expire(
                self._shop.world.accounts.by_id[account_id],
                self._shop.book(account_id).orders[order_id],
            )
            self._shop.world.changed()

    def every(self) -> Iterator[tuple[str, OrderRecord]]:
        """Every order with its account's id."""
        for account_id, book in self._shop.books.items():
            for order in book.orders.values():
                yield account_id, order

    def by_id(self, order_id: str) -> tuple[Account, OrderRecord] | None:
        """An order of whichever account, for its pay page."""
        account_id = self.owners.get(order_id)
        if account_id is None:
            return None
        account = self._shop.world.accounts.by_id[account_id]
        return account, self._shop.book(account_id).orders[order_id]

    def rebuild(self) -> None:
        """Find owners and ends again after a snapshot was read."""
        self._ends.clear()
        self.owners.clear()
        for account_id, order in self.every():
            self._watch(account_id, order)

    def _watch(self, account_id: str, order: OrderRecord) -> None:
        self.owners[order.id] = account_id
        heapq.heappush(self._ends, (order.created + LIFE_SECONDS, account_id, order.id))

    def _tell(self, account: Account, order: OrderRecord, event: str, summary: str) -> None:
        resource = rendering.whole(order, self._shop.book(account.id), account)
        told = Happening(event, "checkout-order", summary, resource)
        self._shop.emit(account.id, order, told)

    def _check_capturable(self, order: OrderRecord) -> None:
        if order.status == "COMPLETED":
            raise errors.issue(code="ORDER_ALREADY_CAPTURED")
        if order.status == "PAYER_ACTION_REQUIRED":
            raise errors.issue(code="PAYER_ACTION_REQUIRED")
        if order.status != "APPROVED":
            raise errors.issue(code="ORDER_NOT_APPROVED")

    def _stored(self, call: Call) -> Stored | None:
        key = _key(call)
        return None if key is None else self._shop.book(call.account.id).requests.get(key)

    def _keep(self, call: Call, order: OrderRecord) -> None:
        stored = self._stored(call)
        if stored is not None:
            stored.order_id = order.id

    def _reply(self, call: Call, order: OrderRecord, status: int) -> Reply:
        book: PayPalBook = self._shop.book(call.account.id)
        if "return=representation" in call.request.headers.get("prefer", ""):
            return json_reply(rendering.whole(order, book, call.account), status)
        return json_reply(rendering.minimal(order, book), status)

    def _found(self, call: Call) -> OrderRecord:
        identity = call.arguments["id"]
        order = self._shop.book(call.account.id).orders.get(identity)
        if order is None or order.status == "VOIDED":
            raise errors.not_found(identity)
        return order


def _key(call: Call) -> str | None:
    """A request id belongs to one operation."""
    given = call.request.headers.get("paypal-request-id")
    if not given or call.operation not in {"order.create", "order.capture"}:
        return None
    return f"{call.operation}:{given}"


def _context(wanted: OrderCreate) -> ExperienceContext:
    source, older = wanted.payment_source, wanted.application_context
    if source is not None and source.paypal is not None and source.paypal.experience_context:
        return source.paypal.experience_context
    if older is None:
        return ExperienceContext()
    return ExperienceContext(return_url=older.return_url, cancel_url=older.cancel_url)
