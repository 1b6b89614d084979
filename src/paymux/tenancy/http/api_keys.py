"""A tenant's API keys over HTTP."""

from litestar import Controller, delete, get, post

from paymux.kernel.ids import ApiKeyId
from paymux.kernel.origin import Origin
from paymux.kernel.pages import PageRequest
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.errors import ModeIsNotYours
from paymux.tenancy.http.bodies import (
    ApiKeyBody,
    CreateApiKey,
    IssuedApiKeyBody,
    api_key_body,
    issued_key_body,
)
from paymux.tenancy.http.guards import admin
from paymux.tenancy.principal import Principal


class ApiKeyController(Controller):
    """`/v1/api_keys`: the keys of the caller's own tenant and mode, for admins."""

    path = "/v1/api_keys"
    tags = ["API keys"]
    guards = [admin]

    @post("/")
    async def create_api_key(
        self,
        data: CreateApiKey,
        principal: Principal,
        api_keys: ApiKeys,
        origin: Origin | None,
    ) -> IssuedApiKeyBody:
        """Issue an API key of your own mode.

        Its text is in this answer and never shown again.
        """
        if data.mode not in {None, principal.mode}:
            raise ModeIsNotYours(principal.mode)
        issued = await api_keys.issue(
            principal.scope, role=data.role, label=data.label, origin=origin
        )
        return issued_key_body(issued)

    @get("/")
    async def list_api_keys(
        self, principal: Principal, api_keys: ApiKeys, page: PageRequest
    ) -> PageResponse[ApiKeyBody]:
        """List the API keys of your mode, newest first.

        Revoked ones included; no text of a key is shown.
        """
        return page_response(await api_keys.list(principal.scope, page), api_key_body)

    @get("/{api_key_id:str}")
    async def get_api_key(
        self, api_key_id: ApiKeyId, principal: Principal, api_keys: ApiKeys
    ) -> ApiKeyBody:
        """Get an API key.

        Without its text: that was shown when the key was issued.
        """
        return api_key_body(await api_keys.get(principal.scope, api_key_id))

    @delete("/{api_key_id:str}")
    async def revoke_api_key(
        self, api_key_id: ApiKeyId, principal: Principal, api_keys: ApiKeys
    ) -> None:
        """Revoke an API key.

        Not the one that you are using. It stays in the list. Every process refuses it within
        two seconds.
        """
        await api_keys.revoke(principal.scope, api_key_id, using=principal.key_id)
