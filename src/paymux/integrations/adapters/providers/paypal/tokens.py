"""OAuth 2 access tokens: one per connector, shared by its threads, renewed before it dies."""

import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.errors import classify, not_sent
from paymux.integrations.adapters.providers.paypal.sessions import (
    Deadline,
    Reply,
    RequestWasNotSent,
)
from paymux.integrations.adapters.providers.paypal.wire import Token
from paymux.kernel.clock import Clock
from paymux.payments.ports.connectors import Failure, Outcome

_RENEW_EARLY: Final = timedelta(minutes=5)
_LONGEST_LIFE: Final = 86_400
_SHAPE: Final = re.compile(r"[\x21-\x7e]{1,8192}")
_REFUSED: Final = frozenset({401, 403})


class NoTokenCame(Exception):
    """There is no access token, so the request itself was never sent."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


class Tokens:
    """The token in use."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: tuple[Token, datetime] | None = None

    def current(self, fetch: Callable[[], Token], deadline: Deadline) -> Token:
        """Return a token that lives a while yet; one thread fetches, the others wait for it."""
        if not self._lock.acquire(timeout=deadline.remaining()):
            raise RequestWasNotSent(code="token_timeout", message="No access token came in time.")
        try:
            if self._held is None or self._clock.now() >= self._held[1]:
                token = fetch()
                self._held = token, self._renewal(token)
            return self._held[0]
        finally:
            self._lock.release()

    def forget(self, token: Token | None = None) -> None:
        """Drop the token, or only this one, which another thread may have replaced."""
        held = self._held
        if held is not None and (token is None or held[0] is token):
            self._held = None

    @property
    def app_id(self) -> str | None:
        """PayPal's name of the app the token was given to."""
        held = self._held
        return None if held is None else held[0].app_id

    def _renewal(self, token: Token) -> datetime:
        life = timedelta(seconds=min(max(token.expires_in, 0), _LONGEST_LIFE))
        return self._clock.now() + life - min(_RENEW_EARLY, life / 2)


def read_token(reply: Reply) -> Token:
    """Read the reply of the token endpoint; NoTokenCame when it is none."""
    try:
        token = msgspec.json.decode(reply.content, type=Token)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        token = None
    if token is None or not _SHAPE.fullmatch(token.access_token):
        raise NoTokenCame(not_sent("token_unreadable", "PayPal's access token is unreadable."))
    return token


def token_failure(reply: Reply, secret: str) -> Failure:
    """Whatever happened to the token call, the request itself was not sent."""
    failure = classify(reply.status_code, reply.headers, reply.content, (secret,))
    refused = reply.status_code in _REFUSED
    outcome = Outcome.CREDENTIALS if refused else Outcome.NOT_SENT
    return msgspec.structs.replace(failure, outcome=outcome)
