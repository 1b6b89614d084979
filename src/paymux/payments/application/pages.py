"""The hosted pages that nobody is to pay on any more: close them, wherever they are."""

from paymux.kernel.clock import Clock
from paymux.kernel.ids import AttemptId
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import FORGOTTEN, Attempts
from paymux.payments.application.observations import Observations
from paymux.payments.application.provider_calls import (
    INCAPABLE,
    ProviderCalls,
    ProviderIsNotReady,
)
from paymux.payments.application.reports import Heard
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import (
    CompletesCheckouts,
    ExpiresCheckouts,
    Failure,
    Observation,
)
from paymux.payments.ports.outbound import UnitsOfWork


class Pages:
    """Closes pages at their providers; every reply ends in `Observations`."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        calls: ProviderCalls,
        attempts: Attempts,
        observations: Observations,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._calls = calls
        self._attempts = attempts
        self._observations = observations
        self._clock = clock

    async def close(self, scope: Scope, attempt: PaymentAttempt) -> None:
        """Close the hosted page where the provider can; else only we forget it.

        Raises ProviderIsNotReady when it is not known to be closed.
        """
        reply = await self._expired(scope, attempt)
        if reply is INCAPABLE:
            await self._observations.learn(scope, attempt, Heard(FORGOTTEN, Source.REPLY))
        elif isinstance(reply, Failure):
            raise ProviderIsNotReady(reply)
        else:
            await self._observations.learn(scope, attempt, Heard.of(reply, Source.REPLY))

    async def _expired(self, scope: Scope, attempt: PaymentAttempt) -> Observation | Failure:
        reference = attempt.provider_reference
        if reference is None:
            return INCAPABLE
        key = f"{attempt.idempotency_key}-expire"
        return await self._calls.make(
            scope,
            attempt.connection_id,
            ExpiresCheckouts,
            lambda connector: connector.expire_checkout(reference, key),
        )

    async def close_superseded(self, scope: Scope, attempt_id: AttemptId) -> None:
        """Close the page of an attempt that nobody is to pay on any more.

        A charge has none: it is watched until it has ended. Raises ProviderIsNotReady while the
        provider does not answer.
        """
        async with self._units_of_work(scope) as work:
            attempt = await work.attempts.get(attempt_id)
        if not attempt.leaves_page or attempt.is_charge:
            return
        if attempt.provider_reference is None:
            attempt = await self._found(scope, attempt)
        if attempt.leaves_page:
            await self.close(scope, attempt)

    async def _found(self, scope: Scope, attempt: PaymentAttempt) -> PaymentAttempt:
        """Learn which page a call opened that was never answered.

        Raises ProviderIsNotReady, but for a page whose money only we could take: once its key
        is dead we never shall, and there is nothing to close.
        """
        if self._clock.now() < attempt.replay_until:
            details = await self._attempts.make(scope, attempt, replay=True)
            attempt = details.attempt(attempt.id)
            if attempt.provider_reference is not None:
                return attempt
        found = await self._attempts.look_up(scope, attempt)
        if isinstance(found, Observation):
            heard = Heard.of(found, Source.REPLY)
            return (await self._observations.learn(scope, attempt, heard)).attempt(attempt.id)
        connection = attempt.connection_id
        is_ours_to_take = await self._calls.can(scope, connection, CompletesCheckouts)
        is_dead = self._clock.now() >= attempt.replay_until
        if isinstance(found, Failure) and not (is_ours_to_take and is_dead):
            raise ProviderIsNotReady(found)
        return attempt
