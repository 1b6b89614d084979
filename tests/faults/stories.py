"""The standard stories of a payment: a beginning that goes well, and an act that may not."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import ConnectionId, PaymentId
from paymux.kernel.money import Money
from paymux.payments.application.drafts import NewPayment
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.refund_drafts import NewRefund
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment import CaptureMode
from tests.faults.house import House, Tenant
from tests.faults.life import ENDED

AMOUNT = Money(10_000, "USD")


@dataclass
class Stage:
    """A house in which a story is played, with the one payment it is about."""

    house: House
    provider: str
    wrongs: list[str] = field(default_factory=list)
    payment: PaymentId = field(init=False)
    token: str = field(init=False)
    pages: list[str] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)

    @property
    def tenant(self) -> Tenant:
        """The tenant whose first choice is the provider."""
        return self.house.tenants[[*self.house.stand_in.app.apis].index(self.provider)]

    async def create(self, capture: CaptureMode = CaptureMode.AUTOMATIC) -> PaymentDetails:
        new = NewPayment(amount=AMOUNT, description="Book", capture=capture)
        details = await self.house.container.payments().create(self.tenant.scope, new)
        self.payment, self.token = details.payment.id, details.payment.link.token
        return details

    async def open(self) -> None:
        view = await self.house.container.payment_links().open(self.token)
        assert view is not None
        if view.checkout_url and view.checkout_url not in self.pages:
            self.pages.append(view.checkout_url)

    async def pay(self, page: int = -1) -> None:
        if not self.pages:
            await self.open()
        url = self.pages[page]
        await self.house.stand_in.control("POST", "/pay", url=url, action="pay")

    async def come_back(self) -> None:
        await self.house.container.payment_links().returned(self.token)

    async def paid(self, capture: CaptureMode = CaptureMode.AUTOMATIC) -> None:
        await self.create(capture)
        await self.pay()
        await self.come_back()

    async def keep(self) -> None:
        """Have the payer pay, and let us keep what they pay with."""
        new = NewPayment(
            amount=self.price,
            description="Book, the first of many",
            customer_id=self.tenant.customer_id,
            connection_id=self.tenant.connections[self.provider],
            mandate=Mandate(words="You may charge me each month."),
        )
        details = await self.house.container.payments().create(self.tenant.scope, new)
        self.payment, self.token = details.payment.id, details.payment.link.token
        view = await self.house.container.payment_links().agree(self.token)
        assert view is not None
        assert view.checkout_url
        self.pages = [view.checkout_url]
        await self.pay()
        await self.come_back()
        await self.tell()

    async def charge(self) -> None:
        new = NewPayment(
            amount=self.price,
            description="Book, the next one",
            customer_id=self.tenant.customer_id,
            off_session=True,
        )
        details = await self.house.container.payments().create(self.tenant.scope, new)
        self.payment = details.payment.id

    @property
    def price(self) -> Money:
        """What the provider keeps methods for."""
        return Money(AMOUNT.amount, "INR" if self.provider == "razorpay" else "USD")

    async def refund(self, amount: int | None = None) -> None:
        new = NewRefund(payment_id=self.payment, amount=amount)
        await self.house.container.refunds().create(self.tenant.scope, new)

    async def capture(self, amount: int | None = None) -> None:
        await self.house.container.captures().capture(self.tenant.scope, self.payment, amount)

    async def void(self) -> None:
        await self.house.container.captures().void(self.tenant.scope, self.payment)

    async def cancel(self) -> None:
        await self.house.container.payments().cancel(self.tenant.scope, self.payment)

    async def tell(self) -> None:
        """Deliver every webhook there is, and apply it."""
        for notice in self.house.stand_in.notices():
            headers = self.house.stand_in.signed(notice)
            assert headers is not None
            intake = self.house.container.webhook_intake()
            connection_id = ConnectionId(notice.url.rsplit("/", 1)[1])
            body = notice.body.encode()
            await intake.receive(notice.provider, connection_id, headers, body)
        await self.work(timedelta(seconds=1))

    async def work(self, time: timedelta) -> None:
        """Run the jobs that fall due meanwhile."""
        await self.house.agenda.run_until(self.house.clock.now() + time)

    async def close(self) -> None:
        """End what is still open, as a merchant does in the end."""
        query = "SELECT id, status FROM payments"
        for payment_id, status in await self.house.superuser.fetch(query):
            if status in ENDED:
                continue
            try:
                await self.house.container.payments().cancel(self.tenant.scope, payment_id)
            except PaymuxError as refusal:
                self.wrongs.append(f"could not be canceled in the end: {refusal.code}")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                self.wrongs.append(f"canceling raised {type(error).__name__}: {error}"[:300])

    async def two_pages(self) -> None:
        """Have the payer meet two pages, one of a provider that was down for a while."""
        await self.create()
        await self.open()
        self.house.stand_in.go_down(self.provider)
        await self.open()
        assert len(self.pages) == 2
        await self.house.stand_in.heal()


@dataclass(frozen=True)
class Story:
    """What happens over a provider, which its tenant prefers."""

    provider: str
    begin: Callable[[Stage], Awaitable[object]]
    act: Callable[[Stage], Awaitable[object]]


async def _nothing(stage: Stage) -> None:
    pass


async def _first_is_down(stage: Stage) -> None:
    stage.house.stand_in.go_down(stage.provider)


async def _page_of_one_that_is_down(stage: Stage) -> None:
    await stage.create()
    await stage.open()
    stage.house.stand_in.go_down(stage.provider)


async def _page_is_over(stage: Stage) -> None:
    await stage.create()
    await stage.open()
    url = stage.pages[0]
    await stage.house.stand_in.control("POST", "/expire", url=url)
    await stage.tell()


async def _paid_twice(stage: Stage) -> None:
    await stage.two_pages()
    await stage.pay(0)
    await stage.pay(1)


async def _approved(stage: Stage) -> None:
    await stage.create()
    await stage.pay()


async def _held(stage: Stage) -> None:
    await stage.paid(CaptureMode.MANUAL)


async def _create(stage: Stage) -> None:
    await stage.create()


async def _unanswered(stage: Stage) -> None:
    """The first call took effect, and its answer was lost."""
    stage.house.stand_in.fault(kind="drop_after", provider=stage.provider, times=20)
    await stage.create()
    await stage.house.stand_in.heal()


async def _unanswered_refund(stage: Stage) -> None:
    await stage.paid()
    stage.house.stand_in.fault(kind="drop_after", provider=stage.provider, times=20)
    await stage.refund(6000)
    await stage.house.stand_in.heal()


async def _unanswered_charge(stage: Stage) -> None:
    await stage.keep()
    stage.house.stand_in.fault(kind="drop_after", provider=stage.provider, times=20)
    await stage.charge()
    await stage.house.stand_in.heal()


async def _learn_of_both(stage: Stage) -> None:
    await stage.tell()
    await stage.work(timedelta(minutes=5))


async def look(stage: Stage) -> None:
    """Let what falls due in the next minutes find out."""
    await stage.work(timedelta(minutes=5))


def stories() -> dict[str, Story]:
    """Every story by its name."""
    told: dict[str, Story] = {}
    for one in ("stripe", "razorpay", "paypal"):
        told |= {
            f"create, {one}": Story(one, _nothing, _create),
            f"create with failover, {one}": Story(one, _first_is_down, _create),
            f"verify a creation, {one}": Story(one, _unanswered, look),
            f"come back, {one}": Story(one, _approved, Stage.come_back),
            f"webhooks, {one}": Story(one, _approved, Stage.tell),
            f"poll, {one}": Story(one, _approved, look),
            f"cancel, {one}": Story(one, _create, Stage.cancel),
            f"refund, {one}": Story(one, Stage.paid, lambda stage: stage.refund(6000)),
            f"verify a refund, {one}": Story(one, _unanswered_refund, look),
            f"reopen a link, {one} is down": Story(one, _page_of_one_that_is_down, Stage.open),
            f"reopen a link, {one}'s page is over": Story(one, _page_is_over, Stage.open),
            f"give back a second success, {one}": Story(one, _paid_twice, _learn_of_both),
            f"keep a method, {one}": Story(one, _nothing, Stage.keep),
            f"charge, {one}": Story(one, Stage.keep, Stage.charge),
            f"verify a charge, {one}": Story(one, _unanswered_charge, look),
        }
    for one in ("stripe", "paypal"):
        told |= {
            f"capture, {one}": Story(one, _held, Stage.capture),
            f"capture a part, {one}": Story(one, _held, lambda stage: stage.capture(4000)),
            f"void, {one}": Story(one, _held, Stage.void),
            f"cancel what is held, {one}": Story(one, _held, Stage.cancel),
        }
    return told
