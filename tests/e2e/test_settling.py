"""However a paid link is reported, the payment ends in the same state, once."""

from collections.abc import Callable

import pytest

from tests.e2e.installation import Installation
from tests.e2e.sandbox import PROVIDERS
from tests.e2e.shop import Shop
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

AMOUNT = 1999


def assert_settled_once(shop: Shop, installation: Installation, payment: Json) -> Json:
    """The one final state that every way of hearing of it leads to."""
    final = shop.settled(payment)
    assert (final["amount_captured"], final["amount_refunded"]) == (AMOUNT, 0)
    assert final["review"] is None
    assert [attempt["status"] for attempt in final["attempts"]] == ["succeeded"]
    taken = shop.taken_for(final)
    assert [entry["amount_wire"] for entry in taken] in (["1999"], ["19.99"])
    assert final["attempts"][0]["payment_reference"] == taken[0]["payment_reference"]
    facts = installation.query(
        "SELECT type FROM events WHERE subject_id = $1 ORDER BY id", final["id"]
    )
    # Razorpay tells of money that it holds for a moment; nobody is to take what we take.
    assert [fact["type"] for fact in facts] == ["payment.created", "payment.succeeded"]
    held = [
        e for e in final["timeline"] if (e["status"], e["effect"]) == ("authorized", "applied")
    ]
    assert len(held) <= (final["attempts"][0]["provider"] == "razorpay")
    return final


def sources(payment: Json) -> set[str]:
    """Who reported that it was paid, but for the reply to our own calls.

    A page is looked at before a payer is sent to it; that look tells only that it is open.
    """
    told = [entry for entry in payment["timeline"] if entry["status"] != "pending"]
    return {entry["source"] for entry in told} - {"reply"}


def webhooks_have_arrived(shop: Shop, provider: str, times: int) -> Callable[[], bool]:
    """Whether every webhook there is was delivered that often, and none waits in the inbox."""
    account_id = shop.accounts[provider].account_id

    def arrived() -> bool:
        sent = [d["event_id"] for d in shop.sandbox.deliveries(account_id)]
        notices = {n["event_id"] for n in shop.sandbox.notices(account_id)}
        waiting = [e for e in shop.events() if e["status"] == "received"]
        return bool(notices) and all(sent.count(n) >= times for n in notices) and not waiting

    return arrived


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_payment_succeeds_with_only_the_webhook(
    shop: Shop, installation: Installation, provider: str
) -> None:
    payment = shop.new_payment(provider)
    shop.pay(payment)
    assert sources(assert_settled_once(shop, installation, payment)) == {"webhook"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_payment_succeeds_with_only_the_return(
    shop: Shop, installation: Installation, provider: str
) -> None:
    payment = shop.new_payment(provider, return_url="http://127.0.0.1:9/thanks")
    paid = shop.pay(payment, webhooks=False)
    assert paid["return_url"].startswith(f"{payment['link']['url']}/return")
    answer = shop.come_back(payment)
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:9/thanks")
    final = assert_settled_once(shop, installation, payment)
    assert sources(final) == {"return_url"}
    assert shop.events() == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_payment_succeeds_with_neither_because_it_is_polled(
    polling: Installation, provider: str
) -> None:
    shop = polling.open_shop(providers=(provider,))
    payment = shop.new_payment(provider)
    shop.pay(payment, webhooks=False)
    final = assert_settled_once(shop, polling, payment)
    assert sources(final) == {"poll"}
    assert shop.events() == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_webhooks_five_times_and_then_the_return_three_times_settle_once(
    shop: Shop, installation: Installation, provider: str
) -> None:
    account_id = shop.accounts[provider].account_id
    payment = shop.new_payment(provider)
    shop.pay(payment)
    shop.settled(payment)
    for times in range(2, 6):
        shop.sandbox.redeliver(account_id)
        eventually(webhooks_have_arrived(shop, provider, times))
    for _ in range(3):
        assert shop.come_back(payment).status_code == 200
    assert_settled_once(shop, installation, payment)
    events = [event["event_id"] for event in shop.events()]
    assert len(events) == len(set(events))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_return_three_times_and_then_webhooks_five_times_settle_once(
    shop: Shop, installation: Installation, provider: str
) -> None:
    account_id = shop.accounts[provider].account_id
    shop.sandbox.webhooks(account_id, paused=True)
    payment = shop.new_payment(provider)
    shop.pay(payment)
    for _ in range(3):
        assert shop.come_back(payment).status_code == 200
    assert sources(shop.settled(payment)) == {"return_url"}
    shop.sandbox.webhooks(account_id, paused=False)
    eventually(webhooks_have_arrived(shop, provider, 1))
    for times in range(2, 6):
        shop.sandbox.redeliver(account_id)
        eventually(webhooks_have_arrived(shop, provider, times))
    final = assert_settled_once(shop, installation, payment)
    assert sources(final) == {"return_url", "webhook"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_webhooks_and_returns_at_the_same_time_settle_once(
    polling: Installation, provider: str
) -> None:
    shop = polling.open_shop(providers=(provider,))
    shop.sandbox.webhooks(shop.accounts[provider].account_id, duplicate=4, reorder=True)
    payment = shop.new_payment(provider)
    shop.pay(payment)
    for _ in range(3):
        assert shop.come_back(payment).status_code == 200
    shop.settled(payment)
    eventually(webhooks_have_arrived(shop, provider, 5))
    assert_settled_once(shop, polling, payment)
