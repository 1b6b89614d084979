"""The other issue codes PayPal documents for orders and webhook endpoints: who, when, or how.

Orders v2 (create, get, capture) and Webhooks v1.
https://developer.paypal.com/api/rest/reference/orders/v2/errors/
"""

from typing import Final

from paymux.integrations.adapters.providers.paypal.issue_rows import Rows
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.reasons import Reason

BY_OUTCOME: Final[Rows] = {
    (Outcome.NOT_PROCESSED, Reason.PROVIDER_BUSY): {
        "RATE_LIMIT_REACHED": "Too many requests; nothing was done.",
    },
    (Outcome.IN_PROGRESS, Reason.STILL_IN_PROGRESS): {
        "ORDER_COMPLETION_IN_PROGRESS": "PayPal is completing the order.",
        "PREVIOUS_REQUEST_IN_PROGRESS": "An earlier request with this id is still running.",
        "RESOURCE_CONFLICT": "Another request on this object is still running.",
    },
    (Outcome.UNKNOWN, Reason.PROVIDER_ERROR): {
        "INTERNAL_SERVER_ERROR": "PayPal failed; the effect is unknown.",
        "INTERNAL_SERVICE_ERROR": "PayPal failed; the effect is unknown.",
        "SERVICE_UNAVAILABLE": "PayPal is unavailable; the effect is unknown.",
    },
    (Outcome.UNKNOWN, Reason.NOT_FOUND): {
        "INVALID_RESOURCE_ID": "PayPal does not know this object, or no longer.",
        "RESOURCE_NOT_FOUND": "PayPal does not know this object, or no longer.",
    },
    (Outcome.DONE_ALREADY, Reason.DUPLICATE_TRANSACTION): {
        "DUPLICATE_INVOICE_ID": "This payment was paid before at this account.",
    },
    (Outcome.DONE_ALREADY, Reason.ALREADY_DONE): {
        "ORDER_ALREADY_CAPTURED": "The order was captured before.",
    },
    (Outcome.DECLINED_SOFT, Reason.METHOD_REVOKED): {
        "AGREEMENT_ALREADY_CANCELLED": "The payer's agreement was canceled.",
        "TOKEN_ID_NOT_FOUND": "The saved method does not exist.",
    },
    (Outcome.DECLINED_SOFT, Reason.DO_NOT_HONOR): {
        "ALIAS_DECLINED_BY_PROCESSOR": "The processor declined the alias.",
        "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR": "The processor declined the payment source.",
    },
    (Outcome.DECLINED_SOFT, Reason.METHOD_NOT_SUPPORTED): {
        "CARD_BRAND_NOT_SUPPORTED": "This brand of card is not taken.",
        "DOMESTIC_TRANSACTION_REQUIRED": "Payer and merchant must be in one country.",
        "PAYMENT_SOURCE_CANNOT_BE_USED": "The payment source cannot be used.",
        "PAYMENT_SOURCE_NOT_SUPPORTED": "The payment source is not taken.",
    },
    (Outcome.DECLINED_SOFT, Reason.EXPIRED_METHOD): {
        "CARD_EXPIRED": "The card has expired.",
        "REFERENCED_CARD_EXPIRED": "The saved card has expired.",
        "TOKEN_EXPIRED": "The saved method has expired.",
    },
    (Outcome.DECLINED_SOFT, Reason.DECLINED_OTHERWISE): {
        "DECLINED_DUE_TO_RELATED_TXN": "Another part of the order was declined.",
        "TRANSACTION_REFUSED": "PayPal refused the transaction.",
    },
    (Outcome.DECLINED_SOFT, Reason.LIMIT_EXCEEDED): {
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "The payer tried too often.",
        "TRANSACTION_LIMIT_EXCEEDED": "The amount exceeds the payer's limit.",
        "TRANSACTION_RECEIVING_LIMIT_EXCEEDED": "The amount exceeds the merchant's limit.",
    },
    (Outcome.DECLINED_SOFT, Reason.PAYER_ACCOUNT_RESTRICTED): {
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "The payer's account cannot be used.",
        "PAYER_ACCOUNT_RESTRICTED": "The payer's account is restricted.",
        "PAYER_CANNOT_PAY": "This payer cannot pay this merchant.",
    },
    (Outcome.DECLINED_SOFT, Reason.INCORRECT_DETAILS): {
        "PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED": "The payer's details cannot be verified.",
    },
    (Outcome.DECLINED_HARD, Reason.COMPLIANCE_BLOCK): {
        "COMPLIANCE_VIOLATION": "PayPal declined the transaction for compliance.",
    },
    (Outcome.DECLINED_HARD, Reason.SUSPECTED_FRAUD): {
        "PAYEE_BLOCKED_TRANSACTION": "The merchant's fraud settings block the payment.",
        "TRANSACTION_BLOCKED_BY_PAYEE": "The merchant's fraud settings block the payment.",
    },
    (Outcome.NEEDS_PAYER, Reason.DO_NOT_HONOR): {
        "INSTRUMENT_DECLINED": "The payer must choose another way to pay.",
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": "The payer must choose another way to pay.",
    },
    (Outcome.NEEDS_PAYER, Reason.AUTHENTICATION_REQUIRED): {
        "ORDER_NOT_APPROVED": "The payer has not approved yet.",
        "PAYER_ACTION_REQUIRED": "The payer must go back to PayPal.",
    },
    (Outcome.CREDENTIALS, Reason.CREDENTIALS_INVALID): {
        "AUTHENTICATION_FAILURE": "PayPal does not accept the credentials.",
        "INVALID_CLIENT": "PayPal does not know the client id, or the secret is wrong.",
        "INVALID_TOKEN": "PayPal does not accept the access token.",
    },
    (Outcome.CREDENTIALS, Reason.ACCOUNT_NOT_PERMITTED): {
        "AUTH_CAPTURE_NOT_ENABLED": "The account may not capture.",
        "CONSENT_NEEDED": "The account has not consented to this.",
        "INVALID_ACCOUNT_STATUS": "The account's status forbids this.",
        "NOT_AUTHORIZED": "The credentials may not do this.",
        "NOT_ELIGIBLE_FOR_PAYPAL_TRANSACTION_ID_PROCESSING": "The account may not do this.",
        "NOT_ELIGIBLE_FOR_PNREF_PROCESSING": "The account may not do this.",
        "NOT_ELIGIBLE_FOR_TOKEN_PROCESSING": "The account may not charge saved methods.",
        "NOT_ENABLED_FOR_APPLE_PAY": "The account may not take Apple Pay.",
        "NOT_ENABLED_FOR_BANK_PROCESSING": "The account may not take bank payments.",
        "NOT_ENABLED_FOR_CARD_PROCESSING": "The account may not take cards.",
        "NOT_ENABLED_FOR_GOOGLE_PAY": "The account may not take Google Pay.",
        "NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE": "The account may not save methods.",
        "PAYEE_ACCOUNT_INVALID": "The merchant's account is not valid.",
        "PAYEE_ACCOUNT_LOCKED_OR_CLOSED": "The merchant's account is locked or closed.",
        "PAYEE_ACCOUNT_RESTRICTED": "The merchant's account is restricted.",
        "PAYEE_NOT_ENABLED_FOR_BANK_PROCESSING": "The merchant may not take bank payments.",
        "PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING": "The merchant may not take cards.",
        "PERMISSION_DENIED": "The credentials may not do this.",
        "PERMISSION_DENIED_FOR_DONATION_ITEMS": "The account may not take donations.",
        "SETUP_ERROR_FOR_BANK": "The account is not set up for bank payments.",
    },
}
