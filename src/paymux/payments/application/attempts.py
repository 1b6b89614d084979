"""What is done with one attempt at its provider: make, resolve, complete, close."""

from dataclasses import replace
from logging import getLogger
from typing import Final

from paymux.kernel.clock import Clock
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import AttemptId
from paymux.kernel.scope import Scope
from paymux.payments.application.attempt_requests import charge_of, checkout_of, query_of
from paymux.payments.application.decisions import CallMade, DecisionDrafts, decide
from paymux.payments.application.jobs import CHECK
from paymux.payments.application.observations import Observations
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.provider_calls import INCAPABLE, ProviderCalls, ProviderIsNotReady
from paymux.payments.application.reports import (
    REPEATABLE,
    Heard,
    report_of_charge,
    report_of_checkout,
    report_of_completion,
    verify_after,
)
from paymux.payments.application.watch import Kind, Watch
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus, Report
from paymux.payments.domain.decision import Decision, DecisionEntry
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import (
    Checkout,
    CompletesCheckouts,
    CreatesCheckouts,
    Failure,
    LooksUp,
    NotFound,
    Observation,
    Outcome,
)
from paymux.payments.ports.outbound import UnitsOfWork
from paymux.payments.ports.plugins import Operation
from paymux.payments.ports.saved_methods import ChargesSavedMethods

logger = getLogger(__name__)

FORGOTTEN: Final = Report(status=AttemptStatus.CANCELED, reason_code="closed_by_us")
_GONE: Final = Report(status=AttemptStatus.NOT_SENT, reason_code="not_found_at_provider")
_DECLINED_FOR_GOOD: Final = Report(status=AttemptStatus.DECLINED, answered=True)
_ON: Final = Decision.FAIL_OVER
_PAYER_WAITS_SECONDS: Final = 3.0
_OUTAGE: Final = frozenset({Outcome.NOT_SENT, Outcome.UNKNOWN})


