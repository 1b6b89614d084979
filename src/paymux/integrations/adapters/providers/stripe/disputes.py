"""Disputes: read them, give in, or answer. https://docs.stripe.com/disputes/api.

Stripe keeps no time of a dispute's last change, so a report is as of the moment it was asked
for. A dispute is closed once and answered once, whatever key a request has; what a refusal or a
server error left behind is plain to see on it.
"""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.stripe.dispute_calls import Document
from paymux.integrations.adapters.providers.stripe.dispute_reports import (
    OPEN,
    payment_of,
    report,
)
from paymux.integrations.adapters.providers.stripe.dispute_wire import Dispute
from paymux.integrations.adapters.providers.stripe.errors import UNANSWERED, own_failure
from paymux.integrations.adapters.providers.stripe.evidence import (
    FIELDS,
    FileField,
    answer,
    mark,
)
from paymux.integrations.adapters.providers.stripe.times import unix
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.kernel.clock import Clock
from paymux.payments.ports.connectors import Failure, NotFound, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputePage,
    DisputeReport,
    EvidenceRequest,
)

Call = Callable[[str], Awaitable[Dispute | Failure]]
Proof = Callable[[Dispute, DisputeReport], bool]
_TELLS_NOTHING: Final = UNANSWERED | {"resource_missing"}
_NOT_TRIED: Final = {
    Outcome.NOT_SENT,
    Outcome.NOT_PROCESSED,
    Outcome.IN_PROGRESS,
    Outcome.CREDENTIALS,
}


class Disputes:
    """Reads, lists, accepts and answers disputes."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    async def look_up(self, reference: str) -> DisputeReport | NotFound | Failure:
        """Read one dispute; Stripe never deletes one."""
        asked = self._clock.now()
        dispute = await self._transport.disputes.retrieve(reference)
        if isinstance(dispute, Failure):
            return NotFound() if dispute.code == "resource_missing" else dispute
        return report(dispute, asked)

    async def page(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> DisputePage | Failure:
        """Return one page; what is of no payment, or of no known shape, is left out."""
        asked = self._clock.now()
        created = unix(since), math.ceil(until.timestamp())
        listed = await self._transport.disputes.list(
            {"gte": created[0], "lte": created[1]}, cursor
        )
        if isinstance(listed, Failure):
            return listed
        reports = [report(each, asked) for each in listed.data if payment_of(each)]
        return DisputePage(
            disputes=[each for each in reports if isinstance(each, DisputeReport)],
            next_cursor=listed.data[-1].id if listed.has_more and listed.data else None,
        )

    async def accept(self, request: AcceptRequest) -> DisputeReport | Failure:
        """Close the dispute; one that is over is reported as it is."""
        reference = request.provider_reference
        return await self._once(
            request,
            lambda key: self._transport.disputes.close(reference, key),
            lambda _, seen: seen.status not in OPEN,
        )

    async def submit(self, request: EvidenceRequest) -> DisputeReport | Failure:
        """Hand the defence in; one that this very request handed in before is reported."""
        if request.replay:
            earlier = await self._read(request.provider_reference)
            if isinstance(earlier, Failure) or _was_answered(earlier, request):
                return _reported(earlier, self._clock.now())
        files = await self._uploaded(request)
        if isinstance(files, Failure):
            return files
        params = answer(request, files)
        return await self._once(
            request,
            lambda key: self._transport.disputes.answer(request.provider_reference, params, key),
            lambda dispute, _: _was_answered(dispute, request),
        )

    async def _uploaded(self, request: EvidenceRequest) -> dict[FileField, str] | Failure:
        documents = request.evidence.documents
        if len({each.kind for each in documents}) < len(documents):
            return own_failure("too_many_documents")
        files: dict[FileField, str] = {}
        for each in documents:
            file = await self._transport.disputes.upload(
                Document(each.file_name, each.content), f"{request.idempotency_key}:{each.kind}"
            )
            if isinstance(file, Failure):
                return _not_handed_in(request, file)
            files[FIELDS[each.kind]] = file.id
        return files

    async def _once(
        self, request: AcceptRequest | EvidenceRequest, call: Call, proof: Proof
    ) -> DisputeReport | Failure:
        reference, key = request.provider_reference, request.idempotency_key
        seen = await self._seen(reference, await call(key), proof)
        if request.replay and _is_stuck(seen):
            # Stripe repeats a server error for its key; another key cannot do it a second time.
            seen = await self._seen(reference, await call(f"{key}:again"), proof)
        return seen

    async def _seen(
        self, reference: str, answered: Dispute | Failure, proof: Proof
    ) -> DisputeReport | Failure:
        """Report the dispute, looking at it where the answer may hide what was done before."""
        asked = self._clock.now()
        if isinstance(answered, Dispute):
            return report(answered, asked)
        if answered.outcome in _NOT_TRIED or answered.code in _TELLS_NOTHING:
            return answered
        dispute = await self._read(reference)
        seen = _reported(dispute, asked)
        if isinstance(dispute, Failure) or isinstance(seen, Failure):
            return answered
        return seen if proof(dispute, seen) else answered

    async def _read(self, reference: str) -> Dispute | Failure:
        return await self._transport.disputes.retrieve(reference)


def _reported(dispute: Dispute | Failure, asked: datetime) -> DisputeReport | Failure:
    return dispute if isinstance(dispute, Failure) else report(dispute, asked)


def _was_answered(dispute: Dispute, request: EvidenceRequest) -> bool:
    details = dispute.evidence_details
    ours = mark(request).items() <= (dispute.metadata or {}).items()
    return ours and bool(details and details.submission_count)


def _not_handed_in(request: EvidenceRequest, failure: Failure) -> Failure:
    """Say of a lost upload that nothing was handed in, unless an earlier call may have."""
    if request.replay or failure.outcome is not Outcome.UNKNOWN:
        return failure
    lost = own_failure("document_not_uploaded")
    return msgspec.structs.replace(lost, provider_request_id=failure.provider_request_id)


def _is_stuck(seen: DisputeReport | Failure) -> bool:
    return (
        isinstance(seen, Failure)
        and seen.outcome is Outcome.UNKNOWN
        and seen.code not in _TELLS_NOTHING
    )
