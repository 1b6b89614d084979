"""Every issue code PayPal documents for the operations we use, and what it amounts to.

Orders v2 (create, get, capture) and Webhooks v1; those of authorisations, captures and refunds
stand in `movement_issues`.
https://developer.paypal.com/api/rest/reference/orders/v2/errors/
"""

from collections.abc import Mapping
from typing import Final

from paymux.integrations.adapters.providers.paypal import movement_issues
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.plugins import ErrorRule

_REQUEST: Final = {
    "AMOUNT_MISMATCH": "The amount is not the sum of its breakdown.",
    "APPLE_PAY_AMOUNT_MISMATCH": "The amount is not the one shown by Apple Pay.",
    "BANK_NOT_SUPPORTED_FOR_VERIFICATION": "This bank account cannot be verified.",
    "BILLING_ADDRESS_INVALID": "The billing address is not valid.",
    "BILLING_AGREEMENT_ID_MISMATCH": "The billing agreement is not the order's.",
    "BILLING_AGREEMENT_NOT_FOUND": "The billing agreement does not exist.",
    "BLIK_ONE_CLICK_MISSING_REQUIRED_PARAMETER": "BLIK needs a code and an alias.",
    "CANCEL_URL_REQUIRED": "A cancel URL is missing.",
    "CANNOT_BE_NEGATIVE": "An amount is below zero.",
    "CANNOT_BE_ZERO_OR_NEGATIVE": "An amount is not above zero.",
    "CARD_EXPIRY_REQUIRED": "The expiry date is missing.",
    "CARD_NUMBER_REQUIRED": "The payment source is incomplete.",
    "CITY_REQUIRED": "The country needs a city.",
    "CRYPTOGRAM_REQUIRED": "A cryptogram is missing.",
    "CURRENCY_NOT_SUPPORTED_FOR_BANK": "The bank does not take this currency.",
    "DECIMAL_PRECISION": "The amount has more decimals than the currency.",
    "DECIMALS_NOT_SUPPORTED": "The currency has no decimals at PayPal.",
    "DONATION_ITEMS_NOT_SUPPORTED": "Donations are not taken this way.",
    "DUPLICATE_REFERENCE_ID": "Two purchase units share a reference.",
    "EMV_DATA_REQUIRED": "EMV data is missing.",
    "GOOGLE_PAY_GATEWAY_MERCHANT_ID_MISMATCH": "The Google Pay token is for another merchant.",
    "IBAN_COUNTRY_NOT_SUPPORTED": "The country of the bank account is not taken.",
    "IDENTIFIER_NOT_FOUND": "An identifier in the request does not exist.",
    "INCOMPATIBLE_PARAMETER_VALUE": "Two fields contradict each other.",
    "INVALID_ARRAY_MAX_ITEMS": "A list is too long.",
    "INVALID_ARRAY_MIN_ITEMS": "A list is too short.",
    "INVALID_COUNTRY_CODE": "The country code is not valid.",
    "INVALID_CURRENCY_CODE": "PayPal does not take this currency.",
    "INVALID_EXPIRY_DATE": "The expiry date is not valid.",
    "INVALID_FX_RATE_ID": "The exchange rate does not exist.",
    "INVALID_GOOGLE_PAY_TOKEN": "The Google Pay token is not valid.",
    "INVALID_IBAN": "The bank account number is not valid.",
    "INVALID_PARAMETER_SYNTAX": "A field has the wrong format.",
    "INVALID_PARAMETER_VALUE": "A field has a value that is not taken.",
    "INVALID_PAYEE_PRICING_TIER_ID": "The pricing tier is not valid.",
    "INVALID_PAYER_ID": "The payer does not exist.",
    "INVALID_PICKUP_ADDRESS": "The pick-up address is not valid.",
    "INVALID_PLATFORM_FEES_ACCOUNT": "The account for platform fees is not valid.",
    "INVALID_PLATFORM_FEES_AMOUNT": "The platform fee exceeds the amount.",
    "INVALID_PREVIOUS_TRANSACTION_REFERENCE": "The earlier transaction cannot be referred to.",
    "INVALID_SECURITY_CODE_LENGTH": "The security code has the wrong length.",
    "INVALID_STRING_LENGTH": "A field is too short or too long.",
    "INVALID_STRING_MAX_LENGTH": "A field is too long.",
    "ITEM_TOTAL_MISMATCH": "The item total is not the sum of the items.",
    "ITEM_TOTAL_REQUIRED": "The item total is missing.",
    "MALFORMED_REQUEST_JSON": "The request is not valid JSON.",
    "MAX_VALUE_EXCEEDED": "The amount is larger than PayPal takes.",
    "MERCHANT_INITIATED_WITH_AUTHENTICATION_RESULTS": "3-D Secure needs the payer.",
    "MERCHANT_INITIATED_WITH_MULTIPLE_PURCHASE_UNITS": "Only one purchase unit is taken.",
    "MERCHANT_INITIATED_WITH_SECURITY_CODE": "A security code needs the payer.",
    "MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE": "The saved method is of another kind.",
    "MISSING_CRYPTOGRAM": "A cryptogram is missing.",
    "MISSING_PICKUP_ADDRESS": "The pick-up address is missing.",
    "MISSING_PREVIOUS_REFERENCE": "The earlier transaction is missing.",
    "MISSING_REQUIRED_PARAMETER": "A required field is missing.",
    "MULTIPLE_ITEM_CATEGORIES": "The items' categories do not go together.",
    "MULTIPLE_SHIPPING_ADDRESS_NOT_SUPPORTED": "Only one shipping address is taken.",
    "MULTIPLE_SHIPPING_OPTION_SELECTED": "More than one shipping option is selected.",
    "MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED": "Only one shipping type is taken.",
    "MULTI_CURRENCY_ORDER": "An order has one currency.",
    "NOT_SUPPORTED": "A field is not supported.",
    "ONE_OF_PARAMETERS_REQUIRED": "One of several fields is missing.",
    "ONLY_ONE_BANK_SOURCE_ALLOWED": "Only one bank is taken.",
    "ORDER_COMPLETE_ON_PAYMENT_APPROVAL": "This payment source completes on approval.",
    "PAYEE_FX_RATE_ID_CURRENCY_MISMATCH": "The exchange rate is for another currency.",
    "PAYEE_FX_RATE_ID_EXPIRED": "The exchange rate has expired.",
    "PAYEE_PRICING_TIER_ID_NOT_ENABLED": "Pricing tiers are not enabled.",
    "PAYMENT_SOURCE_MISMATCH": "The payment source is not the order's.",
    "PAYPAL_REQUEST_ID_REQUIRED": "The request id is missing.",
    "PAYPAL_TRANSACTION_ID_EXPIRED": "The earlier transaction is too old.",
    "PAYPAL_TRANSACTION_ID_NOT_FOUND": "The earlier transaction does not exist.",
    "PLATFORM_FEES_NOT_SUPPORTED": "Platform fees are not enabled.",
    "PLATFORM_FEE_PAYEE_CANNOT_BE_SAME_AS_PAYER": "The payer cannot earn the platform fee.",
    "PNREF_EXPIRED": "The earlier reference is too old.",
    "PNREF_NOT_FOUND": "The earlier reference does not exist.",
    "POSTAL_CODE_REQUIRED": "The country needs a postal code.",
    "PREFERRED_PAYMENT_SOURCE_MISMATCH": "The payment source is not the preferred one.",
    "PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH": "The shipping amounts differ.",
    "PREVIOUS_TRANSACTION_REFERENCE_HAS_CHARGEBACK": "The earlier transaction is disputed.",
    "PREVIOUS_TRANSACTION_REFERENCE_VOIDED": "The earlier transaction was voided.",
    "REFERENCE_ID_REQUIRED": "A purchase unit has no reference.",
    "REQUIRED_PARAMETER_FOR_CUSTOMER_INITIATED_PAYMENT": "A field is needed with the payer.",
    "RETURN_URL_REQUIRED": "A return URL is missing.",
    "SHIPPING_ADDRESS_INVALID": "The shipping address is not valid.",
    "SHIPPING_OPTIONS_NOT_SUPPORTED": "Shipping options are not taken here.",
    "SHIPPING_OPTION_NOT_SELECTED": "No shipping option is selected.",
    "SHIPPING_TYPE_NOT_SUPPORTED_FOR_CLIENT": "The shipping type is not enabled.",
    "TAX_TOTAL_MISMATCH": "The tax total is not the sum of the items' taxes.",
    "TAX_TOTAL_REQUIRED": "The tax total is missing.",
    "TOKEN_EXPIRED": "The saved method has expired.",
    "TOKEN_ID_NOT_FOUND": "The saved method does not exist.",
    "UNSUPPORTED_INTENT": "The intent is not taken.",
    "UNSUPPORTED_PAYMENT_INSTRUCTION": "The payment instruction is not taken.",
    "UNSUPPORTED_PROCESSING_INSTRUCTION": "The processing instruction is not taken.",
    "UNSUPPORTED_SHIPPING_TYPE": "The shipping type is not taken.",
    "VALIDATION_ERROR": "The request is not valid.",
    "VAULT_INSTRUCTION_DUPLICATED": "The vault is instructed twice.",
    "VAULT_INSTRUCTION_REQUIRED": "The vault instruction is missing.",
    "WEBHOOK_NUMBER_LIMIT_EXCEEDED": "The app has as many webhook endpoints as PayPal allows.",
    "WEBHOOK_URL_ALREADY_EXISTS": "The app has an endpoint with this URL.",
    "INVALID_REQUEST": "The request is not valid.",
    "UNPROCESSABLE_ENTITY": "PayPal cannot act on the request.",
    "UNSUPPORTED_MEDIA_TYPE": "The request has the wrong content type.",
}
_ACCOUNT: Final = {
    "AUTHENTICATION_FAILURE": "PayPal does not accept the credentials.",
    "AUTH_CAPTURE_NOT_ENABLED": "The account may not capture.",
    "CONSENT_NEEDED": "The account has not consented to this.",
    "INVALID_ACCOUNT_STATUS": "The account's status forbids this.",
    "INVALID_CLIENT": "PayPal does not know the client id, or the secret is wrong.",
    "INVALID_TOKEN": "PayPal does not accept the access token.",
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
}
_SOFT: Final = {
    "AGREEMENT_ALREADY_CANCELLED": "The payer's agreement was canceled.",
    "ALIAS_DECLINED_BY_PROCESSOR": "The processor declined the alias.",
    "CARD_BRAND_NOT_SUPPORTED": "This brand of card is not taken.",
    "CARD_EXPIRED": "The card has expired.",
    "DECLINED_DUE_TO_RELATED_TXN": "Another part of the order was declined.",
    "DOMESTIC_TRANSACTION_REQUIRED": "Payer and merchant must be in one country.",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "The payer tried too often.",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "The payer's account cannot be used.",
    "PAYER_ACCOUNT_RESTRICTED": "The payer's account is restricted.",
    "PAYER_CANNOT_PAY": "This payer cannot pay this merchant.",
    "PAYMENT_SOURCE_CANNOT_BE_USED": "The payment source cannot be used.",
    "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR": "The processor declined the payment source.",
    "PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED": "The payer's details cannot be verified.",
    "PAYMENT_SOURCE_NOT_SUPPORTED": "The payment source is not taken.",
    "REFERENCED_CARD_EXPIRED": "The saved card has expired.",
    "TRANSACTION_LIMIT_EXCEEDED": "The amount exceeds the payer's limit.",
    "TRANSACTION_RECEIVING_LIMIT_EXCEEDED": "The amount exceeds the merchant's limit.",
    "TRANSACTION_REFUSED": "PayPal refused the transaction.",
}
_HARD: Final = {
    "COMPLIANCE_VIOLATION": "PayPal declined the transaction for compliance.",
    "PAYEE_BLOCKED_TRANSACTION": "The merchant's fraud settings block the payment.",
    "TRANSACTION_BLOCKED_BY_PAYEE": "The merchant's fraud settings block the payment.",
}
_PAYER: Final = {
    "INSTRUMENT_DECLINED": "The payer must choose another way to pay.",
    "ORDER_NOT_APPROVED": "The payer has not approved yet.",
    "PAYER_ACTION_REQUIRED": "The payer must go back to PayPal.",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": "The payer must choose another way to pay.",
}
_DONE: Final = {
    "DUPLICATE_INVOICE_ID": "This payment was paid before at this account.",
    "ORDER_ALREADY_CAPTURED": "The order was captured before.",
}
_IN_PROGRESS: Final = {
    "ORDER_COMPLETION_IN_PROGRESS": "PayPal is completing the order.",
    "PREVIOUS_REQUEST_IN_PROGRESS": "An earlier request with this id is still running.",
    "RESOURCE_CONFLICT": "Another request on this object is still running.",
}
_UNKNOWN: Final = {
    "INTERNAL_SERVER_ERROR": "PayPal failed; the effect is unknown.",
    "INTERNAL_SERVICE_ERROR": "PayPal failed; the effect is unknown.",
    "INVALID_RESOURCE_ID": "PayPal does not know this object, or no longer.",
    "RESOURCE_NOT_FOUND": "PayPal does not know this object, or no longer.",
    "SERVICE_UNAVAILABLE": "PayPal is unavailable; the effect is unknown.",
}
_THROTTLED: Final = {"RATE_LIMIT_REACHED": "Too many requests; nothing was done."}

_BY_OUTCOME: Final[Mapping[Outcome, Mapping[str, str]]] = {
    Outcome.REJECTED: _REQUEST,
    Outcome.CREDENTIALS: _ACCOUNT,
    Outcome.DECLINED_SOFT: _SOFT,
    Outcome.DECLINED_HARD: _HARD,
    Outcome.NEEDS_PAYER: _PAYER,
    Outcome.DONE_ALREADY: _DONE,
    Outcome.IN_PROGRESS: _IN_PROGRESS,
    Outcome.UNKNOWN: _UNKNOWN,
    Outcome.NOT_PROCESSED: _THROTTLED,
}

ERROR_MAP: Final[Mapping[str, ErrorRule]] = {
    code.lower(): ErrorRule(outcome, meaning)
    for outcome, rows in (*_BY_OUTCOME.items(), *movement_issues.BY_OUTCOME.items())
    for code, meaning in rows.items()
}
"""Keys are lower case, as `Failure.code` is."""

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
