import asyncio
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import AccountReport, Checkout, Failure, Outcome
from tests.unit.integrations.providers.paypal.signing import Authority
from tests.unit.integrations.providers.paypal.stand_in import (
    CLIENT_SECRET,
    CREATE,
    GET,
    ORDER,
    TOKEN,
    TOKENS,
    WEBHOOKS,
    Reply,
    SetClock,
    StandIn,
    a_request,
    an_order,
    connected,
    drips,
    drips_body,
    drops,
    hangs,
    refuses,
    says,
    serving,
    stops_short,
)

CREATED = says(201, an_order())
LIST = f"GET {WEBHOOKS}"


async def outcome(connector: PayPalConnector) -> tuple[Outcome, str]:
    failure = await connector.create_checkout(a_request())
    assert isinstance(failure, Failure)
    return failure.outcome, failure.code


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (drops, (Outcome.UNKNOWN, "connection_lost")),
        (stops_short, (Outcome.UNKNOWN, "connection_lost")),
        (says(201, b"<html>fine</html>"), (Outcome.UNKNOWN, "unreadable_reply")),
        (says(201, b""), (Outcome.UNKNOWN, "unreadable_reply")),
        (says(201, []), (Outcome.UNKNOWN, "unreadable_reply")),
        (says(201, {"id": 7, "status": "CREATED"}), (Outcome.UNKNOWN, "unreadable_reply")),
        (says(201, an_order(id="../x")), (Outcome.UNKNOWN, "unreadable_reply")),
        (says(201, b"[" * 100_000), (Outcome.UNKNOWN, "unreadable_reply")),
        (says(201, b" " * 2_000_000), (Outcome.UNKNOWN, "reply_too_large")),
        (says(200, b"x", {"Content-Encoding": "gzip"}), (Outcome.UNKNOWN, "unreadable_reply")),
        (says(302, b"", {"Location": "/elsewhere"}), (Outcome.UNKNOWN, "http_302")),
        (says(308, b"", {"Location": "/elsewhere"}), (Outcome.UNKNOWN, "http_308")),
        (says(400, b"no"), (Outcome.REJECTED, "http_400")),
        (says(500, b""), (Outcome.UNKNOWN, "http_500")),
        (says(502, b"<html>"), (Outcome.UNKNOWN, "http_502")),
        (says(429, b"{}"), (Outcome.NOT_PROCESSED, "http_429")),
        (refuses(400, "INVALID_PARAMETER_VALUE"), (Outcome.REJECTED, "invalid_parameter_value")),
    ],
)
async def test_whatever_the_server_does_is_a_value(
    paypal: StandIn, connector: PayPalConnector, reply: Reply, expected: tuple[Outcome, str]
) -> None:
    paypal.will(CREATE, reply)
    assert await outcome(connector) == expected
    assert len(paypal.calls(CREATE)) == 1


@pytest.mark.parametrize("reply", [hangs, drips, drips_body])
async def test_a_server_that_is_late_leaves_the_outcome_unknown(
    paypal: StandIn, reply: Reply
) -> None:
    paypal.will(CREATE, reply)
    with connected(paypal.url, call_timeout=0.5) as connector:
        started = time.monotonic()
        assert await outcome(connector) == (Outcome.UNKNOWN, "read_timeout")
        assert time.monotonic() - started < 2


async def test_a_refused_connection_is_not_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with connected(f"http://127.0.0.1:{unused.getsockname()[1]}") as connector:
            assert await outcome(connector) == (Outcome.NOT_SENT, "token_connection_failed")


async def test_a_name_that_does_not_exist_is_not_sent() -> None:
    with connected("http://paypal.invalid") as connector:
        assert (await outcome(connector))[0] is Outcome.NOT_SENT


async def test_a_connection_that_does_not_come_about_is_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        with socket.create_connection(full.getsockname()), connected(url) as connector:
            assert (await outcome(connector))[0] is Outcome.NOT_SENT


async def test_a_connection_refused_after_the_token_is_not_sent(paypal: StandIn) -> None:
    paypal.will(LIST, says(200, {}, {"Connection": "close"}))
    with connected(paypal.url) as connector:
        assert isinstance(await connector.check_account(), AccountReport)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            connector._transport._options["endpoint"] = f"http://127.0.0.1:{port}"
            assert await outcome(connector) == (Outcome.NOT_SENT, "connection_failed")


