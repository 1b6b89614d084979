"""What may come in through the webhook door, and what may not."""

import time
from collections.abc import Iterator

import pytest
import requests

from tests.e2e.conftest import Install
from tests.e2e.installation import Installation
from tests.e2e.sandbox import PROVIDERS
from tests.e2e.shop import Shop, connect
from tests.e2e.signing import Delivery, signer
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

SIGNED_BY = {
    "stripe": ["stripe-signature"],
    "razorpay": ["x-razorpay-signature"],
    "paypal": [
        "paypal-transmission-id",
        "paypal-transmission-time",
        "paypal-transmission-sig",
        "paypal-cert-url",
        "paypal-auth-algo",
    ],
}
UNKNOWN_TYPES = {
    "stripe": "radar.early_fraud_warning.created",
    "razorpay": "fund_account.validation.completed",
    "paypal": "BILLING.SUBSCRIPTION.CREATED",
}
TWO_MEGABYTES = 2 * 1024 * 1024


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    """Each provider in turn."""
    return str(request.param)


def send(shop: Shop, path: str, delivery: Delivery) -> requests.Response:
    """Deliver as a provider does: without a key."""
    nobody = shop.api.with_key(None)
    return nobody.call("POST", path, data=delivery.body, headers=delivery.headers)


def genuine(shop: Shop, provider: str) -> Delivery:
    """A delivery that the provider made and we accepted, as it was on the wire."""
    shop.settled(_paid(shop, provider))
    sent = delivered(shop, provider)[0]
    assert sent["response_status"] == 202
    return Delivery(sent["request_headers"], sent["request_body"].encode())


def delivered(shop: Shop, provider: str) -> list[Json]:
    """What the provider has sent, at least one."""
    account_id = shop.accounts[provider].account_id
    return eventually(lambda: shop.sandbox.deliveries(account_id) or None)


def _paid(shop: Shop, provider: str) -> Json:
    payment = shop.new_payment(provider)
    shop.pay(payment)
    return payment


def calm(shop: Shop) -> list[Json]:
    """The inbox once nothing is under way any more."""

    def settled() -> list[Json] | None:
        pending = [
            notice
            for account in shop.accounts.values()
            for notice in shop.sandbox.notices(account.account_id)
            if notice["status"] == "pending"
        ]
        events = shop.events()
        waiting = [event for event in events if event["status"] == "received"]
        return None if pending or waiting else events

    return eventually(settled)


def assert_refused(shop: Shop, path: str, delivery: Delivery) -> None:
    """4xx with a problem, and the inbox as it was."""
    before = shop.events()
    answer = send(shop, path, delivery)
    assert answer.status_code in {400, 404}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert shop.events() == before


def without(delivery: Delivery, *names: str) -> Delivery:
    """The delivery with some headers taken away."""
    kept = {name: value for name, value in delivery.headers.items() if name.lower() not in names}
    return Delivery(kept, delivery.body)


def test_a_forged_signature_is_refused_and_nothing_stored(shop: Shop, provider: str) -> None:
    delivery = genuine(shop, provider)
    calm(shop)
    header = {"paypal": "PAYPAL-TRANSMISSION-SIG"}.get(provider) or next(
        name for name in delivery.headers if name.lower() == SIGNED_BY[provider][0]
    )
    value = delivery.headers[header]
    at = len(value) - 8
    flipped = value[:at] + ("0" if value[at] != "0" else "1") + value[at + 1 :]
    forged = Delivery({**delivery.headers, header: flipped}, delivery.body)
    assert_refused(shop, shop.accounts[provider].path, forged)


def test_an_altered_body_is_refused_and_nothing_stored(shop: Shop, provider: str) -> None:
    delivery = genuine(shop, provider)
    calm(shop)
    assert b"1999" in delivery.body or b"19.99" in delivery.body
    altered = delivery.body.replace(b"1999", b"1").replace(b"19.99", b"0.01")
    assert_refused(shop, shop.accounts[provider].path, Delivery(delivery.headers, altered))


def test_a_stale_or_early_delivery_is_refused_and_nothing_stored(
    shop: Shop, provider: str
) -> None:
    sign, path = signer(shop, provider), shop.accounts[provider].path
    assert send(shop, path, sign.signed("thing.happened")).status_code == 202
    calm(shop)
    for shift in (-sign.seconds_until_stale, 3600):
        assert_refused(shop, path, sign.signed("thing.happened", at=time.time() + shift))


def test_another_tenants_delivery_is_refused_and_nothing_stored(
    installation: Installation, shop: Shop, provider: str
) -> None:
    stranger = installation.open_shop(providers=(provider,))
    delivery = genuine(stranger, provider)
    assert_refused(shop, shop.accounts[provider].path, delivery)


