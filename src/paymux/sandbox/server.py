"""Serves a sandbox on one port."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from paymux.sandbox.app import ABORT_EXTENSION, SandboxApp, create_app
from paymux.sandbox.settings import SandboxSettings

__all__ = ["create_app", "run", "running"]

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
START_SECONDS = 20.0


class DroppableProtocol(HttpToolsProtocol):
    """HTTP that can be cut: ASGI itself offers no way to close a connection without a reply."""

    def on_message_begin(self) -> None:
        """Offer the request a way to end its own connection."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT_EXTENSION: {"abort": self._abort}}

    def _abort(self, *, reset: bool) -> None:
        connection = self.transport.get_extra_info("socket")
        if reset and connection is not None:
            _linger_zero(connection.fileno())
        self.transport.abort()


def _linger_zero(descriptor: int) -> None:
    """Make the close send RST; the option belongs to the connection, so a copy will do."""
    with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as copy:
        copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


def run(
    host: str,
    port: int,
    state_dir: Path | None = None,
    *,
    seed: int | None = None,
    public_url: str | None = None,
) -> None:
    """Serve until interrupted."""
    settings = SandboxSettings(state_dir=state_dir, seed=seed, public_url=public_url)
    uvicorn.Server(_config(create_app(settings), host, port)).run()


@contextlib.contextmanager
def running(
    settings: SandboxSettings | None = None, host: str = "127.0.0.1", port: int = 0
) -> Iterator[str]:
    """A sandbox in a thread of this process, for tests; yields its base URL."""
    server = uvicorn.Server(_config(create_app(settings), host, port))
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        url = f"http://{host}:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        _await_start(server, thread)
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            message = "The sandbox did not start"
            raise RuntimeError(message)
        time.sleep(0.01)


def _config(app: SandboxApp, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=DroppableProtocol,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
