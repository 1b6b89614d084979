"""An installation in this process: its database, its settings, a stand-in for the providers."""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.integration.conftest import Database


class Sandbox:
    """What the payer and the provider do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.AsyncClient(base_url=f"{url}/_control", timeout=20)

    async def close(self) -> None:
        await self._client.aclose()

    async def open_account(self, provider: str) -> dict[str, str]:
        """Return the credentials of a fresh account at a provider's stand-in."""
        answer = await self._client.post("/accounts", json={"provider": provider})
        credentials: dict[str, str] = answer.raise_for_status().json()["credentials"]
        return credentials

    async def pay(self, page: str) -> None:
        """Pay on the hosted page; no webhook tells of it."""
        told = {"url": page, "webhooks": False}
        (await self._client.post("/pay", json=told)).raise_for_status()


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """Start the stand-ins once."""
    with running(SandboxSettings(seed=1)) as url:
        yield url


@pytest.fixture
async def sandbox(sandbox_url: str) -> AsyncIterator[Sandbox]:
    """Talk to them."""
    sandbox = Sandbox(sandbox_url)
    yield sandbox
    await sandbox.close()


@pytest.fixture
def environ(database: Database, tmp_path: Path, sandbox_url: str) -> dict[str, str]:
    """Settings as an operator with a database of their own gives them."""
    stand_ins = {slug: {"base_url": f"{sandbox_url}/{slug}"} for slug in ("stripe", "razorpay")}
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "PAYMUX_DATABASE_URL": database.app_url,
        "PAYMUX_ENCRYPTION_KEYS": f"v1:{key}",
        "PAYMUX_DATA_DIR": str(tmp_path),
        "PAYMUX_PROVIDER_OVERRIDES": json.dumps(stand_ins),
        "PAYMUX_VERIFY_AFTER_SECONDS": "0.2",
        "PAYMUX_POLL_SCHEDULE_SECONDS": "1",
    }


@pytest.fixture
async def superuser(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Look at the database from outside."""
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()
