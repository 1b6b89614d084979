"""Responses to disputes in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam

from paymux.kernel.ids import AttemptId, ConnectionId, DisputeId, DisputeResponseId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.dispute_rows import DisputeResponseRow
from paymux.payments.domain.dispute import DisputeStage
from paymux.payments.domain.dispute_response import DisputeResponse, ResponseKind
from paymux.payments.domain.keyed_call import CallStatus
from paymux.platform.database.kept import Kept, Kind
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
)


def _values(response: DisputeResponse) -> Values:
    return {
        "dispute_id": response.dispute_id,
        "payment_id": response.payment_id,
        "attempt_id": response.attempt_id,
        "connection_id": response.connection_id,
        "kind": response.kind,
        "amount": response.amount.amount,
        "currency": response.amount.currency,
        "stage": response.stage,
        "evidence_due_at": response.evidence_due_at,
        "was_under_review": response.was_under_review,
        "status": response.status,
        "idempotency_key": response.idempotency_key,
        "request": response.request,
        "replay_until": response.replay_until,
        "reason_code": response.reason_code,
        "reason_message": response.reason_message,
        "created_at": response.created_at,
    }


def read(row: Record) -> DisputeResponse:
    """Return the response that the row keeps."""
    return DisputeResponse(
        id=DisputeResponseId(row["id"]),
        dispute_id=DisputeId(row["dispute_id"]),
        payment_id=PaymentId(row["payment_id"]),
        attempt_id=AttemptId(row["attempt_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        kind=ResponseKind(row["kind"]),
        amount=Money(row["amount"], row["currency"]),
        stage=DisputeStage(row["stage"]),
        evidence_due_at=row["evidence_due_at"],
        was_under_review=row["was_under_review"],
        idempotency_key=row["idempotency_key"],
        request=row["request"],
        created_at=row["created_at"],
        replay_until=row["replay_until"],
        status=CallStatus(row["status"]),
        reason_code=row["reason_code"],
        reason_message=row["reason_message"],
    )


_KIND: Final = Kind(DisputeResponseRow, "response", _values, read)
_TABLE: Final = _KIND.table
_OF_PAYMENT: Final = Statement(
    _KIND.mine.where(_TABLE.c.payment_id == bindparam("payment_id")).order_by(_TABLE.c.id)
)


class SqlDisputeResponses:
    """The responses of one tenant; their payment decides the mode."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._kept = Kept(_KIND, driver, scope)

    async def get(self, response_id: DisputeResponseId) -> DisputeResponse:
        """Read it; raises ThingIsNotFound."""
        return await self._kept.get(response_id)

    async def add(self, response: DisputeResponse) -> None:
        """Insert it; the partial unique index refuses a second one under way."""
        await self._kept.add(response.id, response)

    async def save(self, response: DisputeResponse) -> None:
        """Write it back; its payment is locked."""
        await self._kept.save(response.id, response)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DisputeResponse]:
        """Read those to all disputes of a payment, oldest first."""
        return await self._kept.all(_OF_PAYMENT, payment_id=payment_id)
