"""The merchant gives in to a dispute, or defends. PayPal has no request id for either.

So a repetition looks first: at what the dispute has come to, and for our mark on the evidence.
https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes-actions
"""

from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.dispute_reports import (
    actions_of,
    status_of,
)
from paymux.integrations.adapters.providers.paypal.dispute_wire import (
    Acceptance,
    Dispute,
    GivenEvidence,
)
from paymux.integrations.adapters.providers.paypal.disputes import DISPUTES, Disputes
from paymux.integrations.adapters.providers.paypal.errors import not_sent, rejected, unknown
from paymux.integrations.adapters.providers.paypal.evidence import evidence_form, mark_of
from paymux.integrations.adapters.providers.paypal.forms import Form, Part, form
from paymux.integrations.adapters.providers.paypal.observations import instant
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.payments.ports.connectors import Failure, NotFound, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputeAction,
    DisputeReport,
    DisputeStatus,
    EvidenceRequest,
)

_BY_US: Final = "SUBMITTED_BY_SELLER"
_LONGEST_NOTE: Final = 2000
_DEFAULT_NOTE: Final = "The merchant accepts the claim."


class DisputeAnswers:
    """Accepts claims and provides evidence."""

    def __init__(self, transport: Transport, disputes: Disputes) -> None:
        self._transport = transport
        self._disputes = disputes

    async def accept(self, request: AcceptRequest) -> DisputeReport | Failure:
        """Accept the claim: PayPal refunds the payer, and the dispute is lost."""
        dispute = await self._read(request)
        if isinstance(dispute, Failure):
            return dispute
        if DisputeAction.ACCEPT not in actions_of(dispute):
            lost = status_of(dispute) is DisputeStatus.LOST
            return await self._disputes.told(dispute) if lost else _not_allowed()
        note = (request.note or "").strip()[:_LONGEST_NOTE] or _DEFAULT_NOTE
        said = msgspec.json.encode(Acceptance(note))
        part = Part(name="input", media_type="application/json", content=said)
        return await self._answer(request, "accept-claim", form([part], request.idempotency_key))

    async def submit(self, request: EvidenceRequest) -> DisputeReport | Failure:
        """Provide the evidence, of the kind that PayPal asks for where there are words for it."""
        dispute = await self._read(request)
        if isinstance(dispute, Failure):
            return dispute
        allowed = DisputeAction.SUBMIT_EVIDENCE in actions_of(dispute)
        if _was_submitted(dispute, request, is_over=not allowed):
            return await self._disputes.told(dispute)
        if not allowed:
            return _not_allowed()
        written = evidence_form(request, dispute)
        if isinstance(written, Failure):
            return written
        return await self._answer(request, "provide-evidence", written)

    async def _read(self, request: AcceptRequest | EvidenceRequest) -> Dispute | Failure:
        """Look first; while nothing was ever sent, a look that fails has done nothing."""
        dispute = await self._disputes.read(request.provider_reference)
        if isinstance(dispute, NotFound):
            return rejected("dispute_not_found", "PayPal does not know this dispute.")
        if isinstance(dispute, Failure) and dispute.outcome is Outcome.UNKNOWN:
            return dispute if request.replay else not_sent(dispute.code, dispute.message)
        return dispute

    async def _answer(
        self, request: AcceptRequest | EvidenceRequest, step: str, answer: Form
    ) -> DisputeReport | Failure:
        path = f"{DISPUTES}/{request.provider_reference}/{step}"
        call = Call("POST", path, answer.body, content_type=answer.content_type)
        reply = await self._transport.send(call)
        if isinstance(reply, Failure):
            return reply
        found = await self._disputes.look_up(request.provider_reference)
        if isinstance(found, DisputeReport):
            return found
        # It was answered, and what the dispute then is must still be read.
        return unknown("answer_not_shown", "PayPal does not show what became of the dispute.")


def _was_submitted(dispute: Dispute, request: EvidenceRequest, *, is_over: bool) -> bool:
    """Find our mark; where PayPal takes no more, anything that came since we began is ours."""
    given = [each for each in dispute.evidences or () if each.source == _BY_US]
    mark = mark_of(request.idempotency_key)
    if any(mark in (each.notes or "") for each in given):
        return True
    return request.replay and is_over and any(_came_since(each, request) for each in given)


def _came_since(given: GivenEvidence, request: EvidenceRequest) -> bool:
    at = instant(given.date)
    return at is not None and at >= request.created_at


def _not_allowed() -> Failure:
    message = "PayPal does not allow this for the dispute, or no longer."
    return rejected("action_not_allowed_in_current_dispute_state", message)
