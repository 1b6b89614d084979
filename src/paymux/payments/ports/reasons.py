"""Why a provider did not do it, in our words: one taxonomy for every provider's codes."""

from enum import StrEnum

import msgspec


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


class ReasonCategory(StrEnum):
    """Who or what stood in the way.

    `payer`: what the payer gave or did. `issuer`: the payer's bank or wallet said no.
    `provider`: it failed, or could not be reached. `configuration`: the merchant's account or
    its connection is not set up for this. `request`: what was asked for cannot be had.
    `state`: the thing is not, or no longer, in a state for this.
    """

    PAYER = "payer"
    ISSUER = "issuer"
    PROVIDER = "provider"
    CONFIGURATION = "configuration"
    REQUEST = "request"
    STATE = "state"


class NextTry(StrEnum):
    """Where another try may help, if anywhere.

    `payer_present`: only with the payer there, on a hosted page. `nothing`: no other try will
    end differently before something else has changed.
    """

    SAME_METHOD_LATER = "same_method_later"
    ANOTHER_METHOD = "another_method"
    ANOTHER_PROVIDER = "another_provider"
    PAYER_PRESENT = "payer_present"
    NOTHING = "nothing"


class Advice(msgspec.Struct, frozen=True):
    """What is known of a reason whichever provider it comes from.

    `to_payer` may be shown to anyone: it never tells that a bank suspects fraud or theft.
    """

    category: ReasonCategory
    next_try: NextTry
    to_payer: str
    to_merchant: str
