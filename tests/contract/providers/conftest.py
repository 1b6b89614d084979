"""A merchant of the sandbox's Stripe, for each test that asks for one."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.contract.providers.stripe_account import Merchant, Sandbox


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    with running(SandboxSettings(retry_base_ms=50)) as url:
        yield url


@pytest.fixture
async def sandbox(root: str) -> AsyncIterator[Sandbox]:
    async with aiohttp.ClientSession() as http:
        yield Sandbox(root, http)


@pytest.fixture
async def merchant(sandbox: Sandbox) -> Merchant:
    account = await sandbox.control("POST", "/accounts", {"provider": "stripe"})
    return Merchant(sandbox.root, account)


@pytest.fixture
async def stripe(merchant: Merchant) -> AsyncIterator[Any]:
    connector = merchant.connector()
    yield connector
    await connector.close()
