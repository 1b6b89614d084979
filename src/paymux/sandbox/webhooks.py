"""Events on their way to merchants: what is sent, held back, lost, doubled and retried."""

import heapq
from collections import deque
from collections.abc import Iterable
from typing import Literal

import msgspec

from paymux.sandbox.clock import Clock
from paymux.sandbox.identifiers import Identifiers

REORDER_SPREAD_SECONDS = 0.5
KEPT_NOTICES = 20_000
KEPT_DELIVERIES = 5_000

NoticeStatus = Literal["pending", "delivered", "exhausted", "lost", "suppressed"]


class Notice(msgspec.Struct, kw_only=True):
    """One event for one endpoint. The body is fixed; the signature is made per attempt."""

    id: str
    provider: str
    account_id: str
    endpoint_id: str
    url: str
    event_id: str
    event_type: str
    body: str
    status: NoticeStatus = "pending"
    attempts: int = 0


class Delivery(msgspec.Struct, kw_only=True):
    """One attempt to reach an endpoint, and what came back."""

    notice_id: str
    provider: str
    account_id: str
    event_id: str
    event_type: str
    url: str
    attempt: int
    request_headers: dict[str, str]
    request_body: str
    response_status: int | None
    error: str | None
    at: float
    took_ms: float


class DeliverySettings(msgspec.Struct, kw_only=True):
    """How webhooks travel. `duplicate` is the number of additional copies of each."""

    paused: bool = False
    duplicate: int = 0
    delay_ms: int = 0
    lose_next: int = 0
    reorder: bool = False
    retry_base_ms: int = 1000


class Outbox:
    """Queues notices by the time they are due; settings may differ per account."""

    def __init__(self, clock: Clock, identifiers: Identifiers, retry_base_ms: int) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._retry_base_ms = retry_base_ms
        self._due: list[tuple[float, int, str]] = []
        self._sequence = 0
        self._settings: dict[str, DeliverySettings] = {}
        self.notices: dict[str, Notice] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self.clear()

    def clear(self) -> None:
        """Forget everything and go back to the settings of the start."""
        self._due.clear()
        self.notices.clear()
        self.deliveries.clear()
        self._settings = {"*": DeliverySettings(retry_base_ms=self._retry_base_ms)}

    def settings_for(self, account_id: str) -> DeliverySettings:
        """The account's own settings, else everybody's."""
        return self._settings.get(account_id) or self._settings["*"]

    def configure(self, account_id: str, settings: DeliverySettings) -> None:
        """Set everybody's settings (`*`) or one account's."""
        self._settings[account_id] = settings

    def publish(self, notices: Iterable[Notice], *, silent: bool) -> None:
        """Queue notices; `silent` keeps them as if the provider never managed to send."""
        for notice in notices:
            self._remember(notice)
            settings = self.settings_for(notice.account_id)
            if silent:
                notice.status = "suppressed"
            elif settings.lose_next > 0:
                settings.lose_next -= 1
                notice.status = "lost"
            else:
                for _ in range(1 + settings.duplicate):
                    self._schedule(notice, self._first_delay(settings))

    def resend(self, notices: Iterable[Notice]) -> int:
        """Send again what was sent, lost or held back, whatever became of it."""
        count = 0
        for notice in notices:
            notice.status = "pending"
            notice.attempts = 0
            self._schedule(notice, 0)
            count += 1
        return count

    def retry(self, notice: Notice, cap_ms: int, limit: int) -> bool:
        """Queue the next attempt with doubled delay; false when the tries are used up."""
        if notice.attempts >= limit:
            return False
        base = self.settings_for(notice.account_id).retry_base_ms
        self._schedule(notice, min(base * 2 ** (notice.attempts - 1), cap_ms) / 1000)
        return True

    def take_due(self) -> list[Notice]:
        """Notices whose time has come; those of a paused account stay queued."""
        now, ready, held = self._clock.now(), [], []
        while self._due and self._due[0][0] <= now:
            entry = heapq.heappop(self._due)
            notice = self.notices.get(entry[2])
            if notice is None:
                continue
            if self.settings_for(notice.account_id).paused:
                held.append(entry)
            else:
                ready.append(notice)
        for entry in held:
            heapq.heappush(self._due, entry)
        return ready

    def seconds_until_due(self) -> float | None:
        """How long until the next notice is due; paused ones are looked at now and then."""
        if not self._due:
            return None
        return max(self._due[0][0] - self._clock.now(), 0.05 if self._any_paused() else 0.0)

    def restore(self, notices: Iterable[Notice]) -> None:
        """Queue what was still pending when the sandbox stopped."""
        for notice in notices:
            self._remember(notice)
            if notice.status == "pending":
                self._schedule(notice, 0)

    def new_notice_id(self) -> str:
        """An id for a notice; PayPal uses it as the transmission id."""
        return self._identifiers.uuid()

    def _any_paused(self) -> bool:
        return any(settings.paused for settings in self._settings.values())

    def _first_delay(self, settings: DeliverySettings) -> float:
        spread = REORDER_SPREAD_SECONDS * self._identifiers.fraction() if settings.reorder else 0.0
        return settings.delay_ms / 1000 + spread

    def _schedule(self, notice: Notice, delay_seconds: float) -> None:
        self._sequence += 1
        due = self._clock.now() + delay_seconds
        heapq.heappush(self._due, (due, self._sequence, notice.id))

    def _remember(self, notice: Notice) -> None:
        self.notices[notice.id] = notice
        oldest = next(iter(self.notices.values()))
        if len(self.notices) > KEPT_NOTICES and oldest.status != "pending":
            del self.notices[oldest.id]
