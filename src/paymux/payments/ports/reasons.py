"""Why a provider did not do it, in our words: one taxonomy for every provider's codes."""

from enum import StrEnum


class Reason(StrEnum):
    """The reasons there are. Provider codes differ in the hundreds; what to do about them not.

    A declined charge first, by who can do something about it; then what went wrong around it.
    """

    INSUFFICIENT_FUNDS = "insufficient_funds"
    LIMIT_EXCEEDED = "limit_exceeded"
    DO_NOT_HONOR = "do_not_honor"
    TRY_AGAIN_LATER = "try_again_later"
    AUTHENTICATION_REQUIRED = "authentication_required"
    AUTHENTICATION_FAILED = "authentication_failed"
    INCORRECT_DETAILS = "incorrect_details"
    EXPIRED_METHOD = "expired_method"
    METHOD_NOT_SUPPORTED = "method_not_supported"
    METHOD_REVOKED = "method_revoked"
    LOST_OR_STOLEN = "lost_or_stolen"
    SUSPECTED_FRAUD = "suspected_fraud"
    PAYER_ACCOUNT_RESTRICTED = "payer_account_restricted"
    PAYER_CANCELED = "payer_canceled"
    DUPLICATE_TRANSACTION = "duplicate_transaction"
    COMPLIANCE_BLOCK = "compliance_block"
    DECLINED_OTHERWISE = "declined_otherwise"

    PROVIDER_UNREACHABLE = "provider_unreachable"
    PROVIDER_ERROR = "provider_error"
    PROVIDER_BUSY = "provider_busy"
    STILL_IN_PROGRESS = "still_in_progress"
    CREDENTIALS_INVALID = "credentials_invalid"
    ACCOUNT_NOT_PERMITTED = "account_not_permitted"
    REQUEST_INVALID = "request_invalid"
    AMOUNT_NOT_ACCEPTED = "amount_not_accepted"
    CURRENCY_NOT_ACCEPTED = "currency_not_accepted"
    NOT_FOUND = "not_found"
    STATE_CONFLICT = "state_conflict"
    ALREADY_DONE = "already_done"
    TOO_LATE = "too_late"
    DISPUTED = "disputed"
    CAPABILITY_MISSING = "capability_missing"
