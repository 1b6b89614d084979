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
}
