"""What the console looks at, in memory, for one tenant at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from paymux.billing.ports.inbound import CustomerView
from paymux.integrations.ports.inbound import (
    CheckView,
    ConnectionView,
    InboxBacklog,
    ProviderEventQuery,
    ProviderEventSummary,
    ProviderEventView,
)
from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId, ProviderEventId, TenantId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.ports.inbound import PayerView
from paymux.payments.ports.views import (
    AttemptView,
    ConnectionRecord,
    DisputeView,
    PaymentQuery,
    PaymentsInTime,
    PaymentsOverview,
    PaymentSummary,
    PaymentView,
    Period,
    RefundView,
    TimelineView,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAYMENT = "pay_00000000000000000000000001"
EVENT = "pev_00000000000000000000000001"
CONNECTION = "con_00000000000000000000000001"
CUSTOMER = "cus_00000000000000000000000001"


class PaymentHasEnded(PaymuxError):
    """As payments refuses a second end."""

    code = "payment_closed"
    category = Category.CONFLICT

    def __init__(self) -> None:
        super().__init__("The payment is already canceled.")


def an_attempt(**changed: object) -> AttemptView:
    attempt = AttemptView(
        id="att_1",
        connection_id=CONNECTION,
        provider="bank",
        status="pending",
        payment_method_id=None,
        provider_reference="sess_1",
        payment_reference=None,
        method=None,
        reason_code=None,
        reason_message=None,
        checkout_expires_at=None,
        created_at=NOW,
    )
    return msgspec.structs.replace(attempt, **changed)


def an_entry(**changed: object) -> TimelineView:
    entry = TimelineView(
        attempt_id="att_1",
        refund_id=None,
        payment_method_id=None,
        dispute_id=None,
        source="reply",
        status="pending",
        effect="applied",
        amount=None,
        provider_reference="sess_1",
        payment_reference=None,
        reason_code=None,
        reason_message=None,
        times_seen=1,
        occurred_at=None,
        recorded_at=NOW,
        last_seen_at=NOW,
    )
    return msgspec.structs.replace(entry, **changed)


def a_refund(**changed: object) -> RefundView:
    refund = RefundView(
        id="ref_1",
        status="succeeded",
        amount=Money(500, "USD"),
        cause="requested",
        reason=None,
        provider_reference="re_1",
        reason_code=None,
        reason_message=None,
        created_at=NOW,
    )
    return msgspec.structs.replace(refund, **changed)


def a_dispute(**changed: object) -> DisputeView:
    dispute = DisputeView(
        id="dsp_1",
        status="needs_response",
        stage="pre_arbitration",
        amount=Money(700, "USD"),
        reason="not_received",
        reason_code="13.1",
        provider_reference="dp_1",
        evidence_due_at=NOW,
        response=None,
        created_at=NOW,
    )
    return msgspec.structs.replace(dispute, **changed)


def a_payment(**changed: object) -> PaymentView:
    payment = PaymentView(
        id=PAYMENT,
        status="requires_action",
        amount=Money(1999, "USD"),
        amount_captured=Money(0, "USD"),
        amount_refunded=Money(0, "USD"),
        description="Pro plan",
        link_token="t0ken",
        reference="order-7",
        customer_id=CUSTOMER,
        connection_id=None,
        review=None,
        can_cancel=True,
        metadata={"cart": "42"},
        expires_at=None,
        created_at=NOW,
        updated_at=NOW,
        attempts=[an_attempt()],
        refunds=[],
        disputes=[],
        timeline=[an_entry()],
    )
    return msgspec.structs.replace(payment, **changed)


def an_event(**changed: object) -> ProviderEventSummary:
    event = ProviderEventSummary(
        id=EVENT,
        connection_id=CONNECTION,
        provider="bank",
        event_id="evt_at_bank",
        event_type="money.moved",
        status="processed",
        reason="applied",
        tries=0,
        occurred_at=NOW,
        received_at=NOW,
        processed_at=NOW,
    )
    return msgspec.structs.replace(event, **changed)


def a_connection(**changed: object) -> ConnectionView:
    connection = ConnectionView(
        id=CONNECTION,
        provider="bank",
        label="Cards, Germany",
        enabled=True,
        priority=100,
        hints={"secret_key": "****wxyz"},
        account_reference="acct_1",
        account_name="Acme",
        account_country="DE",
        webhook_status="registered",
        webhook_url="https://pay.example/webhooks/bank/con_1",
        webhook_reason=None,
        webhook_steps=[],
        created_at=NOW,
        updated_at=NOW,
    )
    return msgspec.structs.replace(connection, **changed)


def a_customer(**changed: object) -> CustomerView:
    customer = CustomerView(
        id=CUSTOMER,
        external_id="user-42",
        name="Ada Lovelace",
        email="ada@example.com",
        phone=None,
        metadata={"tier": "gold"},
        created_at=NOW,
        updated_at=NOW,
    )
    return msgspec.structs.replace(customer, **changed)


@dataclass
class House:
    """One tenant's things; every other tenant has nothing."""

    owner: TenantId
    payments: list[PaymentView] = field(default_factory=list)
    events: list[ProviderEventSummary] = field(default_factory=list)
    connections: list[ConnectionView] = field(default_factory=list)
    customers: list[CustomerView] = field(default_factory=list)
    by_status: Mapping[str, int] = field(default_factory=dict)
    records: Sequence[ConnectionRecord] = ()
    body: bytes = b'{"id": "evt", "client_secret": "sh-planted-secret"}'
    problem: str | None = None
    replayed: list[str] = field(default_factory=list)
    queries: list[PaymentQuery | ProviderEventQuery] = field(default_factory=list)

    def owned(self, scope: Scope) -> bool:
        return scope.tenant_id == self.owner


