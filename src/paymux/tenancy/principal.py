"""Who is asking."""

from dataclasses import dataclass

from paymux.kernel.ids import ApiKeyId, TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.tenancy.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A tenant, acting through one of its keys."""

    tenant_id: TenantId
    mode: Mode
    role: Role
    key_id: ApiKeyId

    @property
    def scope(self) -> Scope:
        """On whose behalf its use cases run."""
        return Scope(self.tenant_id, self.mode)
