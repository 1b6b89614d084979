"""Who is signed in: a signed text in a cookie, which holds no key and no secret."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ApiKeyId, Ids, TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.tenancy.principal import Principal

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
_FRESH: Final = timedelta(minutes=1)
_MOST_ENDED: Final = 10_000


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in. Says which key was shown, so that its role and revocation are asked anew."""

    id: str
    tenant_id: TenantId
    mode: Mode
    key_id: ApiKeyId
    started_at: datetime
    seen_at: datetime

    @property
    def scope(self) -> Scope:
        """On whose behalf its use cases run."""
        return Scope(self.tenant_id, self.mode)


class Sessions:
    """Starts, reads and ends sessions. Nothing is stored, so any process can read them.

    What is kept, in this process alone, is which ones were ended early.
    """

    def __init__(self, *, keys: Sequence[bytes], clock: Clock, ids: Ids) -> None:
        self._keys = [digest(key, b"paymux console", sha256) for key in keys]
        self._clock = clock
        self._ids = ids
        self._ended: dict[str, datetime] = {}

    def start(self, principal: Principal) -> Session:
        """Return a new session of whoever showed the key."""
        now = self._clock.now()
        return Session(
            id=self._ids.token(),
            tenant_id=principal.tenant_id,
            mode=principal.mode,
            key_id=principal.key_id,
            started_at=now,
            seen_at=now,
        )

    def write(self, session: Session) -> str:
        """Return the session as a text that only we can make."""
        body = _encoded(msgspec.json.encode(session))
        return f"{body}.{self._sign(body)}"

    def read(self, text: str) -> Session | None:
        """Return the session; None when it is not ours, idle for too long, too old or ended."""
        body, _, signature = text.partition(".")
        if not self._is_signed(body, signature):
            return None
        try:
            session = msgspec.json.decode(_decoded(body), type=Session)
        except (msgspec.DecodeError, binascii.Error):
            return None
        return session if self._is_alive(session) else None

    def renewed(self, session: Session) -> Session | None:
        """Return the session as seen now; None while it was seen a moment ago."""
        now = self._clock.now()
        if now - session.seen_at < _FRESH:
            return None
        return msgspec.structs.replace(session, seen_at=now)

    def end(self, session: Session) -> None:
        """Refuse the session from now on."""
        now = self._clock.now()
        if len(self._ended) >= _MOST_ENDED:
            self._ended = {one: at for one, at in self._ended.items() if now - at < LONGEST}
        self._ended[session.id] = now

    def new_purpose(self) -> str:
        """Return an unguessable name for a form outside any session."""
        return self._ids.token()

    def form_token(self, purpose: str) -> str:
        """Return what a form of this session, or other purpose, has to bring along."""
        return self._sign(f"form:{purpose}")

    def is_form_token(self, purpose: str, token: str) -> bool:
        """Tell whether a form of ours brought this token."""
        return self._is_signed(f"form:{purpose}", token)

    def _is_alive(self, session: Session) -> bool:
        now = self._clock.now()
        is_recent = now - session.seen_at < IDLE and now - session.started_at < LONGEST
        return is_recent and session.id not in self._ended

    def _sign(self, text: str) -> str:
        return _signed(self._keys[0], text)

    def _is_signed(self, text: str, signature: str) -> bool:
        """Tell it for every key of the ring: one that was replaced still counts."""
        given = signature.encode("utf-8", "replace")
        return any(compare_digest(_signed(key, text).encode(), given) for key in self._keys)


def _signed(key: bytes, text: str) -> str:
    return _encoded(digest(key, text.encode("utf-8", "replace"), sha256))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
