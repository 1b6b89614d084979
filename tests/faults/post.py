"""Webhooks on their way: in any order, some twice, some never, some forged."""

from datetime import timedelta

from paymux.integrations.adapters.webhook_intake import Receipt
from paymux.kernel.ids import ConnectionId
from paymux.sandbox.webhooks import Notice
from tests.faults.life import Life


class Post:
    """Carries what the providers have to tell."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._random = life.random
        self._house = life.house
        self._told: set[str] = set()
        self._lost: set[str] = set()

    async def tell(self) -> str:
        """Deliver some of the webhooks there are."""
        waiting = self._untold()
        self._random.shuffle(waiting)
        ages = {notice.id: age for age, notice in enumerate(self._house.stand_in.notices())}
        oldest = min((ages[notice.id] for notice in waiting), default=0)
        said = []
        for notice in waiting[: self._random.randint(1, 6)]:
            chance = self._random.random()
            if chance < 0.15:
                self._lost.add(notice.id)
                self._life.fired["webhook lost"] += 1
                continue
            if ages[notice.id] != oldest:
                self._life.fired["webhook reordered"] += 1
            await self._deliver(notice)
            said.append(notice.event_type)
            if chance < 0.35:
                self._life.fired["webhook duplicated"] += 1
                await self._deliver(notice)
        if self._random.random() < 0.8:
            await self._life.run_for(timedelta(milliseconds=10))
        return ", ".join(said)

    async def forge(self) -> str:
        notices = self._house.stand_in.notices()
        if not notices:
            return "nothing"
        notice = self._random.choice(notices)
        headers = self._house.stand_in.signed(notice)
        if headers is None:
            return "nothing"
        body = notice.body.replace("1", "2", 1).encode()
        receipt = await self._receive(notice, headers, body)
        self._life.fired["webhook forged"] += 1
        if receipt is not Receipt.NOT_GENUINE:
            wrong = f"a forged {notice.event_type} of {notice.provider} was {receipt}"
            self._life.wrongs.append(wrong)
        return notice.event_type

    async def deliver_all(self) -> None:
        """Deliver everything but what is lost for good."""
        for notice in self._untold():
            await self._deliver(notice)

    async def _deliver(self, notice: Notice) -> None:
        headers = self._house.stand_in.signed(notice)
        if headers is None:
            return
        receipt = await self._receive(notice, headers, notice.body.encode())
        if receipt is Receipt.STORED:
            self._told.add(notice.id)
        elif not self._life.may_fail:
            self._life.wrongs.append(f"a genuine {notice.event_type} was {receipt}")

    async def _receive(self, notice: Notice, headers: dict[str, str], body: bytes) -> Receipt:
        connection_id = ConnectionId(notice.url.rsplit("/", 1)[1])
        intake = self._house.container.webhook_intake()
        return await intake.receive(notice.provider, connection_id, headers, body)

    def _untold(self) -> list[Notice]:
        return [
            notice
            for notice in self._house.stand_in.notices()
            if notice.id not in self._told | self._lost and notice.status != "suppressed"
        ]
