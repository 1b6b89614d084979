"""The books of payments over a fresh database."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.payments.records import Books


@pytest.fixture
def ledger(engine: AsyncEngine) -> Books:
    """Empty books."""
    return Books(engine)
