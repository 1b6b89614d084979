"""Acorn over HTTP. Blocking, so each call runs in the bounded pool that Paymux lends."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux_example.errors import failure, refusal

_LIVE: Final = "https://api.acorn.invalid"
_MOST_BYTES: Final = 1_000_000

T = TypeVar("T")


class AcornTransport:
    """Makes calls; turns whatever goes wrong into a Failure."""

    def __init__(self, key: str, environment: ConnectorEnvironment) -> None:
        self._key = key
        self._environment = environment

    async def get(self, path: str, reply: type[T]) -> T | Failure:
        """Read one object."""
        return await self._in_thread("GET", path, {}, b"", reply)

    async def post(
        self, path: str, body: Mapping[str, str | int], idempotency_key: str, reply: type[T]
    ) -> T | Failure:
        """Create one object; Acorn remembers the key for a day."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        return await self._in_thread("POST", path, headers, msgspec.json.encode(body), reply)

    async def _in_thread(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, reply: type[T]
    ) -> T | Failure:
        return await asyncio.get_running_loop().run_in_executor(
            self._environment.threads, self._call, method, path, headers, body, reply
        )

    def _call(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, reply: type[T]
    ) -> T | Failure:
        connection = self._connection()
        try:
            connection.connect()
        except OSError:
            return failure("not_sent")
        try:
            connection.sock.settimeout(self._environment.call_timeout)
            credentials = {"Authorization": f"Bearer {self._key}"}
            connection.request(method, path, body, {**headers, **credentials})
            return _read(connection.getresponse(), reply)
        except (OSError, HTTPException):
            return failure("no_reply")
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        url = urlsplit(self._environment.base_url or _LIVE)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        return kind(url.netloc, timeout=self._environment.connect_timeout)


def _read(response: HTTPResponse, reply: type[T]) -> T | Failure:
    body = response.read(_MOST_BYTES)
    if response.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        return refusal(body)
    try:
        return msgspec.json.decode(body, type=reply)
    except msgspec.DecodeError:
        return failure("unreadable_reply")
