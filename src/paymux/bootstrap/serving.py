"""The long-running processes: web, worker, sandbox."""

import asyncio
import signal
import socket
from collections.abc import Coroutine
from types import FrameType
from typing import TypeVar

import uvicorn
from litestar import Litestar

from paymux.bootstrap.fit_database import await_fit_database
from paymux.bootstrap.installation import Installation
from paymux.bootstrap.lifecycle import running
from paymux.bootstrap.web import create_app
from paymux.platform.settings import Settings

T = TypeVar("T")


def run_on_fast_loop(main: Coroutine[object, object, T]) -> T:
    """Run on uvloop where it exists; uvicorn chooses the loop only when it starts one itself."""
    factory = uvicorn.Config(app="", loop="auto", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


async def serve_web(installation: Installation) -> None:
    """Serve HTTP until told to stop; requests in hand are finished first."""
    settings = installation.settings
    await await_fit_database(installation.database_url)
    app = create_app(installation.container(), with_worker=settings.worker_in_web)
    await serve_app(app, settings)


async def serve_app(app: Litestar, settings: Settings) -> None:
    """Serve an application until told to stop."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        http="httptools",
        h11_max_incomplete_event_size=65_536,
        timeout_graceful_shutdown=25,
        backlog=4096,
    )
    await _Server(config).serve()


class _Server(uvicorn.Server):
    """Returns when told to stop.

    uvicorn's own raises the signal once more at the end, and the process then dies of a SIGTERM
    before it has stopped its database and its sandbox.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Finish the requests in hand; a second Ctrl+C does not wait for them."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


async def serve_worker(installation: Installation) -> None:
    """Run jobs until SIGTERM or SIGINT; those in hand are finished first."""
    await await_fit_database(installation.database_url, needs_schema=True)
    container = installation.container()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(container, with_worker=True):
        await stop.wait()


def free_port(wanted: int, host: str = "127.0.0.1") -> int:
    """Return `wanted` if nobody listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    message = "no free port"
    raise OSError(message)