def test_another_connections_delivery_is_refused_and_nothing_stored(
    installation: Installation, shop: Shop, provider: str
) -> None:
    other = connect(shop.api, shop.sandbox, installation.record, provider, "the other one")
    delivery = genuine(shop, provider)
    calm(shop)
    assert_refused(shop, other.path, delivery)


def test_an_unknown_connection_or_the_wrong_provider_in_the_path_is_refused(
    shop: Shop, provider: str
) -> None:
    delivery = genuine(shop, provider)
    calm(shop)
    connection_id = shop.accounts[provider].connection_id
    others = [slug for slug in (*PROVIDERS, "nobody") if slug != provider]
    unknown = "con_00000000000000000000000000"
    for path in (
        f"/webhooks/{provider}/{unknown}",
        f"/webhooks/{provider}/x",
        *(f"/webhooks/{slug}/{connection_id}" for slug in others),
    ):
        assert_refused(shop, path, delivery)


def test_missing_headers_are_refused_and_nothing_stored(shop: Shop, provider: str) -> None:
    delivery = genuine(shop, provider)
    calm(shop)
    path = shop.accounts[provider].path
    for name in SIGNED_BY[provider]:
        assert_refused(shop, path, without(delivery, name))
    assert_refused(shop, path, Delivery({}, delivery.body))


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{}", b"[" * 5000]
)
def test_a_signed_body_that_is_no_event_is_refused_and_nothing_stored(
    shop: Shop, provider: str, body: bytes
) -> None:
    assert_refused(shop, shop.accounts[provider].path, signer(shop, provider).over(body))


def test_an_event_delivered_five_times_is_stored_once(shop: Shop, provider: str) -> None:
    sign, path = signer(shop, provider), shop.accounts[provider].path
    delivery = sign.signed(UNKNOWN_TYPES[provider])
    assert {send(shop, path, delivery).status_code for _ in range(5)} == {202}
    assert len(calm(shop)) == 1


def test_an_unknown_event_type_is_stored_and_ignored(shop: Shop, provider: str) -> None:
    delivery = signer(shop, provider).signed(UNKNOWN_TYPES[provider])
    assert send(shop, shop.accounts[provider].path, delivery).status_code == 202
    (event,) = calm(shop)
    assert (event["event_type"], event["status"]) == (UNKNOWN_TYPES[provider], "ignored")
    assert event["reason"]
    assert event["processed_at"]


def test_a_body_of_two_megabytes_is_refused_whole(shop: Shop, provider: str) -> None:
    delivery = signer(shop, provider).over(b'{"x": "' + b"a" * TWO_MEGABYTES + b'"}')
    answer = send(shop, shop.accounts[provider].path, delivery)
    assert answer.status_code == 413, answer.text
    assert answer.json()["code"] == "body_too_large"
    assert shop.events() == []


def test_a_body_of_two_megabytes_in_chunks_is_refused_too(shop: Shop, provider: str) -> None:
    delivery = signer(shop, provider).over(b'{"x": "' + b"a" * TWO_MEGABYTES + b'"}')

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(delivery.body), 65_536):
            yield delivery.body[start : start + 65_536]

    answer = shop.api.with_key(None).call(
        "POST", shop.accounts[provider].path, data=chunks(), headers=delivery.headers
    )
    assert "content-length" not in {name.lower() for name in answer.request.headers}
    assert answer.status_code == 413, answer.text
    assert shop.events() == []


def test_an_event_can_be_replayed_without_effect_on_what_is_settled(
    shop: Shop, provider: str
) -> None:
    payment = _paid(shop, provider)
    settled = shop.settled(payment)
    before = calm(shop)
    for event in before:
        assert event["status"] in {"processed", "ignored"}, event
        replayed = shop.api.post(f"/v1/provider_events/{event['id']}/replay")
        assert replayed["id"] == event["id"]
    after = calm(shop)
    assert [event["id"] for event in after] == [event["id"] for event in before]
    assert [event["status"] for event in after] == [event["status"] for event in before]
    again = shop.payment(payment["id"])
    assert (again["status"], again["amount_captured"]) == ("succeeded", 1999)
    assert again["attempts"] == settled["attempts"]
    assert len(shop.taken_for(again)) == 1


def test_webhooks_are_accepted_without_a_worker_and_processed_when_one_starts(
    install: Install,
) -> None:
    installation = install("workerless", PAYMUX_WORKER_IN_WEB="false").start()
    shop = installation.open_shop()
    payments = {slug: _paid(shop, slug) for slug in PROVIDERS}
    for slug in PROVIDERS:
        assert {sent["response_status"] for sent in delivered(shop, slug)} == {202}
        assert shop.payment(payments[slug]["id"])["status"] == "requires_action"
    assert {event["status"] for event in shop.events()} == {"received"}
    installation.worker.start()
    for slug in PROVIDERS:
        assert shop.settled(payments[slug])["amount_captured"] == 1999
    assert {event["status"] for event in calm(shop)} <= {"processed", "ignored"}
    installation.stop()