async def test_a_stand_in_with_its_own_authority_is_trusted(tmp_path: Path) -> None:
    authority = Authority()
    with serving(authority.server_context(tmp_path)) as secure:
        secure.will(CREATE, CREATED)
        with connected(secure.url, ca_pem=authority.pem) as connector:
            assert isinstance(await connector.create_checkout(a_request()), Checkout)
        with connected(secure.url, ca_pem=Authority().pem) as connector:
            assert await outcome(connector) == (Outcome.NOT_SENT, "token_tls_failed")
        with connected(secure.url) as connector:
            assert await outcome(connector) == (Outcome.NOT_SENT, "token_tls_failed")


async def test_nothing_is_sent_once_nobody_waits_for_a_thread(paypal: StandIn) -> None:
    paypal.will(CREATE, CREATED)
    release = threading.Event()
    with ThreadPoolExecutor(1) as busy:
        busy.submit(release.wait, 5)
        with connected(paypal.url, threads=busy, call_timeout=0.1) as connector:
            assert await outcome(connector) == (Outcome.NOT_SENT, "not_sent_pool_busy")
            release.set()
    assert paypal.asked == []


async def test_a_canceled_call_is_not_sent_later(paypal: StandIn) -> None:
    paypal.will(CREATE, CREATED)
    release = threading.Event()
    with ThreadPoolExecutor(1) as busy:
        busy.submit(release.wait, 5)
        with connected(paypal.url, threads=busy) as connector:
            call = asyncio.create_task(connector.create_checkout(a_request()))
            await asyncio.sleep(0.05)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            release.set()
    assert paypal.asked == []


async def test_nothing_is_sent_when_the_token_takes_all_the_time(paypal: StandIn) -> None:
    paypal.will(TOKENS, hangs)
    paypal.will(CREATE, CREATED)
    with connected(paypal.url, call_timeout=0.3) as connector:
        assert (await outcome(connector))[0] is Outcome.NOT_SENT
    assert paypal.calls(CREATE) == []


async def test_a_pool_that_is_shut_down_sends_nothing(paypal: StandIn) -> None:
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with connected(paypal.url, threads=closed) as connector:
        assert await outcome(connector) == (Outcome.NOT_SENT, "not_sent_pool_closed")


@pytest.mark.parametrize(
    "reply",
    [
        drops,
        says(200, b"<html>"),
        says(200, {"access_token": "a\r\nb", "expires_in": 1}),
        says(200, {"access_token": "abc"}),
        says(302, b"", {"Location": "https://elsewhere.example"}),
        says(400, {"error": "unsupported_grant_type"}),
        says(429, b""),
        says(500, b""),
    ],
)
async def test_without_a_token_nothing_is_sent(
    paypal: StandIn, connector: PayPalConnector, reply: Reply
) -> None:
    paypal.will(TOKENS, reply)
    assert (await outcome(connector))[0] is Outcome.NOT_SENT
    assert paypal.calls(CREATE) == []


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_told_from_a_failing_token_call(
    paypal: StandIn, connector: PayPalConnector, status: int
) -> None:
    body = {"error": "invalid_client", "error_description": f"Not {CLIENT_SECRET}"}
    paypal.will(TOKENS, says(status, body))
    failure = await connector.create_checkout(a_request())
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.CREDENTIALS, "invalid_client")
    assert CLIENT_SECRET not in failure.message


async def test_our_headers_are_no_business_of_the_token_endpoint(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, CREATED)
    await connector.create_checkout(a_request())
    (token,), (create,) = paypal.calls(TOKENS), paypal.calls(CREATE)
    assert token.headers["authorization"].startswith("Basic ")
    assert token.headers["content-type"] == "application/x-www-form-urlencoded"
    assert token.body == b"grant_type=client_credentials"
    assert not {"paypal-request-id", "prefer"} & token.headers.keys()
    assert create.headers["authorization"] == "Bearer A21AAF-token"
    assert create.headers["paypal-request-id"] == a_request().idempotency_key


