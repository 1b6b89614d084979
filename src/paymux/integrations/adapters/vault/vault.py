"""The secrets of connections, sealed for their tenant and connection alone."""

from typing import Final

import msgspec

from paymux.integrations.adapters.vault.keys import KeyRing
from paymux.integrations.adapters.vault.seals import AesSeals, BlobIsBroken, head_of
from paymux.integrations.domain.connection import Sealed, Secrets
from paymux.integrations.ports.outbound import SealIsBroken
from paymux.kernel.ids import ConnectionId, TenantId

_PURPOSE: Final = "connection-secrets"


class _Plain(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    credentials: str
    verifiers: tuple[str, ...]


class AesVault:
    """Seals and opens the secrets of connections with the keys of one ring."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._seals = AesSeals(ring, _PURPOSE)

    @property
    def newest_key(self) -> str:
        """The name of the key that seals from now on."""
        return self._ring.newest

    def seal(self, tenant_id: TenantId, connection_id: ConnectionId, secrets: Secrets) -> Sealed:
        """Seal with the newest key and a fresh nonce."""
        plain = msgspec.msgpack.encode(_Plain(secrets.credentials, secrets.verifiers))
        return Sealed(self._ring.newest, self._seals.seal((tenant_id, connection_id), plain))

    def open(self, tenant_id: TenantId, connection_id: ConnectionId, sealed: Sealed) -> Secrets:
        """Return the secrets; raises SealIsBroken or KeyVersionIsUnknown."""
        name = sealed.key_version
        if not name or not sealed.blob.startswith(head_of(name)):
            raise SealIsBroken(connection_id)
        try:
            opened = self._seals.open((tenant_id, connection_id), sealed.blob)
            plain = msgspec.msgpack.decode(opened, type=_Plain)
        except (BlobIsBroken, msgspec.DecodeError):
            raise SealIsBroken(connection_id) from None
        return Secrets(plain.credentials, plain.verifiers)
