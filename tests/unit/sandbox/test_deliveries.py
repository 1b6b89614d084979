"""Webhooks on their way: retried, held back, lost, doubled, late, out of order, sent again."""

import time

from tests.unit.sandbox.driver import Inbox, Merchant, Sandbox


def make_customer(stripe: Merchant) -> None:
    assert stripe.call("POST", "/v1/customers", {"email": "a@example.com"}).ok


def test_what_is_not_answered_with_2xx_is_sent_again(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    inbox.answers = [500, 302, 404]
    make_customer(stripe)
    inbox.wait_for(lambda got: len(got) == 4)
    found = sandbox.control("GET", f"/webhooks/deliveries?account_id={stripe.account_id}")
    assert [each["response_status"] for each in found["deliveries"]] == [500, 302, 404, 200]
    assert [each["attempt"] for each in found["deliveries"]] == [1, 2, 3, 4]
    assert found["deliveries"][0]["request_headers"]["Stripe-Signature"].startswith("t=")
    gaps = [each["at"] for each in found["deliveries"]]
    assert gaps[3] - gaps[2] > gaps[1] - gaps[0]


def test_a_merchant_out_of_reach_is_tried_until_gone(stripe: Merchant, sandbox: Sandbox) -> None:
    wanted = {"url": "http://127.0.0.1:9/hook", "enabled_events[]": "*"}
    endpoint = stripe.call("POST", "/v1/webhook_endpoints", wanted).json()["id"]
    make_customer(stripe)
    time.sleep(0.2)
    found = sandbox.control("GET", "/webhooks/deliveries")["deliveries"]
    assert found[0]["response_status"] is None
    assert "ClientConnector" in found[0]["error"]
    stripe.call("DELETE", f"/v1/webhook_endpoints/{endpoint}")
    time.sleep(0.5)
    assert sandbox.control("GET", "/webhooks/notices")["notices"][0]["status"] == "exhausted"


def test_paused_webhooks_wait(stripe: Merchant, sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.listen(stripe, inbox.url)
    sandbox.control("POST", "/webhooks", paused=True)
    make_customer(stripe)
    time.sleep(0.2)
    assert inbox.received == []
    sandbox.control("POST", "/webhooks", paused=False)
    inbox.wait_for(lambda got: len(got) == 1)


def test_webhooks_can_come_several_times(stripe: Merchant, sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.listen(stripe, inbox.url)
    sandbox.control("POST", "/webhooks", duplicate=2)
    make_customer(stripe)
    inbox.wait_for(lambda got: len(got) == 3)
    assert len({each.body["id"] for each in inbox.received}) == 1


def test_webhooks_can_be_late(stripe: Merchant, sandbox: Sandbox, inbox: Inbox) -> None:
    sandbox.listen(stripe, inbox.url)
    sandbox.control("POST", "/webhooks", delay_ms=300)
    make_customer(stripe)
    time.sleep(0.15)
    assert inbox.received == []
    inbox.wait_for(lambda got: len(got) == 1)


def test_lost_webhooks_never_come_but_can_be_sent_again(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    sandbox.control("POST", "/webhooks", lose_next=1)
    make_customer(stripe)
    make_customer(stripe)
    inbox.wait_for(lambda got: len(got) == 1)
    lost = sandbox.control("GET", "/webhooks/notices?status=lost")
    assert lost["count"] == 1
    assert sandbox.control("POST", "/webhooks/redeliver", status="lost") == {"redelivered": 1}
    inbox.wait_for(lambda got: len(got) == 2)


def test_webhooks_can_overtake_each_other(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    sandbox.control("POST", "/webhooks", reorder=True)
    made = []
    for _ in range(12):
        reply = stripe.call("POST", "/v1/customers", {"email": "a@example.com"})
        made.append(reply.json()["id"])
    inbox.wait_for(lambda got: len(got) == 12)
    arrived = [each.body["data"]["object"]["id"] for each in inbox.received]
    assert sorted(arrived) == sorted(made)
    assert arrived != made


def test_settings_can_be_one_accounts_own(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    other = sandbox.merchant("stripe")
    for each in (stripe, other):
        sandbox.listen(each, inbox.url)
    sandbox.control("POST", "/webhooks", account_id=stripe.account_id, paused=True)
    make_customer(stripe)
    make_customer(other)
    inbox.wait_for(lambda got: len(got) == 1)
    time.sleep(0.1)
    assert len(inbox.received) == 1


def test_every_endpoint_of_the_account_is_told(
    stripe: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(stripe, inbox.url)
    sandbox.listen(stripe, f"{inbox.url}?second")
    make_customer(stripe)
    inbox.wait_for(lambda got: len(got) == 2)
    signatures = {each.headers["stripe-signature"] for each in inbox.received}
    assert len(signatures) == 2
