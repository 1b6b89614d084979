"""Finds a payment by its link token, before the tenant is known."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.ids import PaymentId, TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.platform.database.engine import lookup

_FIND = text("SELECT tenant_id, mode, payment_id FROM find_payment_by_link(:token)")


class SqlLinkDirectory:
    """Asks the narrow SECURITY DEFINER function; the token is a capability of 192 bits."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, token: str) -> tuple[Scope, PaymentId] | None:
        """Return whose payment the token opens, or None."""
        if not token.isascii() or not token.isprintable():
            return None
        async with lookup(self._engine) as connection:
            found = (await connection.execute(_FIND, {"token": token})).one_or_none()
        if found is None:
            return None
        return Scope(TenantId(found.tenant_id), Mode(found.mode)), PaymentId(found.payment_id)
