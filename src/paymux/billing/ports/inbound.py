"""What other contexts may ask of billing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from paymux.kernel.ids import CustomerId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope


class CustomerView(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the tenant bills. `external_id`: the tenant's own id."""

    id: str
    external_id: str
    name: str | None
    email: str | None
    phone: str | None
    metadata: Mapping[str, str]
    created_at: datetime
    updated_at: datetime


@runtime_checkable
class ShowsCustomers(Protocol):
    """Shows a tenant's customers to people."""

    async def page(
        self, scope: Scope, external_id: str | None, page: PageRequest
    ) -> Page[CustomerView]:
        """Return customers, newest first, or the one with the external id."""
        ...

    async def show(self, scope: Scope, customer_id: CustomerId) -> CustomerView:
        """Return one customer; raises ThingIsNotFound."""
        ...
