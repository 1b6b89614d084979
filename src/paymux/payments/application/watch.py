"""The watch over what is still open at a provider: ask, and plan when to ask again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from logging import getLogger
from typing import Generic, Protocol, TypeVar

from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.application.jobs import Schedule
from paymux.payments.application.observations import Observations
from paymux.payments.domain.payment import Review
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.outbound import UnitOfWork, UnitsOfWork

logger = getLogger(__name__)


class Watched(Protocol):
    """What is made at a provider for a payment, and may stay open there."""

    @property
    def payment_id(self) -> PaymentId:
        """The payment it is for."""
        ...

    @property
    def is_unresolved(self) -> bool:
        """Whether its call was made and what became of that is not known."""
        ...


WatchedT = TypeVar("WatchedT", bound=Watched)
IdT = TypeVar("IdT", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[IdT, WatchedT]):
    """One kind of thing that is watched.

    `job` makes its next check, with `detail.round`; `get` reads it; `refresh` asks its provider.
    """

    job: str
    get: Callable[[UnitOfWork, IdT], Awaitable[WatchedT]]
    is_open: Callable[[WatchedT], bool]
    refresh: Callable[[Scope, WatchedT, Source], Awaitable[object]]


class Watch:
    """Asks on a schedule, by one chain of jobs for each thing, until that is no longer open."""

    def __init__(
        self, *, units_of_work: UnitsOfWork, observations: Observations, schedule: Schedule
    ) -> None:
        self._units_of_work = units_of_work
        self._observations = observations
        self._schedule = schedule

    async def check(
        self, scope: Scope, kind: Kind[IdT, WatchedT], watched_id: IdT, done: int
    ) -> None:
        """Make the check after round number `done`, and plan the next while it stays open.

        What is still unresolved when the schedule is used up stays so, and its payment goes
        before a person (invariant 4).
        """
        async with self._units_of_work(scope) as work:
            watched = await kind.get(work, watched_id)
        if not kind.is_open(watched):
            return
        try:
            await kind.refresh(scope, watched, Source.POLL)
        except PaymuxError as refusal:
            # A connection that cannot be used must not end the watch over what is open there.
            logger.warning(
                "A check could not be made.", extra={"job": kind.job, "code": refusal.code}
            )
        await self._plan_next(scope, kind, watched_id, watched.payment_id, done)

    async def _plan_next(
        self,
        scope: Scope,
        kind: Kind[IdT, WatchedT],
        watched_id: IdT,
        payment_id: PaymentId,
        done: int,
    ) -> None:
        async with self._units_of_work(scope) as work:
            payment = await work.payments.lock(payment_id)
            watched = await kind.get(work, watched_id)
            if not kind.is_open(watched):
                return
            if watched.is_unresolved and self._schedule.is_used_up(done):
                attempts = await work.attempts.of_payment(payment.id)
                await self._observations.follow(work, payment, attempts, Review.UNRESOLVED)
            wait, detail = self._schedule.next(done), {"round": done + 1}
            await work.jobs.enqueue(kind.job, watched_id, after=wait, detail=detail, once=True)
            await work.commit()
