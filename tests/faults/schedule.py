"""One random life of one or two payments, with everything that can go wrong on the way."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from paymux.kernel.errors import PaymuxError
from tests.faults.boundaries import Killed
from tests.faults.courts import Court
from tests.faults.house import House
from tests.faults.life import Life
from tests.faults.merchants import Merchant
from tests.faults.payers import Payers
from tests.faults.post import Post
from tests.faults.wallets import Wallet
from tests.faults.weather import Weather

_WAITS = (1, 5, 31, 150, 700, 4000, 25_000, 90_000)
_SAVERS = 0.35
Step = Callable[[], Awaitable[str]]


class Schedule(Life):
    """Everybody does something in turn, in all weathers; then it clears up and all has to end."""

    def __init__(self, house: House, seed: int) -> None:
        super().__init__(house, seed)
        self._weather = Weather(self)
        self._post = Post(self)
        self._payers = Payers(self)
        self._merchant = Merchant(self)
        self._wallet = Wallet(self)
        self._court = Court(self)

    async def run(self) -> None:
        """Live through it, heal, and let everything come to its end."""
        await self.house.begin(self.seed)
        for _ in range(self.random.choice((1, 1, 1, 2))):
            await self._step(self._merchant.create)
        if self.random.random() < _SAVERS:
            for step in (self._wallet.save, self._post.tell, self._wallet.charge):
                await self._step(step)
        for _ in range(self.random.randint(4, 12)):
            await self._step(await self._chosen())
        await self._weather.clear_up()
        await self._end()

    async def _chosen(self) -> Step:
        """Choose what may well do something now, and now and then something that cannot."""
        standing = {one.status for one in await self.standing()}
        unpaid, held = "requires_action" in standing, "authorized" in standing
        paid, kept = "succeeded" in standing, await self._wallet.is_filled()
        steps: list[tuple[float, Step]] = [
            (6 if unpaid else 1, self._payers.open),
            (12 if unpaid else 3, self._payers.pay),
            (5 if unpaid else 1, self._payers.come_back),
            (8, self._post.tell),
            (5, self._wait),
            (9 if paid else 0.5, self._merchant.refund),
            (9 if held else 0.5, self._merchant.capture),
            (3 if held else 0.3, self._merchant.void),
            (2 if unpaid or held else 0.3, self._merchant.cancel),
            (1, self._payers.expire_page),
            (1, self._post.forge),
            (2 if self.house.stand_in.held() else 0, self._weather.arrive),
            (1 if paid else 0.2, self._payers.bank),
            (1, self._weather.back_up),
            (9 if kept else 0, self._wallet.charge),
            (3 if kept else 0, self._wallet.sour),
            (1 if kept else 0, self._wallet.forget),
            (7 if paid else 0, self._court.contest),
            (12 if self._court.has_cases else 0, self._court.answer),
            (6 if self._court.has_cases else 0, self._court.decide),
        ]
        weights = [weight for weight, _ in steps]
        return self.random.choices([step for _, step in steps], weights)[0]

    async def _step(self, step: Step) -> None:
        self._weather.break_something()
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
        self.note(f"{name}: {said} {self._weather.broken or ''}")
        self._weather.mend()

    async def _wait(self) -> str:
        seconds = self.random.choice(_WAITS)
        await self.run_for(timedelta(seconds=seconds))
        return f"{seconds} s"

    async def _end(self) -> None:
        """Let everything come to its end, with nothing going wrong any more."""
        await self._merchant.finish_some()
        await self.run_for(timedelta(hours=2))
        await self._payers.banks_decide()
        await self._post.deliver_all()
        await self._merchant.finish_some()
        await self._payers.banks_decide()
        await self.run_for(timedelta(days=3))
        await self._merchant.close_all()
        await self._court.decide_all()
        await self._recover()
        await self.run_for(timedelta(days=9))
        await self._court.compare()

    async def _recover(self) -> None:
        """Have missed events and disputes looked for, as running processes do now and then."""
        missed = self.house.container.missed_events()
        for provider in sorted(self._court.providers):
            await missed.recover(self.tenant.scope, self.tenant.connections[provider])
