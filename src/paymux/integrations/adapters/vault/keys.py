"""The key ring: named keys, newest first."""

import re
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paymux.kernel.errors import Category, StartIsRefused

KEY_BYTES: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")


class KeyRingIsInvalid(StartIsRefused):
    """The key ring is empty, or has a key of the wrong length or an odd name."""

    code = "key_ring_invalid"
    category = Category.INVALID


class KeyRing:
    """AES-256 keys by name. The first seals; every one opens what it sealed."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            why = "The key ring has no key."
            raise KeyRingIsInvalid(why)
        self._ciphers = {name: _cipher(name, key) for name, key in keys.items()}
        self.newest = next(iter(keys))

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._ciphers)})"

    def cipher(self, name: str) -> AESGCM | None:
        """Return the cipher of the key so named, if the ring has it."""
        return self._ciphers.get(name)


def _cipher(name: str, key: bytes) -> AESGCM:
    if _NAME.fullmatch(name) is None:
        why = "A key's name has 1 to 32 letters, digits, dots, dashes or underscores."
        raise KeyRingIsInvalid(why)
    if len(key) != KEY_BYTES:
        why = f"Encryption key {name!r} has {len(key)} bytes instead of {KEY_BYTES}."
        raise KeyRingIsInvalid(why)
    return AESGCM(key)
