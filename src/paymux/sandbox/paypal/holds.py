"""/v2/payments/authorizations: money held for 29 days, taken in parts, or let go."""

import heapq
from datetime import UTC, datetime
from decimal import Decimal

from paymux.sandbox.accounts import Account
from paymux.sandbox.paypal import errors, money, movements, order_rules
from paymux.sandbox.paypal.book import (
    Authorization,
    Capture,
    Link,
    Money,
    OrderRecord,
    RelatedIds,
    SellerProtection,
    SupplementaryData,
)
from paymux.sandbox.paypal.captures import Captures, Taking
from paymux.sandbox.paypal.params import CaptureAuthorization, MoneyParams, read
from paymux.sandbox.paypal.request_ids import RequestIds
from paymux.sandbox.paypal.shop import Happening, PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

VALID_SECONDS = 29 * 86_400
# "The default overage limit is 115%" (authorizations.capture, MAX_CAPTURE_AMOUNT_EXCEEDED).
OVERAGE = Decimal("1.15")
OPEN = {"CREATED", "PARTIALLY_CAPTURED"}
WHY_NOT_CAPTURED = {"CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED", "VOIDED": "AUTHORIZATION_VOIDED"}
WHY_NOT_VOIDED = {"CAPTURED": "PREVIOUSLY_CAPTURED", "VOIDED": "PREVIOUSLY_VOIDED"}


