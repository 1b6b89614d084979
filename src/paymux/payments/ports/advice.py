"""What each reason calls for: complete, so that no reason ever comes without advice."""

from collections.abc import Mapping
from typing import Final

from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.reasons import Advice, NextTry, Reason, ReasonCategory

_PAYER: Final = ReasonCategory.PAYER
_ISSUER: Final = ReasonCategory.ISSUER
_PROVIDER: Final = ReasonCategory.PROVIDER
_CONFIGURATION: Final = ReasonCategory.CONFIGURATION
_REQUEST: Final = ReasonCategory.REQUEST
_STATE: Final = ReasonCategory.STATE

_LATER: Final = NextTry.SAME_METHOD_LATER
_METHOD: Final = NextTry.ANOTHER_METHOD
_ELSEWHERE: Final = NextTry.ANOTHER_PROVIDER
_PRESENT: Final = NextTry.PAYER_PRESENT
_NOTHING: Final = NextTry.NOTHING

# Of theft and fraud a payer is told no more than of any other refusal.
_ASK_YOUR_BANK: Final = "Your bank did not allow this payment. Pay another way, or ask your bank."
_NOT_JUST_NOW: Final = "The payment could not be made just now. Please try again in a moment."
_ASK_THE_MERCHANT: Final = "The payment could not be made. Please get in touch with the merchant."
_BEING_CHECKED: Final = "Your payment is still being processed. Please do not pay again."

