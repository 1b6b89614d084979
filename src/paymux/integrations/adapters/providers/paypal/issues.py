"""Every issue code PayPal documents for the operations we use, and what it amounts to.

PayPal publishes none for the vault; of its codes for disputes, `dispute_issues` has those that
its site describes.
"""

from collections.abc import Mapping
from typing import Final

from paymux.integrations.adapters.providers.paypal import (
    dispute_issues,
    movement_issues,
    order_issues,
    own_codes,
    request_issues,
)
from paymux.integrations.adapters.providers.paypal.issue_rows import Rows
from paymux.payments.ports.plugins import ErrorRule


def _rules(*tables: Rows) -> Mapping[str, ErrorRule]:
    return {
        code.lower(): ErrorRule(outcome, meaning, reason)
        for table in tables
        for (outcome, reason), rows in table.items()
        for code, meaning in rows.items()
    }


ISSUES: Final = _rules(
    request_issues.BY_OUTCOME,
    order_issues.BY_OUTCOME,
    movement_issues.BY_OUTCOME,
    dispute_issues.BY_OUTCOME,
)
"""What an error reply may say. Keys are lower case, as `Failure.code` is."""

STATUS_REASONS: Final = _rules(movement_issues.STATUS_REASONS)
OWN_CODES: Final = _rules(own_codes.BY_OUTCOME)

ERROR_MAP: Final[Mapping[str, ErrorRule]] = {**ISSUES, **STATUS_REASONS, **OWN_CODES}
"""Those, what is said of a movement of money, and what we say ourselves."""

GENERAL: Final = frozenset(
    {
        "authentication_failure",
        "internal_server_error",
        "internal_service_error",
        "invalid_request",
        "not_authorized",
        "resource_conflict",
        "resource_not_found",
        "service_unavailable",
        "unprocessable_entity",
        "unsupported_media_type",
        "validation_error",
    }
)
"""Names that repeat the HTTP status; a reply's issue says more."""
