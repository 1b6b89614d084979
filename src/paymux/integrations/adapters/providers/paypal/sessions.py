"""HTTP for a blocking SDK: it never hangs, follows, retries or hoards, and it knows what was sent.

Whether the request may have reached the provider decides between failing over and verifying, so
it is observed where the connection is made and not guessed from exception types.
"""

import http.client
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

MAX_REPLY_BYTES: Final = 1_048_576
_CHUNK: Final = 65_536
_POOL: Final = 64
_LATE: Final = "The provider did not answer in time."
_SUCCESSES: Final = range(200, 300)
_TROUBLE: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)


class RequestWasNotSent(Exception):
    """No byte of the request left this machine."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ReplyWasLost(Exception):
    """The request may have arrived; what came of it is not known."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply. The names are those the SDK expects of a response."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    reason: str = ""

    @property
    def succeeded(self) -> bool:
        """Tell whether the status is a 2xx."""
        return self.status_code in _SUCCESSES


class Deadline:
    """When a call as a whole has taken too long, whatever it spent its time on."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left, never less than a millisecond."""
        return max(self._ends - time.monotonic(), 0.001)

    def has_passed(self) -> bool:
        """Tell whether no time is left."""
        return time.monotonic() >= self._ends


class _Progress(threading.local):
    connecting = False


_progress: Final = _Progress()


@contextmanager
def _connecting() -> Iterator[None]:
    """Leave the mark standing when the connection, TLS included, does not come about."""
    _progress.connecting = True
    yield
    _progress.connecting = False


class _Plain(HTTPConnection):
    def connect(self) -> None:
        with _connecting():
            super().connect()


class _Tls(HTTPSConnection):
    def connect(self) -> None:
        with _connecting():
            super().connect()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class _Adapter(HTTPAdapter):
    """Uses our connections and, for a stand-in, its certificate authority alone."""

    def __init__(self, ca_pem: bytes | None) -> None:
        self._context = _context(ca_pem) if ca_pem else None
        super().__init__(pool_connections=4, pool_maxsize=_POOL, max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool: object
    ) -> None:
        """Open pools of connections that tell when they are connected."""
        if self._context is not None:
            pool["ssl_context"] = self._context
        super().init_poolmanager(connections, maxsize, block, **pool)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def cert_verify(
        self, conn: object, url: str, verify: bool | str, cert: str | tuple[str, str] | None
    ) -> None:
        """Add requests' own authorities only where no stand-in's is given."""
        if self._context is None:
            super().cert_verify(conn, url, verify, cert)


class Sessions:
    """One connection pool, shared by the threads that speak for one connector."""

    def __init__(self, connect_timeout: float, ca_pem: bytes | None) -> None:
        self._connect_timeout = connect_timeout
        self._session = requests.Session()
        # A .netrc on the machine would replace the Authorization header.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(ca_pem)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close the idle sockets."""
        self._session.close()

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: Deadline,
    ) -> Reply:
        """Send one request and read its reply; RequestWasNotSent or ReplyWasLost otherwise."""
        _progress.connecting = False
        try:
            return self._exchange(method, url, headers, body, deadline)
        except _TROUBLE as error:
            if _progress.connecting:
                raise _not_sent(error) from error
            raise _lost(error) from error

    def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: Deadline,
    ) -> Reply:
        left = deadline.remaining()
        with self._session.request(
            method,
            url,
            data=body,
            headers=dict(headers),
            timeout=(min(self._connect_timeout, left), left),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = _read(response.raw, deadline)
            reason = response.reason if isinstance(response.reason, str) else ""
            return Reply(response.status_code, response.headers, content, reason)


def _read(raw: urllib3.HTTPResponse, deadline: Deadline) -> bytes:
    """Read what has arrived as it arrives, so that a trickle cannot outlast the deadline."""
    content = bytearray()
    while chunk := raw.read1(_CHUNK, decode_content=True):
        content += chunk
        if len(content) > MAX_REPLY_BYTES:
            raise ReplyWasLost(code="reply_too_large", message="The reply is too large to read.")
        if deadline.has_passed():
            raise ReplyWasLost(code="read_timeout", message=_LATE)
    return bytes(content)


def _not_sent(error: Exception) -> RequestWasNotSent:
    if isinstance(error, requests.exceptions.ConnectTimeout | TimeoutError):
        return RequestWasNotSent("connect_timeout", "The provider could not be reached in time.")
    if isinstance(error, requests.exceptions.SSLError | ssl.SSLError):
        return RequestWasNotSent("tls_failed", "No secure connection to the provider came about.")
    return RequestWasNotSent("connection_failed", "The provider could not be reached.")


def _lost(error: Exception) -> ReplyWasLost:
    late = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    if isinstance(error, late):
        return ReplyWasLost("read_timeout", _LATE)
    return ReplyWasLost("connection_lost", "The connection to the provider was lost.")


def _context(ca_pem: bytes) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ca_pem.decode("ascii"))
