from collections.abc import Iterator

import pytest

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.sandbox.driver import Inbox, Merchant, Sandbox, open_inbox


@pytest.fixture(scope="session")
def _served() -> Iterator[str]:
    with running(SandboxSettings(retry_base_ms=50)) as url:
        yield url


@pytest.fixture
def sandbox(_served: str) -> Sandbox:
    """The shared sandbox, with nothing in it."""
    fresh = Sandbox(_served)
    fresh.control("POST", "/reset")
    return fresh


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with open_inbox() as opened:
        yield opened


@pytest.fixture
def stripe(sandbox: Sandbox) -> Merchant:
    return sandbox.merchant("stripe")


@pytest.fixture
def razorpay(sandbox: Sandbox) -> Merchant:
    return sandbox.merchant("razorpay")


@pytest.fixture
def paypal(sandbox: Sandbox) -> Merchant:
    return sandbox.merchant("paypal")
