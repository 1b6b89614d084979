"""Whom a tenant bills."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from paymux.kernel.ids import CustomerId


@dataclass(slots=True, eq=False, kw_only=True)
class Customer:
    """A payer as the tenant knows it. `external_id`: the tenant's own, unique per mode."""

    id: CustomerId
    external_id: str
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
