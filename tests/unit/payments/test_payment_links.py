"""The payer's way there and back."""

import pytest

from paymux.payments.application.drafts import NewPayment
from paymux.payments.ports.connectors import NotFound, ObservedStatus, Outcome
from paymux.payments.ports.inbound import OpensPaymentLinks, PayerView
from tests.unit.payments.attempts import PRICE
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.providers import (
    PAGE,
    ClosesPages,
    OpensPages,
    TakesApprovedMoney,
    failure,
    seen,
)


async def _view(house: House[OpensPages]) -> PayerView:
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    return view


async def _returned(house: House[OpensPages]) -> PayerView:
    view = await house.links.returned(house.payment.link.token)
    assert view is not None
    return view


async def test_a_link_leads_to_the_page_of_the_provider(house: House[OpensPages]) -> None:
    await house.create(
        NewPayment(
            amount=PRICE,
            description="Pro plan",
            return_url="https://shop.example/thanks",
            cancel_url="https://shop.example/cart",
        )
    )
    assert isinstance(house.links, OpensPaymentLinks)
    assert await _view(house) == PayerView(
        status="requires_action",
        amount=PRICE,
        description="Pro plan",
        checkout_url=PAGE.url,
        return_url="https://shop.example/thanks",
        cancel_url="https://shop.example/cart",
    )


async def test_nobody_knows_an_unknown_token(house: House[OpensPages]) -> None:
    await house.create()
    assert await house.links.open("nonsense") is None
    assert await house.links.returned("nonsense") is None


async def test_a_payment_that_has_ended_leads_nowhere(closing: House[ClosesPages]) -> None:
    await closing.create()
    await closing.payments.cancel(SCOPE, closing.payment_id)
    view = await closing.links.open(closing.payment.link.token)
    assert view is not None
    assert (view.status, view.checkout_url) == ("canceled", None)


async def test_whoever_returns_is_believed_only_what_the_provider_says(
    house: House[OpensPages],
) -> None:
    await house.create()
    assert (await _returned(house)).status == "requires_action"
    house.provider.will("look_up", seen(ObservedStatus.SUCCEEDED, "mov_1"))
    assert (await _returned(house)).status == "succeeded"
    assert [entry.source for entry in house.tables.timeline] == [
        "reply",
        "return_url",
        "return_url",
    ]


async def test_returning_to_a_payment_that_has_ended_asks_nobody(
    house: House[OpensPages],
) -> None:
    await house.create()
    await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_1"))
    assert (await _returned(house)).status == "succeeded"
    assert "look_up" not in house.provider.asked


async def test_returning_after_approval_takes_the_money(
    approving: House[TakesApprovedMoney],
) -> None:
    await approving.create()
    approving.provider.will("look_up", seen(ObservedStatus.APPROVED))
    view = await approving.links.returned(approving.payment.link.token)
    assert view is not None
    assert view.status == "succeeded"


@pytest.mark.parametrize("reply", [failure(Outcome.UNKNOWN), RuntimeError("broken"), NotFound()])
async def test_a_provider_that_fails_meanwhile_does_not_trouble_the_payer(
    house: House[OpensPages], reply: object
) -> None:
    await house.create()
    house.provider.will("look_up", reply)
    assert (await _returned(house)).status == "requires_action"


async def test_a_connection_that_is_gone_does_not_trouble_the_payer_either(
    house: House[OpensPages],
) -> None:
    await house.create()
    house.connections.connectors.clear()
    assert (await _returned(house)).checkout_url == PAGE.url
