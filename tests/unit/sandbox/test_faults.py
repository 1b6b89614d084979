"""Every fault switch, at the provider whose behaviour it shows best."""

import time

import pytest
import requests

from paymux.sandbox.faults import FaultRule, Faults
from tests.unit.sandbox.driver import LINK, ORDER, SESSION, Merchant, Sandbox

SESSIONS = "/v1/checkout/sessions"
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture(name="merchants")
def _merchants(
    stripe: Merchant, razorpay: Merchant, paypal: Merchant
) -> tuple[Merchant, Merchant, Merchant]:
    return stripe, razorpay, paypal


def sessions_made(stripe: Merchant) -> int:
    return len(stripe.call("GET", SESSIONS).json()["data"])


def test_latency_delays_and_still_answers(stripe: Merchant, sandbox: Sandbox) -> None:
    sandbox.control("POST", "/faults", kind="latency", delay_ms=150)
    started = time.perf_counter()
    assert stripe.call("GET", "/v1/account").status_code == 200
    assert time.perf_counter() - started >= 0.15


@pytest.mark.parametrize(("kind", "made"), [("refuse", 0), ("drop_before", 0), ("drop_after", 1)])
def test_a_cut_connection_has_the_effect_it_says(
    stripe: Merchant, sandbox: Sandbox, kind: str, made: int
) -> None:
    operation = "checkout_session.create"
    sandbox.control("POST", "/faults", kind=kind, operation=operation, times=1)
    with pytest.raises(BROKEN):
        stripe.call("POST", SESSIONS, SESSION)
    assert sessions_made(stripe) == made


@pytest.mark.parametrize(
    ("kind", "status", "made"),
    [
        ("error_before", 503, 0),
        ("error_after", 502, 1),
        ("throttle", 429, 0),
        ("conflict", 409, 0),
    ],
)
def test_an_error_has_the_effect_it_says(
    stripe: Merchant, sandbox: Sandbox, kind: str, status: int, made: int
) -> None:
    fault = {"kind": kind, "provider": "stripe", "operation": "checkout_session.*", "times": 1}
    sandbox.control("POST", "/faults", **fault, status=status)
    assert stripe.call("POST", SESSIONS, SESSION).status_code == status
    assert sessions_made(stripe) == made


def test_garbage_is_a_success_that_cannot_be_read(stripe: Merchant, sandbox: Sandbox) -> None:
    sandbox.control("POST", "/faults", kind="garbage", times=1)
    reply = stripe.call("POST", SESSIONS, SESSION)
    assert reply.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        reply.json()
    assert sessions_made(stripe) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, ["api_error", "SERVER_ERROR", "INTERNAL_SERVER_ERROR"]),
        (401, ["invalid_request_error", "BAD_REQUEST_ERROR", "AUTHENTICATION_FAILURE"]),
        (403, ["invalid_request_error", "BAD_REQUEST_ERROR", "NOT_AUTHORIZED"]),
        (418, ["invalid_request_error", "BAD_REQUEST_ERROR", "INVALID_REQUEST"]),
    ],
)
def test_every_provider_speaks_its_own_error(
    merchants: tuple[Merchant, Merchant, Merchant],
    sandbox: Sandbox,
    status: int,
    words: list[str],
) -> None:
    stripe, razorpay, paypal = merchants
    paypal.authorization()
    sandbox.control("POST", "/faults", kind="error_before", status=status)
    replies = [
        stripe.call("POST", SESSIONS, SESSION),
        razorpay.call("POST", "/v1/payment_links", LINK),
        paypal.call("POST", "/v2/checkout/orders", ORDER),
    ]
    assert [reply.status_code for reply in replies] == [status] * 3
    said = [reply.json() for reply in replies]
    found = [said[0]["error"]["type"], said[1]["error"]["code"], said[2]["name"]]
    assert found == words


def test_paypal_conflicts_and_throttles_in_its_own_words(
    paypal: Merchant, sandbox: Sandbox
) -> None:
    paypal.authorization()
    sandbox.control("POST", "/faults", kind="conflict", provider="paypal", times=1)
    conflict = paypal.call("POST", "/v2/checkout/orders", ORDER)
    assert conflict.status_code == 409
    assert conflict.json()["details"][0]["issue"] == "PREVIOUS_REQUEST_IN_PROGRESS"
    sandbox.control("POST", "/faults", kind="throttle", provider="paypal", times=1)
    throttled = paypal.call("POST", "/v2/checkout/orders", ORDER)
    assert (throttled.json()["name"], throttled.headers["retry-after"]) == (
        "RATE_LIMIT_REACHED",
        "1",
    )


def test_faults_are_counted_listed_and_cleared(stripe: Merchant, sandbox: Sandbox) -> None:
    sandbox.control("POST", "/faults", kind="throttle", provider="stripe", times=2)
    statuses = [stripe.call("GET", "/v1/account").status_code for _ in range(3)]
    assert statuses == [429, 429, 200]
    listed = sandbox.control("GET", "/faults")["faults"]
    assert [(each["rule"]["kind"], each["fired"]) for each in listed] == [("throttle", 2)]
    sandbox.control("DELETE", "/faults")
    assert sandbox.control("GET", "/faults") == {"faults": []}


def test_one_fault_can_be_cleared_alone(sandbox: Sandbox) -> None:
    first = sandbox.control("POST", "/faults", kind="throttle")
    second = sandbox.control("POST", "/faults", kind="garbage")
    sandbox.control("DELETE", f"/faults/{first['id']}")
    assert [each["id"] for each in sandbox.control("GET", "/faults")["faults"]] == [second["id"]]


def test_a_fault_can_be_one_accounts_own(stripe: Merchant, sandbox: Sandbox) -> None:
    other = sandbox.merchant("stripe")
    sandbox.control("POST", "/faults", kind="throttle", account_id=stripe.account_id)
    assert stripe.call("GET", "/v1/account").status_code == 429
    assert other.call("GET", "/v1/account").status_code == 200


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    assert sandbox.raw("POST", "/faults", kind="earthquake").status_code == 400


def firings(seed: int) -> list[bool]:
    faults = Faults()
    faults.add(FaultRule(kind="garbage", probability=0.5, seed=seed))
    drawn = [faults.draw("stripe", "any", "acct_1") for _ in range(40)]
    return [each.rule is not None for each in drawn]


def test_the_same_seed_fires_in_the_same_places() -> None:
    assert firings(7) == firings(7)
    assert firings(7) != firings(8)
    assert 0 < sum(firings(7)) < 40


def test_latencies_add_up_beside_one_other_fault() -> None:
    faults = Faults()
    for rule in (
        FaultRule(kind="latency", delay_ms=100),
        FaultRule(kind="latency", delay_ms=50, provider="stripe"),
        FaultRule(kind="throttle"),
        FaultRule(kind="garbage"),
    ):
        faults.add(rule)
    drawn = faults.draw("stripe", "any", "acct_1")
    assert drawn.delay_seconds == pytest.approx(0.15)
    assert drawn.rule is not None
    assert drawn.rule.kind == "throttle"
    assert [each.fired for each in faults.active] == [1, 1, 1, 0]
