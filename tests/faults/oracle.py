"""The stand-ins' own ledger against our records."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from paymux.kernel.ids import AttemptId, PaymentId
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Payment, Review
from paymux.payments.domain.refund import RefundStatus
from paymux.sandbox.ledger import LedgerEntry
from tests.faults.house import House, Tenant
from tests.faults.life import ENDED

_LEGAL_PAYMENTS = {
    "processing": {"requires_action", "authorized", *ENDED},
    "requires_action": {"processing", "authorized", *ENDED},
    "authorized": {"succeeded", "canceled", "failed", "expired", "requires_action"},
    "failed": {"succeeded", "authorized"},
    "canceled": {"succeeded", "authorized"},
    "expired": {"succeeded", "authorized"},
    "succeeded": set(),
}
_OVER = {"declined", "canceled", "expired"}
_TAKEN = {"authorized", "succeeded", "duplicate"}
_LEGAL_ATTEMPTS = {
    "in_flight": {"unknown", "not_sent", "rejected", "pending", "superseded", *_OVER, *_TAKEN},
    "unknown": {"not_sent", "rejected", "pending", "superseded", *_OVER, *_TAKEN},
    "not_sent": {"rejected", "pending", "superseded", *_OVER, *_TAKEN},
    "rejected": {"pending", "superseded", *_OVER, *_TAKEN},
    "pending": {"superseded", *_OVER, *_TAKEN},
    "superseded": {*_OVER, *_TAKEN},
    "expired": {"canceled", "declined", *_TAKEN},
    "canceled": {"declined", *_TAKEN},
    "declined": _TAKEN,
    "authorized": {"succeeded", "duplicate", "canceled"},
    "succeeded": set(),
    "duplicate": set(),
}
_LEGAL_REFUNDS = {
    "in_flight": {"unknown", "pending", "succeeded", "failed", "canceled", "rejected", "not_sent"},
    "unknown": {"pending", "succeeded", "failed", "canceled", "rejected", "not_sent"},
    "not_sent": {"pending", "succeeded", "failed", "canceled", "rejected"},
    "rejected": {"pending", "succeeded", "failed", "canceled"},
    "pending": {"succeeded", "failed", "canceled"},
    "succeeded": {"failed", "canceled"},
    "canceled": {"failed"},
    "failed": set(),
}
_LEGAL_CALLS = {
    "in_flight": {"unknown", "not_sent", "rejected", "succeeded"},
    "unknown": {"not_sent", "rejected", "succeeded"},
    "not_sent": {"rejected", "succeeded"},
    "rejected": {"succeeded"},
    "succeeded": set(),
}
LEGAL = {
    "payments": _LEGAL_PAYMENTS,
    "payment_attempts": _LEGAL_ATTEMPTS,
    "refunds": _LEGAL_REFUNDS,
    "captures": _LEGAL_CALLS,
    "dispute_responses": _LEGAL_CALLS,
}


class Moved:
    """What really moved over one attempt."""

    def __init__(self, entries: Sequence[LedgerEntry]) -> None:
        self.taken = sum(e.amount_minor for e in entries if e.kind in {"payment", "capture"})
        back = sum(e.amount_minor for e in entries if e.kind == "refund")
        self.returned = back - sum(e.amount_minor for e in entries if e.kind == "refund_failed")


class Lived(Protocol):
    """What is to be judged: a tenant's payments, and what was found on the way."""

    wrongs: list[str]

    @property
    def tenant(self) -> Tenant: ...


async def judge(house: House, schedule: Lived) -> tuple[list[str], list[Payment]]:
    """Say everything that is not as it has to be, and how the payments ended."""
    found = [*schedule.wrongs, *(f"a job broke: {each}" for each in house.agenda.broken)]
    found += await _illegal(house)
    by_attempt = await _by_attempt(house, schedule.tenant, found)
    ended = []
    for payment_id in await payments_of(house, schedule.tenant):
        details = await house.container.payments().get(schedule.tenant.scope, payment_id)
        found += [f"{payment_id}: {wrong}" for wrong in _judged(details, by_attempt)]
        ended.append(details.payment)
    return found, ended


