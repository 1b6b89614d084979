"""A store in memory that keeps tenants apart as row-level security does."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from paymux.kernel.ids import ApiKeyId, TenantId, TimeSortedIds
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.tenancy.api_key import ApiKey
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.errors import ApiKeyIsNotFound, TenantIsNotFound
from paymux.tenancy.recent_principals import RecentPrincipals
from paymux.tenancy.storage import StoredApiKeys, StoredTenants
from paymux.tenancy.tenant import Tenant
from paymux.tenancy.tenants import Tenants


class StoppedClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Store:
    tenants: dict[TenantId, Tenant] = field(default_factory=dict)
    keys: dict[ApiKeyId, tuple[TenantId, ApiKey]] = field(default_factory=dict)
    reads: int = 0


class FakeTenants:
    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope

    async def put(self, tenant: Tenant) -> None:
        assert tenant.id == self._scope.tenant_id
        self._store.tenants.setdefault(tenant.id, copy(tenant))

    async def get(self, tenant_id: TenantId) -> Tenant:
        if tenant_id != self._scope.tenant_id or tenant_id not in self._store.tenants:
            raise TenantIsNotFound(tenant_id)
        return copy(self._store.tenants[tenant_id])

    async def lock(self, tenant_id: TenantId) -> Tenant:
        return await self.get(tenant_id)

    async def save(self, tenant: Tenant) -> None:
        self._store.tenants[tenant.id] = copy(tenant)


class FakeApiKeys:
    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope

    async def put(self, key: ApiKey) -> None:
        self._store.keys[key.id] = (self._scope.tenant_id, copy(key))

    async def get(self, key_id: ApiKeyId) -> ApiKey:
        tenant_id, key = self._store.keys.get(key_id, (None, None))
        if key is None or tenant_id != self._scope.tenant_id or key.mode != self._scope.mode:
            raise ApiKeyIsNotFound(key_id)
        return copy(key)

    async def usable(self, key_id: ApiKeyId) -> ApiKey | None:
        self._store.reads += 1
        key = await self.get(key_id)
        tenant = self._store.tenants[self._scope.tenant_id]
        return None if key.revoked_at or tenant.is_disabled else key

    async def lock(self, key_id: ApiKeyId) -> ApiKey:
        return await self.get(key_id)

    async def save(self, key: ApiKey) -> None:
        await self.put(key)

    async def list(self, page: PageRequest) -> Page[ApiKey]:
        mine = [
            copy(key)
            for tenant_id, key in self._store.keys.values()
            if tenant_id == self._scope.tenant_id and key.mode == self._scope.mode
        ]
        newest = sorted(mine, key=lambda key: key.id, reverse=True)
        rest = [key for key in newest if page.cursor is None or key.id < page.cursor]
        shown = rest[: page.limit]
        return Page(shown, shown[-1].id if len(rest) > page.limit else None)


class FakeUnitOfWork:
    def __init__(self, store: Store, scope: Scope) -> None:
        self.tenants: StoredTenants = FakeTenants(store, scope)
        self.api_keys: StoredApiKeys = FakeApiKeys(store, scope)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None: ...


class FakeDirectory:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def find_key(self, secret_hash: bytes) -> tuple[TenantId, ApiKeyId] | None:
        for tenant_id, key in self._store.keys.values():
            if key.secret_hash == secret_hash:
                return tenant_id, key.id
        return None

    async def tenant_ids(self, page: PageRequest) -> Sequence[TenantId]:
        newest = sorted(self._store.tenants, reverse=True)
        return [one for one in newest if page.cursor is None or one < page.cursor][
            : page.limit + 1
        ]


class Installation:
    """Both services over one store."""

    def __init__(self, *, live: bool, store: Store | None = None) -> None:
        self.clock = StoppedClock()
        self.store = store or Store()
        directory = FakeDirectory(self.store)
        recent = RecentPrincipals()
        ids = TimeSortedIds(self.clock)

        def units_of_work(scope: Scope) -> FakeUnitOfWork:
            return FakeUnitOfWork(self.store, scope)

        self.api_keys = ApiKeys(
            units_of_work, directory, recent, clock=self.clock, ids=ids, live=live
        )
        self.tenants = Tenants(
            units_of_work,
            directory,
            self.api_keys,
            recent,
            clock=self.clock,
            ids=ids,
            live=live,
        )
