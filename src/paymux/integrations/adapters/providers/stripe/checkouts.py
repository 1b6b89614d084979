"""Checkout Sessions: open, find, close. https://docs.stripe.com/api/checkout/sessions."""

from typing import Final

from paymux.integrations.adapters.providers.stripe.errors import (
    UNANSWERED,
    own_failure,
    refused_amount,
    unreadable,
)
from paymux.integrations.adapters.providers.stripe.sessions import (
    observe,
    session_params,
)
from paymux.integrations.adapters.providers.stripe.times import (
    KEY_LIVES,
    LATE_ARRIVAL,
    SLACK,
    moment,
    unix,
)
from paymux.integrations.adapters.providers.stripe.transport import CreatedBetween, Transport
from paymux.integrations.adapters.providers.stripe.wire import Session
from paymux.kernel.clock import Clock
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.currencies import AmountIsNotTaken, CurrencyIsNotTaken

MAX_PAGES: Final = 20


class Checkouts:
    """Opens, finds and closes sessions."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    async def create(self, request: CheckoutRequest) -> Checkout | Failure:
        """Open the session; the idempotency key makes a repetition find the first one."""
        try:
            params = session_params(request)
        except (CurrencyIsNotTaken, AmountIsNotTaken) as refusal:
            return refused_amount(refusal)
        if request.replay and self._clock.now() > request.created_at + KEY_LIVES - SLACK:
            return await self._earlier(request)
        session = await self._transport.create_session(params, request.idempotency_key)
        if not isinstance(session, Failure):
            return _opened(session)
        return await self._after_replay(request, session) if request.replay else session

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        """Read the session by its id, else search the ones created about that time."""
        reference = query.provider_reference or await self._search(query)
        if not isinstance(reference, str):
            return reference
        return await self.read(reference)

    async def read(self, reference: str) -> Observation | Failure:
        """Read one session with the payment behind it."""
        session = await self._transport.retrieve_session(reference)
        return session if isinstance(session, Failure) else observe(session)

    async def expire(self, reference: str, key: str) -> Observation | Failure:
        """Close the session; one that is no longer open is read instead."""
        session = await self._transport.expire_session(reference, key)
        if isinstance(session, Session):
            return observe(session)
        if session.code == "resource_missing" or session.code in UNANSWERED:
            return session
        if session.outcome is Outcome.REJECTED:
            return await self.read(reference)
        if session.outcome is Outcome.UNKNOWN:
            # Stripe repeats a server error for this key; what it did shows on the session.
            seen = await self.read(reference)
            return session if _is_open(seen) else seen
        return session

    async def _after_replay(
        self, request: CheckoutRequest, failure: Failure
    ) -> Checkout | Failure:
        """Get past an answer that Stripe would repeat for as long as it remembers the key."""
        if failure.outcome is Outcome.REJECTED and failure.field == "expires_at":
            # Nothing is stored under the key, and by now the page would be too short-lived.
            return own_failure("never_opened")
        if failure.outcome is not Outcome.UNKNOWN or failure.code in UNANSWERED:
            return failure
        earlier = await self._earlier(request)
        return failure if _proves_nothing(earlier) else earlier

    async def _earlier(self, request: CheckoutRequest) -> Checkout | Failure:
        """Find the session of an earlier call; never opens one."""
        query = AttemptQuery(attempt_id=request.attempt_id, created_at=request.created_at)
        found = await self._search(query)
        if isinstance(found, NotFound):
            return own_failure("never_opened")
        if isinstance(found, Failure):
            return found
        session = await self._transport.retrieve_session(found)
        if isinstance(session, Failure):
            return session
        if session.status == "open":
            return _opened(session)
        return own_failure("never_opened" if session.status == "expired" else "paid_already")

    async def _search(self, query: AttemptQuery) -> str | NotFound | Failure:
        now, start = self._clock.now(), query.created_at - LATE_ARRIVAL
        soon, last = query.created_at + SLACK, query.created_at + KEY_LIVES + LATE_ARRIVAL
        # Newest first, and the session is most likely the oldest of its day: search the few
        # minutes around the call before the rest of the key's life.
        for first, until in ((start, soon), (soon, min(now + LATE_ARRIVAL, last))):
            if first >= until:
                continue
            found = await self._scan(query.attempt_id, {"gte": unix(first), "lte": unix(until)})
            if found is not None:
                return found
        return (
            NotFound() if now > query.created_at + LATE_ARRIVAL else own_failure("not_found_yet")
        )

    async def _scan(self, attempt_id: str, created: CreatedBetween) -> str | Failure | None:
        after: str | None = None
        for _ in range(MAX_PAGES):
            page = await self._transport.list_sessions(
                {"created": created, "starting_after": after} if after else {"created": created}
            )
            if isinstance(page, Failure):
                return page
            for session in page.data:
                if session.client_reference_id == attempt_id:
                    return session.id
            if not page.has_more or not page.data:
                return None
            after = page.data[-1].id
        return own_failure("look_up_incomplete")


def _opened(session: Session) -> Checkout | Failure:
    if not session.url or not session.url.startswith(("https://", "http://")):
        return unreadable()
    return Checkout(
        provider_reference=session.id, url=session.url, expires_at=moment(session.expires_at)
    )


def _is_open(seen: Observation | Failure) -> bool:
    return isinstance(seen, Failure) or seen.status is ObservedStatus.PENDING


def _proves_nothing(answer: Checkout | Failure) -> bool:
    return isinstance(answer, Failure) and answer.code not in {"never_opened", "paid_already"}
