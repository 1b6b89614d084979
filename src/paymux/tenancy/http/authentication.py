"""From the Authorization header to who is asking."""

from dataclasses import dataclass
from hmac import compare_digest

from paymux.kernel.ids import TenantId
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.errors import (
    ApiKeyIsMissing,
    RootKeyHasNoTenant,
    RootKeyIsNeeded,
    TenantIsNotFound,
)
from paymux.tenancy.principal import Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """A tenant's key, or the root key when there is no principal."""

    principal: Principal | None

    @property
    def is_root(self) -> bool:
        """Whether the root key was presented."""
        return self.principal is None

    def require_root(self) -> None:
        """Raise RootKeyIsNeeded for a tenant's key."""
        if not self.is_root:
            raise RootKeyIsNeeded

    def require_reach(self, tenant_id: TenantId) -> None:
        """Raise TenantIsNotFound for another tenant's key: it looks as if there were none."""
        if self.principal is not None and self.principal.tenant_id != tenant_id:
            raise TenantIsNotFound(tenant_id)


class Authentication:
    """Knows the root key, and asks the API keys about everything else."""

    def __init__(self, api_keys: ApiKeys, root_key: str | None) -> None:
        self._api_keys = api_keys
        self._root_key = None if root_key is None else root_key.encode("utf-8")

    async def caller(self, header: str | None) -> Caller:
        """Return who presents this header; raises a refusal of category unauthenticated."""
        token = _bearer_token(header)
        if self._is_root_key(token):
            return Caller(None)
        return Caller(await self._api_keys.authenticate(token))

    async def principal(self, header: str | None) -> Principal:
        """Return the tenant's key; raises RootKeyHasNoTenant for the root key."""
        caller = await self.caller(header)
        if caller.principal is None:
            raise RootKeyHasNoTenant
        return caller.principal

    def _is_root_key(self, token: str) -> bool:
        given = token.encode("utf-8", "surrogateescape")
        return self._root_key is not None and compare_digest(given, self._root_key)


def _bearer_token(header: str | None) -> str:
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiKeyIsMissing
    return token.strip()
