"""Keeps the state of a sandbox across restarts."""

import asyncio
import time
from pathlib import Path

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.provider import ProviderApi
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.world import World

FILE_NAME = "sandbox.json"
# Writing may take at most a twentieth of the time, however large the state has grown.
PAUSE_PER_WRITE = 20


class Snapshot(msgspec.Struct, kw_only=True):
    """Everything that outlives the process."""

    clock_offset: float
    accounts: list[Account]
    ledger: list[LedgerEntry]
    notices: list[Notice]
    providers: dict[str, msgspec.Raw]


class Snapshots:
    """Writes the state of a world to a folder, atomically, and reads it back."""

    def __init__(self, world: World, apis: dict[str, ProviderApi], folder: Path) -> None:
        self._world = world
        self._apis = apis
        self._path = folder / FILE_NAME
        self._written_changes = world.changes
        folder.mkdir(parents=True, exist_ok=True)

    def read(self) -> None:
        """Take over what an earlier sandbox left, if anything."""
        if not self._path.exists():
            return
        snapshot = msgspec.json.decode(self._path.read_bytes(), type=Snapshot)
        self._world.clock.offset = snapshot.clock_offset
        for account in snapshot.accounts:
            self._world.accounts.add(account)
        self._world.ledger.entries = snapshot.ledger
        for slug, state in snapshot.providers.items():
            self._apis[slug].load(bytes(state))
        self._world.outbox.restore(snapshot.notices)

    def write(self) -> None:
        """Write now, if anything changed since the last time."""
        if self._world.changes != self._written_changes:
            self._written_changes = self._world.changes
            self._replace(self._encoded())

    async def keep_writing(self) -> None:
        """Write at most once per interval while things change, until cancelled."""
        while True:
            started = time.perf_counter()
            if self._world.changes != self._written_changes:
                self._written_changes = self._world.changes
                encoded = self._encoded()
                await asyncio.to_thread(self._replace, encoded)
            took = time.perf_counter() - started
            every = self._world.settings.snapshot_every_seconds
            await asyncio.sleep(max(every, took * PAUSE_PER_WRITE))

    def _encoded(self) -> bytes:
        pending = [n for n in self._world.outbox.notices.values() if n.status != "delivered"]
        return msgspec.json.encode(
            Snapshot(
                clock_offset=self._world.clock.offset,
                accounts=list(self._world.accounts.by_id.values()),
                ledger=self._world.ledger.entries,
                notices=pending,
                providers={slug: msgspec.Raw(api.dump()) for slug, api in self._apis.items()},
            )
        )

    def _replace(self, encoded: bytes) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_bytes(encoded)
        draft.replace(self._path)
