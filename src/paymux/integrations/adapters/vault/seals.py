"""Sealing with AES-256-GCM, bound to a purpose, whatever the caller names, and key version.

A blob is: format (1 byte) | length of the key's name (1 byte) | name | nonce (12) | ciphertext
with tag. Everything before the ciphertext is authenticated, by itself or as the nonce. The
96-bit nonce is random; NIST SP 800-38D, section 8.3, allows 2^32 seals per key that way.
"""

import secrets as randomness
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag

from paymux.integrations.adapters.vault.keys import KeyRing
from paymux.integrations.ports.outbound import KeyVersionIsUnknown

_FORMAT: Final = 1
_NONCE_BYTES: Final = 12
_LONGEST_NAME: Final = 255


class BlobIsBroken(Exception):
    """It was swapped, altered, downgraded or sealed by somebody else."""


class AesSeals:
    """Seals with the newest key of a ring, and opens what any of them sealed for this purpose."""

    def __init__(self, ring: KeyRing, purpose: str) -> None:
        self._ring = ring
        self._purpose = purpose

    def seal(self, bound_to: Sequence[str], plain: bytes) -> bytes:
        """Seal with the newest key and a fresh nonce."""
        name = self._ring.newest
        cipher = self._ring.cipher(name)
        if cipher is None:
            raise KeyVersionIsUnknown(name)
        nonce = randomness.token_bytes(_NONCE_BYTES)
        head = head_of(name)
        return head + nonce + cipher.encrypt(nonce, plain, self._bound(head, bound_to))

    def open(self, bound_to: Sequence[str], sealed: bytes) -> bytes:
        """Return what was sealed; raises BlobIsBroken or KeyVersionIsUnknown."""
        name = _name_in(sealed)
        head = head_of(name)
        cipher = self._ring.cipher(name)
        if not name or not sealed.startswith(head):
            raise BlobIsBroken
        if cipher is None:
            raise KeyVersionIsUnknown(name)
        nonce = sealed[len(head) : len(head) + _NONCE_BYTES]
        ciphertext = sealed[len(head) + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, ciphertext, self._bound(head, bound_to))
        except (InvalidTag, ValueError):  # ValueError: too short
            raise BlobIsBroken from None

    def _bound(self, head: bytes, bound_to: Sequence[str]) -> bytes:
        """Join what a seal is bound to; lengths go first, so that no two bindings look alike."""
        parts = (head, self._purpose.encode(), *(part.encode() for part in bound_to))
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def head_of(name: str) -> bytes:
    """Return what a blob begins with that the key so named has sealed."""
    encoded = name.encode()[:_LONGEST_NAME]
    return bytes([_FORMAT, len(encoded)]) + encoded


def _name_in(sealed: bytes) -> str:
    return sealed[2 : 2 + sealed[1]].decode("utf-8", "replace") if len(sealed) > 1 else ""
