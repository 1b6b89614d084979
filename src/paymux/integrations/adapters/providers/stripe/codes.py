"""Every code Stripe documents, by what it amounts to: the rows of the error map.

https://docs.stripe.com/error-codes and https://docs.stripe.com/declines/codes. One line is one
code and what it means; where both lists have a code, it means the same.
"""

from typing import Final

from paymux.integrations.adapters.providers.stripe.decline_codes import DECLINES
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.reasons import Reason

_REFUSALS: Final = (
    (
        Outcome.CREDENTIALS,
        Reason.CREDENTIALS_INVALID,
        """
api_key_expired: the API key has expired
authentication_error: the API key is not valid
livemode_mismatch: an object of the other mode was named
no_account: the account does not exist
platform_api_key_expired: the platform's API key has expired
secret_key_required: a publishable key was used where a secret key is needed
wrong_mode: the key belongs to the other mode than the connection
""",
    ),
    (
        Outcome.CREDENTIALS,
        Reason.ACCOUNT_NOT_PERMITTED,
        """
account_invalid: the account named does not exist or the key has no access to it
capability_not_active: the account lacks a capability that this needs
permission_error: the key may not do this
platform_account_required: only a platform may do this
testmode_charges_only: the account is not activated for live payments
""",
    ),
    (
        Outcome.CREDENTIALS,
        Reason.PROVIDER_UNREACHABLE,
        """
tls_version_unsupported: the connection's TLS is too old
""",
    ),
    (
        Outcome.NOT_PROCESSED,
        Reason.PROVIDER_BUSY,
        """
lock_timeout: another request holds the object; nothing was done
payment_intent_rate_limit_exceeded: too many updates of one payment; nothing was done
rate_limit: too many requests; nothing was done
""",
    ),
    (
        Outcome.NOT_PROCESSED,
        Reason.PROVIDER_ERROR,
        """
document_not_uploaded: a document did not get to Stripe, so nothing was handed in
""",
    ),
    (
        Outcome.IN_PROGRESS,
        Reason.STILL_IN_PROGRESS,
        """
idempotency_key_in_use: the first request with this key is still running
""",
    ),
    (
        Outcome.UNKNOWN,
        Reason.PROVIDER_ERROR,
        """
api_error: Stripe failed; what was done is not known
forwarding_api_retryable_upstream_error: the destination failed
forwarding_api_upstream_error: the destination failed
odd_amount: Stripe reported an amount that its currency rules do not allow
unreadable_event: the event is not shaped as documented
unreadable_reply: the answer is not shaped as documented
""",
    ),
    (
        Outcome.UNKNOWN,
        Reason.PROVIDER_UNREACHABLE,
        """
connection_lost: the connection broke after the request may have left
forwarding_api_upstream_connection_error: the destination could not be reached
forwarding_api_upstream_connection_timeout: the destination did not answer in time
read_timeout: Stripe did not answer in time
""",
    ),
    (
        Outcome.UNKNOWN,
        Reason.REQUEST_INVALID,
        """
idempotency_error: the key was used before with other parameters, so an earlier request may stand
""",
    ),
    (
        Outcome.UNKNOWN,
        Reason.STILL_IN_PROGRESS,
        """
look_up_incomplete: too many objects to search all of them
not_found_yet: no trace so far, but a late request may still arrive
""",
    ),
    (
        Outcome.NOT_SENT,
        Reason.PROVIDER_UNREACHABLE,
        """
connect_failed: no connection to Stripe
connect_timeout: no connection to Stripe in time
dns_failed: Stripe's address could not be found
tls_failed: the connection to Stripe is not trustworthy
""",
    ),
    (
        Outcome.NOT_SENT,
        Reason.NOT_FOUND,
        """
never_charged: Stripe has no such charge
never_opened: Stripe has no page of this attempt that anyone could pay on
never_refunded: Stripe has no such refund
""",
    ),
    (
        Outcome.NOT_SENT,
        Reason.PROVIDER_BUSY,
        """
not_sent_pool_busy: no free connection in time
""",
    ),
    (
        Outcome.DONE_ALREADY,
        Reason.ALREADY_DONE,
        """
bank_account_exists: the bank account is attached already
charge_already_captured: the charge is captured already
charge_already_refunded: the charge is refunded already
paid_already: the page was completed
payment_method_bank_account_already_verified: the bank account is verified already
resource_already_exists: the object exists already
return_intent_already_processed: the return is processed already
""",
    ),
    (
        Outcome.REJECTED,
        Reason.REQUEST_INVALID,
        """
account_country_invalid_address: the address is in another country than the account
account_information_mismatch: the account's details contradict each other
account_token_required_for_v2_account: an account token is needed
balance_invalid_parameter: a parameter is wrong
cardholder_phone_number_required: the card holder's phone number is missing
charge_invalid_parameter: a parameter is wrong
clearing_code_unsupported: the clearing code is not supported
country_code_invalid: the country code is wrong
customer_max_payment_methods: the customer has too many methods
customer_max_subscriptions: the customer has too many subscriptions
customer_tax_location_invalid: the customer's place cannot be taxed
dispute_evidence_page_limit_exceeded: the evidence is too long
email_invalid: the e-mail address is wrong
financial_connections_account_unavailable_account_numbers: the numbers are not available
financial_connections_consent_locale_invalid: the language is wrong
financial_connections_consent_locale_unsupported: the language is not supported
forwarding_api_invalid_parameter: a parameter is wrong
invalid_characters: a value has characters that are not allowed
invalid_mandate_reference_prefix_format: the mandate's prefix is wrong
invalid_request_error: a parameter is wrong
invalid_source_usage: the source cannot be used so
invalid_tax_location: the place cannot be taxed
invoice_no_customer_line_items: the invoice has no lines
invoice_no_subscription_line_items: the invoice has no subscription lines
out_of_inventory: the item is sold out
parameter_invalid_empty: a parameter is empty
parameter_invalid_integer: a parameter is no whole number
parameter_invalid_string_blank: a parameter is blank
parameter_invalid_string_empty: a parameter is empty
parameter_missing: a parameter is missing
parameter_unknown: a parameter is not known
parameters_exclusive: parameters exclude each other
payment_intent_invalid_parameter: a parameter is wrong
payment_method_invalid_parameter: a parameter is wrong
payment_method_invalid_parameter_testmode: a parameter is wrong in test mode
product_inactive: the product is not active
service_period_coupon_with_metered_tiered_item_unsupported: the coupon does not fit
setup_intent_invalid_parameter: a parameter is wrong
shipping_address_invalid: the shipping address is wrong
siret_invalid: the SIRET is wrong
sku_inactive: the item is not active
state_unsupported: the state is not supported
subscription_update_trial_after_billing_cycle_anchor: the trial does not fit
tax_id_invalid: the tax number is wrong
tax_id_prohibited: a tax number is not allowed
terminal_location_country_unsupported: the country is not supported
terminal_reader_invalid_location_for_activation: the reader is elsewhere
terminal_reader_invalid_location_for_payment: the reader is elsewhere
too_many_documents: Stripe takes one document of each kind
transfer_source_balance_parameters_mismatch: the parameters contradict each other
url_invalid: the URL is wrong
""",
    ),
    (
        Outcome.REJECTED,
        Reason.ACCOUNT_NOT_PERMITTED,
        """
account_error_country_change_requires_additional_steps: the account's country cannot change so
action_blocked: Stripe blocks this action
alipay_upgrade_required: the integration of Alipay is too old
application_fees_not_allowed: application fees are not allowed
bitcoin_upgrade_required: Bitcoin is no longer taken so
country_unsupported: the country is not supported
financial_account_capability_not_enabled: a capability is missing
financial_account_capability_restricted: a capability is restricted
financial_connections_account_inactive: the linked account is inactive
forwarding_api_inactive: forwarding is not active
instant_payouts_config_disabled: instant payouts are disabled
instant_payouts_limit_exceeded: the limit of instant payouts is reached
instant_payouts_unsupported: instant payouts are not supported
not_allowed_on_standard_account: not allowed on this kind of account
ownership_declaration_not_allowed: the declaration is not allowed
payouts_limit_exceeded: the limit of payouts is reached
payouts_not_allowed: payouts are not allowed
progressive_onboarding_limit_exceeded: the account has to be onboarded first
request_blocked: Stripe blocks this request
storer_capability_missing: a capability is missing
storer_capability_not_active: a capability is not active
stripe_tax_inactive: Stripe Tax is not active
transfers_not_allowed: transfers are not allowed
""",
    ),
    (
        Outcome.REJECTED,
        Reason.AMOUNT_NOT_ACCEPTED,
        """
amount_too_large: the amount is above Stripe's maximum
amount_too_small: the amount is below Stripe's minimum
capture_is_final: a part can be captured only if the rest is let go
invalid_charge_amount: the amount is wrong
invalid_charge_amount_no_decimal_compatible: the currency takes no decimals
""",
    ),
    (
        Outcome.REJECTED,
        Reason.CAPABILITY_MISSING,
        """
payment_evaluation_on_api_version_not_supported: the API version does not allow it
setup_intent_mobile_wallet_unsupported: wallets are not supported here
smart_disputes_not_available: not available for the dispute
""",
    ),
    (
        Outcome.REJECTED,
        Reason.COMPLIANCE_BLOCK,
        """
anomalous_money_movement_request: Stripe finds the movement unusual
""",
    ),
    (
        Outcome.REJECTED,
        Reason.CURRENCY_NOT_ACCEPTED,
        """
financial_account_balance_does_not_support_currency: the balance has another currency
instant_payouts_currency_disabled: instant payouts are disabled for the currency
""",
    ),
    (
        Outcome.REJECTED,
        Reason.DISPUTED,
        """
charge_disputed: the charge is disputed
refund_disputed_payment: the payment is disputed
""",
    ),
    (
        Outcome.REJECTED,
        Reason.METHOD_NOT_SUPPORTED,
        """
invoice_no_payment_method_types: the invoice has no methods
payment_method_configuration_failures: no method fits the payment
payment_method_unactivated: the method is not activated for the account
payment_method_unsupported_type: the method is not supported
""",
    ),
    (
        Outcome.REJECTED,
        Reason.NOT_FOUND,
        """
invoice_payment_intent_not_found: the invoice has no payment
invoice_upcoming_none: there is no upcoming invoice
missing: a customer or source is missing
resource_missing: the object does not exist
""",
    ),
    (
        Outcome.REJECTED,
        Reason.PROVIDER_BUSY,
        """
terminal_reader_busy: the reader is busy
""",
    ),
    (
        Outcome.REJECTED,
        Reason.PROVIDER_ERROR,
        """
failed_tax_calculation: the tax could not be calculated
shipping_calculation_failed: the shipping could not be calculated
taxes_calculation_failed: the tax could not be calculated
terminal_reader_hardware_fault: the reader is broken
""",
    ),
    (
        Outcome.REJECTED,
        Reason.PROVIDER_UNREACHABLE,
        """
terminal_reader_offline: the reader is offline
terminal_reader_timeout: the reader did not answer in time
""",
    ),
    (
        Outcome.REJECTED,
        Reason.STATE_CONFLICT,
        """
balance_insufficient: the account's balance is too low
capture_unauthorized_payment: nothing is authorised
charge_not_refundable: the charge cannot be refunded
dispute_not_answerable: the dispute cannot be answered any more
financial_connections_account_pending_account_numbers: the numbers are not there yet
financial_connections_no_successful_transaction_refresh: not refreshed yet
intent_invalid_state: the intent is in the wrong state
invalid_canceled_subscription_fields: the fields cannot change any more
invoice_not_editable: the invoice cannot change any more
invoice_on_behalf_of_not_editable: the invoice cannot change any more
payment_intent_unexpected_state: the payment is in the wrong state
payout_reconciliation_not_ready: the payout is not reconciled yet
setup_intent_unexpected_state: the set-up is in the wrong state
status_transition_invalid: the object cannot change so
token_already_used: the token is used already
token_in_use: the token is in use
""",
    ),
    (
        Outcome.REJECTED,
        Reason.TOO_LATE,
        """
capture_charge_authorization_expired: the authorisation has expired
charge_expired_for_capture: the authorisation has expired
coupon_expired: the coupon has expired
customer_session_expired: the customer session has expired
""",
    ),
)

ROWS: Final = _REFUSALS + DECLINES
