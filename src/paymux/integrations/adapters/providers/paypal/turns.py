"""Blocking work in the bounded pool, and who decides whether it still goes out."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from paymux.integrations.adapters.providers.paypal.errors import not_sent, unknown
from paymux.integrations.adapters.providers.paypal.sessions import Deadline, Reply
from paymux.payments.ports.connectors import Failure

_GRACE: Final = 0.25
WITHDRAWN: Final = not_sent("not_sent_withdrawn", "The call was given up before it was sent.")


class Turn:
    """Settles once, between a thread and who waits for it, whether a call still goes out."""

    def __init__(self, seconds: float) -> None:
        self.deadline = Deadline(seconds)
        self._lock = threading.Lock()
        self._taken = False
        self._withdrawn = False

    def take(self) -> bool:
        """Claim the right to send; False when nobody waits any more."""
        with self._lock:
            self._taken = not self._withdrawn
            return self._taken

    def withdraw(self) -> bool:
        """Stop a call that has not been sent; False when it may have been."""
        with self._lock:
            self._withdrawn = not self._taken
            return self._withdrawn


async def in_thread(
    threads: Executor, seconds: float, work: Callable[[Turn], Reply | Failure]
) -> Reply | Failure:
    """Run `work`; when it does not end in time, tell whether it can still have an effect."""
    turn = Turn(seconds)
    try:
        running = asyncio.get_running_loop().run_in_executor(threads, work, turn)
    except RuntimeError:
        return not_sent("not_sent_pool_closed", "The process is shutting down.")
    try:
        async with asyncio.timeout(seconds + _GRACE):
            return await running
    except TimeoutError:
        if turn.withdraw():
            return not_sent("not_sent_pool_busy", "Too many calls were waiting to be sent.")
        return unknown("read_timeout", "The provider did not answer in time.")
    except asyncio.CancelledError:
        turn.withdraw()
        raise