class FakePaymentViews:
    def __init__(self, house: House) -> None:
        self._house = house

    def statuses(self) -> Sequence[str]:
        return ["requires_action", "succeeded", "canceled"]

    async def page(
        self, scope: Scope, query: PaymentQuery, page: PageRequest
    ) -> Page[PaymentSummary]:
        self._house.queries.append(query)
        found = [
            one
            for one in self._house.payments
            if self._house.owned(scope)
            and query.status in {None, one.status}
            and query.customer_id in {None, one.customer_id}
            and (one.review is not None or not query.needs_review)
            and (page.cursor is None or one.id < page.cursor)
        ]
        shown = found[: page.limit]
        cursor = shown[-1].id if len(found) > page.limit else None
        return Page([_summary(one) for one in shown], cursor)

    async def show(self, scope: Scope, payment_id: PaymentId) -> PaymentView:
        for payment in self._house.payments:
            if payment.id == payment_id and self._house.owned(scope):
                return payment
        kind = "payment"
        raise ThingIsNotFound(kind, payment_id)

    async def cancel(self, scope: Scope, payment_id: PaymentId) -> None:
        payment = await self.show(scope, payment_id)
        if not payment.can_cancel:
            raise PaymentHasEnded
        self._house.payments = [a_payment(status="canceled", can_cancel=False)]


class FakeOverview:
    def __init__(self, house: House) -> None:
        self._house = house

    async def survey(self, scope: Scope, period: Period) -> PaymentsOverview:
        by_status = self._house.by_status if self._house.owned(scope) else {}
        steps = 24 if period is Period.DAY else 7
        return PaymentsOverview(
            since=NOW,
            by_status=by_status,
            steps=[PaymentsInTime(NOW, {})] * (steps - 1) + [PaymentsInTime(NOW, by_status)],
            connections=self._house.records if self._house.owned(scope) else [],
            to_review=sum(payment.review is not None for payment in self._house.payments),
        )


