"""Every code Stripe documents, by what it amounts to: the rows of the error map.

https://docs.stripe.com/error-codes and https://docs.stripe.com/declines/codes. One line is one
code and what it means; where both lists have a code, it means the same.
"""

from typing import Final

from paymux.payments.ports.connectors import Outcome

_CREDENTIALS: Final = """
account_invalid: the account named does not exist or the key has no access to it
api_key_expired: the API key has expired
authentication_error: the API key is not valid
capability_not_active: the account lacks a capability that this needs
livemode_mismatch: an object of the other mode was named
no_account: the account does not exist
permission_error: the key may not do this
platform_account_required: only a platform may do this
platform_api_key_expired: the platform's API key has expired
secret_key_required: a publishable key was used where a secret key is needed
testmode_charges_only: the account is not activated for live payments
tls_version_unsupported: the connection's TLS is too old
wrong_mode: the key belongs to the other mode than the connection
"""

_NOT_PROCESSED: Final = """
lock_timeout: another request holds the object; nothing was done
payment_intent_rate_limit_exceeded: too many updates of one payment; nothing was done
rate_limit: too many requests; nothing was done
"""

_IN_PROGRESS: Final = """
idempotency_key_in_use: the first request with this key is still running
"""

_UNKNOWN: Final = """
api_error: Stripe failed; what was done is not known
connection_lost: the connection broke after the request may have left
forwarding_api_retryable_upstream_error: the destination failed
forwarding_api_upstream_connection_error: the destination could not be reached
forwarding_api_upstream_connection_timeout: the destination did not answer in time
forwarding_api_upstream_error: the destination failed
idempotency_error: the key was used before with other parameters, so an earlier request may stand
look_up_incomplete: too many objects to search all of them
not_found_yet: no trace so far, but a late request may still arrive
odd_amount: Stripe reported an amount that its currency rules do not allow
read_timeout: Stripe did not answer in time
unreadable_event: the event is not shaped as documented
unreadable_reply: the answer is not shaped as documented
"""

_NOT_SENT: Final = """
connect_failed: no connection to Stripe
connect_timeout: no connection to Stripe in time
dns_failed: Stripe's address could not be found
never_opened: Stripe has no page of this attempt that anyone could pay on
never_refunded: Stripe has no such refund
not_sent_pool_busy: no free connection in time
tls_failed: the connection to Stripe is not trustworthy
"""

_DONE_ALREADY: Final = """
bank_account_exists: the bank account is attached already
charge_already_captured: the charge is captured already
charge_already_refunded: the charge is refunded already
paid_already: the page was completed
payment_method_bank_account_already_verified: the bank account is verified already
resource_already_exists: the object exists already
return_intent_already_processed: the return is processed already
"""

_NEEDS_PAYER: Final = """
acss_debit_session_incomplete: the payer has not finished the bank's session
approval_required: the payer has to approve
authentication_not_handled: the payer's authentication was not handled
authentication_required: the payer has to authenticate
intent_verification_method_missing: the payer has to be verified
invoice_payment_intent_requires_action: the payer has to act
offline_pin_required: the card wants its PIN
online_or_offline_pin_required: the card wants its PIN
payment_intent_action_required: the payer has to act
"""

_DECLINED_HARD: Final = """
do_not_honor: the issuer refused and gives no reason
do_not_try_again: the issuer refused for good
fraudulent: Stripe suspects fraud
highest_risk_level: Stripe blocked the payment as too risky
lost_card: the card is reported lost
merchant_blacklist: the card is on the merchant's block list
payment_method_customer_decline: the payer declined
pickup_card: the issuer wants the card withdrawn
requested_block_on_incorrect_cvc: a rule of the merchant blocks wrong CVCs
restricted_card: the card may not be used
revocation_of_all_authorizations: the payer revoked all authorisations
revocation_of_authorization: the payer revoked the authorisation
rule_blocked: a rule of the merchant blocks the payment
security_violation: the issuer sees a security violation
stolen_card: the card is reported stolen
stop_payment_order: the payer ordered the issuer to stop
"""

