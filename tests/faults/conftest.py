"""A PostgreSQL of the bench's own."""

from collections.abc import Iterator

import pytest

from tests.faults.bench import Databases, databases

_MOST = 8


@pytest.fixture(scope="session", name="all_databases")
def _all_databases() -> Iterator[list[Databases]]:
    with databases(_MOST) as made:
        yield made


@pytest.fixture(name="database")
def _database(all_databases: list[Databases]) -> Databases:
    """Nobody has used it, and nobody else will."""
    return all_databases.pop()


@pytest.fixture(name="other_database")
def _other_database(all_databases: list[Databases]) -> Databases:
    return all_databases.pop()
