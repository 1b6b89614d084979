import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import AccountReport, Checkout, Failure, Outcome
from tests.unit.integrations.providers.razorpay.stand_in import (
    KEY_SECRET,
    Reply,
    StandIn,
    a_link,
    a_request,
    connected,
    drips,
    drops,
    hangs,
    refuses,
    says,
    serving,
)

PAGE = says(200, {"entity": "collection", "count": 0, "items": []})


async def outcome(connector: RazorpayConnector) -> tuple[Outcome, str]:
    answer = await connector.create_checkout(a_request())
    assert isinstance(answer, Failure)
    return answer.outcome, answer.code


async def test_an_authenticated_read_reports_the_mode(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(PAGE)
    assert await connector.check_account() == AccountReport(mode=Mode.TEST)
    (asked,) = razorpay.asked
    assert (asked.path, asked.query) == ("/v1/payments", {"count": ["1"]})


async def test_wrong_credentials_are_told_as_such(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(refuses("Authentication failed", 401))
    answer = await connector.check_account()
    assert isinstance(answer, Failure)
    assert answer.outcome is Outcome.CREDENTIALS


async def test_a_key_of_the_other_mode_is_never_used(razorpay: StandIn) -> None:
    with connected(razorpay.url, mode=Mode.LIVE) as connector:
        assert await outcome(connector) == (Outcome.CREDENTIALS, "key_mode_mismatch")
    assert razorpay.asked == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (hangs, "read_timeout"),
        (drips, "read_timeout"),
        (drops, "connection_lost"),
        (says(200, b""), "unreadable_reply"),
        (says(200, b"<html>hello</html>"), "unreadable_reply"),
        (says(200, b"[]"), "unreadable_reply"),
        (says(200, b'{"id": '), "unreadable_reply"),
        (says(200, b"\xff\xfe{}"), "unreadable_reply"),
        (says(200, b"[" * 100_000), "unreadable_reply"),
        (says(200, b'{"a":' * 50_000), "unreadable_reply"),
        (says(200, b'{"id": "plink_1", "n": ' + b"9" * 5000 + b"}"), "unreadable_reply"),
        (says(200, {"id": 7, "status": [], "amount": "x"}), "unreadable_reply"),
        (says(200, b'{"a": "' + b"x" * 3_000_000 + b'"}'), "unreadable_reply"),
        (says(200, b"{}", {"Content-Encoding": "gzip"}), "connection_lost"),
        (says(204, b""), "unreadable_reply"),
        (says(400, b"<html>bad request</html>"), "unreadable_reply"),
        (says(408, b"{}"), "unreadable_reply"),
        (says(302, b"", {"Location": "https://elsewhere.example/"}), "redirect_refused"),
        (says(307, b"", {"Location": "/v1/payment_links"}), "redirect_refused"),
        (says(502, b"<html>bad gateway</html>"), "server_error"),
        (says(500, {"error": {"code": "SERVER_ERROR"}}), "server_error"),
        (says(502, {"error": {"code": "GATEWAY_ERROR"}}), "gateway_error"),
    ],
)
async def test_a_reply_that_proves_nothing_leaves_the_outcome_unknown(
    razorpay: StandIn, reply: Reply, code: str
) -> None:
    razorpay.will(reply)
    with connected(razorpay.url, call_timeout=1.0) as connector:
        assert await outcome(connector) == (Outcome.UNKNOWN, code)
    assert len(razorpay.asked) == 1