_DECLINED_SOFT: Final = """
account_closed: the payer's bank account is closed
account_number_invalid: the bank account number is wrong
approve_with_id: the issuer could not authorise; it may on another try
async_payment_failed: the delayed payment failed
authentication_failure: the payer did not authenticate
bank_account_bad_routing_numbers: the routing number is wrong
bank_account_declined: the bank account cannot be used
bank_account_restricted: the bank account cannot be used
bank_account_unusable: the bank account cannot be used
bank_account_unverified: the bank account is not verified
bank_account_verification_failed: the bank account could not be verified
billing_invalid_mandate: the mandate is not valid
call_issuer: the issuer refused and wants to be called
card_decline_rate_limit_exceeded: the card was declined too often today
card_declined: the card was declined
card_not_supported: the card does not allow this purchase
card_velocity_exceeded: the card's limit is reached
charge_exceeds_source_limit: the payer's limit is reached
charge_exceeds_transaction_limit: the limit of one transaction is exceeded
currency_not_supported: the card does not allow this currency
debit_not_authorized: the payer disputes the debit
duplicate_transaction: the same amount was charged to the same card a moment ago
expired_card: the card has expired
expired_payment_method: the payment method has expired
generic_decline: declined for an unknown reason
incorrect_address: the address is wrong
incorrect_cvc: the CVC is wrong
incorrect_number: the card number is wrong
incorrect_pin: the PIN is wrong
incorrect_postal_code: the postal code is wrong
incorrect_zip: the postal code is wrong
india_recurring_payment_mandate_canceled: the mandate was cancelled
insufficient_funds: not enough money
invalid_account: the card or its account is not valid
invalid_amount: the issuer does not allow this amount
invalid_card_type: this kind of card is not taken
invalid_cvc: the CVC is wrong
invalid_expiry_month: the expiry month is wrong
invalid_expiry_year: the expiry year is wrong
invalid_number: the card number is wrong
invalid_pin: the PIN is wrong
issuer_not_available: the issuer could not be reached
mobile_device_authentication_required: the payer has to unlock the device
new_account_information_available: the card or its account is not valid
no_action_taken: the issuer refused and gives no reason
not_permitted: the payment is not permitted
payment_intent_authentication_failure: the payer did not authenticate
payment_intent_incompatible_payment_method: the method does not fit the payment
payment_intent_konbini_rejected_confirmation_number: the confirmation number was refused
payment_intent_mandate_invalid: the mandate is not valid
payment_intent_payment_attempt_expired: the payer did not pay in time
payment_intent_payment_attempt_failed: the try to pay failed
payment_method_bank_account_blocked: the bank account is blocked
payment_method_billing_details_address_missing: the billing address is missing
payment_method_currency_mismatch: the method does not take this currency
payment_method_microdeposit_failed: the micro-deposit failed
payment_method_microdeposit_processing_error: the micro-deposit failed
payment_method_microdeposit_verification_amounts_invalid: the micro-deposit amounts are wrong
payment_method_microdeposit_verification_amounts_mismatch: the micro-deposit amounts are wrong
payment_method_microdeposit_verification_attempts_exceeded: too many tries to verify
payment_method_microdeposit_verification_descriptor_code_mismatch: the code is wrong
payment_method_microdeposit_verification_timeout: not verified in time
payment_method_not_available: the method is not available now
payment_method_provider_decline: the method's provider declined
payment_method_provider_timeout: the method's provider did not answer in time
payment_method_restricted: the method cannot be used
payment_method_unexpected_state: the method is in the wrong state
pin_try_exceeded: the PIN was wrong too often
postal_code_invalid: the postal code is wrong
previously_declined_do_not_retry: declined before with the same details
processing_error: the card could not be processed
reenter_transaction: the issuer could not process it; it may on another try
refer_to_customer: the payer's bank wants to be asked
routing_number_invalid: the routing number is wrong
sepa_unsupported_account: the account does not take SEPA debits
service_not_allowed: the issuer refused and gives no reason
setup_attempt_failed: the method could not be set up
setup_intent_authentication_failure: the payer did not authenticate
setup_intent_mandate_invalid: the mandate is not valid
setup_intent_setup_attempt_expired: the method was not set up in time
testmode_decline: a test card was used in live mode
three_d_secure_authentication_not_supported: the card does not do 3-D Secure
three_d_secure_authentication_upstream_error: 3-D Secure failed
token_card_network_invalid: the card's network is not taken
transaction_not_allowed: the issuer does not allow it
try_again_later: the issuer refused for now
withdrawal_count_limit_exceeded: the card's limit is reached
"""

