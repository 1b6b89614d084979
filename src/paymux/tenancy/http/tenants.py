"""Tenants over HTTP."""

from litestar import Controller, get, patch, post

from paymux.kernel.ids import TenantId
from paymux.kernel.origin import Origin
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Scope
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.http.authentication import Caller
from paymux.tenancy.http.bodies import (
    ChangeTenant,
    CreateTenant,
    CreateTenantApiKey,
    IssuedApiKeyBody,
    NewTenantBody,
    TenantBody,
    issued_key_body,
    new_tenant_body,
    tenant_body,
)
from paymux.tenancy.http.guards import root, root_or_admin
from paymux.tenancy.tenant import Tenant
from paymux.tenancy.tenants import Tenants


class TenantController(Controller):
    """`/v1/tenants`: the root key's, but for each tenant's own entry."""

    path = "/v1/tenants"
    tags = ["Tenants"]

    @post("/", guards=[root])
    async def create_tenant(
        self, data: CreateTenant, tenants: Tenants, origin: Origin | None
    ) -> NewTenantBody:
        """Create a tenant with its first admin keys.

        The keys are shown this once: one for test mode, and one for live mode where this
        installation is live.
        """
        return new_tenant_body(await tenants.create(data.name, origin))

    @get("/", guards=[root])
    async def list_tenants(self, tenants: Tenants, page: PageRequest) -> PageResponse[TenantBody]:
        """List tenants, newest first.

        Disabled ones included.
        """
        return page_response(await tenants.list(page), tenant_body)

    @get("/{tenant_id:str}", guards=[root_or_admin])
    async def get_tenant(
        self, tenant_id: TenantId, caller: Caller, tenants: Tenants
    ) -> TenantBody:
        """Get a tenant.

        The root key gets any; an admin key gets its own, and no other exists for it.
        """
        caller.require_reach(tenant_id)
        return tenant_body(await tenants.get(tenant_id))

    @patch("/{tenant_id:str}", guards=[root_or_admin])
    async def change_tenant(
        self, tenant_id: TenantId, data: ChangeTenant, caller: Caller, tenants: Tenants
    ) -> TenantBody:
        """Rename, disable or enable a tenant.

        An admin key may rename its own tenant; only the root key disables and enables.
        """
        caller.require_reach(tenant_id)
        if data.disabled is not None:
            caller.require_root()
        return tenant_body(await _changed(tenants, tenant_id, data))

    @post("/{tenant_id:str}/api_keys", guards=[root])
    async def create_tenant_api_key(
        self,
        tenant_id: TenantId,
        data: CreateTenantApiKey,
        api_keys: ApiKeys,
        origin: Origin | None,
    ) -> IssuedApiKeyBody:
        """Issue an API key for a tenant that has lost its own.

        Its text is in this answer and never shown again.
        """
        scope = Scope(tenant_id, data.mode)
        return issued_key_body(
            await api_keys.issue(scope, role=data.role, label=data.label, origin=origin)
        )


async def _changed(tenants: Tenants, tenant_id: TenantId, data: ChangeTenant) -> Tenant:
    if data.name is not None:
        await tenants.rename(tenant_id, data.name)
    if data.disabled is None:
        return await tenants.get(tenant_id)
    return await (tenants.disable(tenant_id) if data.disabled else tenants.enable(tenant_id))
