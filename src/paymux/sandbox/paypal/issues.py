"""What PayPal says of each `issue` (checkout_orders_v2.json, schemas 400, 404 and 422)."""

DESCRIPTIONS = {
    "AMOUNT_MISMATCH": (
        "Should equal item_total + tax_total + shipping + handling + insurance - "
        "shipping_discount - discount."
    ),
    "CANNOT_BE_NEGATIVE": (
        "Must be greater than or equal to 0. If the currency supports decimals, only two "
        "decimal place precision is supported."
    ),
    "CANNOT_BE_ZERO_OR_NEGATIVE": (
        "Must be greater than zero. If the currency supports decimals, only two decimal "
        "place precision is supported."
    ),
    "DECIMAL_PRECISION": (
        "If the currency supports decimals, only two decimal place precision is supported."
    ),
    "DUPLICATE_INVOICE_ID": (
        "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your "
        "account setting requires that Invoice Id be unique for each transaction."
    ),
    "DUPLICATE_REFERENCE_ID": (
        "`reference_id` must be unique if multiple `purchase_unit` are provided."
    ),
    "INSTRUMENT_DECLINED": (
        "The instrument presented  was either declined by the processor or bank, or it "
        "can't be used for this payment."
    ),
    "INVALID_ARRAY_MAX_ITEMS": "The number of items in an array parameter is too large.",
    "INVALID_ARRAY_MIN_ITEMS": "The number of items in an array parameter is too small.",
    "INVALID_CURRENCY_CODE": (
        "Currency code is invalid or is not currently supported. Please refer "
        "https://developer.paypal.com/api/rest/reference/currency-codes/ for list of "
        "supported currency codes."
    ),
    "INVALID_PARAMETER_SYNTAX": "The value of a field does not conform to the expected format.",
    "INVALID_PARAMETER_VALUE": "A parameter value is not valid.",
    "INVALID_RESOURCE_ID": (
        "Specified resource ID does not exist. Please check the resource ID and try again."
    ),
    "INVALID_STRING_LENGTH": "The value of a field is either too short or too long",
    "ITEM_TOTAL_MISMATCH": (
        "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit."
    ),
    "ITEM_TOTAL_REQUIRED": (
        "If item details are specified (items.unit_amount and items.quantity) "
        "corresponding amount.breakdown.item_total is required."
    ),
    "MALFORMED_REQUEST_JSON": "The request JSON is not well formed.",
    "MAX_VALUE_EXCEEDED": "Should be less than or equal to 999999999999999.99.",
    "MISSING_REQUIRED_PARAMETER": "A required parameter is missing.",
    "MULTI_CURRENCY_ORDER": (
        "Multiple differing values of currency_code are not supported. Entire Order "
        "request must have the same currency_code."
    ),
    "NOT_SUPPORTED": "This field is not currently supported.",
    "ORDER_ALREADY_CAPTURED": (
        "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed."
    ),
    "ORDER_COMPLETION_IN_PROGRESS": (
        "The order was created with processing_instruction of "
        "ORDER_COMPLETE_ON_PAYMENT_APPROVAL. The customer has approved the payment and "
        "PayPal is still in the process of capturing the order on your behalf as "
        "instructed. Please try your request again."
    ),
    "ORDER_NOT_APPROVED": (
        "Payer has not yet approved the Order for payment. Please redirect the payer to "
        "the 'rel':'approve' url returned as part of the HATEOAS links within the Create "
        "Order call or provide a valid `payment_source` in the request."
    ),
    "PAYER_ACTION_REQUIRED": (
        "Transaction cannot complete successfully, instruct the buyer to return to PayPal."
    ),
    "PAYPAL_REQUEST_ID_REQUIRED": (
        "A PayPal-Request-Id is required if you are trying to process payment for an "
        "Order. Please specify a PayPal-Request-Id or Create the Order without a "
        "'payment_source' specified."
    ),
    "PREVIOUS_REQUEST_IN_PROGRESS": (
        "A previous request on this resource is currently in progress. Please wait for "
        "sometime and try again."
    ),
    "REFERENCE_ID_REQUIRED": (
        "'reference_id' is required for each 'purchase_unit' if multiple 'purchase_unit' "
        "are provided."
    ),
    "TAX_TOTAL_MISMATCH": (
        "Should equal sum of (tax * quantity) across all items for a given purchase_unit."
    ),
    "TAX_TOTAL_REQUIRED": (
        "If item details are specified (items.tax_total and items.quantity) corresponding"
        " amount.breakdown.tax_total is required."
    ),
    "UNSUPPORTED_INTENT": (
        "`intent=AUTHORIZE` is not supported for multiple purchase units. Only "
        "`intent=CAPTURE` is supported."
    ),
    "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE": (
        "You cannot complete this action for this dispute ID."
    ),
    "TOKEN_ID_NOT_FOUND": (
        "Specified token was not found. Verify the token and try the request again."
    ),
    "COMPLIANCE_VIOLATION": "Transaction is declined due to compliance violation.",
    "ACTION_DOES_NOT_MATCH_INTENT": (
        "Order was created with an intent to 'CAPTURE'. Please use "
        "v2/checkout/orders/order_id/capture to complete the transaction or "
        "alternately Create an order with an intent of 'AUTHORIZE'."
    ),
    "AUTHORIZATION_ALREADY_CAPTURED": ("Authorization has previously been captured."),
    "AUTHORIZATION_VOIDED": ("A voided authorization cannot be captured or reauthorized. "),
    "AUTH_CAPTURE_CURRENCY_MISMATCH": (
        "Currency of capture must be the same as currency of authorization."
    ),
    "CAPTURE_FULLY_REFUNDED": ("The capture has already been fully refunded"),
    "MAX_CAPTURE_AMOUNT_EXCEEDED": (
        "Capture amount exceeds allowable limit. Please contact customer service or "
        "your account manager to request the change to your overage limit. The default "
        "overage limit is 115%, which allows the sum of all captures to be up to 115% "
        "of the order amount. The ability to over capture is subjected to regulatory "
        "approvals."
    ),
    "ORDER_ALREADY_AUTHORIZED": (
        "Order already authorized.If 'intent=AUTHORIZE' only one authorization per "
        "order is allowed."
    ),
    "PENDING_CAPTURE": (
        "Cannot initiate a refund as the capture is pending. Capture is typically "
        "pending when the payer has funded the transaction using e-check/bank funded."
    ),
    "PREVIOUSLY_CAPTURED": (
        "Authorization has been previously captured and hence cannot be voided."
    ),
    "PREVIOUSLY_VOIDED": (
        "Authorization has been previously voided and hence cannot be voided again."
    ),
    "REFUND_AMOUNT_EXCEEDED": (
        "The refund amount must be less than or equal to the capture amount that has "
        "not yet been refunded."
    ),
    "REFUND_CAPTURE_CURRENCY_MISMATCH": ("Refund must be in the same currency as the capture"),
    "REFUND_NOT_ALLOWED": ("Capture cannot be refunded."),
}
