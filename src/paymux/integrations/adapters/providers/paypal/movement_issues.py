"""Every issue code PayPal documents for holding, taking and giving back money.

Orders v2 (authorize) and Payments v2 (authorisations, captures, refunds); what orders have too
stands there. https://developer.paypal.com/docs/api/payments/v2/#errors
"""

from typing import Final

from paymux.integrations.adapters.providers.paypal.issue_rows import Rows
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.reasons import Reason

BY_OUTCOME: Final[Rows] = {
    (Outcome.DONE_ALREADY, Reason.ALREADY_DONE): {
        "AUTHORIZATION_ALREADY_CAPTURED": "The authorised money was taken before.",
        "CAPTURE_FULLY_REFUNDED": "The capture was fully refunded before.",
        "ORDER_ALREADY_AUTHORIZED": "The order was authorised before.",
        "ORDER_COMPLETED_OR_VOIDED": "The order was completed or voided before.",
        "PREVIOUSLY_CAPTURED": "The authorised money was taken before.",
        "PREVIOUSLY_VOIDED": "The authorised money was let go before.",
    },
    (Outcome.DECLINED_SOFT, Reason.DO_NOT_HONOR): {
        "AUTHORIZATION_DENIED": "The authorisation was denied.",
    },
    (Outcome.CREDENTIALS, Reason.ACCOUNT_NOT_PERMITTED): {
        "SAVE_ORDER_NOT_SUPPORTED": "The account may not save orders.",
    },
    (Outcome.REJECTED, Reason.STATE_CONFLICT): {
        "ACTION_DOES_NOT_MATCH_INTENT": "The order was made to be captured, not authorised.",
        "AUTHORIZATION_VOIDED": "The money was let go before.",
        "CANNOT_BE_VOIDED": "Only the original authorisation can be voided.",
        "MAX_AUTHORIZATION_COUNT_EXCEEDED": "The order has as many authorisations as it may.",
        "MAX_CAPTURE_COUNT_EXCEEDED": "The authorisation has as many captures as it may.",
        "MAX_NUMBER_OF_REFUNDS_EXCEEDED": "The capture has as many refunds as it may.",
        "ORDER_CANNOT_BE_SAVED": "The order was not made to be saved.",
        "PENDING_CAPTURE": "The capture is not complete yet.",
        "REFUND_IS_RESTRICTED": "Only whoever captured the money can refund it.",
        "REFUND_NOT_ALLOWED": "This capture cannot be refunded.",
    },
    (Outcome.REJECTED, Reason.CAPABILITY_MISSING): {
        "AMOUNT_CANNOT_BE_SPECIFIED": "Only a saved order is authorised in parts.",
        "PLATFORM_FEE_NOT_ENABLED": "The account may not refund platform fees.",
    },
    (Outcome.REJECTED, Reason.AMOUNT_NOT_ACCEPTED): {
        "AUTHORIZATION_AMOUNT_EXCEEDED": "The amount exceeds what may be authorised.",
        "MAX_CAPTURE_AMOUNT_EXCEEDED": "The amount exceeds what may be captured.",
        "PARTIAL_REFUND_NOT_ALLOWED": "This capture is refunded as a whole or not at all.",
        "PLATFORM_FEE_EXCEEDED": "The platform fee is higher than what can be refunded of it.",
        "REFUND_AMOUNT_EXCEEDED": "The amount is more than what is left of the capture.",
        "REFUND_AMOUNT_TOO_LOW": "The amount is nothing in the currency of the account.",
    },
    (Outcome.REJECTED, Reason.CURRENCY_NOT_ACCEPTED): {
        "AUTHORIZATION_CURRENCY_MISMATCH": "The currency is not the order's.",
        "AUTH_CAPTURE_CURRENCY_MISMATCH": "The currency is not the authorisation's.",
        "CURRENCY_MISMATCH": "The currency is not the capture's.",
        "REFUND_CAPTURE_CURRENCY_MISMATCH": "The currency is not the capture's.",
    },
    (Outcome.REJECTED, Reason.TOO_LATE): {
        "AUTHORIZATION_EXPIRED": "The money is not held any more.",
        "ORDER_EXPIRED": "The order has expired.",
        "REFUND_TIME_LIMIT_EXCEEDED": "The time in which a capture is refunded is over.",
    },
    (Outcome.REJECTED, Reason.METHOD_NOT_SUPPORTED): {
        "PAYMENT_TYPE_NOT_SUPPORTED_FOR_INTENT": "The payment source does not go with the intent.",
        "UNSUPPORTED_INTENT_FOR_PAYMENT_SOURCE": "The payment source cannot be authorised.",
    },
    (Outcome.REJECTED, Reason.INSUFFICIENT_FUNDS): {
        "REFUND_FAILED_INSUFFICIENT_FUNDS": "The account has not enough money for the refund.",
    },
    (Outcome.REJECTED, Reason.DISPUTED): {
        "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": "The payer's bank has taken the money back.",
        "TRANSACTION_DISPUTED": "An open dispute allows no partial refund.",
    },
}

STATUS_REASONS: Final[Rows] = {
    (Outcome.IN_PROGRESS, Reason.STILL_IN_PROGRESS): {
        "CAPTURE_PENDING": "PayPal has not completed the capture yet.",
        "ECHECK": "The payer's eCheck has not cleared yet.",
        "INTERNATIONAL_WITHDRAWAL": "The merchant must accept this payment at PayPal.",
        "OTHER": "PayPal does not say why it holds the money.",
        "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION": "The merchant must accept this at PayPal.",
        "TRANSACTION_APPROVED_AWAITING_FUNDING": "The payer has yet to send the money.",
        "UNILATERAL": "The merchant's address is not confirmed at PayPal.",
        "VERIFICATION_REQUIRED": "The merchant's account is not verified at PayPal.",
    },
    (Outcome.IN_PROGRESS, Reason.SUSPECTED_FRAUD): {
        "PENDING_REVIEW": "PayPal reviews the payment.",
    },
    (Outcome.REJECTED, Reason.DISPUTED): {
        "BUYER_COMPLAINT": "The payer has complained.",
        "CHARGEBACK": "The payer's bank has taken the money back.",
    },
    (Outcome.DONE_ALREADY, Reason.ALREADY_DONE): {"REFUNDED": "The money was given back."},
    (Outcome.DECLINED_SOFT, Reason.DO_NOT_HONOR): {
        "CAPTURE_DECLINED": "PayPal could not take the money.",
        "CAPTURE_FAILED": "PayPal failed to take the money.",
    },
}
"""What holds or refuses a movement of money: `status_details.reason`, else its status."""
