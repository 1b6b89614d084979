"""Idempotency-Keys in a dictionary, with the faults that a database can have."""

from dataclasses import dataclass

from paymux.platform.idempotency.requests import (
    PREFIX,
    Answer,
    Claim,
    Different,
    KeyedRequest,
    KeyHolder,
    Run,
    Underway,
)


@dataclass
class Record:
    id: str
    digest: bytes
    run: int = 1
    is_locked: bool = True
    answer: Answer | None = None


class MemoryKeys:
    """What SqlIdempotencyKeys promises. A lease ends when a test says so."""

    def __init__(self) -> None:
        self.records: dict[tuple[KeyHolder, str], Record] = {}
        self.broken: Exception | None = None

    async def claim(self, request: KeyedRequest) -> Claim:
        place = (request.holder, request.key)
        record = self.records.get(place)
        if record is None:
            record = Record(f"{PREFIX}_{len(self.records):026d}", request.digest)
            self.records[place] = record
            return Run(request.holder, record.id, 1)
        if record.digest != request.digest:
            return Different()
        if record.answer is not None:
            return record.answer
        if record.is_locked:
            return Underway()
        record.run, record.is_locked = record.run + 1, True
        return Run(request.holder, record.id, record.run)

    async def keep(self, run: Run, answer: Answer) -> bool:
        if self.broken is not None:
            raise self.broken
        record = self._of(run)
        if record is None:
            return False
        record.answer, record.is_locked = answer, False
        return True

    async def release(self, run: Run) -> None:
        if record := self._of(run):
            record.is_locked = False

    async def forget(self, run: Run) -> None:
        if self._of(run):
            self.records = {
                place: one for place, one in self.records.items() if one.id != run.record_id
            }

    def end_leases(self) -> None:
        for record in self.records.values():
            record.is_locked = False

    def _of(self, run: Run) -> Record | None:
        found = (one for one in self.records.values() if one.id == run.record_id)
        return next((one for one in found if one.run == run.number), None)
