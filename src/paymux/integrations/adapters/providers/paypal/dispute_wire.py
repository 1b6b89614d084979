"""PayPal's JSON of disputes, as in `wire`."""

from collections.abc import Sequence

import msgspec

from paymux.integrations.adapters.providers.paypal.wire import Amount, Link


class DisputedTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A capture that is contested, by the id that we know it by."""

    seller_transaction_id: str | None = None
    gross_amount: Amount | None = None


class DisputeOutcome(msgspec.Struct, frozen=True):
    """How a dispute ended."""

    outcome_code: str | None = None


class MoneyMovement(msgspec.Struct, frozen=True, kw_only=True):
    """Money that was moved because of a dispute."""

    affected_party: str | None = None
    type: str | None = None
    amount: Amount | None = None


class GivenEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that somebody gave, or was asked for."""

    evidence_type: str | None = None
    source: str | None = None
    notes: str | None = None
    date: str | None = None


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute as PayPal reports it."""

    dispute_id: str
    status: str | None = None
    reason: str | None = None
    dispute_amount: Amount | None = None
    dispute_life_cycle_stage: str | None = None
    dispute_outcome: DisputeOutcome | None = None
    disputed_transactions: Sequence[DisputedTransaction] | None = None
    money_movements: Sequence[MoneyMovement] | None = None
    evidences: Sequence[GivenEvidence] | None = None
    seller_response_due_date: str | None = None
    links: Sequence[Link] | None = None
    create_time: str | None = None
    update_time: str | None = None


class DisputeSummary(msgspec.Struct, frozen=True):
    """A dispute in a list, which does not say what it is about."""

    dispute_id: str


class DisputeList(msgspec.Struct, frozen=True, kw_only=True):
    """Reply of `GET /v1/customer/disputes`."""

    items: Sequence[DisputeSummary] | None = None
    links: Sequence[Link] | None = None


class Acceptance(msgspec.Struct, frozen=True):
    """The `input` of `POST /v1/customer/disputes/{id}/accept-claim`."""

    note: str


class NewTracking(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a parcel is found; a carrier that PayPal does not list is spelled out."""

    carrier_name: str
    tracking_number: str
    carrier_name_other: str | None = None


class NewEvidenceInfo(msgspec.Struct, frozen=True):
    """What PayPal expects of proof that goods were sent."""

    tracking_info: Sequence[NewTracking]


class NewDocument(msgspec.Struct, frozen=True):
    """A file of the same request, by its name."""

    name: str


class NewEvidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of evidence."""

    evidence_type: str
    evidence_info: NewEvidenceInfo | None = None
    documents: Sequence[NewDocument] | None = None
    notes: str | None = None


class NewEvidences(msgspec.Struct, frozen=True):
    """The `input` of `POST /v1/customer/disputes/{id}/provide-evidence`."""

    evidences: Sequence[NewEvidence]
