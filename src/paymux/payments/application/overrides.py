"""Which rows of an error map a tenant may read otherwise, and what that does to a reply.

A row may be read with more care than the provider's package has, or with another meaning of
the same proof. It may never be read so that a payment ends, or goes on elsewhere, after a call
whose money may be moving: that would charge the payer twice.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from paymux.kernel.errors import Category, PaymuxError
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.error_maps import ErrorOverride

_UNSAID: Final = frozenset({Outcome.NOT_SENT, Outcome.NOT_PROCESSED, Outcome.CREDENTIALS})
"""This call did nothing, which says nothing of an earlier one with the same key."""

_REFUSED: Final = frozenset({Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD, Outcome.REJECTED})
"""The answer itself proves that nothing was taken."""

MAY_BECOME: Final[Mapping[Outcome, frozenset[Outcome]]] = {
    # Money may be moving: no reading of the code makes that untrue.
    Outcome.UNKNOWN: frozenset({Outcome.UNKNOWN}),
    Outcome.IN_PROGRESS: frozenset({Outcome.IN_PROGRESS, Outcome.UNKNOWN}),
    Outcome.DONE_ALREADY: frozenset({Outcome.DONE_ALREADY, Outcome.UNKNOWN}),
    # The payer may yet do it on the page that is open.
    Outcome.NEEDS_PAYER: frozenset({Outcome.NEEDS_PAYER, Outcome.UNKNOWN}),
    # Were these read as a refusal, a repeated call would prove what it does not.
    **dict.fromkeys(_UNSAID, _UNSAID | {Outcome.UNKNOWN}),
    **dict.fromkeys(
        (Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD),
        _REFUSED | {Outcome.NEEDS_PAYER, Outcome.UNKNOWN},
    ),
    Outcome.REJECTED: _REFUSED | {Outcome.NOT_SENT, Outcome.CREDENTIALS, Outcome.UNKNOWN},
}
"""What each outcome may be read as."""


class OverrideIsNotSafe(PaymuxError):
    """Read like that, the code could let a payment end or go elsewhere while its money moves.

    Choose one of the outcomes that `detail` names, or leave the row's outcome and set only its
    reason.
    """

    code = "override_not_safe"
    category = Category.UNPROCESSABLE

    def __init__(self, code: str, given: Outcome) -> None:
        allowed = ", ".join(sorted(MAY_BECOME[given]))
        super().__init__(
            f"{code!r} means {given}: it may be read as {allowed}. Anything else could charge "
            "a payer twice, or leave a call unfinished.",
            field="outcome",
        )


class OverriddenFailure(Failure, frozen=True, kw_only=True):
    """A failure as its tenant reads it. `given`: the outcome that the connector gave it."""

    given: Outcome


def refuse_unsafe(code: str, given: Outcome, wanted: Outcome) -> None:
    """Raise OverrideIsNotSafe unless the code's outcome may be read as the one wanted."""
    if wanted not in MAY_BECOME[given]:
        raise OverrideIsNotSafe(code, given)


def overridden(failure: Failure, override: ErrorOverride | None) -> Failure:
    """Return the failure as the tenant reads it.

    What counts is the outcome that this very reply had: the same code may come with a 500,
    which leaves open what was done, and then the tenant's reading does not hold.
    """
    if override is None or override.outcome is failure.outcome:
        return failure
    if override.outcome not in MAY_BECOME[failure.outcome]:
        return failure
    said = {**msgspec.structs.asdict(failure), "outcome": override.outcome}
    return OverriddenFailure(**said, given=failure.outcome)


def given_outcome(failure: Failure) -> Outcome | None:
    """Return what the connector made of it, if the tenant reads it otherwise."""
    return failure.given if isinstance(failure, OverriddenFailure) else None
