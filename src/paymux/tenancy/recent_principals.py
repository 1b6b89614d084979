"""Keys that were checked a moment ago, so that not every request asks the database."""

from datetime import datetime, timedelta
from typing import Final

from paymux.kernel.ids import ApiKeyId, TenantId
from paymux.tenancy.principal import Principal

_LIFETIME: Final = timedelta(seconds=2)
_MOST: Final = 10_000


class RecentPrincipals:
    """Remembers principals for two seconds: so long may another process's revocation take.

    Which key has a hash never changes, so that is remembered for longer.
    """

    def __init__(self) -> None:
        self._principals: dict[bytes, tuple[Principal, datetime]] = {}
        self._keys: dict[bytes, tuple[TenantId, ApiKeyId]] = {}

    def find(self, secret_hash: bytes, now: datetime) -> Principal | None:
        """Return the principal, if it was checked in the last two seconds."""
        principal, until = self._principals.get(secret_hash, (None, now))
        return principal if now < until else None

    def find_key(self, secret_hash: bytes) -> tuple[TenantId, ApiKeyId] | None:
        """Return which key has this hash, if it was found before."""
        return self._keys.get(secret_hash)

    def remember(self, secret_hash: bytes, principal: Principal, now: datetime) -> None:
        """Remember a principal that was just checked."""
        if len(self._keys) >= _MOST:
            self._principals.clear()
            self._keys.clear()
        self._principals[secret_hash] = (principal, now + _LIFETIME)
        self._keys[secret_hash] = (principal.tenant_id, principal.key_id)

    def forget_key(self, key_id: ApiKeyId) -> None:
        """Ask again about this key."""
        self._forget([h for h, (one, _) in self._principals.items() if one.key_id == key_id])

    def forget_tenant(self, tenant_id: TenantId) -> None:
        """Ask again about every key of this tenant."""
        self._forget([h for h, (one, _) in self._principals.items() if one.tenant_id == tenant_id])

    def _forget(self, hashes: list[bytes]) -> None:
        for secret_hash in hashes:
            del self._principals[secret_hash]