async def payments_of(house: House, tenant: Tenant) -> list[PaymentId]:
    """Return every payment there is, also those whose request died."""
    query = "SELECT id FROM payments WHERE tenant_id = $1 ORDER BY id"
    return [row["id"] for row in await house.superuser.fetch(query, tenant.scope.tenant_id)]


async def _illegal(house: House) -> list[str]:
    rows = await house.superuser.fetch("SELECT * FROM seen_transitions ORDER BY number")
    found = []
    for row in rows:
        was, became = row["was"], row["became"]
        if was != became and became not in LEGAL[row["kind"]][was]:
            found.append(f"illegal transition of {row['subject_id']}: {was} to {became}")
        if (row["captured"] or 0) < (row["captured_before"] or 0):
            found.append(f"illegal transition of {row['subject_id']}: captured less than before")
    return found


async def _by_attempt(
    house: House, tenant: Tenant, found: list[str]
) -> dict[str, list[LedgerEntry]]:
    """Sort the ledger by attempt, by either of the two names that each entry bears."""
    by_attempt: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in house.stand_in.ledger():
        row = await house.superuser.fetchrow(
            "SELECT id FROM payment_attempts WHERE tenant_id = $1"
            " AND connection_id = $2 AND (id = $3 OR provider_reference = $4)",
            tenant.scope.tenant_id,
            tenant.connections[entry.provider],
            entry.our_reference or "",
            entry.reference,
        )
        if row is None:
            found.append(f"lost: nobody knows {entry.reference} of {entry.provider}")
        else:
            by_attempt[row["id"]].append(entry)
    return by_attempt


def _judged(details: PaymentDetails, by_attempt: dict[str, list[LedgerEntry]]) -> list[str]:
    payment = details.payment
    moved = {one.id: Moved(by_attempt[one.id]) for one in details.attempts}
    found = [
        f"over-refunded: {one.returned} of {one.taken} over {attempt_id}"
        for attempt_id, one in moved.items()
        if one.returned > one.taken
    ]
    if payment.amount_refunded > payment.amount_captured:
        found.append("over-refunded in our records")
    if payment.review is not None and not _was_given_back(payment, moved):
        return found  # A person looks at it; what they are shown is tested elsewhere.
    net = sum(one.taken - one.returned for one in moved.values())
    recorded = payment.amount_captured - payment.amount_refunded
    if net > recorded and payment.amount_captured:
        found.append(f"settled twice: {net} is with the merchant, {recorded} in our records")
    elif net > recorded:
        found.append(f"lost: {net} is with the merchant, nothing in our records")
    elif net < recorded:
        found.append(f"{recorded} in our records, {net} with the merchant")
    return found + _unfinished(details)


def _was_given_back(payment: Payment, moved: Mapping[AttemptId, Moved]) -> bool:
    """Tell whether a second success came over a page of its own: that is given back by itself."""
    once = all(one.taken <= payment.amount.amount for one in moved.values())
    return payment.review is Review.SECOND_SUCCESS and once


def _unfinished(details: PaymentDetails) -> list[str]:
    found = []
    if not details.payment.is_closed:
        found.append(f"neither ended nor in review: {details.payment.status}")
    found += [
        f"attempt {attempt.id} is still {attempt.status}"
        for attempt in details.attempts
        if attempt.is_open or attempt.status is AttemptStatus.SUPERSEDED
    ]
    found += [
        f"refund {refund.id} is still {refund.status}"
        for refund in details.refunds
        if refund.is_open
    ]
    found += [
        f"capture {one.id} is still {one.status}" for one in details.captures if one.is_unresolved
    ]
    done = sum(
        one.amount.amount
        for one in details.refunds
        if one.status is RefundStatus.SUCCEEDED and one.counts
    )
    if done != details.payment.amount_refunded:
        found.append(f"refunds add up to {done}, not {details.payment.amount_refunded}")
    return found
