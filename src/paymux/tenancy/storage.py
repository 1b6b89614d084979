"""What tenancy needs of a database."""

from collections.abc import Callable, Sequence
from typing import Protocol

from paymux.kernel.ids import ApiKeyId, TenantId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.kernel.work import AtomicWork
from paymux.tenancy.api_key import ApiKey
from paymux.tenancy.tenant import Tenant


class StoredTenants(Protocol):
    """The one tenant of a transaction."""

    async def put(self, tenant: Tenant) -> None:
        """Store the new tenant; one of the same id is its own earlier self, and stays."""
        ...

    async def get(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant; raises ThingIsNotFound for any but the transaction's own."""
        ...

    async def lock(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant with its row locked until the transaction ends."""
        ...

    async def save(self, tenant: Tenant) -> None:
        """Store the changes of a locked tenant."""
        ...


class StoredApiKeys(Protocol):
    """The keys of one tenant in one mode."""

    async def put(self, key: ApiKey) -> None:
        """Store a new key, which may be of the other mode; one of the same id gets its secret."""
        ...

    async def get(self, key_id: ApiKeyId) -> ApiKey:
        """Return the key, revoked or not; raises ThingIsNotFound."""
        ...

    async def usable(self, key_id: ApiKeyId) -> ApiKey | None:
        """Return the key unless it is revoked or its tenant disabled."""
        ...

    async def lock(self, key_id: ApiKeyId) -> ApiKey:
        """Return the key with its row locked until the transaction ends."""
        ...

    async def save(self, key: ApiKey) -> None:
        """Store the changes of a locked key."""
        ...

    async def list(self, page: PageRequest) -> Page[ApiKey]:
        """Return keys, revoked ones included, newest first."""
        ...


class UnitOfWork(AtomicWork, Protocol):
    """One transaction for one tenant; rolls back unless committed."""

    tenants: StoredTenants
    api_keys: StoredApiKeys


UnitsOfWork = Callable[[Scope], UnitOfWork]


class Directory(Protocol):
    """What must be found before the tenant is known: ids, and nothing else."""

    async def find_key(self, secret_hash: bytes) -> tuple[TenantId, ApiKeyId] | None:
        """Return which key of which tenant has this hash."""
        ...

    async def tenant_ids(self, page: PageRequest) -> Sequence[TenantId]:
        """Return ids of tenants after the cursor, newest first, one more than the limit."""
        ...
