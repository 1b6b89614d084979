"""Razorpay's own words for each documented refusal, and the code of ours for it.

Sources: the error lists of https://razorpay.com/docs/api/payments/payment-links/,
https://razorpay.com/docs/api/customers/, https://razorpay.com/docs/api/refunds/,
https://razorpay.com/docs/api/payments/capture/,
https://razorpay.com/docs/payments/refunds/errors/,
https://razorpay.com/docs/api/payments/invoices/cancel/,
https://razorpay.com/docs/api/disputes/ and
https://razorpay.com/docs/api/payments/recurring-payments/cards/.
"""

import re
from collections.abc import Sequence
from typing import Final

DESCRIPTIONS: Final[Sequence[tuple[re.Pattern[str], str]]] = [
    (re.compile(pattern), code)
    for pattern, code in (
        (r"reference id already attempted", "reference_id_already_attempted"),
        (r"cannot cancel or expire an already paid", "link_already_paid"),
        (r"cannot be cancelled as it is already (partially.)?paid", "link_already_paid"),
        (r"cannot cancel or expire an? (expired|cancelled)", "link_already_closed"),
        (r"cannot be cancelled as it is already (expired|cancelled)", "link_already_closed"),
        (r"^the api .*provided is invalid", "api_key_invalid"),
        (r"^authentication failed\.?$", "authentication_failed"),
        (r"^access denied", "access_denied"),
        (r"requested url was not found", "feature_not_enabled"),
        (r"live mode is disabled", "live_mode_disabled"),
        (r"merchant is suspended", "merchant_suspended"),
        (r"customer already exists", "customer_already_exists"),
        (r"at ?least 15 minutes", "expires_too_soon"),
        (r"amount must be at ?least", "amount_too_small"),
        (r"international activated", "international_not_activated"),
        (r"upi payment links is not supported in test mode", "upi_link_not_in_test_mode"),
        (r"upi is currently supported only in indian", "upi_link_needs_inr"),
        (r"partial payment not supported in upi", "upi_link_cannot_be_partial"),
        (r"length must not be greater than 255", "note_too_long"),
        (r"contact number should be at ?least", "contact_too_short"),
        (r"not allowed for invoice in (partially.)?paid", "link_already_paid"),
        (r"not allowed for invoice in (cancelled|expired|deleted)", "link_already_closed"),
        (r"exceeds maximum amount allowed", "amount_exceeds_mandate"),
        (r"card does not support recurring", "card_not_for_recurring"),
        (r"pre_debit_notification_not_sent", "pre_debit_notification_not_sent"),
        (
            r"mandate_promised_debit_date_not_honoured",
            "bad_request_mandate_promised_debit_date_not_honoured",
        ),
        (r"deadline to respond has elapsed", "dispute_deadline_over"),
        (r"not allowed when dispute is in", "dispute_not_open"),
        (r"contest amount cannot be greater", "contest_exceeds_dispute"),
        (r"selected action is invalid", "dispute_action_invalid"),
        (r"invalid file id", "document_not_usable"),
        (r"value of each expand", "wrong_input_fields"),
        (r"fully refunded", "payment_fully_refunded"),
        (r"refund amount .{0,40}greater than", "refund_exceeds_captured"),
        (r"more than 6 months old", "payment_too_old_to_refund"),
        (r"status should be captured", "payment_not_captured"),
        (r"enough balance", "balance_too_low"),
        (r"different request with the same idempotency key", "idempotency_key_reused"),
        (r"^the idempotency key must", "idempotency_key_malformed"),
        (r"failed to fetch idempotency record", "idempotency_record_unread"),
        (r"failed to parse request body", "request_body_unread"),
        (r"merchant id not found in authentication", "merchant_not_found"),
        (r"order is already paid|already been captured", "payment_captured_before"),
        (r"authorized and not yet captured", "payment_not_authorized"),
        (r"must be equal to the amount authorized", "capture_not_in_full"),
        (r"must be an integer", "amount_not_an_integer"),
        (r"not required and should not be sent", "field_not_wanted"),
        (r"is not a valid id|invalid input \[strippedid\]", "id_invalid"),
        (r"id provided does not exist", "id_does_not_exist"),
        (r"wrong input fields", "wrong_input_fields"),
        (r"^(the )?.{1,100} is required", "field_required"),
    )
]
