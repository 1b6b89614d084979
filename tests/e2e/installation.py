"""An installation as an operator runs it: a database, a web process, perhaps a worker."""

import asyncio
import json
import secrets
from base64 import b64encode
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from paymux.platform.embedded.server import RunningServer
from tests.e2e.processes import Process, free_port, run
from tests.e2e.sandbox import Sandbox
from tests.e2e.shop import Shop, open_shop
from tests.e2e.talking import Api, Record, send
from tests.e2e.waiting import eventually

COMMAND = ["-m", "paymux.bootstrap.cli"]
NEVER = "864000"
_numbers = count(1)


class Installation:
    """One database with the processes that serve it. Nothing is polled unless asked for."""

    def __init__(
        self,
        name: str,
        folder: Path,
        server: RunningServer,
        sandbox: Sandbox,
        record: Record,
        **settings: str,
    ) -> None:
        self.name = f"{name}_{next(_numbers)}"
        self.folder = folder
        self.sandbox = sandbox
        self.record = record
        self._server = server
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        root_key = record.plant("root key", f"root-{secrets.token_urlsafe(32)}")
        self.settings = {**self._defaults(root_key), **settings}
        self.root = Api(self.url, root_key, record)
        self.web = self.process("web")
        self.worker = self.process("worker")

    def create(self) -> "Installation":
        """Make the database and bring its schema up, as an operator does."""
        self._execute_on("postgres", f"CREATE DATABASE {self.name} OWNER paymux_owner")
        self._execute_on("postgres", f"GRANT CONNECT ON DATABASE {self.name} TO paymux_web")
        assert self.command("migrate") == 0, self.log("migrate").read_text()[-3000:]
        return self

    def start(self) -> "Installation":
        """Start the web process and wait until it is ready."""
        self.web.start()
        self.await_ready()
        return self

    def await_ready(self) -> None:
        """Wait until requests can be served."""
        eventually(self._is_ready, within=40, otherwise=lambda: self.tail("web"))

    def stop(self) -> None:
        """Stop what runs."""
        for process in (self.worker, self.web):
            process.stop()

    def discard(self) -> None:
        """End everything at once, whatever its state."""
        for process in (self.worker, self.web):
            process.kill()

    def process(self, command: str) -> Process:
        """One of its processes, not started yet."""
        return Process(
            f"{self.name} {command}", [*COMMAND, command], self.settings, self.log(command)
        )

    def command(self, *arguments: str) -> int:
        """Run a command of an operator; returns its exit code."""
        return run([*COMMAND, *arguments], self.settings, self.log(arguments[0]))

    def log(self, command: str) -> Path:
        """Where the output of a process or command goes."""
        return self.folder / f"{self.name}.{command}.log"

    def tail(self, command: str) -> str:
        """The end of a log."""
        path = self.log(command)
        return path.read_text()[-3000:] if path.exists() else "(no log)"

    def open_shop(self, **more: Any) -> Shop:
        """A tenant with a connection at every provider."""
        return open_shop(self.root, self.sandbox, self.record, **more)

    def query(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Ask the database itself, past row-level security."""
        return asyncio.run(self._fetch(self.name, sql, arguments))

    def execute(self, sql: str, *arguments: object) -> None:
        """Do to the database what the application never would."""
        asyncio.run(self._fetch(self.name, sql, arguments))

    def database_url(self, role: str = "superuser") -> str:
        """The database for a role: superuser, owner or app."""
        url: str = getattr(self._server, f"{role}_url")
        return _in(url, self.name)

    def _execute_on(self, database: str, sql: str) -> None:
        asyncio.run(self._fetch(database, sql, ()))

    async def _fetch(
        self, database: str, sql: str, arguments: Sequence[object]
    ) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(_in(self._server.superuser_url, database), timeout=10)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
        finally:
            await connection.close()
        return rows

    def _is_ready(self) -> bool:
        assert self.web.exit_code is None, self.tail("web")
        try:
            return send("GET", f"{self.url}/readyz", timeout=3).ok
        except OSError:
            return False

    def _defaults(self, root_key: str) -> dict[str, str]:
        data_dir = self.folder / f"{self.name}.data"
        return {
            "PAYMUX_DATABASE_URL": self.database_url("app"),
            "PAYMUX_OWNER_DATABASE_URL": self.database_url("owner"),
            "PAYMUX_DATA_DIR": str(data_dir),
            "PAYMUX_ENCRYPTION_KEYS": self.new_key(1),
            "PAYMUX_ROOT_KEY": root_key,
            "PAYMUX_PORT": str(self._port),
            "PAYMUX_PUBLIC_URL": self.url,
            "PAYMUX_PROVIDER_OVERRIDES": json.dumps(self.sandbox.overrides()),
            "PAYMUX_VERIFY_AFTER_SECONDS": "86400",
            "PAYMUX_POLL_SCHEDULE_SECONDS": NEVER,
            "PAYMUX_JOB_BACKOFF_SECONDS": "0.2",
            "PAYMUX_LOG_LEVEL": "DEBUG",
        }

    def new_key(self, version: int) -> str:
        """A key for the ring that seals credentials, as a setting."""
        key = secrets.token_bytes(32)
        text = b64encode(key).decode()
        for spelling in (text, key.hex()):
            self.record.plant(f"encryption key {version}", spelling)
        return f"v{version}:{text}"


def _in(url: str, database: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{database}"
