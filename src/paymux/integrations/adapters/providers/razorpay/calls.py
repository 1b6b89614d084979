"""How Razorpay's SDK is called: threads, time bounds, replies made values.

The SDK is blocking (razorpay 2.0.1), so every call runs in the pool the process gives us.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

import msgspec
import razorpay

from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.session import Call, CallFailed, Session
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.plugins import ConnectorEnvironment

BASE_URL: Final = "https://api.razorpay.com"

T = TypeVar("T")


class SdkCalls:
    """Makes one call of the SDK; never raises."""

    def __init__(self, key_id: str, key_secret: str, environment: ConnectorEnvironment) -> None:
        self._threads = environment.threads
        self._call_timeout = environment.call_timeout
        self._key_is_for_this_mode = key_id.startswith(f"rzp_{environment.mode.value}_")
        self._session = Session(
            environment.connect_timeout, environment.call_timeout, environment.ca_pem, key_secret
        )
        self._client = razorpay.Client(
            session=self._session,
            auth=(key_id, key_secret),
            base_url=(environment.base_url or BASE_URL).rstrip("/"),
        )

    async def close(self) -> None:
        """Close the connections in the pool."""
        self._session.close()

    async def _call(self, send: Callable[[], object], reply: type[T]) -> T | Failure:
        if not self._key_is_for_this_mode:
            return failure("key_mode_mismatch")
        call = Call()
        try:
            future = self._threads.submit(self._in_thread, call, send)
        except RuntimeError:
            return failure("not_sent_closing")
        answer = await self._within_time(call, future)
        if isinstance(answer, Failure):
            return answer
        try:
            return msgspec.convert(answer, reply)
        except msgspec.ValidationError:
            return failure("unreadable_reply")

    def _in_thread(self, call: Call, send: Callable[[], object]) -> object:
        with self._session.carrying(call):
            try:
                return send()
            except CallFailed as failed:
                return failed.failure
            except (ValueError, RecursionError):
                # A success that the SDK's JSON reader does not take, such as a huge number.
                if not call.sent:
                    raise
                return failure("unreadable_reply")

    async def _within_time(self, call: Call, future: Future[object]) -> object:
        try:
            async with asyncio.timeout(self._call_timeout):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if future.cancel():
                return failure("not_sent_pool_busy")
            if future.done():
                return future.result()
            return failure("read_timeout" if call.abandon() else "not_sent_connect_timeout")
        except asyncio.CancelledError:
            if not future.cancel():
                call.abandon()
            raise
