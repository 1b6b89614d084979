"""What every code of the calls we make amounts to, Razorpay's own and ours.

What banks say of a payment that failed is in `declines.py`.
"""

from collections.abc import Mapping
from typing import Final

from paymux.integrations.adapters.providers.razorpay.declines import DECLINES, rules
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.plugins import ErrorRule
from paymux.payments.ports.reasons import Reason

_CALLS: Final[Mapping[str, ErrorRule]] = {
    **rules(
        Outcome.CREDENTIALS,
        Reason.CREDENTIALS_INVALID,
        {
            "api_key_invalid": "The key or its secret is wrong.",
            "authentication_failed": "The key or its secret is wrong.",
            "key_mode_mismatch": "The key is for the other mode.",
            "merchant_not_found": "The key belongs to no merchant.",
        },
    ),
    **rules(
        Outcome.CREDENTIALS,
        Reason.ACCOUNT_NOT_PERMITTED,
        {
            "access_denied": "Our address is not allowed for this key.",
            "feature_not_enabled": "The account may not use this API.",
            "live_mode_disabled": "The account may not go live yet.",
            "merchant_suspended": "The account is suspended.",
            "recurring_not_enabled": "The account may not charge saved cards.",
        },
    ),
    **rules(
        Outcome.DONE_ALREADY,
        Reason.ALREADY_DONE,
        {
            "reference_id_already_attempted": "A link with this reference exists: read it.",
            "link_already_paid": "The payer was first: read the link.",
            "link_already_closed": "Nobody can pay on it any more.",
            "payment_fully_refunded": (
                "All of it was given back, perhaps by this very refund: look it up."
            ),
            "payment_captured_before": "The money was taken before: read the payment.",
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.STATE_CONFLICT,
        {
            "customer_already_exists": (
                "Another customer has this e-mail address and phone number."
            ),
            "payment_not_captured": "Only captured money is given back.",
            "payment_not_authorized": "No money is held for this payment.",
            "dispute_answered_elsewhere": "The dispute was answered by other means.",
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.REQUEST_INVALID,
        {
            "field_required": "A mandatory field is missing.",
            "wrong_input_fields": "A field is not known or not well formed.",
            "note_too_long": "A note is longer than 255 characters.",
            "expires_too_soon": "Expiry is less than 15 minutes ahead.",
            "upi_link_cannot_be_partial": "UPI links take no part payment.",
            "contact_too_short": "A phone number needs 8 digits.",
            "idempotency_key_malformed": (
                "A key has at least 10 letters, digits, hyphens or underscores."
            ),
            "amount_not_an_integer": "An amount is a whole number.",
            "field_not_wanted": "A field is not known to Razorpay.",
            "id_invalid": "The id is not well formed.",
            "input_validation_failed": "A field is not well formed.",
            "bad_request_error": "The request was refused.",
            "reference_too_long": "A reference has at most 40 characters.",
            "reference_malformed": "That is no reference of Razorpay's.",
            "customer_not_reachable": (
                "Razorpay tells customers apart by e-mail and phone; one is needed."
            ),
            "email_too_long": "An e-mail address has at most 64 characters.",
            "contact_too_long": "A phone number has at most 15 characters.",
            "customer_details_missing": "To save a card, Razorpay wants name, e-mail and phone.",
            "dispute_action_invalid": "A defence is drafted or submitted, nothing else.",
            "document_not_usable": "A document is not there or not ours.",
            "evidence_needs_document": "Razorpay takes no defence without a document.",
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.AMOUNT_NOT_ACCEPTED,
        {
            "amount_too_small": "The amount is below the minimum.",
            "refund_exceeds_captured": "More than what is left of the captured amount.",
            "capture_not_in_full": "All that is authorised is taken, once.",
            "amount_not_supported": "Razorpay does not take this amount.",
            "mandate_out_of_range": "A mandate allows from INR 1 to INR 10,00,000 at a time.",
            "contest_exceeds_dispute": "More is contested than is in dispute.",
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.CURRENCY_NOT_ACCEPTED,
        {
            "international_not_activated": "The account takes no currency but INR.",
            "upi_link_needs_inr": "UPI links are for INR only.",
            "currency_needs_inr": "Cards are saved and charged in INR only.",
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.METHOD_NOT_SUPPORTED,
        {
            "upi_link_not_in_test_mode": "UPI links need live mode.",
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.CAPABILITY_MISSING,
        {
            "capability_missing": (
                "A payment link takes the money at once: it cannot only authorise it."
            ),
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.TOO_LATE,
        {
            "payment_too_old_to_refund": "The bank gives nothing back after six months.",
            "dispute_deadline_over": "The time to answer the dispute is over.",
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.INSUFFICIENT_FUNDS,
        {
            "balance_too_low": "The merchant's balance is less than that.",
        },
    ),
    **rules(
        Outcome.DONE_ALREADY,
        Reason.STATE_CONFLICT,
        {
            "idempotency_key_reused": (
                "Another request was carried out under this key: look it up."
            ),
            "dispute_not_open": "The dispute is answered or decided: read it.",
        },
    ),
    **rules(
        Outcome.UNKNOWN,
        Reason.PROVIDER_ERROR,
        {
            "idempotency_record_unread": (
                "Razorpay could not tell whether this was done before: ask again."
            ),
            "request_body_unread": "Razorpay failed to read the request.",
            "gateway_error": "A bank or network failed; it may have worked.",
            "server_error": "Razorpay failed; it may have worked.",
            "unreadable_reply": "The reply is not what Razorpay documents.",
            "redirect_refused": "The reply points elsewhere; not followed.",
            "odd_amount": "The reported amount breaks the currency's rules.",
            "odd_status": "The reported status is not documented.",
            "odd_lookup": "The list holds what was not asked for.",
            "refund_differs": "The refund is not the one that was asked for.",
            "link_differs": "The link under our reference is not the one.",
            "charge_differs": "The charge under our reference is not the one asked for.",
            "method_not_forgotten": "Razorpay says that the card was not deleted.",
            "dispute_differs": "The reply is about another dispute.",
        },
    ),
    **rules(
        Outcome.REJECTED,
        Reason.NOT_FOUND,
        {
            "id_does_not_exist": "The account has no such object.",
            "not_found": "There is no such object or address.",
        },
    ),
    **rules(
        Outcome.IN_PROGRESS,
        Reason.STILL_IN_PROGRESS,
        {
            "conflict": "The same request is still being processed.",
            "refund_under_way": "A refund asked for so recently may yet come into being.",
            "charge_under_way": "A charge asked for so recently may yet come into being.",
        },
    ),
    **rules(
        Outcome.NOT_PROCESSED,
        Reason.PROVIDER_BUSY,
        {
            "too_many_requests": "Too many requests: try again later.",
        },
    ),
    **rules(
        Outcome.UNKNOWN,
        Reason.PROVIDER_UNREACHABLE,
        {
            "read_timeout": "No reply in time; it may have worked.",
            "connection_lost": "The connection broke before the reply.",
        },
    ),
    **rules(
        Outcome.NOT_SENT,
        Reason.PROVIDER_UNREACHABLE,
        {
            "not_sent_connect_timeout": "No connection in time.",
            "not_sent_tls_failed": "No trusted connection.",
            "not_sent_no_connection": "The host is not known or refuses.",
            "not_sent_pool_busy": "No thread was free in time.",
            "not_sent_closing": "The connector is being closed.",
        },
    ),
}

ERROR_MAP: Final[Mapping[str, ErrorRule]] = {**_CALLS, **DECLINES}
