"""A `requests` session that Razorpay's SDK may be trusted with.

The SDK sets no timeout, follows redirects, reads replies of any size, loses the HTTP status
and prints on errors. This session bounds all of that and raises `CallFailed`, which the SDK
does not know and so lets through, for everything that is not a JSON object with status 2xx.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from paymux.integrations.adapters.providers.razorpay.errors import Refusal, classify, failure
from paymux.payments.ports.connectors import Failure

MAX_REPLY_BYTES: Final = 2 * 1024 * 1024
_CHUNK: Final = 64 * 1024
_POOL_SIZE: Final = 64
_current: Final = threading.local()


class CallFailed(Exception):
    """The call did not succeed; `failure` says how."""

    def __init__(self, failed: Failure) -> None:
        super().__init__(failed.code)
        self.failure = failed


class Call:
    """One HTTP call: whether any byte may have left us, and a way to give it up from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._abandoned = False
        self.sent = False

    def begin_sending(self, sock: socket.socket) -> None:
        """Note that bytes go out from now on; raises CallFailed when it was given up before."""
        with self._lock:
            if self._abandoned:
                raise CallFailed(failure("not_sent_connect_timeout"))
            self.sent = True
            self._socket = sock

    def finish(self) -> None:
        """Let go of the socket: it is another call's from now on."""
        with self._lock:
            self._socket = None

    def abandon(self) -> bool:
        """Free the thread and tell whether bytes may have been sent; if not, none will be."""
        with self._lock:
            self._abandoned = True
            if self._socket is not None:
                _shut(self._socket)
            return self.sent


class Session(requests.Session):
    """One attempt, two timeouts, no redirects, no cookies, nothing from the environment."""

    def __init__(
        self, connect_timeout: float, call_timeout: float, ca_pem: bytes | None, key_secret: str
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["Accept-Encoding"] = "identity"
        self._timeouts = (connect_timeout, call_timeout)
        self._trusts_own_ca = ca_pem is not None
        self._secrets = (key_secret,)
        self.mount("https://", _Adapter(ca_pem))
        self.mount("http://", _Adapter(None))

    @contextmanager
    def carrying(self, call: Call) -> Iterator[None]:
        """Account what this thread sends to `call`."""
        _current.call = call
        try:
            yield
        finally:
            call.finish()
            del _current.call

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send once and return a success whose body is read and known to be a JSON object."""
        verify = True if self._trusts_own_ca else options["verify"]
        deadline = time.monotonic() + self._timeouts[1]
        try:
            response = self.get_adapter(str(request.url)).send(
                request, stream=True, timeout=self._timeouts, verify=verify
            )
            body = _read(response, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise CallFailed(_lost(error)) from None
        _refuse(response, body, self._secrets)
        response.raw = BytesIO(body)
        return response


def _read(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    with response:
        while chunk := response.raw.read(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > MAX_REPLY_BYTES:
                raise CallFailed(failure("unreadable_reply"))
            if time.monotonic() > deadline:
                raise CallFailed(failure("read_timeout"))
    return bytes(body)


def _refuse(response: requests.Response, body: bytes, secrets: Sequence[str]) -> None:
    if not HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
        refusal = Refusal(
            status=response.status_code,
            body=body,
            retry_after=response.headers.get("Retry-After"),
            request_id=response.headers.get("X-Razorpay-Request-Id"),
        )
        raise CallFailed(classify(refusal, secrets))
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise CallFailed(failure("unreadable_reply")) from None


def _lost(error: Exception) -> Failure:
    timed_out = isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError)
    if _current.call.sent:
        return failure("read_timeout" if timed_out else "connection_lost")
    if timed_out:
        return failure("not_sent_connect_timeout")
    if isinstance(error, requests.exceptions.SSLError):
        return failure("not_sent_tls_failed")
    return failure("not_sent_no_connection")


def _shut(sock: socket.socket) -> None:
    try:
        # Not `sock.shutdown`: TLS sockets drop their state in it, under the reader's feet.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return


class _TellsWhenSending(HTTPConnection):
    """Connects first and then says that bytes go out, so that the two are told apart."""

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _current.call.begin_sending(self.sock)
        super().send(data)


class _PlainConnection(_TellsWhenSending):
    """Over TCP, for stand-ins."""


class _TlsConnection(_TellsWhenSending, HTTPSConnection):
    """Over TLS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Never retries; trusts only `ca_pem` when that is given."""

    def __init__(self, ca_pem: bytes | None) -> None:
        self._context = ssl.create_default_context(cadata=ca_pem.decode()) if ca_pem else None
        super().__init__(pool_connections=1, pool_maxsize=_POOL_SIZE, max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: Any
    ) -> None:
        """Use connections that tell when they begin to send."""
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the trust anchors alone where they were given."""
        if self._context is None:
            super().cert_verify(conn, url, verify, cert)
