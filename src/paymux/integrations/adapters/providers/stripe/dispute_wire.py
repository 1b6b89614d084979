"""What we read of Stripe's disputes and files. https://docs.stripe.com/api/disputes/object."""

import msgspec

from paymux.integrations.adapters.providers.stripe.wire import Identifier, Timestamp


class Named(msgspec.Struct, frozen=True):
    """An object given whole where its id would do."""

    id: Identifier


class EvidenceDetails(msgspec.Struct, frozen=True):
    """Until when it can be answered (0: not at all), and how often that was done."""

    due_by: Timestamp | None = None
    submission_count: int = 0


class Contested(msgspec.Struct, frozen=True):
    """The part of an event's dispute that is the same in every API version."""

    payment_intent: str | Named | None = None


class Dispute(msgspec.Struct, frozen=True):
    """A contested charge."""

    id: Identifier
    amount: int
    currency: str
    status: str
    reason: str | None = None
    network_reason_code: str | None = None
    created: Timestamp | None = None
    payment_intent: str | Named | None = None
    evidence_details: EvidenceDetails | None = None
    metadata: dict[str, str] | None = None


class DisputePage(msgspec.Struct, frozen=True):
    """One page of disputes, newest first."""

    data: list[Dispute]
    has_more: bool


class File(msgspec.Struct, frozen=True):
    """An uploaded document."""

    id: Identifier
