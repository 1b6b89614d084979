"""What the three stand-ins share: time, ids, accounts, ledger, faults and outgoing webhooks."""

from collections import deque

import msgspec

from paymux.sandbox.accounts import Accounts
from paymux.sandbox.clock import Clock
from paymux.sandbox.faults import Faults
from paymux.sandbox.identifiers import Identifiers
from paymux.sandbox.ledger import Ledger
from paymux.sandbox.settings import SandboxSettings
from paymux.sandbox.webhooks import Outbox

KEPT_REQUESTS = 5_000


class RequestRecord(msgspec.Struct, kw_only=True):
    """One API request as it arrived and the status it got; credentials are left out."""

    provider: str
    account_id: str
    operation: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: int | None
    at: float


class World:
    """One sandbox. `silent` is true while a payment is made whose webhooks must not arrive."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.identifiers = Identifiers(settings.seed)
        self.accounts = Accounts(self.identifiers)
        self.ledger = Ledger()
        self.faults = Faults()
        self.outbox = Outbox(self.clock, self.identifiers, settings.retry_base_ms)
        self.requests: deque[RequestRecord] = deque(maxlen=KEPT_REQUESTS)
        self.silent = False
        self.changes = 0

    def changed(self) -> None:
        """Something happened that a snapshot should contain."""
        self.changes += 1

    def clear(self) -> None:
        """Forget accounts, money, faults, webhooks and time travel."""
        self.accounts.clear()
        self.ledger.entries.clear()
        self.faults.clear()
        self.outbox.clear()
        self.requests.clear()
        self.clock.offset = 0.0
