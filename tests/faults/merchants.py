"""What merchants do with their payments."""

from datetime import timedelta

from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import ConnectionId
from paymux.kernel.money import Money
from paymux.payments.application.drafts import NewPayment
from paymux.payments.application.payments import Payments
from paymux.payments.application.refund_drafts import NewRefund
from paymux.payments.domain.payment import CaptureMode
from tests.faults.life import ENDED, Life, Standing

_CURRENCIES = ("USD", "EUR", "INR", "JPY")


class Merchant:
    """The tenant whose time it is."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._random = life.random
        self._house = life.house
        self._scope = life.tenant.scope

    async def create(self) -> str:
        amount = Money(self._random.randint(150, 90_000), self._random.choice(_CURRENCIES))
        new = self._new_payment(amount)
        async with self._life.remembering():
            details = await self._payments.create(self._scope, new)
        return f"{details.payment.id} {amount} {new.capture} {details.payment.status}"

    async def refund(self) -> str:
        known = self._life.any()
        if known is None:
            return "nothing"
        amount = self._part_of(known.amount, (None, None, 0.3, 0.6, 0.5))
        new = NewRefund(payment_id=known.id, amount=amount)
        refund = await self._house.container.refunds().create(self._scope, new)
        return f"{known.id} {amount} {refund.id} {refund.status}"

    async def capture(self) -> str:
        known = self._life.any()
        if known is None:
            return "nothing"
        amount = self._part_of(known.amount, (None, None, 0.4))
        made = await self._house.container.captures().capture(
            self._scope, known.id, amount, is_final=self._random.random() < 0.7
        )
        return f"{known.id} {amount} {made.status}"

    async def void(self) -> str:
        known = self._life.any()
        if known is None:
            return "nothing"
        made = await self._house.container.captures().void(self._scope, known.id)
        return f"{known.id} {made.status}"

    async def cancel(self) -> str:
        known = self._life.any()
        if known is None:
            return "nothing"
        details = await self._payments.cancel(self._scope, known.id)
        return f"{known.id} {details.payment.status}"

    async def finish_some(self) -> None:
        """Do with held money what merchants do; leave some open pages to themselves."""
        for one in await self._life.standing():
            if one.is_held and self._random.random() < 0.7:
                await self._surely("finish", one, capture=True)
            elif one.status == "requires_action" and self._random.random() < 0.6:
                await self._surely("finish", one)

    async def close_all(self) -> None:
        """End what is still open, as a merchant does in the end."""
        for one in await self._life.standing():
            if one.status not in ENDED:
                await self._surely("close", one)

    async def _surely(self, name: str, one: Standing, *, capture: bool = False) -> None:
        """Do what may be refused but has no reason to fail."""
        try:
            if capture:
                await self._house.container.captures().capture(self._scope, one.id)
            else:
                await self._payments.cancel(self._scope, one.id)
        except PaymuxError as refusal:
            self._life.note(f"{name}: {one.id} {refusal.code}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self._life.wrongs.append(f"{name} raised {type(error).__name__}: {error}"[:600])

    def _new_payment(self, amount: Money) -> NewPayment:
        by_name: ConnectionId | None = None
        if self._random.random() < 0.5:
            by_name = self._random.choice([*self._life.tenant.connections.values()])
        is_manual = self._random.random() < 0.3
        expires = self._random.choice((None, None, 45, 600, 5000))
        ends = expires and self._house.clock.now() + timedelta(minutes=expires)
        return NewPayment(
            amount=amount,
            description="Book",
            connection_id=by_name,
            return_url="http://127.0.0.1:9/thanks",
            expires_at=ends or None,
            capture=CaptureMode.MANUAL if is_manual else CaptureMode.AUTOMATIC,
        )

    def _part_of(self, amount: Money, parts: tuple[float | None, ...]) -> int | None:
        part = self._random.choice(parts)
        return None if part is None else max(1, int(amount.amount * part))

    @property
    def _payments(self) -> Payments:
        return self._house.container.payments()
