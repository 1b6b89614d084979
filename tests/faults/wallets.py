"""Methods that payers let the merchant keep, and what is charged to them later."""

from paymux.kernel.ids import PaymentMethodId
from paymux.kernel.money import Money
from paymux.payments.application.drafts import NewPayment
from paymux.payments.application.payments import Payments
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment import CaptureMode
from tests.faults.life import Life

_SAVES = {"stripe": "USD", "paypal": "USD", "razorpay": "INR"}
_BEHAVIOURS = ("succeed", "decline_soft", "decline_soft", "decline_hard", "needs_payer")
_CHARGEABLE = """
SELECT id, provider, provider_reference FROM payment_methods
WHERE tenant_id = $1 AND status = 'active' ORDER BY id
"""


class Wallet:
    """What a customer of the merchant lets them keep."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._random = life.random
        self._house = life.house
        self._scope = life.tenant.scope

    async def save(self) -> str:
        """Ask a payer who is there for their consent, and bring them to the provider's page."""
        provider = self._random.choice([*_SAVES])
        new = NewPayment(
            amount=Money(self._random.randint(150, 90_000), _SAVES[provider]),
            description="Book, the first of many",
            customer_id=self._life.tenant.customer_id,
            connection_id=self._life.tenant.connections[provider],
            mandate=Mandate(words="You may charge me each month."),
        )
        async with self._life.remembering():
            details = await self._payments.create(self._scope, new)
        known = self._life.payments[-1]
        view = await self._house.container.payment_links().agree(known.token)
        if view is not None and view.checkout_url:
            known.pages.append(view.checkout_url)
            if self._random.random() < 0.8:
                order = {"url": view.checkout_url, "action": "pay"}
                await self._house.stand_in.try_control("POST", "/pay", **order)
        return f"{details.payment.id} at {provider}, page {len(known.pages)}"

    async def charge(self) -> str:
        """Take money while nobody is there."""
        methods = await self._methods()
        if not methods:
            return "nothing"
        method_id, provider, _ = self._random.choice(methods)
        new = NewPayment(
            amount=Money(self._random.randint(150, 90_000), _SAVES[provider]),
            description="Book, the next one",
            customer_id=self._life.tenant.customer_id,
            off_session=True,
            payment_method_id=method_id if self._random.random() < 0.4 else None,
            capture=self._random.choice((CaptureMode.AUTOMATIC,) * 4 + (CaptureMode.MANUAL,)),
        )
        async with self._life.remembering():
            details = await self._payments.create(self._scope, new)
        return f"{details.payment.id} {new.amount} {new.capture} {details.payment.status}"

    async def forget(self) -> str:
        methods = await self._methods()
        if not methods:
            return "nothing"
        method_id, provider, _ = self._random.choice(methods)
        await self._house.container.payment_methods().delete(self._scope, method_id)
        return f"{method_id} at {provider}"

    async def sour(self) -> str:
        """Have an instrument behave otherwise from now on."""
        methods = await self._methods()
        if not methods:
            return "nothing"
        _, provider, reference = self._random.choice(methods)
        behaviour = self._random.choice(_BEHAVIOURS)
        status, _ = await self._house.stand_in.try_control(
            "POST",
            "/instruments",
            provider=provider,
            reference=reference,
            behaviour=behaviour,
        )
        return f"{behaviour} at {provider}: {status}"

    async def is_filled(self) -> bool:
        return bool(await self._methods())

    async def _methods(self) -> list[tuple[PaymentMethodId, str, str]]:
        rows = await self._house.superuser.fetch(_CHARGEABLE, self._scope.tenant_id)
        return [(PaymentMethodId(row[0]), row[1], row[2]) for row in rows]

    @property
    def _payments(self) -> Payments:
        return self._house.container.payments()
