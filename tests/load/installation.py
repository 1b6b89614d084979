"""An installation of its own for the bench: database, sandbox, web, worker, one merchant."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from paymux.bootstrap.api_client import ApiClient
from paymux.bootstrap.serving import free_port
from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer
from tests.load.processes import Program

_START_SECONDS: Final = 60.0
_HOST: Final = "127.0.0.1"


class ProgramDied(Exception):
    """A process under measurement ended by itself."""


@dataclass(slots=True)
class Installation:
    """What runs, and how to reach it."""

    folder: Path
    logs: Path
    server: RunningServer
    sandbox: Program
    sandbox_url: str
    environ: Mapping[str, str]
    port: int
    root_key: str

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.port}"

    @asynccontextmanager
    async def web(self) -> AsyncIterator[Program]:
        """Run the web process, without jobs, while inside."""
        environ = {**self.environ, "PAYMUX_WORKER_IN_WEB": "false"}
        program = Program("tests.load.web", [], environ, self.logs / "web.log")
        try:
            await _answers(f"{self.url}/readyz", program)
            yield program
        finally:
            await asyncio.to_thread(program.stop)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Program]:
        """Run one worker process while inside."""
        program = Program(
            "paymux.bootstrap.cli", ["worker"], self.environ, self.logs / "worker.log"
        )
        try:
            await asyncio.sleep(3)  # it says nothing when it is ready
            if not program.is_running():
                raise ProgramDied(program.last_words())
            yield program
        finally:
            await asyncio.to_thread(program.stop)


@asynccontextmanager
async def installation(folder: Path) -> AsyncIterator[Installation]:
    """Start a durable database and a sandbox in `folder`, and delete all of it afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    data, logs = folder / "data", folder / "logs"
    logs.mkdir(parents=True)
    server = await asyncio.to_thread(EmbeddedPostgres().start, data)
    port, sandbox_port = free_port(0), free_port(0)
    sandbox_url, root_key = f"http://{_HOST}:{sandbox_port}", secrets.token_urlsafe(32)
    sandbox = Program("paymux.sandbox", ["--port", str(sandbox_port)], {}, logs / "sandbox.log")
    try:
        await _answers(f"{sandbox_url}/_control/health", sandbox)
        environ = {
            "PAYMUX_DATA_DIR": str(data),
            "PAYMUX_PORT": str(port),
            "PAYMUX_ROOT_KEY": root_key,
            "PAYMUX_PROVIDER_OVERRIDES": _overrides(sandbox_url),
            # So long that no poll disturbs a measurement.
            "PAYMUX_VERIFY_AFTER_SECONDS": "3600",
        }
        yield Installation(folder, logs, server, sandbox, sandbox_url, environ, port, root_key)
    finally:
        await asyncio.to_thread(sandbox.stop)
        await asyncio.to_thread(server.discard)
        shutil.rmtree(data, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with one connection to one Stripe account of the sandbox."""

    tenant_id: str
    api_key: str
    stripe_key: str
    connection_id: str
    webhook_secret: str


async def open_shop(there: Installation) -> Shop:
    """Create the merchant; the connection's webhook secret is ours, so that we can sign."""
    webhook_secret = f"whsec_{secrets.token_hex(16)}"
    async with (
        ApiClient(there.url, there.root_key) as root,
        ApiClient(there.sandbox_url) as sandbox,
    ):
        tenant = msgspec.convert(await root.post("/v1/tenants", {"name": "Bench"}), _Tenant)
        account = msgspec.convert(
            await sandbox.post("/_control/accounts", {"provider": "stripe"}), _Account
        )
    api_key = tenant.api_keys[0].key
    async with ApiClient(there.url, api_key) as api:
        connection = await api.post(
            "/v1/connections",
            {
                "provider": "stripe",
                "label": "Bench",
                "credentials": account.credentials,
                "webhook_secret": webhook_secret,
            },
        )
    return Shop(
        tenant_id=tenant.id,
        api_key=api_key,
        stripe_key=str(account.credentials["secret_key"]),
        connection_id=str(connection["id"]),
        webhook_secret=webhook_secret,
    )


class _Key(msgspec.Struct):
    key: str


class _Tenant(msgspec.Struct):
    id: str
    api_keys: list[_Key]


class _Account(msgspec.Struct):
    credentials: dict[str, object]


def _overrides(sandbox_url: str) -> str:
    # PayPal's stand-in has certificates of its own; only Stripe's is needed here.
    return msgspec.json.encode({"stripe": {"base_url": f"{sandbox_url}/stripe"}}).decode()


async def _answers(url: str, program: Program) -> None:
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    async with aiohttp.ClientSession() as session:
        while asyncio.get_running_loop().time() < deadline:
            if not program.is_running():
                raise ProgramDied(program.last_words())
            try:
                async with session.get(url) as reply:
                    if reply.ok:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    message = f"{urlsplit(url).path} did not answer: {program.last_words()}"
    raise ProgramDied(message)
