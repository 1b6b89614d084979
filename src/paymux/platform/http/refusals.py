"""Which refusal an exchange ended with, for those who see its bytes only."""

from collections.abc import Mapping, MutableMapping
from typing import Final

from paymux.kernel.errors import PaymuxError

_STATE_KEY: Final = "refusal"


def remember_refusal(scope: Mapping[str, object], error: PaymuxError) -> None:
    """Keep the refusal with the request that it answers."""
    state = scope.get("state")
    if isinstance(state, MutableMapping):
        state[_STATE_KEY] = error


def refusal_of(scope: Mapping[str, object]) -> PaymuxError | None:
    """Return the refusal that the request was answered with, if any."""
    state = scope.get("state")
    found = state.get(_STATE_KEY) if isinstance(state, Mapping) else None
    return found if isinstance(found, PaymuxError) else None