_REJECTED: Final = """
account_country_invalid_address: the address is in another country than the account
account_error_country_change_requires_additional_steps: the account's country cannot change so
account_information_mismatch: the account's details contradict each other
account_token_required_for_v2_account: an account token is needed
action_blocked: Stripe blocks this action
alipay_upgrade_required: the integration of Alipay is too old
amount_too_large: the amount is above Stripe's maximum
amount_too_small: the amount is below Stripe's minimum
anomalous_money_movement_request: Stripe finds the movement unusual
application_fees_not_allowed: application fees are not allowed
balance_insufficient: the account's balance is too low
balance_invalid_parameter: a parameter is wrong
bitcoin_upgrade_required: Bitcoin is no longer taken so
capture_is_final: a part can be captured only if the rest is let go
capture_charge_authorization_expired: the authorisation has expired
capture_unauthorized_payment: nothing is authorised
cardholder_phone_number_required: the card holder's phone number is missing
charge_disputed: the charge is disputed
charge_expired_for_capture: the authorisation has expired
charge_invalid_parameter: a parameter is wrong
charge_not_refundable: the charge cannot be refunded
clearing_code_unsupported: the clearing code is not supported
country_code_invalid: the country code is wrong
country_unsupported: the country is not supported
coupon_expired: the coupon has expired
customer_max_payment_methods: the customer has too many methods
customer_max_subscriptions: the customer has too many subscriptions
customer_session_expired: the customer session has expired
customer_tax_location_invalid: the customer's place cannot be taxed
dispute_evidence_page_limit_exceeded: the evidence is too long
email_invalid: the e-mail address is wrong
failed_tax_calculation: the tax could not be calculated
financial_account_balance_does_not_support_currency: the balance has another currency
financial_account_capability_not_enabled: a capability is missing
financial_account_capability_restricted: a capability is restricted
financial_connections_account_inactive: the linked account is inactive
financial_connections_account_pending_account_numbers: the numbers are not there yet
financial_connections_account_unavailable_account_numbers: the numbers are not available
financial_connections_consent_locale_invalid: the language is wrong
financial_connections_consent_locale_unsupported: the language is not supported
financial_connections_no_successful_transaction_refresh: not refreshed yet
forwarding_api_inactive: forwarding is not active
forwarding_api_invalid_parameter: a parameter is wrong
instant_payouts_config_disabled: instant payouts are disabled
instant_payouts_currency_disabled: instant payouts are disabled for the currency
instant_payouts_limit_exceeded: the limit of instant payouts is reached
instant_payouts_unsupported: instant payouts are not supported
intent_invalid_state: the intent is in the wrong state
invalid_canceled_subscription_fields: the fields cannot change any more
invalid_characters: a value has characters that are not allowed
invalid_charge_amount: the amount is wrong
invalid_charge_amount_no_decimal_compatible: the currency takes no decimals
invalid_mandate_reference_prefix_format: the mandate's prefix is wrong
invalid_request_error: a parameter is wrong
invalid_source_usage: the source cannot be used so
invalid_tax_location: the place cannot be taxed
invoice_no_customer_line_items: the invoice has no lines
invoice_no_payment_method_types: the invoice has no methods
invoice_no_subscription_line_items: the invoice has no subscription lines
invoice_not_editable: the invoice cannot change any more
invoice_on_behalf_of_not_editable: the invoice cannot change any more
invoice_payment_intent_not_found: the invoice has no payment
invoice_upcoming_none: there is no upcoming invoice
missing: a customer or source is missing
not_allowed_on_standard_account: not allowed on this kind of account
out_of_inventory: the item is sold out
ownership_declaration_not_allowed: the declaration is not allowed
parameter_invalid_empty: a parameter is empty
parameter_invalid_integer: a parameter is no whole number
parameter_invalid_string_blank: a parameter is blank
parameter_invalid_string_empty: a parameter is empty
parameter_missing: a parameter is missing
parameter_unknown: a parameter is not known
parameters_exclusive: parameters exclude each other
payment_evaluation_on_api_version_not_supported: the API version does not allow it
payment_intent_invalid_parameter: a parameter is wrong
payment_intent_unexpected_state: the payment is in the wrong state
payment_method_configuration_failures: no method fits the payment
payment_method_invalid_parameter: a parameter is wrong
payment_method_invalid_parameter_testmode: a parameter is wrong in test mode
payment_method_unactivated: the method is not activated for the account
payment_method_unsupported_type: the method is not supported
payout_reconciliation_not_ready: the payout is not reconciled yet
payouts_limit_exceeded: the limit of payouts is reached
payouts_not_allowed: payouts are not allowed
product_inactive: the product is not active
progressive_onboarding_limit_exceeded: the account has to be onboarded first
refund_disputed_payment: the payment is disputed
request_blocked: Stripe blocks this request
resource_missing: the object does not exist
service_period_coupon_with_metered_tiered_item_unsupported: the coupon does not fit
setup_intent_invalid_parameter: a parameter is wrong
setup_intent_mobile_wallet_unsupported: wallets are not supported here
setup_intent_unexpected_state: the set-up is in the wrong state
shipping_address_invalid: the shipping address is wrong
shipping_calculation_failed: the shipping could not be calculated
siret_invalid: the SIRET is wrong
sku_inactive: the item is not active
smart_disputes_not_available: not available for the dispute
state_unsupported: the state is not supported
status_transition_invalid: the object cannot change so
storer_capability_missing: a capability is missing
storer_capability_not_active: a capability is not active
stripe_tax_inactive: Stripe Tax is not active
subscription_update_trial_after_billing_cycle_anchor: the trial does not fit
tax_id_invalid: the tax number is wrong
tax_id_prohibited: a tax number is not allowed
taxes_calculation_failed: the tax could not be calculated
terminal_location_country_unsupported: the country is not supported
terminal_reader_busy: the reader is busy
terminal_reader_hardware_fault: the reader is broken
terminal_reader_invalid_location_for_activation: the reader is elsewhere
terminal_reader_invalid_location_for_payment: the reader is elsewhere
terminal_reader_offline: the reader is offline
terminal_reader_timeout: the reader did not answer in time
token_already_used: the token is used already
token_in_use: the token is in use
transfer_source_balance_parameters_mismatch: the parameters contradict each other
transfers_not_allowed: transfers are not allowed
url_invalid: the URL is wrong
"""

ROWS: Final = (
    (Outcome.CREDENTIALS, _CREDENTIALS),
    (Outcome.NOT_PROCESSED, _NOT_PROCESSED),
    (Outcome.IN_PROGRESS, _IN_PROGRESS),
    (Outcome.UNKNOWN, _UNKNOWN),
    (Outcome.NOT_SENT, _NOT_SENT),
    (Outcome.DONE_ALREADY, _DONE_ALREADY),
    (Outcome.NEEDS_PAYER, _NEEDS_PAYER),
    (Outcome.DECLINED_HARD, _DECLINED_HARD),
    (Outcome.DECLINED_SOFT, _DECLINED_SOFT),
    (Outcome.REJECTED, _REJECTED),
)
