"""From a provider's code, or one of ours, to our reason."""

from collections.abc import Mapping
from typing import Final

from paymux.payments.ports.advice import REASON_OF_OUTCOME
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.error_maps import ErrorMaps, Overrides
from paymux.payments.ports.reasons import Reason

_OUR_CODES: Final[Mapping[str, Reason | None]] = {
    "amount_not_supported": Reason.AMOUNT_NOT_ACCEPTED,
    "breaker_open": Reason.PROVIDER_UNREACHABLE,
    "capability_missing": Reason.CAPABILITY_MISSING,
    "connector_error": Reason.PROVIDER_ERROR,
    "currency_not_supported": Reason.CURRENCY_NOT_ACCEPTED,
    "no_answer_in_time": Reason.PROVIDER_ERROR,
    "not_done_yet": Reason.STILL_IN_PROGRESS,
    "not_found_at_provider": Reason.PROVIDER_UNREACHABLE,
    "nothing_held": Reason.STATE_CONFLICT,
    "overtaken": Reason.TOO_LATE,
    # What we did ourselves, or a person declared, is no reason of a provider's.
    "chosen_by_payer": None,
    "closed_by_us": None,
    "declared_by_operator": None,
    "paid_elsewhere": None,
    "provider_down": None,
    "session_over": None,
}
"""Codes that connectors do not give and we do."""

_OF_STATUS: Final[Mapping[str, Reason]] = {
    "in_flight": Reason.PROVIDER_ERROR,
    "unknown": Reason.PROVIDER_ERROR,
    "not_sent": Reason.PROVIDER_UNREACHABLE,
    "rejected": Reason.REQUEST_INVALID,
    "pending": Reason.DECLINED_OTHERWISE,
    "declined": Reason.DECLINED_OTHERWISE,
    "failed": Reason.DECLINED_OTHERWISE,
}
"""What is said of a code in no map: no more than how it ended. Nothing of a good end."""


def is_our_code(code: str) -> bool:
    """Tell whether we give this code, whatever the provider."""
    return code in _OUR_CODES


class ReasonBook:
    """The reasons of one tenant: the providers' error maps, and the tenant's rows over them."""

    def __init__(self, maps: ErrorMaps, overrides: Overrides) -> None:
        self._maps = maps
        self._overrides = overrides

    def of_status(self, provider: str, code: str | None, status: str) -> Reason | None:
        """Return why an attempt, capture or refund is as it is; None when there is no why."""
        if code is None or status not in _OF_STATUS:
            return None
        known, reason = self._known(provider, code)
        return reason if known else _OF_STATUS[status]

    def of_outcome(self, provider: str, code: str, outcome: Outcome) -> Reason | None:
        """Return why a call had its outcome."""
        known, reason = self._known(provider, code)
        return reason if known else REASON_OF_OUTCOME[outcome]

    def _known(self, provider: str, code: str) -> tuple[bool, Reason | None]:
        rule = self._maps.get(provider, {}).get(code)
        if rule is None:
            return is_our_code(code), _OUR_CODES.get(code)
        override = self._overrides.get((provider, code))
        return True, (override and override.reason) or rule.reason
