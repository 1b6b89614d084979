"""From what an operator says, or has us look up, to what attempts, captures and refunds learn."""

from dataclasses import dataclass, replace

from paymux.kernel.clock import Clock
from paymux.kernel.ids import AttemptId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.call_reports import DONE, CallNews
from paymux.payments.application.capture_reports import news_of
from paymux.payments.application.dispute_calls import DisputeCalls
from paymux.payments.application.dispute_reports import DisputeHeard, heard_as_it_is
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refund_reports import RefundHeard, heard_of_answer
from paymux.payments.application.reports import Heard
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus, Report
from paymux.payments.domain.capture import Capture, CaptureKind
from paymux.payments.domain.dispute import Dispute
from paymux.payments.domain.dispute_response import DisputeResponse
from paymux.payments.domain.keyed_call import CallStatus
from paymux.payments.domain.refund import Refund, RefundNews, RefundStatus
from paymux.payments.domain.resolution import EvidenceIsNotConfirmed, Resolution, Subject, Verdict
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Failure, NotFound, Observation, RefundReport
from paymux.payments.ports.disputes import DisputeReport

_DECLARED = "declared_by_operator"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is to be learned of one subject: of its attempt's money, of a refund, of a call."""

    of_attempt: tuple[AttemptId, Heard] | None = None
    of_refund: RefundHeard | None = None
    of_capture: CallNews | None = None
    of_dispute: DisputeHeard | None = None
    of_response: CallNews | None = None


class EvidenceDesk:
    """Looks up what an operator points at, and words what they declare. Applies nothing."""

    def __init__(
        self,
        *,
        attempts: Attempts,
        refund_calls: RefundCalls,
        dispute_calls: DisputeCalls,
        clock: Clock,
    ) -> None:
        self._attempts = attempts
        self._refund_calls = refund_calls
        self._dispute_calls = dispute_calls
        self._clock = clock

    async def take(
        self, scope: Scope, details: PaymentDetails, subject: Subject, said: Resolution
    ) -> Evidence:
        """Return what is to be learned; raises EvidenceIsNotConfirmed."""
        if said.verdict is Verdict.ACCEPT:
            return await self._shown(scope, details, subject, said.provider_reference or "")
        match subject:
            case PaymentAttempt():
                return _declared_of_attempt(subject, said)
            case Capture():
                return _declared_of_capture(subject, details.attempt(subject.attempt_id), said)
            case Refund():
                return _declared_of_refund(subject, said)
            case DisputeResponse():
                return _declared_of_response(said)

    async def _shown(
        self, scope: Scope, details: PaymentDetails, subject: Subject, reference: str
    ) -> Evidence:
        match subject:
            case PaymentAttempt():
                return _heard(subject.id, await self._look_up(scope, subject, reference))
            case Capture():
                attempt = details.attempt(subject.attempt_id)
                own = attempt.provider_reference or reference
                found = await self._look_up(scope, attempt, own, reference)
                news = news_of(subject.kind, found)
                return replace(_heard(attempt.id, found), of_capture=news)
            case Refund():
                return await self._shown_refund(scope, subject, reference)
            case DisputeResponse():
                dispute = next(one for one in details.disputes if one.id == subject.dispute_id)
                return await self._shown_dispute(scope, dispute, reference)

    async def _look_up(
        self, scope: Scope, attempt: PaymentAttempt, reference: str, pointed_at: str | None = None
    ) -> Observation:
        if attempt.provider_reference not in {None, reference}:
            why = f"it is known there as {attempt.provider_reference}"
            raise EvidenceIsNotConfirmed(why)
        asked = replace(attempt, provider_reference=reference)
        found = await self._attempts.look_up(scope, asked)
        if not isinstance(found, Observation):
            raise EvidenceIsNotConfirmed(_why(found))
        if found.attempt_id not in {None, attempt.id}:
            why = "that is of another attempt"
            raise EvidenceIsNotConfirmed(why)
        known = {reference, found.provider_reference, found.payment_reference}
        if (pointed_at or reference) not in {*known, attempt.payment_reference}:
            why = "that is not of this attempt"
            raise EvidenceIsNotConfirmed(why)
        return found

    async def _shown_refund(self, scope: Scope, refund: Refund, reference: str) -> Evidence:
        if refund.provider_reference not in {None, reference}:
            why = f"it is known there as {refund.provider_reference}"
            raise EvidenceIsNotConfirmed(why)
        asked = replace(refund, provider_reference=reference)
        found = await self._refund_calls.look_up(scope, asked)
        if not isinstance(found, RefundReport):
            raise EvidenceIsNotConfirmed(_why(found))
        is_of_other_money = found.payment_reference not in {None, refund.payment_reference}
        if is_of_other_money or found.refund_id not in {None, refund.id}:
            why = "that is another refund"
            raise EvidenceIsNotConfirmed(why)
        return Evidence(of_refund=heard_of_answer(refund, found, Source.OPERATOR))

    async def _shown_dispute(self, scope: Scope, dispute: Dispute, reference: str) -> Evidence:
        if dispute.provider_reference != reference:
            why = f"it is known there as {dispute.provider_reference}"
            raise EvidenceIsNotConfirmed(why)
        began = self._clock.now()
        found = await self._dispute_calls.look_up(scope, dispute)
        if not isinstance(found, DisputeReport):
            raise EvidenceIsNotConfirmed(_why(found))
        return Evidence(of_dispute=heard_as_it_is(found, Source.OPERATOR, began))


