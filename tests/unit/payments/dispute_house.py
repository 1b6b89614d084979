"""The services of disputes over fakes at the ports, with one payment that is paid."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta

from msgspec.structs import replace

from paymux.kernel.ids import ConnectionId, DisputeId, TenantId
from paymux.kernel.money import Money
from paymux.kernel.origin import Origin
from paymux.kernel.scope import Mode, Scope
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.dispute import Dispute
from paymux.payments.domain.dispute_response import DisputeResponse
from paymux.payments.domain.payment import Payment
from paymux.payments.ports.connectors import Failure, NotFound
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputeAction,
    DisputePage,
    DisputeReason,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
    Evidence,
    EvidenceRequest,
)
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.plugins import Idempotency, Operation, UsableConnection
from tests.unit.payments.attempts import NOW, PRICE
from tests.unit.payments.house import House
from tests.unit.payments.memory import PlannedJob, Store
from tests.unit.payments.providers import CONNECTION, OpensPages, usable
from tests.unit.payments.refund_house import paid_attempt, paid_payment

SCOPE = Scope(TenantId("ten_1"), Mode.TEST)
DUE = NOW + timedelta(days=10)
KEY_LIVES = timedelta(days=1)
EVIDENCE = Evidence(summary="The seat was used.")
_OPEN = frozenset(DisputeAction)


def report(
    status: DisputeStatus = DisputeStatus.NEEDS_RESPONSE,
    at: datetime | None = NOW,
    *,
    reference: str = "dp_1",
    payment_reference: str = "mov_1",
    stage: DisputeStage = DisputeStage.CHARGEBACK,
    due: datetime | None = DUE,
    amount: Money = PRICE,
    actions: frozenset[DisputeAction] = _OPEN,
) -> DisputeReport:
    wants = status is DisputeStatus.NEEDS_RESPONSE
    return DisputeReport(
        status=status,
        stage=stage,
        provider_reference=reference,
        payment_reference=payment_reference,
        amount=amount,
        reason=DisputeReason.NOT_RECEIVED,
        reason_code="product_not_received",
        evidence_due_at=due if wants else None,
        actions=actions if wants else frozenset(),
        opened_at=NOW,
        occurred_at=at,
    )


UNDER_REVIEW = report(DisputeStatus.UNDER_REVIEW, None)
LOST = report(DisputeStatus.LOST, None)


class ContestsMoney(OpensPages):
    """Lets disputes be read, accepted and defended, as it is told to answer."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.will("look_up_dispute", report(at=None))
        self.will("accept", LOST)
        self.will("defend", UNDER_REVIEW)

    async def look_up_dispute(self, provider_reference: str) -> DisputeReport | NotFound | Failure:
        reply = self.reply("look_up_dispute", provider_reference)
        assert isinstance(reply, DisputeReport | NotFound | Failure)
        return reply

    async def list_disputes(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> DisputePage | Failure:
        reply = self.reply("list_disputes", since, until, cursor)
        assert isinstance(reply, DisputePage | Failure)
        return reply

    async def accept_dispute(self, request: AcceptRequest) -> DisputeReport | Failure:
        reply = self.reply("accept", request)
        assert isinstance(reply, DisputeReport | Failure)
        return reply

    async def submit_evidence(self, request: EvidenceRequest) -> DisputeReport | Failure:
        reply = self.reply("defend", request)
        assert isinstance(reply, DisputeReport | Failure)
        return reply

    def sent(self, operation: str) -> Sequence[AcceptRequest | EvidenceRequest]:
        asked = [one for arguments in self.asked.get(operation, []) for one in arguments]
        return [one for one in asked if isinstance(one, AcceptRequest | EvidenceRequest)]


def contesting(*operations: Operation, key_lives: timedelta = KEY_LIVES) -> UsableConnection:
    able = operations or (Operation.ACCEPT_DISPUTE, Operation.SUBMIT_EVIDENCE)
    connection = usable(operations=able)
    kept = Idempotency(key_lives_seconds=int(key_lives.total_seconds()))
    capabilities = replace(connection.capabilities, idempotency={Operation.SUBMIT_EVIDENCE: kept})
    return replace(connection, capabilities=capabilities)


class DisputeHouse(House[ContestsMoney]):
    """One tenant with one connection, and a payment over it that took PRICE."""

    def __init__(self) -> None:
        store = Store()
        super().__init__(ContestsMoney(store), store)
        self.connections.found = [contesting()]
        self.keep(paid_payment(), paid_attempt())

    def keep(self, *things: Payment | PaymentAttempt) -> None:
        for thing in things:
            if isinstance(thing, Payment):
                self.tables.payments[thing.id] = copy(thing)
            else:
                self.tables.attempts[thing.id] = copy(thing)

    async def contest(
        self, said: DisputeReport | None = None, connection_id: ConnectionId = CONNECTION
    ) -> Observed:
        webhook = ObservationSource.WEBHOOK
        observed = said or report()
        return await self.dispute.observations.observe_dispute(
            SCOPE, connection_id, observed, webhook
        )

    async def accept(
        self, note: str | None = None, origin: Origin | None = None
    ) -> DisputeResponse:
        return await self.dispute.disputes.accept(SCOPE, self.dispute_id, note, origin)

    async def defend(
        self, evidence: Evidence = EVIDENCE, origin: Origin | None = None
    ) -> DisputeResponse:
        return await self.dispute.disputes.defend(SCOPE, self.dispute_id, evidence, origin)

    async def check_response(self, done: int = 0) -> None:
        await self.dispute.calls.check(SCOPE, self.response.id, done)

    @property
    def contested(self) -> Dispute:
        (one,) = self.tables.disputes.values()
        return one

    @property
    def dispute_id(self) -> DisputeId:
        return self.contested.id

    @property
    def response(self) -> DisputeResponse:
        return list(self.tables.dispute_responses.values())[-1]

    @property
    def told(self) -> list[str]:
        """What was told of disputes, without their dots."""
        return [one.removeprefix("dispute.") for one in self.events if one.startswith("dispute.")]

    @property
    def planned(self) -> list[PlannedJob]:
        return [job for job in self.tables.jobs if job.name.startswith("disputes.")]
