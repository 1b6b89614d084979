"""Why a payment failed, by the `reason` that Razorpay gives it.

Sources: https://razorpay.com/docs/errors/payments/cards/,
https://razorpay.com/docs/errors/payments/list/ and
https://razorpay.com/docs/api/payments/recurring-payments/cards/create-subsequent-payments/.
A bank that says why has said no for good. Whatever else went wrong is UNKNOWN: such a payment
may yet be authorised late (https://razorpay.com/docs/payments/payments/late-authorisation/).
"""

from collections.abc import Mapping
from typing import Final

from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.plugins import ErrorRule
from paymux.payments.ports.reasons import Reason


def rules(outcome: Outcome, reason: Reason, meanings: Mapping[str, str]) -> dict[str, ErrorRule]:
    """Return the rows of an error map that amount to the same."""
    return {code: ErrorRule(outcome, meaning, reason) for code, meaning in meanings.items()}


DECLINES: Final[Mapping[str, ErrorRule]] = {
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.INSUFFICIENT_FUNDS,
        {
            "insufficient_funds": "The account has not enough money.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.LIMIT_EXCEEDED,
        {
            "transaction_limit_exceeded": "The card's limit for today is reached.",
            "transaction_daily_limit_exceeded": "The card's limit for today is reached.",
            "transaction_daily_count_exceeded": "The card was used too often today.",
            "transaction_frequency_limit_exceeded": "The card was used too often.",
            "credit_limit_exceeded": "The card's credit is used up.",
            "amount_exceeds_mandate": "The payer allowed less than this amount.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.DO_NOT_HONOR,
        {
            "card_declined": "The payer's bank declined without saying why.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.DECLINED_OTHERWISE,
        {
            "payment_declined": "The payer's bank declined.",
            "debit_declined": "The payer's bank declined.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.EXPIRED_METHOD,
        {
            "card_expired": "The card has expired.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.METHOD_NOT_SUPPORTED,
        {
            "card_not_enrolled": "The card is not enabled for online payments.",
            "card_disabled_for_online_payments": "The card is not enabled for online payments.",
            "card_network_not_enabled": "The account does not take this card's network.",
            "card_type_invalid": "The account does not take this type of card.",
            "card_not_for_recurring": "The card cannot be charged without its payer.",
            "international_transaction_not_allowed": "The card takes no payments abroad.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.PAYER_ACCOUNT_RESTRICTED,
        {
            "debit_instrument_inactive": "The card is inactive or frozen.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.INCORRECT_DETAILS,
        {
            "card_number_invalid": "There is no such card.",
            "incorrect_card_details": "The card's details are wrong.",
            "incorrect_card_expiry_date": "The card's expiry date is wrong.",
            "incorrect_cardholder_name": "The cardholder's name is wrong.",
            "incorrect_cvv": "The card's security code is wrong.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.METHOD_REVOKED,
        {
            "mandate_not_active": "The payer has cancelled or paused the consent.",
            "payment_mandate_not_active": "The payer has cancelled or paused the consent.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.AUTHENTICATION_FAILED,
        {
            "payer_authentication_failed": "The payer did not pass authentication.",
            "incorrect_otp": "The payer's one-time password was wrong.",
            "invalid_otp": "The payer's one-time password was wrong.",
            "otp_expired": "The payer's one-time password came too late.",
        },
    ),
    **rules(
        Outcome.DECLINED_SOFT,
        Reason.TRY_AGAIN_LATER,
        {
            "pre_debit_notification_not_sent": "The payer was not told of the charge before.",
            "bad_request_mandate_promised_debit_date_not_honoured": (
                "The payer was told of a later date."
            ),
        },
    ),
    **rules(
        Outcome.DECLINED_HARD,
        Reason.PAYER_ACCOUNT_RESTRICTED,
        {
            "debit_instrument_blocked": "The card is blocked by its bank or its payer.",
        },
    ),
    **rules(
        Outcome.DECLINED_HARD,
        Reason.SUSPECTED_FRAUD,
        {
            "payment_risk_check_failed": "The payment looks like fraud.",
        },
    ),
    **rules(
        Outcome.DECLINED_HARD,
        Reason.COMPLIANCE_BLOCK,
        {
            "compliance_violation": "The law does not allow the payment.",
        },
    ),
    **rules(
        Outcome.NEEDS_PAYER,
        Reason.AUTHENTICATION_REQUIRED,
        {
            "customer_action_required": "The bank wants the payer to agree to this charge.",
        },
    ),
    **rules(
        Outcome.UNKNOWN,
        Reason.DECLINED_OTHERWISE,
        {
            "payment_failed": "The payment failed, perhaps not for good.",
        },
    ),
    **rules(
        Outcome.UNKNOWN,
        Reason.TRY_AGAIN_LATER,
        {
            "payment_timed_out": "The payment took too long.",
            "bank_technical_error": "The payer's bank was down.",
        },
    ),
    **rules(
        Outcome.UNKNOWN,
        Reason.PAYER_CANCELED,
        {
            "payment_cancelled": "The payer gave up, or their bank was down.",
        },
    ),
    **rules(
        Outcome.UNKNOWN,
        Reason.PROVIDER_ERROR,
        {
            "gateway_technical_error": "Razorpay's bank was down.",
        },
    ),
    **rules(
        Outcome.UNKNOWN,
        Reason.DUPLICATE_TRANSACTION,
        {
            "duplicate_request": "The bank took it for a repetition.",
        },
    ),
}

_RENAMED: Final[Mapping[str, str]] = {
    # To `authentication_failed` our own key would be wrong.
    "authentication_failed": "payer_authentication_failed",
    "insufficient_fund": "insufficient_funds",
    # These are classes of errors; they say nothing of why this payment failed.
    "bad_request_error": "payment_failed",
    "gateway_error": "payment_failed",
    "server_error": "payment_failed",
}


def code_of(reason: str) -> str:
    """Return the code of ours for a reason of Razorpay's; a new one is its own code."""
    told = reason.lower()
    return _RENAMED.get(told, told)


def is_final(code: str) -> bool:
    """Tell whether a payment that failed with this code stays failed."""
    rule = DECLINES.get(code)
    return rule is not None and rule.outcome is not Outcome.UNKNOWN