class Holds:
    """Authorised payments."""

    def __init__(self, shop: PayPalShop, requests: RequestIds, captures: Captures) -> None:
        self._shop = shop
        self._requests = requests
        self._captures = captures
        self._ends: list[tuple[float, str, str]] = []

    def authorize(self, account: Account, order: OrderRecord) -> bool:
        """Hold the order's money; false when the instrument is declined."""
        book, unit = self._shop.book(account.id), order.units[0]
        order_rules.check_invoice(unit, book, "/purchase_units/0/invoice_id")
        if order.funding == "declined":
            return False
        order.status, order.update_time = "COMPLETED", self._shop.world.clock.iso()
        hold = self._new(order)
        book.authorizations[hold.id] = hold
        book.order_of[hold.id] = order.id
        order.authorizations.append(hold.id)
        if unit.invoice_id is not None:
            book.invoice_ids.add(unit.invoice_id)
        self._watch(account.id, hold)
        movements.record(self._shop, order, "authorization", hold.id, hold.amount)
        self._tell(order, hold, "PAYMENT.AUTHORIZATION.CREATED", "authorized")
        return True

    def get(self, call: Call) -> Reply:
        """GET /v2/payments/authorizations/{authorization_id}."""
        return json_reply(self._found(call)[1])

    def capture(self, call: Call) -> Reply:
        """POST /v2/payments/authorizations/{authorization_id}/capture."""
        order, hold = self._found(call)
        book, made = self._shop.book(call.account.id), self._requests.made(call)
        if made is not None and book.hold_of.get(made) == hold.id:
            return json_reply(book.captures[made], 201)
        wanted = read(call, CaptureAuthorization)
        if hold.status not in OPEN:
            raise errors.issue(WHY_NOT_CAPTURED[hold.status])
        amount = self._amount(wanted, order, hold)
        if wanted.invoice_id is not None:
            if wanted.invoice_id in book.invoice_ids:
                raise errors.issue(code="DUPLICATE_INVOICE_ID", field="/invoice_id")
            book.invoice_ids.add(wanted.invoice_id)
        invoice_id, final = wanted.invoice_id or hold.invoice_id, wanted.final_capture
        taking = Taking(amount, invoice_id, hold.custom_id, hold.id, final)
        capture = self._captures.take(call.account, order, taking)
        self._follow(order, hold, capture)
        self._requests.keep(call, capture.id)
        return json_reply(capture, 201)

    def void(self, call: Call) -> Reply:
        """POST /v2/payments/authorizations/{authorization_id}/void; it has no request id."""
        order, hold = self._found(call)
        if hold.status not in OPEN:
            raise errors.issue(WHY_NOT_VOIDED[hold.status])
        self._let_go(order, hold)
        whole = "return=representation" in call.request.headers.get("prefer", "")
        return json_reply(hold) if whole else Reply(204)

    def sweep(self) -> None:
        """Let go what was held for too long."""
        now = self._shop.world.clock.now()
        while self._ends and self._ends[0][0] <= now:
            _, account_id, hold_id = heapq.heappop(self._ends)
            book = self._shop.book(account_id)
            hold = book.authorizations[hold_id]
            if hold.status in OPEN:
                self._let_go(book.orders[book.order_of[hold_id]], hold)
                self._shop.world.changed()

    def rebuild(self) -> None:
        """Find again what ends when, after a snapshot was read."""
        self._ends.clear()
        for account_id, book in self._shop.books.items():
            for hold in book.authorizations.values():
                self._watch(account_id, hold)

    def _watch(self, account_id: str, hold: Authorization) -> None:
        ends = datetime.fromisoformat(hold.expiration_time).timestamp()
        heapq.heappush(self._ends, (ends, account_id, hold.id))

    def _found(self, call: Call) -> tuple[OrderRecord, Authorization]:
        identity, book = call.arguments["authorization_id"], self._shop.book(call.account.id)
        hold = book.authorizations.get(identity)
        if hold is None:
            raise errors.not_found(identity)
        return book.orders[book.order_of[identity]], hold

    def _amount(
        self, wanted: CaptureAuthorization, order: OrderRecord, hold: Authorization
    ) -> Money:
        held, taken = Decimal(hold.amount.value), self._taken(order)
        currency = hold.amount.currency_code
        asked = wanted.amount or MoneyParams(currency, money.written(held - taken, currency))
        value = money.check(asked, "/amount")
        if value <= 0:
            raise errors.issue(code="CANNOT_BE_ZERO_OR_NEGATIVE", field="/amount/value")
        if asked.currency_code != currency:
            raise errors.issue(
                code="AUTH_CAPTURE_CURRENCY_MISMATCH", field="/amount/currency_code"
            )
        if taken + value > held * OVERAGE:
            raise errors.issue(code="MAX_CAPTURE_AMOUNT_EXCEEDED", field="/amount/value")
        return movements.written(value, currency)

    def _taken(self, order: OrderRecord) -> Decimal:
        captures = self._shop.book(order.account_id).captures
        found = [captures[identity] for identity in order.captures]
        return movements.total([each.amount for each in found if each.status != "DECLINED"])

    def _follow(self, order: OrderRecord, hold: Authorization, capture: Capture) -> None:
        over = capture.final_capture or self._taken(order) >= Decimal(hold.amount.value)
        hold.status = "CAPTURED" if over else "PARTIALLY_CAPTURED"
        hold.update_time = self._shop.world.clock.iso()

    def _let_go(self, order: OrderRecord, hold: Authorization) -> None:
        rest = max(Decimal(hold.amount.value) - self._taken(order), Decimal(0))
        hold.status, hold.update_time = "VOIDED", self._shop.world.clock.iso()
        amount = movements.written(rest, hold.amount.currency_code)
        movements.record(self._shop, order, "void", hold.id, amount)
        self._tell(order, hold, "PAYMENT.AUTHORIZATION.VOIDED", "voided")

    def _new(self, order: OrderRecord) -> Authorization:
        identity, unit, clock = self._shop.new_id(), order.units[0], self._shop.world.clock
        href = f"{order.api_base}/v2/payments/authorizations/{identity}"
        return Authorization(
            id=identity,
            status="CREATED",
            amount=movements.written(Decimal(unit.amount.value), unit.amount.currency_code),
            invoice_id=unit.invoice_id,
            custom_id=unit.custom_id,
            seller_protection=SellerProtection(),
            supplementary_data=SupplementaryData(RelatedIds(order_id=order.id)),
            expiration_time=_iso(clock.now() + VALID_SECONDS),
            create_time=clock.iso(),
            update_time=clock.iso(),
            links=[
                Link(href, "self", "GET"),
                Link(f"{href}/capture", "capture", "POST"),
                Link(f"{href}/void", "void", "POST"),
                Link(f"{order.api_base}/v2/checkout/orders/{order.id}", "up", "GET"),
            ],
        )

    def _tell(self, order: OrderRecord, hold: Authorization, event: str, word: str) -> None:
        amount = hold.amount
        summary = f"A payment of {amount.value} {amount.currency_code} was {word}"
        self._shop.emit(order.account_id, order, Happening(event, "authorization", summary, hold))


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
