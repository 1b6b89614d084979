"""What every unit of work can do, whatever it holds."""

from types import TracebackType
from typing import Protocol, Self


class AtomicWork(Protocol):
    """One transaction; rolls back unless committed."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Make everything durable, or nothing."""
        ...
