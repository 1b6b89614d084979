"""On whose behalf, and with whose money, a use case runs."""

from dataclasses import dataclass
from enum import StrEnum

from paymux.kernel.ids import TenantId


class Mode(StrEnum):
    """Whether real money moves. Test and live objects never see each other."""

    TEST = "test"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Scope:
    """One tenant in one mode: the first argument of every use case."""

    tenant_id: TenantId
    mode: Mode
