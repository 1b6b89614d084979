"""/v2/checkout/orders."""

import heapq
from collections.abc import Callable, Iterator

from paymux.sandbox.accounts import Account
from paymux.sandbox.paypal import errors, order_rules, rendering
from paymux.sandbox.paypal.book import KeptAccount, OrderRecord, PayPalBook
from paymux.sandbox.paypal.captures import Captures
from paymux.sandbox.paypal.holds import Holds
from paymux.sandbox.paypal.params import (
    ExperienceContext,
    OrderCreate,
    WalletAttributes,
    read,
)
from paymux.sandbox.paypal.request_ids import RequestIds
from paymux.sandbox.paypal.shop import Happening, PayPalShop
from paymux.sandbox.paypal.vault import Vault
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Json, Reply, json_reply

# Three hours to send the payer on, three more to approve and capture (order.links).
LIFE_SECONDS = 6 * 3600


class Orders:
    """Orders; nothing moves money until they are captured or authorised."""

    def __init__(
        self,
        shop: PayPalShop,
        requests: RequestIds,
        takings: tuple[Captures, Holds],
        vault: Vault,
    ) -> None:
        self._shop = shop
        self._requests = requests
        self._captures, self._holds = takings
        self._vault = vault
        self._ends: list[tuple[float, str, str]] = []
        self.owners: dict[str, str] = {}

    def create(self, call: Call) -> Reply:
        """POST /v2/checkout/orders; replayed with 200 and the latest state."""
        made = self._requests.made(call)
        book = self._shop.book(call.account.id)
        if made is not None:
            return self._reply(call, book.orders[made], 200)
        wanted = read(call, OrderCreate)
        order_rules.check(wanted, book)
        kept = self._vault.instrument(call, wanted)
        order = self._new(call, wanted)
        book.orders[order.id] = order
        self._watch(call.account.id, order)
        self._requests.keep(call, order.id)
        if kept is not None:
            self._charge(call.account, order, kept)
        return self._reply(call, order, 201)

    def get(self, call: Call) -> Reply:
        """GET /v2/checkout/orders/{id}."""
        order = self._found(call)
        book = self._shop.book(call.account.id)
        return json_reply(rendering.whole(order, book, call.account))

    def capture(self, call: Call) -> Reply:
        """POST /v2/checkout/orders/{id}/capture; replayed with 200."""
        return self._complete(call, "CAPTURE", self._captures.capture)

    def authorize(self, call: Call) -> Reply:
        """POST /v2/checkout/orders/{id}/authorize; replayed with 200."""
        return self._complete(call, "AUTHORIZE", self._holds.authorize)

    def _complete(
        self, call: Call, intent: str, complete: Callable[[Account, OrderRecord], bool]
    ) -> Reply:
        order = self._found(call)
        if self._requests.made(call) == order.id:
            return self._reply(call, order, 200)
        _check_completable(order, intent)
        if not complete(call.account, order):
            again = rendering.approval_url(order)
            redirect: Json = {"href": again, "rel": "redirect", "method": "GET"}
            raise errors.issue(code="INSTRUMENT_DECLINED", links=[redirect])
        self._requests.keep(call, order.id)
        self._vault.keep(call.account, order)
        self._tell(call.account, order, "CHECKOUT.ORDER.COMPLETED", "An order has been completed")
        return self._reply(call, order, 201)

    def _new(self, call: Call, wanted: OrderCreate) -> OrderRecord:
        source = wanted.payment_source
        wallet = source.paypal if source is not None else None
        attributes = (wallet and wallet.attributes) or WalletAttributes()
        return OrderRecord(
            id=self._shop.new_id(),
            account_id=call.account.id,
            status="CREATED" if source is None else "PAYER_ACTION_REQUIRED",
            intent=wanted.intent,
            units=wanted.purchase_units,
            created=self._shop.world.clock.now(),
            create_time=self._shop.world.clock.iso(),
            api_base=call.request.base_url,
            has_source=source is not None,
            context=_context(wanted),
            keeps_account=attributes.vault is not None
            and attributes.vault.store_in_vault is not None,
            customer_id=attributes.customer.id if attributes.customer else None,
        )

    def _charge(self, account: Account, order: OrderRecord, kept: KeptAccount) -> None:
        """Pay an order as it is created; where its payer is wanted, it waits for the payer."""
        if kept.behaviour == "needs_payer":
            return
        order.payer_id, order.funding = kept.payer_id, "good"
        complete = self._holds.authorize if order.intent == "AUTHORIZE" else self._captures.capture
        complete(account, order)
        self._tell(account, order, "CHECKOUT.ORDER.COMPLETED", "An order has been completed")

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


def _check_completable(order: OrderRecord, intent: str) -> None:
    if order.intent != intent:
        raise errors.issue(code="ACTION_DOES_NOT_MATCH_INTENT")
    if order.status == "COMPLETED":
        held = intent == "AUTHORIZE"
        raise errors.issue(code="ORDER_ALREADY_AUTHORIZED" if held else "ORDER_ALREADY_CAPTURED")
    if order.status == "PAYER_ACTION_REQUIRED":
        raise errors.issue(code="PAYER_ACTION_REQUIRED")
    if order.status != "APPROVED":
        raise errors.issue(code="ORDER_NOT_APPROVED")


def _context(wanted: OrderCreate) -> ExperienceContext:
    source, older = wanted.payment_source, wanted.application_context
    if source is not None and source.paypal is not None and source.paypal.experience_context:
        return source.paypal.experience_context
    if older is None:
        return ExperienceContext()
    return ExperienceContext(return_url=older.return_url, cancel_url=older.cancel_url)
