"""Starting and stopping what a process shares, in the right order."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol

from paymux.bootstrap.containers import Container
from paymux.platform.database.engine import refuse_powerful_role

logger = logging.getLogger(__name__)

_LAST_JOBS_SECONDS: Final = 30.0
_BEFORE_RESTART_SECONDS: Final = 1.0


@asynccontextmanager
async def running(container: Container, *, with_worker: bool) -> AsyncIterator[None]:
    """Keep a container's resources while inside; closes them also after a failed start.

    Raises DatabaseRoleIsTooPowerful before anything is served.
    """
    try:
        await refuse_powerful_role(container.engine())
        if with_worker:
            async with (
                working(container.worker()),
                working(container.key_sweeper()),
                working(container.recovery_planner()),
            ):
                yield
        else:
            yield
    finally:
        await container.inbox().close()
        await container.registry().close()
        await container.engine().dispose()
        container.threads().shutdown(wait=False, cancel_futures=True)


class Works(Protocol):
    """What runs until it is told to stop."""

    async def run(self) -> None:
        """Return after `stop`, when what was in hand is done."""
        ...

    def stop(self) -> None:
        """Ask `run` to return."""
        ...


@asynccontextmanager
async def working(worker: Works) -> AsyncIterator[None]:
    """Have the worker run while inside; it is given some time to finish what it has in hand."""
    stopping = asyncio.Event()
    task = asyncio.create_task(_keep_at_work(worker, stopping))
    try:
        yield
    finally:
        stopping.set()
        worker.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, timeout=_LAST_JOBS_SECONDS)


async def _keep_at_work(worker: Works, stopping: asyncio.Event) -> None:
    """Run the worker again when it ends without having been told to: nobody else would notice."""
    while not stopping.is_set():
        task = asyncio.create_task(worker.run())
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task}, timeout=_BEFORE_RESTART_SECONDS)
            raise
        if not stopping.is_set():
            logger.error(
                "The worker ended by itself; it is started again.", exc_info=_error_of(task)
            )
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), timeout=_BEFORE_RESTART_SECONDS)


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    return asyncio.CancelledError() if task.cancelled() else task.exception()
