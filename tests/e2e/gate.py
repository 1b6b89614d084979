"""A door between Paymux and a provider's stand-in that can be shut, so that calls are refused."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Gate:
    """Passes bytes on to a server while open; while shut nobody listens on its port."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._behind = (str(parts.hostname), int(parts.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]
        self._passing: list[socket.socket] = []
        threading.Thread(target=self._serve, args=[self._listener], daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shut()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def shut(self) -> None:
        """Refuse connections, and cut those there are."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        passing, self._passing = self._passing, []
        for one in passing:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def open(self) -> None:
        """Listen on the same port again."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        threading.Thread(target=self._serve, args=[self._listener], daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
                server = socket.create_connection(self._behind)
            except OSError:
                return
            self._passing += [caller, server]
            for pair in ((caller, server), (server, caller)):
                threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
