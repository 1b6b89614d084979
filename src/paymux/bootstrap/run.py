"""`paymux run`: everything on one machine, with stand-ins for the providers."""

import asyncio
import logging
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import aiohttp
import msgspec

from paymux.bootstrap.api_client import ApiClient, Json
from paymux.bootstrap.demo_shop import open_demo_shop
from paymux.bootstrap.installation import installed
from paymux.bootstrap.run_lock import alone_in
from paymux.bootstrap.run_record import RunRecord, read_record, save_record
from paymux.bootstrap.serving import free_port, serve_web
from paymux.platform.embedded.layout import prepare_data_dir
from paymux.platform.settings import ProviderOverride, Settings

logger = logging.getLogger(__name__)

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 5.0


async def run_everything(settings: Settings) -> None:
    """Start database, sandbox, API, worker and console; say where to look; run until stopped."""
    data_dir = prepare_data_dir(settings.data_dir.resolve())
    with alone_in(data_dir):
        await _run(settings, data_dir)


async def _run(settings: Settings, data_dir: Path) -> None:
    record = _renewed(read_record(data_dir) or RunRecord(), settings)
    with _sandbox(record, data_dir / "sandbox"):
        async with ApiClient(record.sandbox_url) as sandbox:
            await _until_answered(sandbox, "/_control/health")
            settings = await _beside_sandbox(settings, record, sandbox, data_dir)
            async with installed(settings) as installation:
                save_record(data_dir, record)
                serving = asyncio.create_task(serve_web(installation))
                announcing = asyncio.create_task(_announce(record, sandbox, data_dir))
                announcing.add_done_callback(_complain)
                await serving
                announcing.cancel()


def _renewed(record: RunRecord, settings: Settings) -> RunRecord:
    port = free_port(settings.port, settings.host)
    moved = port != settings.port
    return msgspec.structs.replace(
        record,
        port=port,
        public_url=f"http://127.0.0.1:{port}" if moved else settings.public_url,
        sandbox_port=free_port(record.sandbox_port),
        root_key=settings.root_key or record.root_key or secrets.token_urlsafe(32),
    )


@contextmanager
def _sandbox(record: RunRecord, state_dir: Path) -> Iterator[None]:
    state_dir.mkdir(parents=True, exist_ok=True)
    arguments = ["--port", str(record.sandbox_port), "--state-dir", str(state_dir)]
    process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
        [sys.executable, "-m", "paymux.sandbox", *arguments, "--until-stdin-ends"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


async def _beside_sandbox(
    settings: Settings, record: RunRecord, sandbox: ApiClient, data_dir: Path
) -> Settings:
    overrides = {}
    for slug in await sandbox.get("/_control/operations"):
        ca_file = data_dir / "sandbox" / f"{slug}-ca.pem"
        overrides[slug] = ProviderOverride(
            f"{record.sandbox_url}/{slug}", str(ca_file) if ca_file.exists() else None
        )
    return msgspec.structs.replace(
        settings,
        port=record.port,
        public_url=record.public_url,
        root_key=record.root_key,
        provider_overrides={**overrides, **settings.provider_overrides},
        worker_in_web=True,
    )


async def _until_answered(client: ApiClient, path: str) -> Json:
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while True:
        try:
            return await client.get(path)
        except aiohttp.ClientError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.05)


async def _announce(record: RunRecord, sandbox: ApiClient, data_dir: Path) -> None:
    async with ApiClient(record.public_url, record.root_key) as root:
        await _until_answered(root, "/readyz")
        if not record.demo_key:
            shop = await open_demo_shop(root, sandbox, record.public_url)
            record = msgspec.structs.replace(record, demo_key=shop.api_key)
            save_record(data_dir, record)
    async with ApiClient(record.public_url, record.demo_key) as api:
        payment = await api.post(
            "/v1/payments", {"amount": 1999, "currency": "USD", "description": "First look"}
        )
    sys.stdout.write(_greeting(record, payment))
    sys.stdout.flush()


def _complain(announcing: asyncio.Task[None]) -> None:
    if not announcing.cancelled() and (error := announcing.exception()) is not None:
        logger.error("The demo shop could not be opened.", exc_info=error)


def _greeting(record: RunRecord, payment: Json) -> str:
    url, link = record.public_url, payment["link"]
    pay_url = link["url"] if isinstance(link, dict) else ""
    return f"""
Paymux is running (test mode, with stand-ins for the providers).

  API          {url}/v1            documentation {url}/docs
  Console      {url}/console
  Sandbox      {record.sandbox_url}/_control/health
  Demo key     {record.demo_key}

Try it:
  curl -s {url}/v1/providers -H 'Authorization: Bearer {record.demo_key}'
  curl -s {url}/v1/payments -H 'Authorization: Bearer {record.demo_key}' \\
       -H 'Content-Type: application/json' \\
       -d '{{"amount": 1999, "currency": "USD", "description": "Pro plan, November"}}'

A payment to pay by hand: {pay_url}
The whole story, once per provider: make demo      Stop: Ctrl+C

"""