def _heard(attempt_id: AttemptId, found: Observation) -> Evidence:
    return Evidence(of_attempt=(attempt_id, Heard.of(found, Source.OPERATOR)))


def _declared_of_attempt(attempt: PaymentAttempt, said: Resolution) -> Evidence:
    report = Report(
        status=AttemptStatus.NOT_SENT if attempt.is_unresolved else AttemptStatus.CANCELED,
        reason_code=_DECLARED,
        reason_message=said.evidence,
    )
    if said.verdict is Verdict.SUCCEEDED:
        report = Report(
            status=AttemptStatus.SUCCEEDED,
            payment_reference=said.provider_reference,
            amount=attempt.amount,
        )
    return Evidence(of_attempt=(attempt.id, Heard(report, Source.OPERATOR)))


def _declared_of_capture(capture: Capture, attempt: PaymentAttempt, said: Resolution) -> Evidence:
    if said.verdict is Verdict.NEVER_HAPPENED:
        return Evidence(of_capture=(CallStatus.NOT_SENT, _DECLARED, said.evidence))
    heard = Heard(_report_of(capture, attempt), Source.OPERATOR)
    return Evidence(of_attempt=(attempt.id, heard), of_capture=DONE)


def _report_of(capture: Capture, attempt: PaymentAttempt) -> Report:
    """Say what a capture or void that was carried out means for the money that was held."""
    hold = attempt.payment_reference
    if capture.kind is CaptureKind.VOID:
        status = AttemptStatus.CANCELED
        return Report(status=status, payment_reference=hold, released=True)
    taken = Money(capture.taken_before + capture.amount.amount, attempt.amount.currency)
    is_over = capture.is_final or taken == attempt.amount
    status = AttemptStatus.SUCCEEDED if is_over else AttemptStatus.AUTHORIZED
    return Report(status=status, payment_reference=hold, amount=taken)


def _declared_of_refund(refund: Refund, said: Resolution) -> Evidence:
    news = RefundNews(
        status=RefundStatus.NOT_SENT if refund.is_unresolved else RefundStatus.CANCELED,
        reason_code=_DECLARED,
        reason_message=said.evidence,
    )
    if said.verdict is Verdict.SUCCEEDED:
        reference = refund.provider_reference or said.provider_reference
        status = RefundStatus.SUCCEEDED
        news = RefundNews(status=status, provider_reference=reference, amount=refund.amount)
    heard = RefundHeard(
        news=news,
        source=Source.OPERATOR,
        refund_id=refund.id,
        payment_reference=refund.payment_reference,
    )
    return Evidence(of_refund=heard)


def _declared_of_response(said: Resolution) -> Evidence:
    if said.verdict is Verdict.NEVER_HAPPENED:
        return Evidence(of_response=(CallStatus.NOT_SENT, _DECLARED, said.evidence))
    return Evidence(of_response=DONE)


def _why(found: NotFound | Failure | None) -> str:
    match found:
        case Failure():
            return f"it could not be looked up ({found.code})"
        case NotFound():
            return "there is no such thing"
        case None:
            return "it cannot be asked"
