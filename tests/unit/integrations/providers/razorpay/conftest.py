from collections.abc import Iterator

import pytest

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from tests.unit.integrations.providers.razorpay.stand_in import StandIn, connected, serving


@pytest.fixture
def razorpay() -> Iterator[StandIn]:
    with serving() as stand_in:
        yield stand_in


@pytest.fixture
def connector(razorpay: StandIn) -> Iterator[RazorpayConnector]:
    with connected(razorpay.url) as connector:
        yield connector