class Attempts:
    """Drives attempts; every reply ends in `Observations`. No call is made in a transaction."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        calls: ProviderCalls,
        observations: Observations,
        decisions: DecisionDrafts,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._decisions = decisions
        self._units_of_work = units_of_work
        self._calls = calls
        self._observations = observations
        self._watch = watch
        self._clock = clock
        self._watched: Kind[AttemptId, PaymentAttempt] = Kind(
            job=CHECK,
            get=lambda work, attempt_id: work.attempts.get(attempt_id),
            is_open=lambda attempt: attempt.is_worth_asking(clock.now()),
            refresh=self.refresh,
        )

    async def make(
        self,
        scope: Scope,
        attempt: PaymentAttempt,
        *,
        replay: bool = False,
        successor: PaymentAttempt | None = None,
    ) -> PaymentDetails:
        """Open the attempt's page, or charge its method, with its own key; record the reply.

        `successor` takes over, in the same transaction, when this one is proven to have taken
        nothing and another connection or method could do better.
        """
        reply = await self._send(scope, attempt, replay=replay)
        if isinstance(reply, Observation):
            heard = replace(Heard.of(reply, Source.REPLY), report=report_of_charge(reply))
            return await self._observations.learn(scope, attempt, heard)
        if not isinstance(reply, Failure):
            return await self._hear(scope, attempt, report_of_checkout(reply))
        is_charge, elsewhere = attempt.is_charge, successor is not None
        decision = decide(reply, replay=replay, elsewhere=elsewhere, is_charge=is_charge)
        report_of = report_of_charge if is_charge else report_of_checkout
        entry = self._decisions.entry(
            _call_of(attempt, Operation.CHARGE if is_charge else Operation.CREATE_CHECKOUT),
            reply,
            decision,
            successor.connection_id if successor and decision is _ON else None,
        )
        heard = Heard(
            report_of(reply, decision, replay=replay),
            Source.REPLY,
            decision=entry,
            # A repetition that is not answered either waits for the next planned check.
            verify_after=None if replay else verify_after(decision, reply),
        )
        return await self._observations.learn(
            scope, attempt, heard, successor if decision is _ON else None
        )

    async def check(self, scope: Scope, attempt_id: AttemptId, done: int = 0) -> None:
        """Ask what became of an attempt after round `done`, and plan the next time."""
        await self._watch.check(scope, self._watched, attempt_id, done)

    async def verify(self, scope: Scope, attempt_id: AttemptId) -> None:
        """Find out, out of turn, what became of a call that was not answered; plans nothing."""
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(attempt_id)
        if not attempt.is_unresolved:
            return
        try:
            await self.refresh(scope, attempt, Source.POLL)
        except PaymuxError as refusal:
            logger.warning("An attempt could not be verified.", extra={"code": refusal.code})

    async def refresh(self, scope: Scope, attempt: PaymentAttempt, source: Source) -> None:
        """Learn the attempt's present state from the provider; a failure changes nothing."""
        can_replay = attempt.is_unresolved and self._clock.now() < attempt.replay_until
        if can_replay:
            details = await self.make(scope, attempt, replay=True)
            attempt = details.attempt(attempt.id)
            if not attempt.is_unresolved:
                return
        found = await self.look_up(scope, attempt)
        # A call we have just made may still arrive, so absence proves nothing then.
        if isinstance(found, NotFound) and not can_replay:
            await self._forget_absent(scope, attempt, source)
        if isinstance(found, Observation):
            details = await self._observations.learn(scope, attempt, Heard.of(found, source))
            attempt = details.attempt(attempt.id)
        if attempt.is_undecided and not can_replay:
            await self._hear(scope, attempt, _DECLINED_FOR_GOOD, source)
        if attempt.awaits_completion:
            await self._complete_now_or_by_job(scope, attempt)

    async def _forget_absent(self, scope: Scope, attempt: PaymentAttempt, source: Source) -> None:
        """Note that a call never arrived, once it can arrive no more."""
        if attempt.is_unresolved:
            await self._hear(scope, attempt, _GONE, source)
        is_dead = self._clock.now() >= attempt.replay_until
        if attempt.is_charge and attempt.status is AttemptStatus.SUPERSEDED and is_dead:
            await self._hear(scope, attempt, FORGOTTEN, source)

    async def complete(self, scope: Scope, attempt_id: AttemptId) -> None:
        """Take the money of an approved attempt; never for a payment that has been closed.

        Raises ProviderIsNotReady when the same call is worth making again.
        """
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(attempt_id)
            payment = await work.payments.get(attempt.payment_id)
        reference = attempt.provider_reference
        if payment.is_closed or not attempt.awaits_completion or reference is None:
            return
        key = attempt.completion_key
        reply = await self._calls.make(
            scope,
            attempt.connection_id,
            CompletesCheckouts,
            lambda connector: connector.complete_checkout(reference, key),
        )
        if reply is INCAPABLE:
            return
        decision = None
        if isinstance(reply, Failure):
            call = _call_of(attempt, Operation.COMPLETE_CHECKOUT)
            decision = self._decisions.in_place(call, reply, replay=True)
            if reply.outcome in REPEATABLE:
                await self._keep(scope, decision)
                raise ProviderIsNotReady(reply)
        report = report_of_completion(reply, attempt.completion_round)
        saved = reply.saved_method if isinstance(reply, Observation) else None
        heard = Heard(report, Source.REPLY, decision=decision, saved_method=saved)
        await self._observations.learn(scope, attempt, heard)

    async def _keep(self, scope: Scope, decision: DecisionEntry) -> None:
        async with self._units_of_work(scope) as work:
            await work.decisions.add(decision)
            await work.commit()

    async def is_in_reach(self, scope: Scope, attempt: PaymentAttempt) -> bool:
        """Read a page's state again, and tell whether its provider can be reached at all."""
        found = await self.look_up(scope, attempt, within=_PAYER_WAITS_SECONDS)
        if isinstance(found, Observation):
            await self._observations.learn(scope, attempt, Heard.of(found, Source.POLL))
        return not (isinstance(found, Failure) and found.outcome in _OUTAGE)

    async def _send(
        self, scope: Scope, attempt: PaymentAttempt, *, replay: bool
    ) -> Checkout | Observation | Failure:
        here = attempt.connection_id
        if attempt.is_charge:
            charge = charge_of(attempt, replay=replay)
            return await self._calls.make(
                scope, here, ChargesSavedMethods, lambda one: one.charge(charge), spares=True
            )
        page = checkout_of(attempt, replay=replay)
        return await self._calls.make(
            scope, here, CreatesCheckouts, lambda one: one.create_checkout(page), spares=True
        )

    async def _hear(
        self,
        scope: Scope,
        attempt: PaymentAttempt,
        report: Report,
        source: Source = Source.REPLY,
    ) -> PaymentDetails:
        return await self._observations.learn(scope, attempt, Heard(report, source))

    async def _complete_now_or_by_job(self, scope: Scope, attempt: PaymentAttempt) -> None:
        try:
            await self.complete(scope, attempt.id)
        except ProviderIsNotReady:
            return  # The job that was enqueued with the approval makes the call again.

    async def look_up(
        self, scope: Scope, attempt: PaymentAttempt, *, within: float | None = None
    ) -> Observation | NotFound | Failure | None:
        """Ask the provider for an attempt; None where it cannot be asked. Applies nothing."""
        query = query_of(attempt)
        found = await self._calls.make(
            scope,
            attempt.connection_id,
            LooksUp,
            lambda connector: connector.look_up(query),
            looks_only=True,
            within=within,
        )
        return None if found is INCAPABLE else found


def _call_of(attempt: PaymentAttempt, operation: Operation) -> CallMade:
    return CallMade(
        payment_id=attempt.payment_id,
        attempt_id=attempt.id,
        connection_id=attempt.connection_id,
        subject_id=attempt.id,
        operation=operation,
    )