ADVICE: Final[Mapping[Reason, Advice]] = {
    Reason.INSUFFICIENT_FUNDS: Advice(
        _PAYER,
        _LATER,
        "There is not enough money for this payment. Pay another way, or try again later.",
        "Try again in some days, at a time when accounts are filled, or ask for another method.",
    ),
    Reason.LIMIT_EXCEEDED: Advice(
        _PAYER,
        _METHOD,
        "This payment is over a limit of your card or account. Pay another way, or ask your bank.",
        "Ask for another method, or for less; limits by the day pass with the day.",
    ),
    Reason.DO_NOT_HONOR: Advice(
        _ISSUER,
        _METHOD,
        _ASK_YOUR_BANK,
        "The bank gives no reason. Ask for another method; the payer can ask the bank.",
    ),
    Reason.TRY_AGAIN_LATER: Advice(
        _ISSUER,
        _LATER,
        "Your bank could not answer. Please try again in a few minutes, or pay another way.",
        "The bank or its network failed for the moment. Try the same again later.",
    ),
    Reason.AUTHENTICATION_REQUIRED: Advice(
        _PAYER,
        _PRESENT,
        "Your bank wants you to confirm this payment. Please pay again and follow its steps.",
        "Send the payer the payment's link: only they can confirm it.",
    ),
    Reason.AUTHENTICATION_FAILED: Advice(
        _PAYER,
        _PRESENT,
        "The payment was not confirmed with your bank. Please try again, or pay another way.",
        "The payer did not pass the bank's check, or gave up. Let them try again.",
    ),
    Reason.INCORRECT_DETAILS: Advice(
        _PAYER,
        _PRESENT,
        "Something you entered is not right. Please check it and try again.",
        "A number, date or code is wrong. Only the payer can correct it.",
    ),
    Reason.EXPIRED_METHOD: Advice(
        _PAYER,
        _METHOD,
        "This card or account has expired. Please use another one.",
        "Ask the payer for another method, and forget this one.",
    ),
    Reason.METHOD_NOT_SUPPORTED: Advice(
        _PAYER,
        _METHOD,
        "This kind of card or account cannot be used here. Please pay another way.",
        "The method does not do this kind of payment. Ask for another, or offer another provider.",
    ),
    Reason.METHOD_REVOKED: Advice(
        _PAYER,
        _METHOD,
        "The permission to charge this card or account has ended. Please pay another way.",
        "The payer or the bank withdrew the mandate. Do not charge it again; ask for another.",
    ),
    Reason.LOST_OR_STOLEN: Advice(
        _ISSUER,
        _METHOD,
        _ASK_YOUR_BANK,
        "Do not charge this method again, and do not tell the payer why: it may be a thief.",
    ),
    Reason.SUSPECTED_FRAUD: Advice(
        _ISSUER,
        _NOTHING,
        _ASK_YOUR_BANK,
        "The bank or the provider sees fraud. Look at the order before you ship; do not insist.",
    ),
    Reason.PAYER_ACCOUNT_RESTRICTED: Advice(
        _PAYER,
        _METHOD,
        "Your account cannot be used for this. Pay another way, or ask the bank or wallet.",
        "The payer's account is closed, locked or limited. Ask for another method.",
    ),
    Reason.PAYER_CANCELED: Advice(
        _PAYER,
        _PRESENT,
        "The payment was canceled. You can pay again whenever you like.",
        "The payer turned back. Send the link again if they still want to pay.",
    ),
    Reason.DUPLICATE_TRANSACTION: Advice(
        _ISSUER,
        _NOTHING,
        "A payment of the same amount was made a moment ago. Please look before you pay again.",
        "The provider or bank takes it for a repetition. Find the earlier one first.",
    ),
    Reason.COMPLIANCE_BLOCK: Advice(
        _PROVIDER,
        _NOTHING,
        "This payment cannot be accepted. Please get in touch with the merchant.",
        "Law or the provider's rules forbid it. Ask the provider; do not try elsewhere.",
    ),
    Reason.DECLINED_OTHERWISE: Advice(
        _ISSUER,
        _METHOD,
        "The payment was declined. Please try another way to pay.",
        "The provider's code and message are all that is known. Ask for another method.",
    ),
    Reason.PROVIDER_UNREACHABLE: Advice(
        _PROVIDER,
        _ELSEWHERE,
        _NOT_JUST_NOW,
        "Nothing reached the provider. Paymux goes on elsewhere where it can.",
    ),
    Reason.PROVIDER_ERROR: Advice(
        _PROVIDER,
        _NOTHING,
        _BEING_CHECKED,
        "What the provider did is not known. Paymux finds out; do not charge again until it has.",
    ),
    Reason.PROVIDER_BUSY: Advice(
        _PROVIDER,
        _ELSEWHERE,
        _NOT_JUST_NOW,
        "The provider did nothing because it is busy. Paymux repeats it or goes on elsewhere.",
    ),
    Reason.STILL_IN_PROGRESS: Advice(
        _PROVIDER,
        _NOTHING,
        _BEING_CHECKED,
        "The provider is still at it. Wait: Paymux asks again with the same key.",
    ),
    Reason.CREDENTIALS_INVALID: Advice(
        _CONFIGURATION,
        _ELSEWHERE,
        _ASK_THE_MERCHANT,
        "The provider refuses the connection's credentials. Enter new ones and test them.",
    ),
    Reason.ACCOUNT_NOT_PERMITTED: Advice(
        _CONFIGURATION,
        _ELSEWHERE,
        _ASK_THE_MERCHANT,
        "Your account at the provider may not do this. Have it enabled in the dashboard there.",
    ),
    Reason.REQUEST_INVALID: Advice(
        _REQUEST,
        _NOTHING,
        _ASK_THE_MERCHANT,
        "The provider does not take the request as it is: see its message and field.",
    ),
    Reason.AMOUNT_NOT_ACCEPTED: Advice(
        _REQUEST,
        _ELSEWHERE,
        "This amount cannot be paid this way. Please pay another way.",
        "The amount is too small, too large or too finely divided for the provider.",
    ),
    Reason.CURRENCY_NOT_ACCEPTED: Advice(
        _REQUEST,
        _ELSEWHERE,
        "This currency cannot be paid this way. Please pay another way.",
        "The provider or your account there does not take this currency.",
    ),
    Reason.NOT_FOUND: Advice(
        _STATE,
        _NOTHING,
        _ASK_THE_MERCHANT,
        "The provider knows no such thing under these credentials; it may be another account's.",
    ),
    Reason.STATE_CONFLICT: Advice(
        _STATE,
        _NOTHING,
        _ASK_THE_MERCHANT,
        "The provider's object is not in a state for this. Read the payment again first.",
    ),
    Reason.ALREADY_DONE: Advice(
        _STATE,
        _NOTHING,
        _BEING_CHECKED,
        "It was done before. Paymux reads what became of it and goes on from there.",
    ),
    Reason.TOO_LATE: Advice(
        _STATE,
        _NOTHING,
        "The time for this has passed. Please begin anew, or get in touch with the merchant.",
        "The provider's time limit for this is over; settle it with the payer another way.",
    ),
    Reason.DISPUTED: Advice(
        _STATE,
        _NOTHING,
        _ASK_THE_MERCHANT,
        "The payment is disputed. Answer the dispute; nothing else can be done meanwhile.",
    ),
    Reason.CAPABILITY_MISSING: Advice(
        _CONFIGURATION,
        _ELSEWHERE,
        _ASK_THE_MERCHANT,
        "The provider of this connection cannot do this at all. Use another connection.",
    ),
}

REASON_OF_OUTCOME: Final[Mapping[Outcome, Reason]] = {
    Outcome.NOT_SENT: Reason.PROVIDER_UNREACHABLE,
    Outcome.NOT_PROCESSED: Reason.PROVIDER_BUSY,
    Outcome.IN_PROGRESS: Reason.STILL_IN_PROGRESS,
    Outcome.UNKNOWN: Reason.PROVIDER_ERROR,
    Outcome.DONE_ALREADY: Reason.ALREADY_DONE,
    Outcome.DECLINED_SOFT: Reason.DO_NOT_HONOR,
    Outcome.DECLINED_HARD: Reason.DECLINED_OTHERWISE,
    Outcome.NEEDS_PAYER: Reason.AUTHENTICATION_REQUIRED,
    Outcome.CREDENTIALS: Reason.CREDENTIALS_INVALID,
    Outcome.REJECTED: Reason.REQUEST_INVALID,
}
"""The reason of a code in no error map: what the call amounted to is all that is known."""
