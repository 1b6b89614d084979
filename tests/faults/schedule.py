"""One random life of one or two payments, with everything that can go wrong on the way."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from paymux.integrations.adapters.webhook_intake import Receipt
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import ConnectionId, PaymentId
from paymux.kernel.money import Money
from paymux.payments.application.drafts import NewPayment
from paymux.payments.application.payments import Payments
from paymux.payments.application.refund_drafts import NewRefund
from paymux.payments.domain.payment import CaptureMode
from paymux.sandbox.faults import Fault
from paymux.sandbox.webhooks import Notice
from tests.faults.boundaries import Killed
from tests.faults.house import House, Tenant
from tests.faults.simulated import seeded
from tests.faults.stand_in import PROVIDERS

KINDS = (
    "refuse", "drop_before", "drop_after", "error_before", "error_after", "garbage",
    "throttle", "conflict", "latency",
)  # fmt: skip
_WAITS = (1, 5, 31, 150, 700, 4000, 25_000, 90_000)
_CURRENCIES = ("USD", "EUR", "INR", "JPY")
_MOST_JOBS = 400
_OF_BANKS = frozenset({"async_succeed", "async_fail", "settle", "deny"})
ENDED = frozenset({"succeeded", "failed", "canceled", "expired"})


@dataclass
class Known:
    """A payment as its merchant and its payer know it."""

    id: PaymentId
    amount: Money
    token: str
    pages: list[str] = field(default_factory=list)


class Standing(NamedTuple):
    """Where a payment stands."""

    id: PaymentId
    status: str
    is_held: bool


class Schedule:
    """Decided by its seed alone."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.seed = seed
        self.random = seeded(seed)
        self.tenant: Tenant = self.random.choice(house.tenants)
        self.payments: list[Known] = []
        self.fired: Counter[str] = Counter()
        self.did: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.wrongs: list[str] = []
        # A certificate may have to be fetched first; what is refused then is delivered again.
        self._may_fail = True
        self.trace: list[str] = []
        self._told: set[str] = set()
        self._lost: set[str] = set()
        self._decided: set[str] = set()
        self._faults: list[Fault] = []

    async def run(self) -> None:
        """Live through it, heal, and let everything come to its end."""
        await self.house.begin(self.seed)
        for _ in range(self.random.choice((1, 1, 1, 2))):
            await self._step(self._create)
        for _ in range(self.random.randint(4, 12)):
            await self._step(await self._chosen())
        await self._heal()
        await self._end()

    async def _chosen(self) -> Callable[[], Awaitable[str]]:
        """Choose what may well do something now, and now and then something that cannot."""
        standing = {one.status for one in await self._standing()}
        unpaid, held = "requires_action" in standing, "authorized" in standing
        paid = "succeeded" in standing
        steps: list[tuple[float, Callable[[], Awaitable[str]]]] = [
            (6 if unpaid else 1, self._open),
            (12 if unpaid else 3, self._pay),
            (5 if unpaid else 1, self._return),
            (8, self._tell),
            (5, self._wait),
            (9 if paid else 0.5, self._refund),
            (9 if held else 0.5, self._capture),
            (3 if held else 0.3, self._void),
            (2 if unpaid or held else 0.3, self._cancel),
            (1, self._expire_page),
            (1, self._forge),
            (2 if self.house.stand_in.held() else 0, self._arrive),
            (1 if paid else 0.2, self._bank),
            (1, self._back_up),
        ]
        weights = [weight for weight, _ in steps]
        return self.random.choices([step for _, step in steps], weights)[0]

    async def _standing(self) -> list[Standing]:
        rows = await self.house.superuser.fetch(
            "SELECT p.id, p.status, coalesce(bool_or(a.status = 'authorized'"
            " AND a.captures_later), false) AS held"
            " FROM payments p LEFT JOIN payment_attempts a"
            " ON a.tenant_id = p.tenant_id AND a.payment_id = p.id"
            " WHERE p.tenant_id = $1 GROUP BY p.id, p.status ORDER BY p.id",
            self.tenant.scope.tenant_id,
        )
        return [Standing(*row) for row in rows]

    async def _step(self, step: Callable[[], Awaitable[str]]) -> None:
        self._break_something()
        name = step.__name__.removeprefix("_")
        self.did[name] += 1
        try:
            said = await step()
        except PaymuxError as refusal:
            self.refused[refusal.code] += 1
            said = f"refused: {refusal.code}"
        except Killed as end:
            self.fired[f"killed {end}"] += 1
            await self.house.forget()
            said = f"killed {end}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self.wrongs.append(f"{name} raised {type(error).__name__}: {error}"[:600])
            said = repr(error)[:300]
        broken = [f"{f.rule.provider}:{f.rule.kind}" for f in self._faults]
        self._note(f"{name}: {said} {broken or ''}")
        self._mend()

    def _note(self, what: str) -> None:
        """Keep what was done, and what it asked the providers."""
        at = self.house.clock.now().strftime("%d %H:%M:%S")
        requests = self.house.stand_in.app.world.requests
        asked = ", ".join(
            f"{one.provider} {one.operation} {one.status or 'nothing'}" for one in requests
        )
        requests.clear()
        self.trace.append(f"{at} {what}" + (f"\n        {asked}" if asked else ""))

    def _break_something(self) -> None:
        self.house.boundaries.begin()
        chance = self.random.random()
        if chance < 0.35:
            for _ in range(self.random.choice((1, 1, 2))):
                self._fault()
        elif chance < 0.42:
            self.house.boundaries.begin(self.random.randint(1, 10))
        elif chance < 0.46:
            slug = self.random.choice(PROVIDERS)
            self.house.stand_in.go_down(slug)
            self.fired[f"{slug} unreachable"] += 1
        elif chance < 0.50:
            self.house.stand_in.hold_next(self.random.choice(PROVIDERS))

    def _fault(self) -> None:
        kind = self.random.choice(KINDS)
        rule: dict[str, object] = {"kind": kind, "times": self.random.choice((1, 1, 2, 3, 8))}
        rule["provider"] = self.random.choice((*PROVIDERS, "*"))
        if kind.startswith("error"):
            rule["status"] = self.random.choice((500, 500, 502, 503, 504))
        if kind == "latency":
            rule["delay_ms"] = 5
        self._faults.append(self.house.stand_in.fault(**rule))

    def _mend(self) -> None:
        """Some faults last longer than a step."""
        for fault in self._faults:
            if fault.fired:
                self.fired[f"{fault.rule.kind}"] += fault.fired
        if self.random.random() < 0.7:
            self.house.stand_in.app.world.faults.clear()
            self._faults = []
        for fault in self._faults:
            fault.fired = 0

    async def _heal(self) -> None:
        self.house.boundaries.begin()
        self._faults, self._may_fail = [], False
        held = self.house.stand_in.held()
        await self.house.stand_in.heal()
        if self.random.random() < 0.5:
            self.fired["arrived late"] += await self.house.stand_in.arrive()
        else:
            self.fired["never arrived"] += held
            self.house.stand_in.forget_held()

    async def _end(self) -> None:
        """Let everything come to its end, with nothing going wrong any more."""
        await self._each(self._finish)
        await self._run_for(timedelta(hours=2))
        await self._banks_decide()
        for notice in self._untold():
            await self._deliver(notice)
        await self._each(self._finish)
        await self._banks_decide()
        await self._run_for(timedelta(days=3))
        await self._each(self._close)
        await self._run_for(timedelta(days=9))

    async def _recover(self) -> None:
        """Have missed events looked for, as running processes do from time to time."""
        await self.house.container.missed_events().plan_due()
        self.did["recover"] += 1

    async def _banks_decide(self) -> None:
        """What was paid by bank debit or eCheck arrives, or does not; nobody may be told."""
        pages = await self.house.superuser.fetch(
            "SELECT checkout_url FROM payment_attempts WHERE checkout_url IS NOT NULL ORDER BY id"
        )
        for (url,) in pages:
            able = [one for one in self._able(url) if one in _OF_BANKS]
            if able:
                action, told = self.random.choice(able), self.random.random() < 0.5
                self._decided.add(url)
                order = {"url": url, "action": action, "webhooks": told}
                await self.house.stand_in.control("POST", "/pay", **order)
                self._note(f"the bank does {action}")

    async def _each(self, what: Callable[[Standing], Awaitable[None]]) -> None:
        for one in await self._standing():
            try:
                await what(one)
            except PaymuxError as refusal:
                self._note(f"{what.__name__}: {one.id} {refusal.code}")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                found = f"{what.__name__} raised {type(error).__name__}: {error}"
                self.wrongs.append(found[:600])

    async def _finish(self, one: Standing) -> None:
        """Do with held money what merchants do; leave some open pages to themselves."""
        if one.is_held and self.random.random() < 0.7:
            await self.house.container.captures().capture(self.tenant.scope, one.id)
        elif one.status == "requires_action" and self.random.random() < 0.6:
            await self._payments.cancel(self.tenant.scope, one.id)

    async def _close(self, one: Standing) -> None:
        if one.status not in ENDED:
            await self._payments.cancel(self.tenant.scope, one.id)

    async def _run_for(self, time: timedelta) -> None:
        ran = await self.house.agenda.run_until(self.house.clock.now() + time, _MOST_JOBS)
        if not self._may_fail:
            self._note(f"{ran} jobs in {time}")
        if ran >= _MOST_JOBS:
            self.wrongs.append(f"more than {_MOST_JOBS} jobs in {time}")

    # What merchants, payers, banks and networks do.

    async def _create(self) -> str:
        amount = Money(self.random.randint(150, 90_000), self.random.choice(_CURRENCIES))
        by_name: ConnectionId | None = None
        if self.random.random() < 0.5:
            by_name = self.random.choice([*self.tenant.connections.values()])
        is_manual = self.random.random() < 0.3
        expires = self.random.choice((None, None, 45, 600, 5000))
        ends = expires and self.house.clock.now() + timedelta(minutes=expires)
        new = NewPayment(
            amount=amount,
            description="Book",
            connection_id=by_name,
            return_url="http://127.0.0.1:9/thanks",
            expires_at=ends or None,
            capture=CaptureMode.MANUAL if is_manual else CaptureMode.AUTOMATIC,
        )
        known_before = {one.id for one in self.payments}
        try:
            details = await self._payments.create(self.tenant.scope, new)
        finally:
            await self._remember(known_before)
        return f"{details.payment.id} {amount} {new.capture} {details.payment.status}"

    async def _remember(self, known: set[PaymentId]) -> None:
        """Find what was made also when its request died."""
        found = await self.house.superuser.fetch(
            "SELECT id, amount, currency, link_token FROM payments WHERE tenant_id = $1"
            " AND NOT id = ANY($2) ORDER BY id",
            self.tenant.scope.tenant_id,
            [*known],
        )
        for row in found:
            amount = Money(row["amount"], row["currency"])
            self.payments.append(Known(row["id"], amount, row["link_token"]))

    async def _open(self) -> str:
        known = self._any()
        if known is None:
            return "nothing"
        view = await self.house.container.payment_links().open(known.token)
        if view is not None and view.checkout_url and view.checkout_url not in known.pages:
            known.pages.append(view.checkout_url)
        return f"{known.id} {view and view.status} page {len(known.pages)}"

    async def _pay(self) -> str:
        known = self._any()
        if known is None:
            return "nothing"
        if not known.pages or self.random.random() < 0.3:
            await self._open()
        if not known.pages:
            return "no page"
        url = known.pages[-1] if self.random.random() < 0.7 else self.random.choice(known.pages)
        able = self._able(url)
        if not able:
            return "page is over"
        likely = [6 if one in {"pay", "async_succeed", "settle"} else 1 for one in able]
        action = self.random.choices(able, likely)[0]
        if action in _OF_BANKS:
            self._decided.add(url)
        order: dict[str, object] = {"url": url, "action": action}
        if self.random.random() < 0.1:
            order["webhooks"] = False
        if action == "pay" and self.random.random() < 0.02:
            order["amount"] = 149
        status, found = await self.house.stand_in.try_control("POST", "/pay", **order)
        return f"{known.id} {action} on {url.rsplit('/', 1)[1]}: {status} {found.get('status')}"

    def _able(self, url: str) -> list[str]:
        """What can be done on a page; what a bank has decided, it does not decide again."""
        able = self.house.stand_in.actions(url)
        return [one for one in able if one not in _OF_BANKS or url not in self._decided]

    async def _return(self) -> str:
        known = self._any()
        if known is None:
            return "nothing"
        view = await self.house.container.payment_links().returned(known.token)
        return f"{known.id} {view and view.status}"

    async def _refund(self) -> str:
        known = self._any()
        if known is None:
            return "nothing"
        part = self.random.choice((None, None, 0.3, 0.6, 0.5))
        amount = None if part is None else max(1, int(known.amount.amount * part))
        new = NewRefund(payment_id=known.id, amount=amount)
        refund = await self.house.container.refunds().create(self.tenant.scope, new)
        return f"{known.id} {amount} {refund.id} {refund.status}"

    async def _capture(self) -> str:
        known = self._any()
        if known is None:
            return "nothing"
        part = self.random.choice((None, None, 0.4))
        amount = None if part is None else max(1, int(known.amount.amount * part))
        made = await self.house.container.captures().capture(
            self.tenant.scope, known.id, amount, is_final=self.random.random() < 0.7
        )
        return f"{known.id} {amount} {made.status}"

    async def _void(self) -> str:
        known = self._any()
        if known is None:
            return "nothing"
        made = await self.house.container.captures().void(self.tenant.scope, known.id)
        return f"{known.id} {made.status}"

    async def _cancel(self) -> str:
        known = self._any()
        if known is None:
            return "nothing"
        details = await self._payments.cancel(self.tenant.scope, known.id)
        return f"{known.id} {details.payment.status}"

    async def _wait(self) -> str:
        seconds = self.random.choice(_WAITS)
        await self._run_for(timedelta(seconds=seconds))
        return f"{seconds} s"

    async def _expire_page(self) -> str:
        pages = [page for known in self.payments for page in known.pages]
        if not pages:
            return "nothing"
        url = self.random.choice(pages)
        told = self.random.random() < 0.5
        status, _ = await self.house.stand_in.try_control(
            "POST", "/expire", url=url, webhooks=told
        )
        return f"{url.rsplit('/', 1)[1]} {status}"

    async def _arrive(self) -> str:
        arrived = await self.house.stand_in.arrive()
        self.fired["arrived late"] += arrived
        return str(arrived)

    async def _back_up(self) -> str:
        held = self.house.stand_in.held()
        await self.house.stand_in.heal()
        self._faults = []
        return f"all answer again, {held} held"

    async def _bank(self) -> str:
        """What a bank does to refunds: lets them wait, or fail after all."""
        slug = self.random.choice(("stripe", "razorpay"))
        account = self.tenant.accounts[slug]
        if slug == "stripe":
            wait = {"pending": True}
            await self.house.stand_in.control(
                "POST", f"/stripe/accounts/{account}/refunds", **wait
            )
            return "stripe's refunds wait"
        fate = self.random.choice(("process", "fail", "process"))
        body = {"account_id": account, "fate": fate}
        await self.house.stand_in.control("POST", "/razorpay/refunds", **body)
        return f"razorpay's refunds {fate}"

    async def _tell(self) -> str:
        """Deliver some of the webhooks there are: in any order, some twice, some never."""
        waiting = self._untold()
        self.random.shuffle(waiting)
        said = []
        for notice in waiting[: self.random.randint(1, 6)]:
            chance = self.random.random()
            if chance < 0.15:
                self._lost.add(notice.id)
                self.fired["webhook lost"] += 1
                continue
            if waiting and notice.id != min(waiting, key=self._age).id:
                self.fired["webhook reordered"] += 1
            await self._deliver(notice)
            said.append(notice.event_type)
            if chance < 0.35:
                self.fired["webhook duplicated"] += 1
                await self._deliver(notice)
        if self.random.random() < 0.8:
            await self._run_for(timedelta(milliseconds=10))
        return ", ".join(said)

    def _age(self, notice: Notice) -> int:
        return [one.id for one in self.house.stand_in.notices()].index(notice.id)

    async def _deliver(self, notice: Notice) -> None:
        headers = self.house.stand_in.signed(notice)
        if headers is None:
            return
        receipt = await self._receive(notice, headers, notice.body.encode())
        if receipt is Receipt.STORED:
            self._told.add(notice.id)
        elif not self._may_fail:
            self.wrongs.append(f"a genuine {notice.event_type} was {receipt}")

    async def _forge(self) -> str:
        notices = self.house.stand_in.notices()
        if not notices:
            return "nothing"
        notice = self.random.choice(notices)
        headers = self.house.stand_in.signed(notice)
        if headers is None:
            return "nothing"
        body = notice.body.replace("1", "2", 1).encode()
        receipt = await self._receive(notice, headers, body)
        self.fired["webhook forged"] += 1
        if receipt is not Receipt.NOT_GENUINE:
            self.wrongs.append(f"a forged {notice.event_type} of {notice.provider} was {receipt}")
        return notice.event_type

    async def _receive(self, notice: Notice, headers: dict[str, str], body: bytes) -> Receipt:
        connection_id = ConnectionId(notice.url.rsplit("/", 1)[1])
        intake = self.house.container.webhook_intake()
        return await intake.receive(notice.provider, connection_id, headers, body)

    def _untold(self) -> list[Notice]:
        return [
            notice
            for notice in self.house.stand_in.notices()
            if notice.id not in self._told | self._lost and notice.status != "suppressed"
        ]

    def _any(self) -> Known | None:
        return self.random.choice(self.payments) if self.payments else None

    @property
    def _payments(self) -> Payments:
        return self.house.container.payments()


def _end_of(url: str) -> str:
    """What of a URL is the same in every run: not the port."""
    return url.rsplit("/", 1)[1]
