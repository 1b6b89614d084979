"""Starting and stopping what a process shares, in the right order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from paymux.bootstrap.containers import Container
from paymux.platform.database.engine import refuse_powerful_role


@asynccontextmanager
async def running(container: Container, *, with_worker: bool) -> AsyncIterator[None]:
    """Keep a container's resources while inside; closes them also after a failed start.

    Raises DatabaseRoleIsTooPowerful before anything is served.
    """
    try:
        await refuse_powerful_role(container.engine())
        async with _working(container, with_worker=with_worker):
            yield
    finally:
        await container.inbox().close()
        await container.registry().close()
        await container.engine().dispose()
        container.threads().shutdown(wait=False, cancel_futures=True)


@asynccontextmanager
async def _working(container: Container, *, with_worker: bool) -> AsyncIterator[None]:
    if not with_worker:
        yield
        return
    worker = container.worker()
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, timeout=30)
