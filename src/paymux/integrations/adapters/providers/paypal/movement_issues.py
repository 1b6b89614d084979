"""Every issue code PayPal documents for holding, taking and giving back money.

Orders v2 (authorize) and Payments v2 (authorisations, captures, refunds); what the operations of
`issues` have too stands there. https://developer.paypal.com/docs/api/payments/v2/#errors
"""

from collections.abc import Mapping
from typing import Final

from paymux.payments.ports.connectors import Outcome

_REQUEST: Final = {
    "ACTION_DOES_NOT_MATCH_INTENT": "The order was made to be captured, not authorised.",
    "AMOUNT_CANNOT_BE_SPECIFIED": "Only a saved order is authorised in parts.",
    "AUTHORIZATION_AMOUNT_EXCEEDED": "The amount exceeds what may be authorised.",
    "AUTHORIZATION_CURRENCY_MISMATCH": "The currency is not the order's.",
    "AUTHORIZATION_EXPIRED": "The money is not held any more.",
    "AUTHORIZATION_VOIDED": "The money was let go before.",
    "AUTH_CAPTURE_CURRENCY_MISMATCH": "The currency is not the authorisation's.",
    "CANNOT_BE_VOIDED": "Only the original authorisation can be voided.",
    "CURRENCY_MISMATCH": "The currency is not the capture's.",
    "MAX_AUTHORIZATION_COUNT_EXCEEDED": "The order has as many authorisations as it may.",
    "MAX_CAPTURE_AMOUNT_EXCEEDED": "The amount exceeds what may be captured.",
    "MAX_CAPTURE_COUNT_EXCEEDED": "The authorisation has as many captures as it may.",
    "MAX_NUMBER_OF_REFUNDS_EXCEEDED": "The capture has as many refunds as it may.",
    "ORDER_CANNOT_BE_SAVED": "The order was not made to be saved.",
    "ORDER_EXPIRED": "The order has expired.",
    "PARTIAL_REFUND_NOT_ALLOWED": "This capture is refunded as a whole or not at all.",
    "PAYMENT_TYPE_NOT_SUPPORTED_FOR_INTENT": "The payment source does not go with the intent.",
    "PENDING_CAPTURE": "The capture is not complete yet.",
    "PLATFORM_FEE_EXCEEDED": "The platform fee is higher than what can be refunded of it.",
    "PLATFORM_FEE_NOT_ENABLED": "The account may not refund platform fees.",
    "REFUND_AMOUNT_EXCEEDED": "The amount is more than what is left of the capture.",
    "REFUND_AMOUNT_TOO_LOW": "The amount is nothing in the currency of the account.",
    "REFUND_CAPTURE_CURRENCY_MISMATCH": "The currency is not the capture's.",
    "REFUND_FAILED_INSUFFICIENT_FUNDS": "The account has not enough money for the refund.",
    "REFUND_IS_RESTRICTED": "Only whoever captured the money can refund it.",
    "REFUND_NOT_ALLOWED": "This capture cannot be refunded.",
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": "The payer's bank has taken the money back.",
    "REFUND_TIME_LIMIT_EXCEEDED": "The time in which a capture is refunded is over.",
    "TRANSACTION_DISPUTED": "An open dispute allows no partial refund.",
    "UNSUPPORTED_INTENT_FOR_PAYMENT_SOURCE": "The payment source cannot be authorised.",
}
_ACCOUNT: Final = {"SAVE_ORDER_NOT_SUPPORTED": "The account may not save orders."}
_SOFT: Final = {"AUTHORIZATION_DENIED": "The authorisation was denied."}
_DONE: Final = {
    "AUTHORIZATION_ALREADY_CAPTURED": "The authorised money was taken before.",
    "CAPTURE_FULLY_REFUNDED": "The capture was fully refunded before.",
    "ORDER_ALREADY_AUTHORIZED": "The order was authorised before.",
    "ORDER_COMPLETED_OR_VOIDED": "The order was completed or voided before.",
    "PREVIOUSLY_CAPTURED": "The authorised money was taken before.",
    "PREVIOUSLY_VOIDED": "The authorised money was let go before.",
}

BY_OUTCOME: Final[Mapping[Outcome, Mapping[str, str]]] = {
    Outcome.REJECTED: _REQUEST,
    Outcome.CREDENTIALS: _ACCOUNT,
    Outcome.DECLINED_SOFT: _SOFT,
    Outcome.DONE_ALREADY: _DONE,
}
