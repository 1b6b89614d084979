"""/v1/checkout/sessions."""

import heapq
from collections.abc import Iterator

import msgspec

from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import errors, money, session_rules
from paymux.sandbox.stripe.book import SessionRecord
from paymux.sandbox.stripe.lists import list_body, page_of, within
from paymux.sandbox.stripe.objects import CustomerDetails, LineItem, Session
from paymux.sandbox.stripe.params import (
    LineItemParams,
    PaymentIntentData,
    Retrieve,
    SessionCreate,
    SessionList,
)
from paymux.sandbox.stripe.payment_intents import PaymentIntents
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Json, Reply, json_reply

Paths = list[str]
EXPANDABLE = {"payment_intent", "payment_intent.latest_charge", "line_items", "customer"}


class Sessions:
    """Checkout Sessions in payment mode on hosted pages."""

    def __init__(self, shop: StripeShop, intents: PaymentIntents) -> None:
        self._shop = shop
        self._intents = intents
        self._ends: list[tuple[int, str, str]] = []
        self.owners: dict[str, str] = {}

    def create(self, call: Call) -> Reply:
        """POST /v1/checkout/sessions."""
        wanted = self._shop.parameters(call, SessionCreate)
        book, now = self._shop.book(call.account.id), self._shop.world.clock.epoch()
        session_rules.check(wanted, book, now)
        lines = [self._line(line) for line in wanted.line_items or []]
        currency, total = lines[0].currency, sum(line.amount_total for line in lines)
        money.check_total(total, currency)
        session = self._new_session(wanted, (now, currency, total), call.request.base_url)
        record = SessionRecord(
            session=session,
            lines=lines,
            intent_data=wanted.payment_intent_data or PaymentIntentData(),
            page_url=session.url or "",
        )
        book.sessions[session.id] = record
        self._watch(call.account.id, session)
        return json_reply(self._expanded(call.account.id, record, wanted.expand))

    def get(self, call: Call) -> Reply:
        """GET /v1/checkout/sessions/{session}."""
        wanted = self._shop.parameters(call, Retrieve)
        record = self._found(call)
        return json_reply(self._expanded(call.account.id, record, wanted.expand))

    def list(self, call: Call) -> Reply:
        """GET /v1/checkout/sessions."""
        wanted = self._shop.parameters(call, SessionList)
        book = self._shop.book(call.account.id)
        matching = [
            record.session for record in book.sessions.values() if _matches(record.session, wanted)
        ]
        data, more = page_of(matching, wanted, "checkout.session")
        paths = [path.removeprefix("data.") for path in wanted.expand]
        shown = [self._expanded(call.account.id, book.sessions[s.id], paths) for s in data]
        return json_reply(list_body([*shown], "/v1/checkout/sessions", has_more=more))

    def list_lines(self, call: Call) -> Reply:
        """GET /v1/checkout/sessions/{session}/line_items."""
        record = self._found(call)
        url = f"/v1/checkout/sessions/{record.session.id}/line_items"
        return json_reply(list_body([*record.lines], url, has_more=False))

    def expire(self, call: Call) -> Reply:
        """POST /v1/checkout/sessions/{session}/expire: open sessions only."""
        wanted = self._shop.parameters(call, Retrieve)
        record = self._found(call)
        if record.session.status != "open":
            message = (
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
                f"Session has a status of {record.session.status}."
            )
            raise errors.invalid(message)
        self.expire_now(call.account.id, record, call)
        return json_reply(self._expanded(call.account.id, record, wanted.expand))

    def expire_now(self, account_id: str, record: SessionRecord, call: Call | None = None) -> None:
        """End an open session."""
        session = record.session
        if session.status == "open":
            session.status, session.url = "expired", None
            self._shop.emit(account_id, "checkout.session.expired", session, call)

    def sweep(self) -> None:
        """Expire the sessions whose time is over."""
        now = self._shop.world.clock.epoch()
        while self._ends and self._ends[0][0] <= now:
            _, account_id, session_id = heapq.heappop(self._ends)
            record = self._shop.book(account_id).sessions.get(session_id)
            if record is not None and record.session.status == "open":
                self.expire_now(account_id, record)
                self._shop.world.changed()

    def rebuild(self) -> None:
        """Find owners and ends again after a snapshot was read."""
        self._ends.clear()
        self.owners.clear()
        for account_id, record in self.every():
            self._watch(account_id, record.session)

    def every(self) -> Iterator[tuple[str, SessionRecord]]:
        """Every session with its account's id."""
        for account_id, book in self._shop.books.items():
            for record in book.sessions.values():
                yield account_id, record

    def by_id(self, session_id: str) -> tuple[str, SessionRecord] | None:
        """A session of whichever account, for its pay page."""
        account_id = self.owners.get(session_id)
        if account_id is None:
            return None
        return account_id, self._shop.book(account_id).sessions[session_id]

    def _watch(self, account_id: str, session: Session) -> None:
        self.owners[session.id] = account_id
        heapq.heappush(self._ends, (session.expires_at, account_id, session.id))

    def _new_session(
        self, wanted: SessionCreate, sum_up: tuple[int, str, int], base_url: str
    ) -> Session:
        now, currency, total = sum_up
        identity = self._shop.new_id("cs_test", 58)
        email = wanted.customer_email
        return Session(
            id=identity,
            created=now,
            expires_at=wanted.expires_at or now + session_rules.LONGEST_SECONDS,
            amount_subtotal=total,
            amount_total=total,
            currency=currency,
            success_url=wanted.success_url or "",
            cancel_url=wanted.cancel_url,
            url=f"{base_url}/c/pay/{identity}",
            allow_promotion_codes=wanted.allow_promotion_codes,
            billing_address_collection=wanted.billing_address_collection,
            client_reference_id=wanted.client_reference_id,
            customer=wanted.customer,
            customer_creation=wanted.customer_creation or "if_required",
            customer_details=None if email is None else CustomerDetails(email=email),
            customer_email=email,
            locale=wanted.locale,
            metadata=wanted.metadata,
            submit_type=wanted.submit_type,
        )

    def _line(self, line: LineItemParams) -> LineItem:
        price, quantity = line.price_data, line.quantity or 1
        if price is None or price.product_data is None:
            raise errors.missing_parameter(param="line_items[0][price_data]")
        amount = session_rules.unit_amount(price, "line_items") * quantity
        return LineItem(
            id=self._shop.new_id("li", 24),
            amount_subtotal=amount,
            amount_total=amount,
            currency=price.currency.lower(),
            description=price.product_data.name,
            quantity=quantity,
            metadata=line.metadata,
        )

    def _expanded(self, account_id: str, record: SessionRecord, paths: Paths) -> Session | Json:
        if not paths:
            return record.session
        for path in paths:
            if path not in EXPANDABLE:
                message = f"This property cannot be expanded ({path})."
                raise errors.invalid(message, param="expand")
        body: Json = msgspec.to_builtins(record.session)
        book = self._shop.book(account_id)
        if "line_items" in paths:
            url = f"/v1/checkout/sessions/{record.session.id}/line_items"
            body["line_items"] = list_body([*record.lines], url, has_more=False)
        intent = book.payment_intents.get(record.session.payment_intent or "")
        if intent is not None and any(path.startswith("payment_intent") for path in paths):
            inner = [p.removeprefix("payment_intent.") for p in paths if "intent." in p]
            body["payment_intent"] = self._intents.expanded(account_id, intent, inner)
        if "customer" in paths and record.session.customer in book.customers:
            body["customer"] = book.customers[record.session.customer]
        return body

    def _found(self, call: Call) -> SessionRecord:
        identity = call.arguments["session"]
        record = self._shop.book(call.account.id).sessions.get(identity)
        if record is None:
            raise errors.no_such(resource="checkout.session", identity=identity, param="session")
        return record


def _matches(session: Session, wanted: SessionList) -> bool:
    email = (wanted.customer_details or {}).get("email")
    details = session.customer_details
    return (
        wanted.payment_intent in {None, session.payment_intent}
        and wanted.customer in {None, session.customer}
        and wanted.status in {None, session.status}
        and wanted.payment_link is None
        and wanted.subscription is None
        and (email is None or (details is not None and details.email == email))
        and within(session.created, wanted.created)
    )
