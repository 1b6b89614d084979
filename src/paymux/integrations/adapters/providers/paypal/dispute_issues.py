"""The issue codes that PayPal's site describes for disputes; their API description has none.

https://developer.paypal.com/docs/api/customer-disputes/v1/#errors
"""

from typing import Final

from paymux.integrations.adapters.providers.paypal.issue_rows import Rows
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.reasons import Reason

BY_OUTCOME: Final[Rows] = {
    (Outcome.REJECTED, Reason.STATE_CONFLICT): {
        "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE": "The dispute does not allow this now.",
    },
    (Outcome.REJECTED, Reason.REQUEST_INVALID): {
        "AMOUNT_SHOULD_NOT_BE_PASSED": "A claim of this kind is accepted as a whole.",
        "MANDATORY_PARAMETER_MISSING": "A required field is missing.",
    },
}
