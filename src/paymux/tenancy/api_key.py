"""A secret that acts for one tenant, in one mode, in one role."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from paymux.kernel.ids import ApiKeyId
from paymux.kernel.scope import Mode
from paymux.tenancy.errors import ApiKeyIsInvalid
from paymux.tenancy.role import Role

_SHAPE: Final = re.compile(r"pmx_(test|live)_[A-Za-z0-9_-]{32,128}")
_SHOWN: Final = 4


@dataclass(slots=True, eq=False, kw_only=True)
class ApiKey:
    """What is kept of a key: never its text, only the SHA-256 of it.

    The text holds 192 random bits, so a slow hash would protect nothing more.
    """

    id: ApiKeyId
    mode: Mode
    role: Role
    label: str
    secret_hash: bytes = field(repr=False)
    last_four: str
    created_at: datetime
    revoked_at: datetime | None = None

    def revoke(self, at: datetime) -> None:
        """Refuse it from now on; repeatable."""
        self.revoked_at = self.revoked_at or at


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key with its text, which is shown this once."""

    key: ApiKey
    text: str = field(repr=False)


def key_text(mode: Mode, token: str) -> str:
    """Return the text of a key made from an unguessable token."""
    return f"pmx_{mode}_{token}"


def mode_of_text(text: str) -> Mode:
    """Return the mode that a key's text names; raises ApiKeyIsInvalid for a garbled one."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise ApiKeyIsInvalid
    return Mode(shape.group(1))


def hash_of_text(text: str) -> bytes:
    """Return what is kept of a key's text."""
    return hashlib.sha256(text.encode("utf-8")).digest()


def last_four_of(text: str) -> str:
    """Return what may be shown of a key's text."""
    return text[-_SHOWN:]
