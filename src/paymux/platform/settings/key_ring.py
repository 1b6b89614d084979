"""The ring of keys that seal credentials: `v2:<base64>,v1:<base64>`, the current key first."""

import base64
import binascii
import os
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from secrets import token_bytes, token_hex

import msgspec

from paymux.platform.settings.errors import ValueIsMalformed

_KEY_BYTES = 32
# 32 random bytes have about 30 different values; fewer than this many is not chance.
_FEWEST_DIFFERENT_BYTES = 16


class EncryptionKey(msgspec.Struct, frozen=True):
    """One key of the ring. Its repr shows the version alone."""

    version: int
    secret: bytes

    def __repr__(self) -> str:
        """Without the key."""
        return f"EncryptionKey(version={self.version})"


def parse_key_ring(text: str) -> tuple[EncryptionKey, ...]:
    """The keys in their order; raises `ValueIsMalformed`."""
    keys = tuple(_parse_key(part.strip()) for part in text.split(","))
    if len({key.version for key in keys}) != len(keys):
        reason = "two keys have the same version"
        raise ValueIsMalformed(reason)
    return keys


def weakness(key: EncryptionKey) -> str | None:
    """Why the key was not made by chance, or None if it may have been."""
    steps = {(after - before) % 256 for before, after in pairwise(key.secret)}
    half = len(key.secret) // 2
    if len(steps) == 1 or key.secret[:half] == key.secret[half:]:
        return "is a pattern"
    if len(set(key.secret)) < _FEWEST_DIFFERENT_BYTES:
        return "has too few different bytes"
    if key.secret.isascii():
        return "is readable text, not random bytes"
    return None


def key_ring_in(data_dir: Path) -> tuple[EncryptionKey, ...]:
    """The ring of a trial installation, kept in the data directory and made when first needed.

    Raises `ValueIsMalformed` when the file cannot be read.
    """
    path = data_dir / "encryption-keys"
    if not path.exists():
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        _write_once(path, f"v1:{base64.b64encode(token_bytes(_KEY_BYTES)).decode()}\n")
    try:
        return parse_key_ring(path.read_text().strip())
    except PermissionError:
        reason = f"{path} belongs to another user"
        raise ValueIsMalformed(reason) from None


def _write_once(path: Path, text: str) -> None:
    """Whoever comes second to the link keeps the first one's file, whole."""
    fresh = path.with_name(f"{path.name}.{token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    if os.geteuid() == 0:
        os.chown(fresh, path.parent.stat().st_uid, -1)
    with suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()


def _parse_key(text: str) -> EncryptionKey:
    version, colon, encoded = text.partition(":")
    if not (colon and version[:1] == "v" and version[1:].isascii() and version[1:].isdecimal()):
        reason = "each key is written v<number>:<base64>"
        raise ValueIsMalformed(reason)
    return EncryptionKey(int(version[1:]), _decoded(encoded, version))


def _decoded(encoded: str, version: str) -> bytes:
    standard = encoded.strip().translate(str.maketrans("-_", "+/"))
    try:
        secret = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        reason = f"{version} is not base64"
        raise ValueIsMalformed(reason) from None
    if len(secret) != _KEY_BYTES:
        reason = f"{version} is {len(secret)} bytes long; a key has {_KEY_BYTES}"
        raise ValueIsMalformed(reason)
    return secret
