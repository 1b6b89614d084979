"""What was read a moment ago, and for how long it counts."""

from paymux.platform.recent import Recent


class Reading:
    """Reads of a value that changes; the first of them takes its time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.reads = 0
        self.recent: Recent[str, int] = Recent(lambda: self.now)

    async def get(self, key: str = "one") -> int:
        return await self.recent.get(key, self.read)

    async def read(self) -> int:
        self.reads += 1
        return self.reads


async def test_what_was_read_counts_for_a_second() -> None:
    reading = Reading()
    assert await reading.get() == 1
    reading.now = 0.99
    assert await reading.get() == 1
    reading.now = 1.0
    assert await reading.get() == 2


async def test_one_key_knows_nothing_of_another() -> None:
    reading = Reading()
    assert await reading.get("one") == 1
    assert await reading.get("other") == 2


async def test_what_was_forgotten_is_read_anew() -> None:
    reading = Reading()
    await reading.get()
    reading.recent.forget("one")
    assert await reading.get() == 2


async def test_what_was_read_before_a_change_is_not_remembered() -> None:
    reading = Reading()

    async def overtaken() -> int:
        reading.recent.forget("one")
        return await reading.read()

    assert await reading.recent.get("one", overtaken) == 1
    assert await reading.get() == 2


async def test_even_nothing_is_remembered() -> None:
    recent: Recent[str, None] = Recent(lambda: 0.0)
    reads = []

    async def read() -> None:
        reads.append(1)

    await recent.get("one", read)
    await recent.get("one", read)
    assert len(reads) == 1
