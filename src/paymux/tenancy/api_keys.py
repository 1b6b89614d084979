"""Issuing, checking and revoking API keys."""

from hmac import compare_digest

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ApiKeyId, Ids
from paymux.kernel.origin import Origin, new_id
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.tenancy.api_key import (
    ApiKey,
    IssuedKey,
    hash_of_text,
    key_text,
    last_four_of,
    mode_of_text,
)
from paymux.tenancy.errors import ApiKeyIsInUse, ApiKeyIsInvalid, LiveModeIsOff
from paymux.tenancy.name import valid_name
from paymux.tenancy.principal import Principal
from paymux.tenancy.recent_principals import RecentPrincipals
from paymux.tenancy.role import Role
from paymux.tenancy.storage import Directory, UnitsOfWork


class ApiKeys:
    """The keys of all tenants. `live` tells whether this installation moves real money."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        directory: Directory,
        recent: RecentPrincipals,
        *,
        clock: Clock,
        ids: Ids,
        live: bool,
    ) -> None:
        self._units_of_work = units_of_work
        self._directory = directory
        self._recent = recent
        self._clock = clock
        self._ids = ids
        self._live = live

    async def issue(
        self, scope: Scope, *, role: Role, label: str, origin: Origin | None = None
    ) -> IssuedKey:
        """Make a key for the scope's tenant and mode; refuses live ones where live is off.

        A repeated origin gives the key of its earlier run a new text: nobody has seen the other.
        """
        key_id = ApiKeyId(new_id(self._ids, "key", origin))
        issued = self.make(key_id, scope.mode, role=role, label=label)
        async with self._units_of_work(scope) as work:
            await work.tenants.get(scope.tenant_id)
            await work.api_keys.put(issued.key)
            await work.commit()
        return issued

    def make(self, key_id: ApiKeyId, mode: Mode, *, role: Role, label: str) -> IssuedKey:
        """Make a key that is not stored yet; refuses live ones where live is off."""
        self._refuse_live_when_off(mode)
        text = key_text(mode, self._ids.token())
        key = ApiKey(
            id=key_id,
            mode=mode,
            role=role,
            label=valid_name(label, "label"),
            secret_hash=hash_of_text(text),
            last_four=last_four_of(text),
            created_at=self._clock.now(),
        )
        return IssuedKey(key, text)

    async def get(self, scope: Scope, key_id: ApiKeyId) -> ApiKey:
        """Return a key, revoked or not."""
        async with self._units_of_work(scope) as work:
            return await work.api_keys.get(key_id)

    async def list(self, scope: Scope, page: PageRequest) -> Page[ApiKey]:
        """Return keys, revoked ones included, newest first."""
        async with self._units_of_work(scope) as work:
            return await work.api_keys.list(page)

    async def revoke(
        self, scope: Scope, key_id: ApiKeyId, *, using: ApiKeyId | None = None
    ) -> ApiKey:
        """Refuse a key from now on, everywhere within two seconds; not the one in use."""
        if key_id == using:
            raise ApiKeyIsInUse
        async with self._units_of_work(scope) as work:
            key = await work.api_keys.lock(key_id)
            key.revoke(self._clock.now())
            await work.api_keys.save(key)
            await work.commit()
        self._recent.forget_key(key_id)
        return key

    async def authenticate(self, text: str) -> Principal:
        """Return who presents this key; raises ApiKeyIsInvalid, or LiveModeIsOff."""
        mode = mode_of_text(text)
        self._refuse_live_when_off(mode)
        secret_hash = hash_of_text(text)
        recent = self._recent.find(secret_hash, self._clock.now())
        return recent or await self._check(mode, secret_hash)

    async def recheck(self, scope: Scope, key_id: ApiKeyId) -> Principal:
        """Return who was let in with this key before; raises what `authenticate` raises."""
        self._refuse_live_when_off(scope.mode)
        async with self._units_of_work(scope) as work:
            key = await work.api_keys.usable(key_id)
        if key is None:
            raise ApiKeyIsInvalid
        return Principal(tenant_id=scope.tenant_id, mode=scope.mode, role=key.role, key_id=key_id)

    async def _check(self, mode: Mode, secret_hash: bytes) -> Principal:
        asked_at = self._clock.now()
        found = self._recent.find_key(secret_hash) or await self._directory.find_key(secret_hash)
        if found is None:
            raise ApiKeyIsInvalid
        tenant_id, key_id = found
        async with self._units_of_work(Scope(tenant_id, mode)) as work:
            key = await work.api_keys.usable(key_id)
        if key is None or not compare_digest(key.secret_hash, secret_hash):
            raise ApiKeyIsInvalid
        principal = Principal(tenant_id=tenant_id, mode=mode, role=key.role, key_id=key_id)
        self._recent.remember(secret_hash, principal, asked_at)
        return principal

    def _refuse_live_when_off(self, mode: Mode) -> None:
        if mode is Mode.LIVE and not self._live:
            raise LiveModeIsOff
