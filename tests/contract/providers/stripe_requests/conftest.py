"""A Stripe that answers as it is told, and whose every request has to be as published."""

from collections.abc import AsyncIterator

import pytest

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
from tests.contract.published import stripe_request_errors
from tests.unit.integrations.providers.stripe.stand_in import Stripe, connected

_FILES = "/v1/files"


@pytest.fixture
async def stripe() -> AsyncIterator[Stripe]:
    stand_in = Stripe()
    yield stand_in
    for sent in stand_in.sent:
        assert (sent.key is not None) is (sent.method == "POST")
        # The description at hand has no /v1/files; the SDK's own types say what it takes.
        if sent.path != _FILES:
            assert stripe_request_errors(sent.method, sent.path, sent.parameters) == []


@pytest.fixture
async def connector(stripe: Stripe) -> AsyncIterator[StripeConnector]:
    async with connected(stripe) as connector:
        yield connector
