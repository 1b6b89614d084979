"""Creating and keeping tenants."""

from collections.abc import Sequence
from dataclasses import dataclass

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ApiKeyId, Ids, TenantId
from paymux.kernel.origin import Origin, new_id
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.tenancy.api_key import IssuedKey
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.name import valid_name
from paymux.tenancy.recent_principals import RecentPrincipals
from paymux.tenancy.role import Role
from paymux.tenancy.storage import Directory, UnitOfWork, UnitsOfWork
from paymux.tenancy.tenant import Tenant


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant with its first admin keys, whose texts are shown this once."""

    tenant: Tenant
    keys: Sequence[IssuedKey]


class Tenants:
    """The tenants of this installation."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        directory: Directory,
        api_keys: ApiKeys,
        recent: RecentPrincipals,
        *,
        clock: Clock,
        ids: Ids,
        live: bool,
    ) -> None:
        self._units_of_work = units_of_work
        self._directory = directory
        self._api_keys = api_keys
        self._recent = recent
        self._clock = clock
        self._ids = ids
        self._modes = list(Mode) if live else [Mode.TEST]

    async def create(self, name: str, origin: Origin | None = None) -> NewTenant:
        """Make a tenant and one admin key per mode that this installation allows.

        A repeated origin gives the keys of its earlier run new texts: nobody has seen the others.
        """
        tenant = Tenant(
            id=TenantId(new_id(self._ids, "ten", origin)),
            name=valid_name(name, "name"),
            created_at=self._clock.now(),
        )
        keys = [self._first_key(mode, number, origin) for number, mode in enumerate(self._modes)]
        async with self._work(tenant.id) as work:
            await work.tenants.put(tenant)
            for issued in keys:
                await work.api_keys.put(issued.key)
            await work.commit()
        return NewTenant(tenant, keys)

    async def get(self, tenant_id: TenantId) -> Tenant:
        """Return a tenant, disabled or not."""
        async with self._work(tenant_id) as work:
            return await work.tenants.get(tenant_id)

    async def list(self, page: PageRequest) -> Page[Tenant]:
        """Return tenants, disabled ones included, newest first."""
        ids = await self._directory.tenant_ids(page)
        shown = ids[: page.limit]
        tenants = [await self.get(tenant_id) for tenant_id in shown]
        return Page(tenants, shown[-1] if len(ids) > page.limit else None)

    async def rename(self, tenant_id: TenantId, name: str) -> Tenant:
        """Call the tenant `name` from now on."""
        new_name = valid_name(name, "name")
        async with self._work(tenant_id) as work:
            tenant = await work.tenants.lock(tenant_id)
            tenant.rename(new_name)
            await work.tenants.save(tenant)
            await work.commit()
        return tenant

    async def disable(self, tenant_id: TenantId) -> Tenant:
        """Refuse the tenant's keys from now on, everywhere within two seconds."""
        async with self._work(tenant_id) as work:
            tenant = await work.tenants.lock(tenant_id)
            tenant.disable(self._clock.now())
            await work.tenants.save(tenant)
            await work.commit()
        self._recent.forget_tenant(tenant_id)
        return tenant

    async def enable(self, tenant_id: TenantId) -> Tenant:
        """Let the tenant's keys work again."""
        async with self._work(tenant_id) as work:
            tenant = await work.tenants.lock(tenant_id)
            tenant.enable()
            await work.tenants.save(tenant)
            await work.commit()
        return tenant

    def _first_key(self, mode: Mode, number: int, origin: Origin | None) -> IssuedKey:
        key_id = self._ids.new("key") if origin is None else origin.id("key", number)
        label = f"first {mode} key"
        return self._api_keys.make(ApiKeyId(key_id), mode, role=Role.ADMIN, label=label)

    def _work(self, tenant_id: TenantId) -> UnitOfWork:
        # A tenant has no mode of its own; its keys have.
        return self._units_of_work(Scope(tenant_id, Mode.TEST))
