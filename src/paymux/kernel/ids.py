"""Prefixed ids that sort by the time they were made: `pay_01k…`."""

import re
import secrets
from datetime import datetime
from typing import Final, NewType, Protocol

from paymux.kernel.clock import Clock

TenantId = NewType("TenantId", str)
ApiKeyId = NewType("ApiKeyId", str)
PaymentId = NewType("PaymentId", str)
AttemptId = NewType("AttemptId", str)
PaymentLinkId = NewType("PaymentLinkId", str)
ObservationId = NewType("ObservationId", str)
RefundId = NewType("RefundId", str)
CaptureId = NewType("CaptureId", str)
DisputeId = NewType("DisputeId", str)
DisputeResponseId = NewType("DisputeResponseId", str)
PaymentMethodId = NewType("PaymentMethodId", str)
DecisionId = NewType("DecisionId", str)
EventId = NewType("EventId", str)
CustomerId = NewType("CustomerId", str)
ConnectionId = NewType("ConnectionId", str)
ProviderEventId = NewType("ProviderEventId", str)

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 26
_SHAPE: Final = re.compile(rf"[a-z]{{2,5}}_[{ALPHABET}]{{{_LENGTH}}}")
_RANDOM_BITS: Final = 80
_STEP_BITS: Final = 64
_BITS_PER_DIGIT: Final = 5
_PAIRS: Final = [high + low for high in ALPHABET for low in ALPHABET]
_PAIR_MASK: Final = len(_PAIRS) - 1


class Ids(Protocol):
    """Makes ids and capability tokens; injected, so tests can foretell them."""

    def new(self, prefix: str) -> str:
        """Return a fresh id `{prefix}_{26 characters}`, later ids sorting after earlier ones."""
        ...

    def token(self) -> str:
        """Return an unguessable URL-safe token of at least 128 bits."""
        ...


class TimeSortedIds:
    """48 bits of milliseconds, then 80 random bits, in Crockford's base 32 (as a ULID)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def new(self, prefix: str) -> str:
        """Return a fresh id; later ones of one process sort after earlier ones, always."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        if milliseconds > self._last >> _RANDOM_BITS:
            self._last = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        else:
            self._last += 1 + secrets.randbits(_STEP_BITS)
        return f"{prefix}_{_encode(self._last)}"

    def token(self) -> str:
        """Return 192 random bits, URL-safe."""
        return secrets.token_urlsafe(24)


def earliest_id(prefix: str, instant: datetime) -> str:
    """Return a text that sorts before every id made at or after `instant`."""
    return f"{prefix}_{_encode(int(instant.timestamp() * 1000) << _RANDOM_BITS)}"


def has_id_shape(text: str) -> bool:
    """Tell whether `text` could be one of our ids, so that nonsense never reaches a query."""
    return _SHAPE.fullmatch(text) is not None


def _encode(number: int) -> str:
    pairs = []
    for _ in range(_LENGTH // 2):
        pairs.append(_PAIRS[number & _PAIR_MASK])
        number >>= 2 * _BITS_PER_DIGIT
    return "".join(reversed(pairs))
