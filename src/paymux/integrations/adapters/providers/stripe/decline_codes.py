"""The codes with which a payment is declined, by whose doing and what can be done about it.

https://docs.stripe.com/declines/codes, and of https://docs.stripe.com/error-codes those about
the payer's method. DECLINED_HARD is what no other try of this payer can mend; the rest may work
with another method, or later.
"""

from typing import Final

from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.reasons import Reason

DECLINES: Final = (
    (
        Outcome.NEEDS_PAYER,
        Reason.AUTHENTICATION_REQUIRED,
        """
acss_debit_session_incomplete: the payer has not finished the bank's session
approval_required: the payer has to approve
authentication_not_handled: the payer's authentication was not handled
authentication_required: the payer has to authenticate
intent_verification_method_missing: the payer has to be verified
invoice_payment_intent_requires_action: the payer has to act
offline_pin_required: the card wants its PIN
online_or_offline_pin_required: the card wants its PIN
payment_intent_action_required: the payer has to act
""",
    ),
    (
        Outcome.DECLINED_HARD,
        Reason.SUSPECTED_FRAUD,
        """
fraudulent: Stripe suspects fraud
highest_risk_level: Stripe blocked the payment as too risky
merchant_blacklist: the card is on the merchant's block list
rule_blocked: a rule of the merchant blocks the payment
security_violation: the issuer sees a security violation
""",
    ),
    (
        Outcome.DECLINED_HARD,
        Reason.DO_NOT_HONOR,
        """
do_not_honor: the issuer refused and gives no reason
do_not_try_again: the issuer refused for good
""",
    ),
    (
        Outcome.DECLINED_HARD,
        Reason.INCORRECT_DETAILS,
        """
requested_block_on_incorrect_cvc: a rule of the merchant blocks wrong CVCs
""",
    ),
    (
        Outcome.DECLINED_HARD,
        Reason.LOST_OR_STOLEN,
        """
lost_card: the card is reported lost
pickup_card: the issuer wants the card withdrawn
stolen_card: the card is reported stolen
""",
    ),
    (
        Outcome.DECLINED_HARD,
        Reason.METHOD_REVOKED,
        """
revocation_of_all_authorizations: the payer revoked all authorisations
revocation_of_authorization: the payer revoked the authorisation
stop_payment_order: the payer ordered the issuer to stop
""",
    ),
    (
        Outcome.DECLINED_HARD,
        Reason.PAYER_ACCOUNT_RESTRICTED,
        """
restricted_card: the card may not be used
""",
    ),
    (
        Outcome.DECLINED_HARD,
        Reason.PAYER_CANCELED,
        """
payment_method_customer_decline: the payer declined
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.DECLINED_OTHERWISE,
        """
async_payment_failed: the delayed payment failed
bank_account_declined: the bank account cannot be used
card_declined: the card was declined
generic_decline: declined for an unknown reason
payment_intent_payment_attempt_failed: the try to pay failed
payment_method_provider_decline: the method's provider declined
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.AMOUNT_NOT_ACCEPTED,
        """
invalid_amount: the issuer does not allow this amount
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.AUTHENTICATION_FAILED,
        """
authentication_failure: the payer did not authenticate
bank_account_unverified: the bank account is not verified
bank_account_verification_failed: the bank account could not be verified
mobile_device_authentication_required: the payer has to unlock the device
payment_intent_authentication_failure: the payer did not authenticate
payment_method_microdeposit_failed: the micro-deposit failed
payment_method_microdeposit_verification_attempts_exceeded: too many tries to verify
payment_method_microdeposit_verification_timeout: not verified in time
pin_try_exceeded: the PIN was wrong too often
setup_attempt_failed: the method could not be set up
setup_intent_authentication_failure: the payer did not authenticate
three_d_secure_authentication_not_supported: the card does not do 3-D Secure
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.CURRENCY_NOT_ACCEPTED,
        """
currency_not_supported: the card does not allow this currency
payment_method_currency_mismatch: the method does not take this currency
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.DO_NOT_HONOR,
        """
approve_with_id: the issuer could not authorise; it may on another try
call_issuer: the issuer refused and wants to be called
no_action_taken: the issuer refused and gives no reason
refer_to_customer: the payer's bank wants to be asked
service_not_allowed: the issuer refused and gives no reason
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.DUPLICATE_TRANSACTION,
        """
duplicate_transaction: the same amount was charged to the same card a moment ago
previously_declined_do_not_retry: declined before with the same details
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.EXPIRED_METHOD,
        """
expired_card: the card has expired
expired_payment_method: the payment method has expired
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.INCORRECT_DETAILS,
        """
account_number_invalid: the bank account number is wrong
bank_account_bad_routing_numbers: the routing number is wrong
incorrect_address: the address is wrong
incorrect_cvc: the CVC is wrong
incorrect_number: the card number is wrong
incorrect_pin: the PIN is wrong
incorrect_postal_code: the postal code is wrong
incorrect_zip: the postal code is wrong
invalid_cvc: the CVC is wrong
invalid_expiry_month: the expiry month is wrong
invalid_expiry_year: the expiry year is wrong
invalid_number: the card number is wrong
invalid_pin: the PIN is wrong
payment_intent_konbini_rejected_confirmation_number: the confirmation number was refused
payment_method_billing_details_address_missing: the billing address is missing
payment_method_microdeposit_verification_amounts_invalid: the micro-deposit amounts are wrong
payment_method_microdeposit_verification_amounts_mismatch: the micro-deposit amounts are wrong
payment_method_microdeposit_verification_descriptor_code_mismatch: the code is wrong
postal_code_invalid: the postal code is wrong
routing_number_invalid: the routing number is wrong
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.INSUFFICIENT_FUNDS,
        """
insufficient_funds: not enough money
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.LIMIT_EXCEEDED,
        """
card_decline_rate_limit_exceeded: the card was declined too often today
card_velocity_exceeded: the card's limit is reached
charge_exceeds_source_limit: the payer's limit is reached
charge_exceeds_transaction_limit: the limit of one transaction is exceeded
withdrawal_count_limit_exceeded: the card's limit is reached
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.METHOD_NOT_SUPPORTED,
        """
card_not_supported: the card does not allow this purchase
invalid_card_type: this kind of card is not taken
not_permitted: the payment is not permitted
payment_intent_incompatible_payment_method: the method does not fit the payment
sepa_unsupported_account: the account does not take SEPA debits
testmode_decline: a test card was used in live mode
token_card_network_invalid: the card's network is not taken
transaction_not_allowed: the issuer does not allow it
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.METHOD_REVOKED,
        """
billing_invalid_mandate: the mandate is not valid
debit_not_authorized: the payer disputes the debit
india_recurring_payment_mandate_canceled: the mandate was cancelled
payment_intent_mandate_invalid: the mandate is not valid
payment_method_detached: the payer's method is no longer kept at Stripe
setup_intent_mandate_invalid: the mandate is not valid
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.PAYER_ACCOUNT_RESTRICTED,
        """
account_closed: the payer's bank account is closed
bank_account_restricted: the bank account cannot be used
bank_account_unusable: the bank account cannot be used
invalid_account: the card or its account is not valid
new_account_information_available: the card or its account is not valid
payment_method_bank_account_blocked: the bank account is blocked
payment_method_restricted: the method cannot be used
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.PAYER_CANCELED,
        """
payment_intent_payment_attempt_expired: the payer did not pay in time
setup_intent_setup_attempt_expired: the method was not set up in time
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.STATE_CONFLICT,
        """
payment_method_unexpected_state: the method is in the wrong state
""",
    ),
    (
        Outcome.DECLINED_SOFT,
        Reason.TRY_AGAIN_LATER,
        """
issuer_not_available: the issuer could not be reached
payment_method_microdeposit_processing_error: the micro-deposit failed
payment_method_not_available: the method is not available now
payment_method_provider_timeout: the method's provider did not answer in time
processing_error: the card could not be processed
reenter_transaction: the issuer could not process it; it may on another try
three_d_secure_authentication_upstream_error: 3-D Secure failed
try_again_later: the issuer refused for now
""",
    ),
)
