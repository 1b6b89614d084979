"""Sees to it that every connection's events are looked through in their turn."""

import asyncio
import logging
import random
from contextlib import suppress
from typing import Final

from paymux.integrations.application.missed_events import MissedEvents

logger = logging.getLogger(__name__)

_SHARE: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 30.0


class RecoveryPlanner:
    """Any number of processes may plan: whose turn has come is in the database."""

    def __init__(self, missed_events: MissedEvents, *, every_seconds: float) -> None:
        self._missed_events = missed_events
        self._pause = min(every_seconds * _SHARE, _LONGEST_PAUSE_SECONDS)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Plan no more."""
        self._stopping.set()

    async def run(self) -> None:
        """Plan until `stop`; a database that is out of reach is waited for."""
        while not self._stopping.is_set():
            try:
                await self._missed_events.plan_due()
            except Exception as error:  # noqa: BLE001 - there is always a next time
                logger.warning("No recovery is planned.", extra={"error": repr(error)})
            with suppress(TimeoutError):
                pause = self._pause * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
                await asyncio.wait_for(self._stopping.wait(), timeout=pause)
