"""Stripe's refund, field for field as it appears in replies and events."""

import msgspec

from paymux.sandbox.stripe.objects import Metadata


class Refund(msgspec.Struct, kw_only=True):
    """refund."""

    id: str
    amount: int
    charge: str
    created: int
    currency: str
    payment_intent: str
    status: str
    object: str = "refund"
    balance_transaction: str | None = None
    destination_details: None = None
    failure_balance_transaction: str | None = None
    failure_reason: str | None = None
    metadata: Metadata = {}
    pending_reason: str | None = None
    reason: str | None = None
    receipt_number: str | None = None
    source_transfer_reversal: None = None
    transfer_reversal: None = None
