"""Webhooks that were lost on their way are fetched at the provider."""

from typing import Any

import pytest

from tests.e2e.conftest import Install
from tests.e2e.installation import Installation
from tests.e2e.shop import Shop
from tests.e2e.test_settling import assert_settled_once, sources

KEEP_EVENTS = ("stripe", "paypal")


def lose_everything(shop: Shop, provider: str) -> None:
    """No webhook of the account arrives from now on."""
    shop.sandbox.webhooks(shop.accounts[provider].account_id, lose_next=1000)


def recover(shop: Shop, provider: str) -> Any:
    """Ask for what never came, now."""
    path = f"/v1/connections/{shop.accounts[provider].connection_id}/recover-events"
    return shop.api.post(path)


@pytest.mark.parametrize("provider", KEEP_EVENTS)
def test_lost_webhooks_are_recovered_once(
    shop: Shop, installation: Installation, provider: str
) -> None:
    payment = shop.new_payment(provider)
    lose_everything(shop, provider)
    shop.pay(payment)
    assert shop.events() == []
    report = recover(shop, provider)
    assert report["recovered"] == report["listed"] > 0
    assert report["reason"] is None
    assert "webhook" in sources(assert_settled_once(shop, installation, payment))
    again = recover(shop, provider)
    assert (again["reason"], again["since"] > report["since"]) == (None, True)
    events = [event["event_id"] for event in shop.events()]
    assert len(events) == len(set(events))


@pytest.mark.parametrize("provider", KEEP_EVENTS)
def test_webhooks_that_arrived_are_not_taken_in_again(
    shop: Shop, installation: Installation, provider: str
) -> None:
    payment = shop.new_payment(provider)
    shop.pay(payment)
    assert_settled_once(shop, installation, payment)
    before = {event["event_id"] for event in shop.events()}
    report = recover(shop, provider)
    assert report["listed"] >= len(before)
    after = [event["event_id"] for event in shop.events()]
    assert len(after) == len(set(after)) == len(before) + report["recovered"]


def test_a_provider_that_keeps_no_events_says_so(shop: Shop) -> None:
    report = recover(shop, "razorpay")
    assert (report["listed"], report["reason"]) == (0, "provider_keeps_no_events")


def test_lost_webhooks_are_recovered_by_themselves(install: Install) -> None:
    installation = install("recovering", PAYMUX_RECOVER_EVENTS_SECONDS="2").start()
    shop = installation.open_shop(providers=KEEP_EVENTS)
    for provider in KEEP_EVENTS:
        lose_everything(shop, provider)
        payment = shop.new_payment(provider)
        shop.pay(payment)
        assert "webhook" in sources(assert_settled_once(shop, installation, payment))
