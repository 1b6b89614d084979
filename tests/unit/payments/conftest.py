"""One tenant's payments, over three kinds of provider."""

import pytest

from tests.unit.payments.house import House
from tests.unit.payments.memory import Store
from tests.unit.payments.providers import ClosesPages, OpensPages, TakesApprovedMoney


@pytest.fixture(name="house")
def _house() -> House[OpensPages]:
    store = Store()
    return House(OpensPages(store), store)


@pytest.fixture(name="closing")
def _closing() -> House[ClosesPages]:
    store = Store()
    return House(ClosesPages(store), store)


@pytest.fixture(name="approving")
def _approving() -> House[TakesApprovedMoney]:
    store = Store()
    return House(TakesApprovedMoney(store), store)
