"""Whatever is sent, every stand-in answers with its own error and never breaks."""

import random
from copy import deepcopy
from typing import Any

import pytest
import requests

from tests.unit.sandbox.driver import LINK, ORDER, SESSION, Merchant, Sandbox

JUNK: list[Any] = [
    *("", "\x00", "a" * 5000, "%", "-1", "١٢", "²", "1e5", "NaN", "http://[", "http://a]b/c"),
    *(0, -1, 10**30, 2**63, 1.5, True, None, [], {}, [None], {"a": {"b": []}}),
]
FORM_KEYS = ["metadata[", "[x]", "a[b]c", "metadata", "line_items", "line_items[x]", "expand[]",
             "line_items[²]", "line_items[-1]", "line_items[0]", "", "success_url"]  # fmt: skip


def spoil(node: Any, chance: random.Random) -> Any:
    """The same body with some of its values replaced or missing."""
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if chance.random() > 0.05}
        return {key: spoil(value, chance) for key, value in kept.items()}
    if isinstance(node, list):
        return [spoil(item, chance) for item in node]
    return chance.choice(JUNK) if chance.random() < 0.2 else node


@pytest.mark.parametrize("seed", range(3))
def test_no_body_breaks_a_stand_in(sandbox: Sandbox, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - replayable, not secret
    razorpay, paypal = sandbox.merchant("razorpay"), sandbox.merchant("paypal")
    for _ in range(60):
        link = spoil(deepcopy(LINK) | {"notes": {"a": "b"}, "customer": {"name": "n"}}, chance)
        assert razorpay.call("POST", "/v1/payment_links", link).status_code < 500, link
        order = spoil(deepcopy(ORDER), chance)
        assert paypal.call("POST", "/v2/checkout/orders", order).status_code < 500, order
        webhook = spoil({"url": "http://x/y", "event_types": [{"name": "*"}]}, chance)
        reply = paypal.call("POST", "/v1/notifications/webhooks", webhook)
        assert reply.status_code < 500, webhook


@pytest.mark.parametrize("seed", range(3))
def test_no_form_breaks_stripe(stripe: Merchant, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - replayable, not secret
    for _ in range(60):
        names = chance.sample([*FORM_KEYS, *SESSION], 3)
        form = {**SESSION, **{name: str(chance.choice(JUNK)) for name in names}}
        assert stripe.call("POST", "/v1/checkout/sessions", form).status_code < 500, form


def test_a_huge_body_is_cut_off(stripe: Merchant) -> None:
    url = f"{stripe.base}/stripe/v1/customers"
    with pytest.raises(requests.ConnectionError):
        requests.post(url, data=b"x" * 9_000_000, headers=stripe.authorization(), timeout=10)
