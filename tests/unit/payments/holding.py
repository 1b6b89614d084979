"""A provider that holds money until it is told to take it, or to let it go."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from paymux.kernel.ids import CaptureId
from paymux.kernel.money import Money
from paymux.payments.application.drafts import NewPayment
from paymux.payments.domain.capture import Capture
from paymux.payments.domain.payment import CaptureMode
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
)
from paymux.payments.ports.plugins import Idempotency, Operation, PartialCaptures
from tests.unit.payments.attempts import PRICE
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.memory import Store
from tests.unit.payments.providers import OpensPages, failure, usable

HOLD = "aut_1"
KEPT = {
    Operation.CREATE_CHECKOUT: Idempotency(key_lives_seconds=86_400),
    Operation.CAPTURE: Idempotency(key_lives_seconds=86_400),
    Operation.VOID: Idempotency(key_lives_seconds=86_400),
}
TAKES = frozenset({Operation.CREATE_CHECKOUT, Operation.CAPTURE, Operation.VOID})
ORDER = NewPayment(amount=PRICE, description="Pro plan", capture=CaptureMode.MANUAL)


@dataclass(frozen=True)
class Afterwards:
    """Does as it is told, and then answers this."""

    answer: Failure | Exception


class HoldsMoney(OpensPages):
    """Keeps its own books, and takes each key once. A scripted reply stands for a fault."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.taken: dict[str, int] = {}
        self.is_over = self.is_let_go = False
        self.will("capture", None)
        self.will("void", None)
        self.will("look_up", None)

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        fault = self.reply("capture", request)
        if isinstance(fault, Failure | Observation):
            return fault
        refusal = self._take(request)
        if isinstance(fault, Afterwards):
            return _said(fault.answer)
        return refusal or self.state

    async def void(self, request: VoidRequest) -> Observation | Failure:
        fault = self.reply("void", request)
        if isinstance(fault, Failure):
            return fault
        self.is_let_go = self.is_let_go or not self.is_over
        self.is_over = True
        return _said(fault.answer) if isinstance(fault, Afterwards) else self.state

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        fault = self.reply("look_up", query)
        assert fault is None or isinstance(fault, Observation | NotFound | Failure)
        return fault or self.state

    @property
    def state(self) -> Observation:
        """What it says of the attempt now."""
        total = sum(self.taken.values())
        status, amount = ObservedStatus.AUTHORIZED, total or PRICE.amount
        if self.is_over:
            status = ObservedStatus.SUCCEEDED if total else ObservedStatus.CANCELED
        return Observation(
            status=status,
            provider_reference="ses_1",
            payment_reference=HOLD,
            amount=None if status is ObservedStatus.CANCELED else Money(amount, PRICE.currency),
        )

    @property
    def captures(self) -> list[CaptureRequest]:
        sent = [one for arguments in self.asked.get("capture", []) for one in arguments]
        return [one for one in sent if isinstance(one, CaptureRequest)]

    def _take(self, request: CaptureRequest) -> Failure | None:
        if request.idempotency_key in self.taken:
            return None
        if self.is_over:
            return failure(Outcome.DONE_ALREADY)
        self.taken[request.idempotency_key] = request.amount.amount
        total = sum(self.taken.values())
        assert total <= request.authorized.amount == PRICE.amount
        self.is_over = request.is_final or total == PRICE.amount
        return None


class HoldingHouse(House[HoldsMoney]):
    """A tenant whose one connection holds money."""

    def __init__(self, parts: PartialCaptures = PartialCaptures.SEVERAL) -> None:
        store = Store()
        super().__init__(HoldsMoney(store), store)
        self.allow(parts)

    def allow(self, parts: PartialCaptures, kept: Mapping[Operation, Idempotency] = KEPT) -> None:
        able = usable(operations=sorted(TAKES))
        abilities = msgspec.structs.replace(
            able.capabilities, partial_captures=parts, idempotency=kept
        )
        self.connections.found = [msgspec.structs.replace(able, capabilities=abilities)]

    async def held(self) -> None:
        """Have a payer pay; the money is held."""
        await self.create(ORDER)
        await self.observe(self.provider.state)

    async def capture(self, amount: int | None = None, *, is_final: bool = True) -> Capture:
        return await self.captures.capture(SCOPE, self.payment_id, amount, is_final=is_final)

    async def void(self) -> Capture:
        return await self.captures.void(SCOPE, self.payment_id)

    async def check_capture(self, done: int = 0) -> None:
        await self.capture_calls.check(SCOPE, CaptureId(self.last.id), done)

    @property
    def last(self) -> Capture:
        return list(self.tables.captures.values())[-1]


def _said(answer: Failure | Exception) -> Failure:
    if isinstance(answer, Exception):
        raise answer
    return answer


def observed(status: ObservedStatus, amount: int, currency: str = "USD") -> Observation:
    """Return a report of a provider that says so much."""
    seen = HoldsMoney(Store()).state
    return msgspec.structs.replace(seen, status=status, amount=Money(amount, currency))
