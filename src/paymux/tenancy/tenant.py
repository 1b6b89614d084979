"""A merchant organisation; every row of every other table belongs to exactly one."""

from dataclasses import dataclass
from datetime import datetime

from paymux.kernel.ids import TenantId


@dataclass(slots=True, eq=False, kw_only=True)
class Tenant:
    """A tenant. A disabled one keeps its data; its keys no longer work."""

    id: TenantId
    name: str
    created_at: datetime
    disabled_at: datetime | None = None

    @property
    def is_disabled(self) -> bool:
        """Whether its keys are refused."""
        return self.disabled_at is not None

    def rename(self, name: str) -> None:
        """Call it `name` from now on."""
        self.name = name

    def disable(self, at: datetime) -> None:
        """Refuse its keys from now on; repeatable."""
        self.disabled_at = self.disabled_at or at

    def enable(self) -> None:
        """Let its keys work again; repeatable."""
        self.disabled_at = None