async def test_throttling_is_not_processed_and_says_when_to_come_back(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    body = {"error": {"code": "BAD_REQUEST_ERROR", "description": "Too many requests"}}
    razorpay.will(says(429, body, {"Retry-After": "7"}))
    answer = await connector.create_checkout(a_request())
    assert isinstance(answer, Failure)
    assert (answer.outcome, answer.retry_after_seconds) == (Outcome.NOT_PROCESSED, 7.0)


async def test_nothing_is_printed_and_no_secret_is_in_a_message(
    razorpay: StandIn, connector: RazorpayConnector, capfd: pytest.CaptureFixture[str]
) -> None:
    razorpay.will(refuses(f"bad key {KEY_SECRET} for card 4111 1111 1111 1111\x00"))
    answer = await connector.create_checkout(a_request())
    assert isinstance(answer, Failure)
    assert answer.message == "bad key [removed] for card [removed]"
    for reply in (hangs, drops, says(200, b"<html>"), says(502, b"<html>")):
        razorpay.will(reply)
        await connector.create_checkout(a_request())
    assert capfd.readouterr() == ("", "")


async def test_nothing_is_sent_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with connected(f"http://127.0.0.1:{port}") as connector:
        assert await outcome(connector) == (Outcome.NOT_SENT, "not_sent_no_connection")


async def test_nothing_is_sent_when_the_host_is_not_known() -> None:
    with connected("http://nowhere.invalid") as connector:
        code = (await outcome(connector))[1]
    assert code.startswith("not_sent_")


async def test_nothing_is_sent_when_connecting_takes_too_long(silent_port: int) -> None:
    with connected(f"http://127.0.0.1:{silent_port}", connect_timeout=0.2) as connector:
        assert await outcome(connector) == (Outcome.NOT_SENT, "not_sent_connect_timeout")


async def test_nothing_is_sent_when_tls_fails(razorpay: StandIn) -> None:
    with connected(razorpay.url.replace("http:", "https:")) as connector:
        assert await outcome(connector) == (Outcome.NOT_SENT, "not_sent_tls_failed")
    assert razorpay.asked == []


async def test_nothing_is_sent_when_the_tls_handshake_hangs(mute_port: int) -> None:
    with connected(f"https://127.0.0.1:{mute_port}", connect_timeout=0.2) as connector:
        assert (await outcome(connector))[0] is Outcome.NOT_SENT


async def test_nothing_is_sent_when_no_thread_is_free(razorpay: StandIn) -> None:
    released = threading.Event()
    razorpay.will(says(200, a_link()))
    with ThreadPoolExecutor(1) as threads:
        threads.submit(released.wait)
        with connected(razorpay.url, threads=threads, call_timeout=0.2) as connector:
            assert await outcome(connector) == (Outcome.NOT_SENT, "not_sent_pool_busy")
            released.set()
    assert razorpay.asked == []


async def test_nothing_is_sent_once_the_pool_is_closed(razorpay: StandIn) -> None:
    threads = ThreadPoolExecutor(1)
    threads.shutdown()
    with connected(razorpay.url, threads=threads) as connector:
        assert await outcome(connector) == (Outcome.NOT_SENT, "not_sent_closing")


async def test_a_timed_out_call_frees_its_thread(razorpay: StandIn) -> None:
    with (
        ThreadPoolExecutor(1) as threads,
        connected(razorpay.url, threads=threads, call_timeout=1.0) as connector,
    ):
        razorpay.will(drips)
        assert (await outcome(connector))[1] == "read_timeout"
        razorpay.will(says(200, a_link()))
        assert isinstance(await connector.create_checkout(a_request()), Checkout)


async def test_a_cancelled_call_frees_its_thread(razorpay: StandIn) -> None:
    with (
        ThreadPoolExecutor(1) as threads,
        connected(razorpay.url, threads=threads, call_timeout=5) as connector,
    ):
        razorpay.will(hangs)
        task = asyncio.create_task(connector.create_checkout(a_request()))
        assert await asyncio.to_thread(razorpay.was_asked.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        razorpay.will(says(200, a_link()))
        assert isinstance(await connector.create_checkout(a_request()), Checkout)


async def test_concurrent_calls_do_not_mix_up_their_outcomes(razorpay: StandIn) -> None:
    razorpay.will(*[says(200, a_link()), refuses("wrong input fields sent.")] * 10, hangs)
    with ThreadPoolExecutor(8) as threads, connected(razorpay.url, threads=threads) as connector:
        answers = await asyncio.gather(
            *(connector.create_checkout(a_request()) for _ in range(20))
        )
    assert sum(isinstance(answer, Checkout) for answer in answers) == 10
    refused = [answer for answer in answers if isinstance(answer, Failure)]
    assert {answer.code for answer in refused} == {"wrong_input_fields"}


async def test_proxies_and_netrc_of_the_environment_are_not_used(
    razorpay: StandIn, connector: RazorpayConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    razorpay.will(PAGE)
    assert isinstance(await connector.check_account(), AccountReport)


async def test_connections_are_kept_open_and_cookies_are_not(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, {"entity": "collection"}, {"Set-Cookie": "a=b; Path=/"}))
    await connector.check_account()
    await connector.check_account()
    assert all("cookie" not in asked.headers for asked in razorpay.asked)


async def test_a_closed_connector_closes_its_connections(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(PAGE)
    await connector.check_account()
    await connector.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port whose backlog is full, so that nobody can connect."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        port = server.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port
        for filler in fillers:
            filler.close()


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_a_stand_ins_certificate_authority_replaces_the_public_ones(
    tmp_path: Path,
) -> None:
    pem = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with serving(context) as stand_in:
        stand_in.will(PAGE)
        with connected(stand_in.url, ca_pem=pem) as connector:
            assert isinstance(await connector.check_account(), AccountReport)
        with connected(stand_in.url) as connector:
            assert await outcome(connector) == (Outcome.NOT_SENT, "not_sent_tls_failed")
    assert len(stand_in.asked) == 1


def self_signed(folder: Path) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return pem
