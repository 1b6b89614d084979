"""Stripe's idempotency as documented: what is kept, what is not, and who conflicts."""

import threading

import pytest
import requests

from tests.unit.sandbox.driver import SESSION, Merchant, Sandbox

SESSIONS = "/v1/checkout/sessions"
KEY = {"Idempotency-Key": "key-1"}


def create(stripe: Merchant, body: dict[str, str] | None = None) -> requests.Response:
    return stripe.call("POST", SESSIONS, body or SESSION, KEY)


def count(stripe: Merchant) -> int:
    return len(stripe.call("GET", SESSIONS).json()["data"])


def test_the_same_key_gives_the_same_reply_and_says_so(stripe: Merchant) -> None:
    first, second = create(stripe), create(stripe)
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert count(stripe) == 1


def test_other_parameters_under_the_same_key_are_refused(stripe: Merchant) -> None:
    create(stripe)
    refused = create(stripe, {**SESSION, "client_reference_id": "other"})
    assert refused.status_code == 400
    assert refused.json()["error"]["type"] == "idempotency_error"


def test_another_endpoint_under_the_same_key_is_refused(stripe: Merchant) -> None:
    create(stripe)
    refused = stripe.call("POST", "/v1/customers", {"email": "a@example.com"}, KEY)
    assert refused.json()["error"]["type"] == "idempotency_error"


def test_a_refused_request_does_not_use_up_its_key(stripe: Merchant) -> None:
    assert create(stripe, {**SESSION, "mode": "donation"}).status_code == 400
    assert create(stripe).status_code == 200


def test_a_500_is_kept_with_its_effect(stripe: Merchant, sandbox: Sandbox) -> None:
    sandbox.control("POST", "/faults", kind="error_after", status=500, times=1)
    assert create(stripe).status_code == 500
    again = create(stripe)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (500, "true")
    assert count(stripe) == 1


def test_a_500_before_the_effect_is_kept_too(stripe: Merchant, sandbox: Sandbox) -> None:
    sandbox.control("POST", "/faults", kind="error_before", times=1)
    assert [create(stripe).status_code, create(stripe).status_code] == [500, 500]
    assert count(stripe) == 0


@pytest.mark.parametrize("kind", ["drop_after", "garbage", "error_after"])
def test_a_lost_reply_can_be_had_again(stripe: Merchant, sandbox: Sandbox, kind: str) -> None:
    sandbox.control("POST", "/faults", kind=kind, status=502, times=1)
    try:
        create(stripe)
    except requests.ConnectionError:
        assert kind == "drop_after"
    again = create(stripe)
    assert again.json()["object"] == "checkout.session"
    assert count(stripe) == 1


def test_a_second_request_while_the_first_is_running_conflicts(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    sandbox.control("POST", "/faults", kind="latency", delay_ms=400)
    replies: list[requests.Response] = []
    threads = [threading.Thread(target=lambda: replies.append(create(stripe))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(each.status_code for each in replies)
    assert codes == [200, 409]
    conflict = next(each for each in replies if each.status_code == 409)
    assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
    assert create(stripe).headers["idempotent-replayed"] == "true"


def test_after_a_day_the_key_makes_a_new_object(stripe: Merchant, sandbox: Sandbox) -> None:
    create(stripe)
    sandbox.control("POST", "/clock", advance_seconds=24 * 3600 + 1)
    assert "idempotent-replayed" not in create(stripe).headers
    assert count(stripe) == 2


def test_a_key_means_nothing_to_get_and_belongs_to_one_account(
    stripe: Merchant, sandbox: Sandbox
) -> None:
    create(stripe)
    assert stripe.call("GET", "/v1/account", None, KEY).status_code == 200
    other = sandbox.merchant("stripe")
    assert "idempotent-replayed" not in create(other).headers


def test_a_key_has_at_most_255_characters(stripe: Merchant) -> None:
    refused = stripe.call("POST", SESSIONS, SESSION, {"Idempotency-Key": "k" * 256})
    assert refused.json()["error"]["type"] == "idempotency_error"
