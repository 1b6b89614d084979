"""Sealing with AES-256-GCM, bound to tenant, connection, purpose and key version.

A blob is: format (1 byte) | length of the key's name (1 byte) | name | nonce (12) | ciphertext
with tag. Everything before the ciphertext is authenticated, by itself or as the nonce. The
96-bit nonce is random; NIST SP 800-38D, section 8.3, allows 2^32 seals per key that way.
"""

import secrets as randomness
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paymux.integrations.adapters.vault.keys import KeyRing
from paymux.integrations.domain.connection import Sealed, Secrets
from paymux.integrations.ports.outbound import KeyVersionIsUnknown, SealIsBroken
from paymux.kernel.ids import ConnectionId, TenantId

_FORMAT: Final = 1
_NONCE_BYTES: Final = 12
_PURPOSE: Final = "connection-secrets"


class _Plain(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    credentials: str
    verifiers: tuple[str, ...]


class AesVault:
    """Seals and opens the secrets of connections with the keys of one ring."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    @property
    def newest_key(self) -> str:
        """The name of the key that seals from now on."""
        return self._ring.newest

    def seal(self, tenant_id: TenantId, connection_id: ConnectionId, secrets: Secrets) -> Sealed:
        """Seal with the newest key and a fresh nonce."""
        name = self._ring.newest
        plain = msgspec.msgpack.encode(_Plain(secrets.credentials, secrets.verifiers))
        nonce = randomness.token_bytes(_NONCE_BYTES)
        head = _head(name)
        bound = _bound(head, tenant_id, connection_id)
        ciphertext = self._cipher(name).encrypt(nonce, plain, bound)
        return Sealed(name, head + nonce + ciphertext)

    def open(self, tenant_id: TenantId, connection_id: ConnectionId, sealed: Sealed) -> Secrets:
        """Return the secrets; raises SealIsBroken or KeyVersionIsUnknown."""
        head = _head(sealed.key_version)
        if not sealed.key_version or not sealed.blob.startswith(head):
            raise SealIsBroken(connection_id)
        cipher = self._cipher(sealed.key_version)
        nonce = sealed.blob[len(head) : len(head) + _NONCE_BYTES]
        ciphertext = sealed.blob[len(head) + _NONCE_BYTES :]
        bound = _bound(head, tenant_id, connection_id)
        try:
            plain = msgspec.msgpack.decode(cipher.decrypt(nonce, ciphertext, bound), type=_Plain)
        except (InvalidTag, ValueError, msgspec.DecodeError):  # ValueError: too short
            raise SealIsBroken(connection_id) from None
        return Secrets(plain.credentials, plain.verifiers)

    def _cipher(self, name: str) -> AESGCM:
        cipher = self._ring.cipher(name)
        if cipher is None:
            raise KeyVersionIsUnknown(name)
        return cipher


def _head(name: str) -> bytes:
    encoded = name.encode()[:255]
    return bytes([_FORMAT, len(encoded)]) + encoded


def _bound(head: bytes, tenant_id: str, connection_id: str) -> bytes:
    """Join what a seal is bound to; lengths go first, so that no two bindings look alike."""
    parts = (head, *(part.encode() for part in (_PURPOSE, tenant_id, connection_id)))
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
