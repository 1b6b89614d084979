"""Responses to disputes in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, DisputeId, DisputeResponseId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.dispute_rows import DisputeResponseRow
from paymux.payments.domain.dispute import DisputeStage
from paymux.payments.domain.dispute_response import DisputeResponse, ResponseKind, ResponseStatus
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
    columns_of,
    insert_one,
    select_one,
    table_of,
    update_one,
)

_TABLE: Final = table_of(DisputeResponseRow)
_SELECT: Final = Statement(select_one(DisputeResponseRow))
_INSERT: Final = Statement(insert_one(DisputeResponseRow))
_UPDATE: Final = Statement(
    update_one(DisputeResponseRow), columns_of(DisputeResponseRow, but=("tenant_id", "id"))
)
_OF_PAYMENT: Final = Statement(
    select(_TABLE)
    .where(
        _TABLE.c.tenant_id == bindparam("tenant_id"),
        _TABLE.c.payment_id == bindparam("payment_id"),
    )
    .order_by(_TABLE.c.id)
)


class SqlDisputeResponses:
    """The responses of one tenant; their payment decides the mode."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._driver = driver
        self._scope = scope

    async def get(self, response_id: DisputeResponseId) -> DisputeResponse:
        """Read it; raises ThingIsNotFound."""
        key = {"tenant_id": self._scope.tenant_id, "id": response_id}
        row = await _SELECT.fetch_one(self._driver, key)
        if row is None:
            kind = "response"
            raise ThingIsNotFound(kind, response_id)
        return read(row)

    async def add(self, response: DisputeResponse) -> None:
        """Insert it; the partial unique index refuses a second one under way."""
        key = {"tenant_id": self._scope.tenant_id, "id": response.id}
        await _INSERT.run(self._driver, {**key, **_values(response)})

    async def save(self, response: DisputeResponse) -> None:
        """Write it back; its payment is locked."""
        where = {"of_tenant": self._scope.tenant_id, "of_id": response.id}
        await _UPDATE.run(self._driver, {**where, **_values(response)})

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DisputeResponse]:
        """Read those to all disputes of a payment, oldest first."""
        key = {"tenant_id": self._scope.tenant_id, "payment_id": payment_id}
        return [read(row) for row in await _OF_PAYMENT.fetch(self._driver, key)]


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
        status=ResponseStatus(row["status"]),
        reason_code=row["reason_code"],
        reason_message=row["reason_message"],
    )
