"""HTTP under the SDK.

The SDK's own aiohttp client cannot tell a request that never left from one whose answer is
missing, reads replies of any length and follows redirects. This one does what that does not.
"""

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Final

import aiohttp
import msgspec
import stripe

from paymux.integrations.adapters.providers.stripe.errors import (
    is_success,
    own_failure,
    refused,
    unreadable,
)
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.plugins import ConnectorEnvironment

MAX_REPLY_BYTES: Final = 4 * 1024 * 1024


class CallFailed(Exception):
    """The call did not succeed; carries the reason through the SDK, which lets it pass."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


class _Journey:
    """How far one request got. From the moment it has a connection, bytes may be out."""

    def __init__(self) -> None:
        self.waiting_for_pool = False
        self.may_be_sent = False


async def _on_queued(_: aiohttp.ClientSession, trace: SimpleNamespace, __: object) -> None:
    trace.trace_request_ctx.waiting_for_pool = True


async def _on_dequeued(_: aiohttp.ClientSession, trace: SimpleNamespace, __: object) -> None:
    trace.trace_request_ctx.waiting_for_pool = False


async def _on_connected(_: aiohttp.ClientSession, trace: SimpleNamespace, __: object) -> None:
    trace.trace_request_ctx.may_be_sent = True


def _tracing() -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()
    trace.on_connection_queued_start.append(_on_queued)
    trace.on_connection_queued_end.append(_on_dequeued)
    trace.on_connection_create_end.append(_on_connected)
    trace.on_connection_reuseconn.append(_on_connected)
    return trace


@cache
def _trust(ca_pem: bytes | None) -> ssl.SSLContext:
    if ca_pem is None:
        return ssl.create_default_context(cafile=stripe.ca_bundle_path)
    return ssl.create_default_context(cadata=ca_pem.decode("ascii"))


class Exchange(stripe.HTTPClient):
    """Sends what the SDK has composed; returns 2xx JSON objects and raises CallFailed else."""

    name = "aiohttp"

    def __init__(self, environment: ConnectorEnvironment) -> None:
        super().__init__()
        self._environment = environment
        self._sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: str | bytes | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Make one request; the SDK calls this, and uploads are bytes."""
        journey = _Journey()
        try:
            async with asyncio.timeout(self._environment.call_timeout):
                status, replied, body = await self._exchange(
                    method, url, headers, post_data, journey
                )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise CallFailed(_broken(journey, error)) from error
        if not is_success(status):
            raise CallFailed(refused(status, replied, body))
        if not _is_object(body):
            raise CallFailed(unreadable(status, replied))
        return body, status, replied

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        data: str | bytes | None,
        journey: _Journey,
    ) -> tuple[int, Mapping[str, str], bytes]:
        # X-Stripe-Client-*: figures about this machine and our past calls; not theirs to have.
        sent = {k: v for k, v in headers.items() if not k.startswith("X-Stripe-Client-")}
        async with self._session().request(
            method, url, headers=sent, data=data, allow_redirects=False, trace_request_ctx=journey
        ) as reply:
            body = bytearray()
            async for chunk in reply.content.iter_any():
                body += chunk
                if len(body) > MAX_REPLY_BYTES:
                    raise CallFailed(unreadable(reply.status, reply.headers))
            return reply.status, reply.headers, bytes(body)

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None or session.closed:
            session = self._sessions[loop] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=_trust(self._environment.ca_pem)),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(connect=self._environment.connect_timeout),
                trace_configs=[_tracing()],
            )
        return session

    async def close_async(self) -> None:
        """Close the sockets of this event loop, and of others as they can be reached."""
        here = asyncio.get_running_loop()
        sessions, self._sessions = self._sessions, {}
        for loop, session in sessions.items():
            if loop is here:
                await session.close()
            elif loop.is_running():
                asyncio.run_coroutine_threadsafe(session.close(), loop)


def _broken(journey: _Journey, error: Exception) -> Failure:
    late = isinstance(error, TimeoutError)
    if journey.may_be_sent:
        return own_failure("read_timeout" if late else "connection_lost")
    match error:
        case aiohttp.ClientConnectorDNSError():
            return own_failure("dns_failed")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return own_failure("tls_failed")
        case _ if late and journey.waiting_for_pool:
            return own_failure("not_sent_pool_busy")
        case _:
            return own_failure("connect_timeout" if late else "connect_failed")


def _is_object(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
