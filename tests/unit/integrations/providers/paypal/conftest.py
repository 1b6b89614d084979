from collections.abc import Iterator

import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from tests.unit.integrations.providers.paypal.stand_in import StandIn, connected, serving


@pytest.fixture
def paypal() -> Iterator[StandIn]:
    with serving() as stand_in:
        yield stand_in


@pytest.fixture
def connector(paypal: StandIn) -> Iterator[PayPalConnector]:
    with connected(paypal.url) as connector:
        yield connector