class FakeProviderEventViews:
    def __init__(self, house: House) -> None:
        self._house = house

    def statuses(self) -> Sequence[str]:
        return ["received", "processed", "parked"]

    async def page(
        self, scope: Scope, query: ProviderEventQuery, page: PageRequest
    ) -> Page[ProviderEventSummary]:
        self._house.queries.append(query)
        found = [
            one
            for one in self._house.events
            if self._house.owned(scope) and query.status in {None, one.status}
        ]
        return Page(found[: page.limit])

    async def show(self, scope: Scope, event_id: ProviderEventId) -> ProviderEventView:
        for event in self._house.events:
            if event.id == event_id and self._house.owned(scope):
                return ProviderEventView(event, self._house.body)
        kind = "provider event"
        raise ThingIsNotFound(kind, event_id)

    async def replay(self, scope: Scope, event_id: ProviderEventId) -> None:
        await self.show(scope, event_id)
        self._house.replayed.append(event_id)

    async def backlog(self, scope: Scope) -> InboxBacklog:
        mine = self._house.events if self._house.owned(scope) else []
        return InboxBacklog(
            waiting=sum(event.status == "received" for event in mine),
            parked=sum(event.status == "parked" for event in mine),
        )


class FakeConnectionViews:
    def __init__(self, house: House) -> None:
        self._house = house

    async def page(self, scope: Scope, page: PageRequest) -> Page[ConnectionView]:
        mine = self._house.connections if self._house.owned(scope) else []
        return Page(mine[: page.limit])

    async def show(self, scope: Scope, connection_id: ConnectionId) -> ConnectionView:
        for connection in self._house.connections:
            if connection.id == connection_id and self._house.owned(scope):
                return connection
        kind = "connection"
        raise ThingIsNotFound(kind, connection_id)

    async def test(self, scope: Scope, connection_id: ConnectionId) -> CheckView:
        await self.show(scope, connection_id)
        return CheckView(
            checked_at=NOW, duration_ms=17, account_name="Acme", problem=self._house.problem
        )


class FakeCustomerViews:
    def __init__(self, house: House) -> None:
        self._house = house

    async def page(
        self, scope: Scope, external_id: str | None, page: PageRequest
    ) -> Page[CustomerView]:
        found = [
            one
            for one in self._house.customers
            if self._house.owned(scope) and external_id in {None, one.external_id}
        ]
        return Page(found[: page.limit])

    async def show(self, scope: Scope, customer_id: CustomerId) -> CustomerView:
        for customer in self._house.customers:
            if customer.id == customer_id and self._house.owned(scope):
                return customer
        kind = "customer"
        raise ThingIsNotFound(kind, customer_id)


class FakePaymentLinks:
    """Knows the token `known`; `returned` says what the provider would tell."""

    def __init__(self) -> None:
        self.view = a_payer_view()
        self.asked: list[str] = []

    async def open(self, token: str) -> PayerView | None:
        return self.view if token == "known" else None

    async def agree(self, token: str) -> PayerView | None:
        self.asked.append("agreed")
        self.view = msgspec.structs.replace(self.view, consent=None)
        return await self.open(token)

    async def choose(self, token: str, connection_id: str) -> PayerView | None:
        self.asked.append(connection_id)
        return await self.open(token)

    async def returned(self, token: str) -> PayerView | None:
        self.asked.append(token)
        return await self.open(token)


def a_payer_view(**changed: object) -> PayerView:
    view = PayerView(
        status="requires_action",
        amount=Money(1999, "USD"),
        description="Pro plan",
        checkout_url=None,
        return_url=None,
        cancel_url=None,
    )
    return msgspec.structs.replace(view, **changed)


def _summary(payment: PaymentView) -> PaymentSummary:
    return PaymentSummary(
        id=payment.id,
        status=payment.status,
        amount=payment.amount,
        description=payment.description,
        reference=payment.reference,
        customer_id=payment.customer_id,
        review=payment.review,
        created_at=payment.created_at,
    )