async def test_a_read_sends_no_body(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(LIST, says(200, {"webhooks": []}))
    await connector.check_account()
    assert paypal.calls(LIST)[0].body == b""
    assert "paypal-request-id" not in paypal.calls(LIST)[0].headers


async def test_one_token_serves_all_threads(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(CREATE, CREATED)
    made = await asyncio.gather(*(connector.create_checkout(a_request()) for _ in range(8)))
    assert all(isinstance(each, Checkout) for each in made)
    assert len(paypal.calls(TOKENS)) == 1


async def test_a_token_is_renewed_before_it_dies(paypal: StandIn) -> None:
    clock = SetClock()
    paypal.will(CREATE, CREATED)
    with connected(paypal.url, clock=clock) as connector:
        for seconds, tokens in ((0, 1), (32_000, 1), (200, 2)):
            clock.advance(timedelta(seconds=seconds))
            await connector.create_checkout(a_request())
            assert len(paypal.calls(TOKENS)) == tokens


async def test_a_refused_token_is_replaced_once(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TOKENS, says(200, TOKEN), says(200, TOKEN | {"access_token": "second"}))
    paypal.will(CREATE, says(401, {"name": "AUTHENTICATION_FAILURE"}), CREATED)
    assert isinstance(await connector.create_checkout(a_request()), Checkout)
    first, second = paypal.calls(CREATE)
    assert second.headers["authorization"] == "Bearer second"
    assert first.body == second.body
    assert first.headers["paypal-request-id"] == second.headers["paypal-request-id"]


async def test_a_token_refused_twice_is_a_matter_of_credentials(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, says(401, {"name": "AUTHENTICATION_FAILURE"}))
    assert await outcome(connector) == (Outcome.CREDENTIALS, "authentication_failure")
    assert (len(paypal.calls(CREATE)), len(paypal.calls(TOKENS))) == (2, 2)


async def test_an_account_is_checked_with_a_fresh_token(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(TOKENS, says(200, TOKEN | {"app_id": "APP-80W284485P519543T"}))
    paypal.will(LIST, says(200, {"webhooks": []}))
    for times in (1, 2):
        report = await connector.check_account()
        expected = AccountReport(account_reference="APP-80W284485P519543T", mode=Mode.TEST)
        assert report == expected
        assert len(paypal.calls(TOKENS)) == times


@pytest.fixture
def a_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login thief password thief\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")


@pytest.mark.usefixtures("a_netrc")
async def test_the_machine_does_not_change_what_is_sent(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, CREATED)
    assert isinstance(await connector.create_checkout(a_request()), Checkout)
    assert paypal.calls(CREATE)[0].headers["authorization"] == "Bearer A21AAF-token"


async def test_cookies_are_not_kept(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(CREATE, says(201, an_order(), {"Set-Cookie": "who=me; Path=/"}))
    await connector.create_checkout(a_request())
    await connector.create_checkout(a_request())
    assert "cookie" not in paypal.calls(CREATE)[1].headers


async def test_neither_secrets_nor_bodies_are_logged(
    paypal: StandIn, connector: PayPalConnector, caplog: pytest.LogCaptureFixture
) -> None:
    paypal.will(CREATE, CREATED)
    with caplog.at_level(logging.DEBUG):
        await connector.create_checkout(a_request())
    for secret in (CLIENT_SECRET, "A21AAF-token", "Bearer", "Basic", "pay.example"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("mode", "endpoint"),
    [
        (Mode.TEST, "https://api-m.sandbox.paypal.com"),
        (Mode.LIVE, "https://api-m.paypal.com"),
    ],
)
async def test_each_mode_has_its_host(mode: Mode, endpoint: str) -> None:
    with connected(None, mode=mode) as connector:
        assert connector._transport._options["endpoint"] == endpoint


async def test_a_stand_in_may_live_under_a_path(paypal: StandIn) -> None:
    paypal.will("POST /paypal/v1/oauth2/token", says(200, TOKEN))
    paypal.will(f"GET /paypal/v2/checkout/orders/{ORDER}", says(200, an_order("APPROVED")))
    with connected(f"{paypal.url}/paypal/") as connector:
        order = await connector._checkouts.read(ORDER)
        assert not isinstance(order, Failure)
    assert paypal.calls(GET) == []


async def test_the_connection_is_kept_between_calls(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(CREATE, CREATED)
    for _ in range(3):
        assert isinstance(await connector.create_checkout(a_request()), Checkout)
    assert len({asked.port for asked in paypal.asked}) == 1
