"""Attempts in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import AttemptRow
from paymux.payments.domain.attempt import OPEN, AttemptStatus, PaymentAttempt


class SqlAttempts:
    """The attempts of one tenant; their payment decides the mode."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        # The session holds its rows weakly; these are what `save` writes to.
        self._rows: dict[str, AttemptRow] = {}

    async def add(self, attempt: PaymentAttempt) -> None:
        """Insert the attempt; the partial unique index refuses a second live one."""
        row = AttemptRow(tenant_id=self._scope.tenant_id, id=attempt.id)
        write(attempt, row)
        self._session.add(row)
        await self._session.flush()

    async def save(self, attempt: PaymentAttempt) -> None:
        """Write the attempt back."""
        write(attempt, self._rows[attempt.id])
        await self._session.flush()

    async def get(self, attempt_id: AttemptId) -> PaymentAttempt:
        """Read the attempt; raises ThingIsNotFound."""
        return read(await self._row(attempt_id))

    async def of_payment(self, payment_id: PaymentId) -> Sequence[PaymentAttempt]:
        """Read the attempts of a payment, oldest first."""
        statement = self._mine().where(AttemptRow.payment_id == payment_id)
        rows = await self._session.scalars(
            statement.order_by(AttemptRow.id).execution_options(populate_existing=True)
        )
        found = rows.all()
        self._rows.update((row.id, row) for row in found)
        return [read(row) for row in found]

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one attempt that is live and not settled."""
        statement = self._mine().where(
            AttemptRow.connection_id == connection_id, AttemptRow.status.in_(OPEN)
        )
        return (await self._session.scalars(statement.limit(1))).first() is not None

    async def find(
        self,
        connection_id: ConnectionId,
        attempt_id: AttemptId | None,
        provider_reference: str | None,
    ) -> PaymentAttempt | None:
        """Find by our id or by the provider's reference, on this connection only."""
        # In SQL nothing equals None; SQLAlchemy's `== None` would match every empty reference.
        ours, theirs = attempt_id or "", provider_reference or ""
        statement = (
            self._mine()
            .where(
                AttemptRow.connection_id == connection_id,
                or_(AttemptRow.id == ours, AttemptRow.provider_reference == theirs),
            )
            .order_by((AttemptRow.id == ours).desc())
            .limit(1)
        )
        row = (await self._session.scalars(statement)).one_or_none()
        return None if row is None else read(row)

    def _mine(self) -> Select[AttemptRow]:
        return select(AttemptRow).where(AttemptRow.tenant_id == self._scope.tenant_id)

    async def _row(self, attempt_id: AttemptId) -> AttemptRow:
        row = await self._session.get(AttemptRow, (self._scope.tenant_id, attempt_id))
        if row is None:
            kind = "attempt"
            raise ThingIsNotFound(kind, attempt_id)
        return row


def write(attempt: PaymentAttempt, row: AttemptRow) -> None:
    """Bring the row up to the attempt."""
    row.payment_id = attempt.payment_id
    row.connection_id = attempt.connection_id
    row.provider = attempt.provider
    row.amount, row.currency = attempt.amount.amount, attempt.amount.currency
    row.status = attempt.status
    row.idempotency_key = attempt.idempotency_key
    row.request = attempt.request
    row.replay_until = attempt.replay_until
    row.provider_reference = attempt.provider_reference
    row.payment_reference = attempt.payment_reference
    row.checkout_url = attempt.checkout_url
    row.checkout_expires_at = attempt.checkout_expires_at
    row.method = attempt.method
    row.reason_code, row.reason_message = attempt.reason_code, attempt.reason_message
    row.approved = attempt.approved
    row.completion_round = attempt.completion_round
    row.created_at = attempt.created_at


def read(row: AttemptRow) -> PaymentAttempt:
    """Return the attempt that the row keeps."""
    return PaymentAttempt(
        id=AttemptId(row.id),
        payment_id=PaymentId(row.payment_id),
        connection_id=ConnectionId(row.connection_id),
        provider=row.provider,
        amount=Money(row.amount, row.currency),
        idempotency_key=row.idempotency_key,
        request=row.request,
        created_at=row.created_at,
        replay_until=row.replay_until,
        status=AttemptStatus(row.status),
        provider_reference=row.provider_reference,
        payment_reference=row.payment_reference,
        checkout_url=row.checkout_url,
        checkout_expires_at=row.checkout_expires_at,
        method=row.method,
        reason_code=row.reason_code,
        reason_message=row.reason_message,
        approved=row.approved,
        completion_round=row.completion_round,
    )
