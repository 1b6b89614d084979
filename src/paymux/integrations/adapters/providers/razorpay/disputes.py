"""Disputes: read, accepted, defended.

https://razorpay.com/docs/api/disputes/. Neither answer has an idempotency key, but only an open
dispute can be answered, so a repeated answer reads the dispute first.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import evidence
from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.dispute_reports import report
from paymux.integrations.adapters.providers.razorpay.dispute_wire import Dispute
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.observations import instant
from paymux.integrations.adapters.providers.razorpay.transport import RazorpayTransport
from paymux.payments.ports.connectors import Failure, NotFound, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputePage,
    DisputeReport,
    EvidenceRequest,
)

_ID: Final = re.compile(r"disp_[A-Za-z0-9_]{1,60}")
_PER_PAGE: Final = 100
_SKEW: Final = timedelta(minutes=1)
_NOT_DONE: Final = (Outcome.UNKNOWN, Outcome.IN_PROGRESS)


async def look_up(
    transport: RazorpayTransport, dispute_id: str, now: datetime
) -> DisputeReport | NotFound | Failure:
    """Read a dispute."""
    dispute = await _read(transport, dispute_id)
    if isinstance(dispute, Failure):
        return NotFound() if dispute.code == "id_does_not_exist" else dispute
    return report(dispute, now)


async def listed(
    transport: RazorpayTransport,
    since: datetime,
    until: datetime,
    cursor: str | None,
    now: datetime,
) -> DisputePage | Failure:
    """Read a page of all disputes, newest first, and keep those of that time.

    No filter by time is documented, so the pages end with the first that is older altogether.
    """
    skip = int(cursor) if cursor and cursor.isdecimal() and len(cursor) < 9 else 0  # noqa: PLR2004
    page = await transport.disputes(_PER_PAGE, skip)
    if isinstance(page, Failure):
        return page
    within = [each for each in page.items if since <= (instant(each.created_at) or now) <= until]
    reports = [report(each, now) for each in within]
    odd = next((each for each in reports if isinstance(each, Failure)), None)
    if odd is not None:
        return odd
    times = [instant(each.created_at) or now for each in page.items]
    is_last = len(page.items) < _PER_PAGE or max(times) < since
    return DisputePage(
        disputes=[each for each in reports if isinstance(each, DisputeReport)],
        next_cursor=None if is_last else str(skip + _PER_PAGE),
    )


async def accept(
    transport: RazorpayTransport, request: AcceptRequest, now: datetime
) -> DisputeReport | Failure:
    """Give in; a dispute that is not open any more is reported as it is."""
    dispute_id = request.provider_reference
    if request.replay:
        earlier = await _read(transport, dispute_id)
        if isinstance(earlier, Failure) or earlier.status != "open":
            return _as_found(earlier, now)
    if not _ID.fullmatch(dispute_id):
        return failure("reference_malformed", field="provider_reference")
    accepted = await transport.accept_dispute(dispute_id)
    if isinstance(accepted, Failure) and accepted.code == "dispute_not_open":
        return _as_found(await _read(transport, dispute_id), now)
    return accepted if isinstance(accepted, Failure) else _reported(accepted, dispute_id, now)


async def submit(
    transport: RazorpayTransport, request: EvidenceRequest, now: datetime
) -> DisputeReport | Failure:
    """Hand in the defence, or report that this very request handed it in before."""
    dispute_id = request.provider_reference
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    if request.replay:
        earlier = await _read(transport, dispute_id)
        if isinstance(earlier, Failure):
            return _as_found(earlier, now)
        if earlier.status != "open" or _is_handed_in(earlier, request):
            return _already(earlier, request, now)
    document_ids = await _uploaded(transport, request)
    if isinstance(document_ids, Failure):
        return document_ids
    answer = await transport.contest_dispute(dispute_id, evidence.contest(request, document_ids))
    if isinstance(answer, Failure) and answer.code == "dispute_not_open":
        return failure("dispute_answered_elsewhere", answer.message)
    return answer if isinstance(answer, Failure) else _reported(answer, dispute_id, now)


async def _uploaded(
    transport: RazorpayTransport, request: EvidenceRequest
) -> Sequence[str] | Failure:
    """Upload every document; one that nobody refers to does no harm, so failing has no effect."""
    ids = []
    for each in request.evidence.documents:
        document = await transport.upload(each.file_name, each.media_type, each.content)
        if isinstance(document, Failure):
            lost = document.outcome in _NOT_DONE
            outcome = Outcome.NOT_PROCESSED if lost else document.outcome
            return msgspec.structs.replace(document, outcome=outcome)
        ids.append(document.id)
    return ids


def _is_handed_in(dispute: Dispute, request: EvidenceRequest) -> bool:
    """Tell an answer of ours, to which more was asked for, from one to an earlier question."""
    at = instant(dispute.evidence.submitted_at) if dispute.evidence else None
    return at is not None and at >= request.created_at - _SKEW


def _already(dispute: Dispute, request: EvidenceRequest, now: datetime) -> DisputeReport | Failure:
    if dispute.status == "under_review" and not _is_handed_in(dispute, request):
        return failure("dispute_answered_elsewhere")
    return _as_found(dispute, now)


def _as_found(found: Dispute | Failure, now: datetime) -> DisputeReport | Failure:
    if isinstance(found, Failure):
        # Whatever hid the dispute from us, it may have been answered: never "not sent".
        return msgspec.structs.replace(found, outcome=Outcome.UNKNOWN)
    return report(found, now)


def _reported(answer: Dispute, dispute_id: str, now: datetime) -> DisputeReport | Failure:
    return report(answer, now) if answer.id == dispute_id else failure("dispute_differs")


async def _read(transport: RazorpayTransport, dispute_id: str) -> Dispute | Failure:
    if not _ID.fullmatch(dispute_id):
        return failure("reference_malformed", field="provider_reference")
    dispute = await transport.dispute(dispute_id)
    if isinstance(dispute, Failure) or dispute.id == dispute_id:
        return dispute
    return failure("dispute_differs")


def _refusal(request: EvidenceRequest) -> Failure | None:
    if not _ID.fullmatch(request.provider_reference):
        return failure("reference_malformed", field="provider_reference")
    if not request.evidence.documents:
        return failure("evidence_needs_document", field="documents")
    if any(each.media_type not in evidence.MEDIA_TYPES for each in request.evidence.documents):
        return failure("document_not_usable", field="documents")
    refused = CURRENCIES.refusal(request.amount)
    return None if refused is None else failure("amount_not_supported", str(refused))
