from collections.abc import Iterator

import pytest

from tests.unit.integrations.connections.fakes import House, house


@pytest.fixture
def acme() -> Iterator[House]:
    with house() as it:
        yield it
