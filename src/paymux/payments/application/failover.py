"""From one connection to the next: at once when the first did nothing, later by the link."""

from collections.abc import Sequence
from typing import Final

import msgspec

from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.drafts import Drafts
from paymux.payments.application.observations import Observations
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.routing import eligible
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.payment import Payment
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Payer
from paymux.payments.ports.outbound import (
    Connections,
    FailoverPolicies,
    Payers,
    UnitsOfWork,
)
from paymux.payments.ports.plugins import UsableConnection

_SESSION_OVER: Final = "session_over"
_PROVIDER_DOWN: Final = "provider_down"
_CHOSEN_BY_PAYER: Final = "chosen_by_payer"


class Failover:
    """Opens the hosted page of a payment, on one connection after the other if need be.

    An unknown outcome never goes on elsewhere: money may be on its way (invariant 4).
    """

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        connections: Connections,
        payers: Payers,
        policies: FailoverPolicies,
        attempts: Attempts,
        observations: Observations,
        drafts: Drafts,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._connections = connections
        self._payers = payers
        self._policies = policies
        self._attempts = attempts
        self._observations = observations
        self._drafts = drafts
        self._clock = clock

    async def open(
        self,
        scope: Scope,
        payment: Payment,
        attempt: PaymentAttempt,
        others: Sequence[UsableConnection],
        payer: Payer | None = None,
    ) -> PaymentDetails:
        """Open the page of a stored attempt; go on to `others` within the tenant's budget."""
        if payer is not None:  # Known to the first provider; to the others a stranger.
            payer = msgspec.structs.replace(payer, provider_reference=None)
        policy = await self._policies.get(scope)
        until = self._clock.now() + policy.max_elapsed
        for other in others[: policy.max_attempts - 1]:
            if self._clock.now() >= until:
                break
            successor = self._drafts.attempt(payment, other, payer)
            details = await self._attempts.make(scope, attempt, successor=successor)
            if not details.has(successor.id):
                return details
            attempt = successor
        return await self._attempts.make(scope, attempt)

    async def resume(self, scope: Scope, details: PaymentDetails) -> None:
        """Bring to an end the calls that a request which died half-way had begun."""
        for attempt in details.attempts:
            if attempt.is_unresolved:
                await self._attempts.refresh(scope, attempt, Source.REPLY)

    async def reopen(
        self, scope: Scope, details: PaymentDetails, wanted: ConnectionId | None = None
    ) -> PaymentDetails:
        """Give the payer a page that can be paid on now, elsewhere if it has to be.

        Does nothing while the present page is good, while its state is unknown, and when no
        connection could take the payment.
        """
        reason = self._why_elsewhere(details, wanted)
        if reason is None and details.live is not None and details.live.can_be_superseded:
            is_in_reach = await self._attempts.is_in_reach(scope, details.live)
            details = await self._read(scope, details.payment.id)
            reason = self._why_elsewhere(details, wanted) if is_in_reach else _PROVIDER_DOWN
        if reason is None:
            return details
        candidates = await self._candidates(scope, details, reason, wanted)
        if not candidates:
            return details
        payment = details.payment
        payer = await self._saver(scope, payment, candidates[0])
        attempt = self._drafts.attempt(payment, candidates[0], payer)
        if not await self._replace(scope, payment.id, details.live, attempt, reason):
            return details
        return await self.open(scope, payment, attempt, candidates[1:], payer)

    async def _saver(
        self, scope: Scope, payment: Payment, connection: UsableConnection
    ) -> Payer | None:
        """Return whose method is saved; whoever else pays by a link need be known to nobody."""
        if not payment.saves_method or payment.customer_id is None:
            return None
        payer = await self._payers.find(scope, payment.customer_id)
        return await self._connections.known_payer(scope, connection.id, payer)

    async def choices(self, scope: Scope, payment: Payment) -> Sequence[UsableConnection]:
        """Return the ways to pay, when it is for the payer to choose among several."""
        if not payment.takes_payer or payment.connection_id is not None:
            return ()
        if payment.awaits_consent:
            return ()
        if not (await self._policies.get(scope)).payer_chooses:
            return ()
        able = await self._able(scope, payment, None)
        return able if len(able) > 1 else ()

    async def _able(
        self, scope: Scope, payment: Payment, wanted: ConnectionId | None
    ) -> Sequence[UsableConnection]:
        return eligible(
            await self._connections.usable(scope),
            payment.amount,
            payment.connection_id or wanted,
            captures_later=payment.captures_later,
            saves_method=payment.saves_method,
        )

    async def _read(self, scope: Scope, payment_id: PaymentId) -> PaymentDetails:
        async with self._units_of_work(scope) as work:
            payment = await work.payments.get(payment_id)
            return PaymentDetails(payment, await work.attempts.of_payment(payment_id))

    def _why_elsewhere(self, details: PaymentDetails, wanted: ConnectionId | None) -> str | None:
        """Say why the payer needs another page; None when not, or when it must not be."""
        payment, live, now = details.payment, details.live, self._clock.now()
        is_over = payment.expires_at is not None and payment.expires_at <= now
        if not payment.takes_payer or payment.awaits_consent or is_over:
            return None
        if any(attempt.is_under_way for attempt in details.attempts):
            return None
        if live is None:
            return _SESSION_OVER
        if not live.can_be_superseded:
            return None
        if wanted is not None and wanted != live.connection_id:
            return _CHOSEN_BY_PAYER
        has_ended = live.checkout_expires_at is not None and live.checkout_expires_at <= now
        return _SESSION_OVER if has_ended else None

    async def _candidates(
        self,
        scope: Scope,
        details: PaymentDetails,
        reason: str,
        wanted: ConnectionId | None,
    ) -> Sequence[UsableConnection]:
        """Return where the payer may go, best first; not here when the provider is down."""
        payment, live = details.payment, details.live
        able = await self._able(scope, payment, wanted)
        here = live.connection_id if live is not None else None
        elsewhere = [one for one in able if one.id != here]
        return elsewhere if reason == _PROVIDER_DOWN else able

    async def _replace(
        self,
        scope: Scope,
        payment_id: PaymentId,
        seen: PaymentAttempt | None,
        attempt: PaymentAttempt,
        reason: str,
    ) -> bool:
        """Put the attempt in place of the one we saw; another visit may have been quicker."""
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(payment_id)
            attempts = [*await work.attempts.of_payment(payment_id)]
            live = PaymentDetails(payment, attempts).live
            if not payment.takes_payer:
                return False
            if (live.id if live else None) != (seen.id if seen else None):
                return False
            if live is not None:
                if not live.can_be_superseded:
                    return False
                await self._observations.supersede(work, live, reason)
            await self._observations.begin(work, attempt)
            await self._observations.follow(work, payment, [*attempts, attempt])
            await work.commit()
        return True
