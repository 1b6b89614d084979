"""The real SDK against servers that misbehave: what was sent is told from what was not."""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
from paymux.integrations.adapters.providers.stripe.exchange import MAX_REPLY_BYTES
from paymux.kernel.clock import SystemClock
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    CustomerRecord,
    Failure,
    Outcome,
)
from paymux.payments.ports.plugins import ConnectorEnvironment

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

REQUEST = CheckoutRequest(
    payment_id="pay_1",
    attempt_id="att_1",
    idempotency_key="key-1",
    amount=Money(1000, "USD"),
    description="Order 1",
    return_url="https://pay.example/return",
    cancel_url="https://pay.example/cancel",
    created_at=datetime(2026, 11, 23, tzinfo=UTC),
)
GOOD = (
    b'{"id":"cs_test_1","object":"checkout.session","url":"https://checkout.example/1",'
    b'"status":"open","payment_status":"unpaid"}'
)


def connector(
    base_url: str, *, key: str = "sk_test_12345678", ca_pem: bytes | None = None
) -> StripeConnector:
    environment = ConnectorEnvironment(
        mode=Mode.TEST,
        clock=SystemClock(),
        threads=ThreadPoolExecutor(1),
        connect_timeout=0.4,
        call_timeout=0.8,
        base_url=base_url,
        ca_pem=ca_pem,
    )
    return StripeConnector(key, environment)


@asynccontextmanager
async def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await behave(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.create_task(handle(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


async def outcome_of(base_url: str) -> Checkout | Failure:
    stripe = connector(base_url)
    try:
        return await asyncio.wait_for(stripe.create_checkout(REQUEST), 5)
    finally:
        await stripe.close()


async def failure_of(behave: Behaviour) -> Failure:
    async with serving(behave) as base_url:
        failure = await outcome_of(base_url)
    assert isinstance(failure, Failure)
    return failure


async def request_read(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + await reader.readexactly(length)


def answering(body: bytes, status: bytes = b"200 OK", headers: bytes = b"") -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        length = b"Content-Length: %d\r\n" % len(body)
        writer.write(b"HTTP/1.1 " + status + b"\r\n" + length + headers + b"\r\n" + body)
        await writer.drain()

    return behave


def unused_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


async def test_a_refused_connection_was_not_sent() -> None:
    failure = await outcome_of(f"http://127.0.0.1:{unused_port()}")
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "connect_failed")


async def test_a_name_that_does_not_exist_was_not_sent() -> None:
    failure = await outcome_of("http://stripe.invalid")
    assert isinstance(failure, Failure)
    assert failure.outcome is Outcome.NOT_SENT
    assert failure.code in {"dns_failed", "connect_timeout"}


async def test_a_connection_that_is_not_accepted_in_time_was_not_sent() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        failure = await outcome_of(f"http://127.0.0.1:{port}")
        for client in waiting:
            client.close()
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "connect_timeout")


async def test_a_server_that_speaks_no_tls_was_not_sent() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 This is HTTP\r\n\r\n")

    async with serving(plain) as base_url:
        failure = await outcome_of(base_url.replace("http:", "https:"))
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "tls_failed")


def self_signed(folder: Path) -> tuple[ssl.SSLContext, bytes]:
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
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "server.pem").write_bytes(private + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, pem


async def test_a_certificate_is_trusted_only_by_its_own_authority(tmp_path: Path) -> None:
    tls, authority = self_signed(tmp_path)
    async with serving(answering(GOOD), tls) as base_url:
        secure = base_url.replace("http:", "https:")
        failure = await outcome_of(secure)
        stripe = connector(secure, ca_pem=authority)
        assert isinstance(await stripe.create_checkout(REQUEST), Checkout)
        await stripe.close()
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "tls_failed")


async def test_a_tls_handshake_that_never_ends_was_not_sent() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(100_000)
        await asyncio.sleep(2)

    async with serving(silent) as base_url:
        failure = await outcome_of(base_url.replace("http:", "https:"))
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "connect_timeout")


async def test_a_server_that_never_answers_leaves_it_unknown() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await request_read(reader)
        await asyncio.sleep(2)

    failure = await failure_of(silent)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "read_timeout")


async def test_an_answer_that_drips_is_bounded_by_the_whole_calls_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(20):
            writer.write(b" ")
            await asyncio.sleep(0.1)

    started = asyncio.get_running_loop().time()
    failure = await failure_of(drip)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "read_timeout")
    assert asyncio.get_running_loop().time() - started < 1.5


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"])
async def test_a_connection_that_breaks_after_the_request_leaves_it_unknown(start: bytes) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(start)

    failure = await failure_of(hang_up)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "connection_lost")


async def test_a_connection_reset_while_the_request_is_on_its_way_leaves_it_unknown() -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
        )

    failure = await failure_of(reset)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "connection_lost")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"ok"',
        b"<html>Bad gateway</html>",
        b"\xff\xfe",
        b"{",
        b"{}",
        b'{"id":7}',
        b'{"id":"cs_1"}',
        b'{"id":"cs_1","url":"javascript:alert(1)"}',
        b'{"object":"list","data":5}',
        b'{"object":["checkout.session"],"id":"cs_1"}',
        b'{"id":"cs_1","url":"https://x.example","metadata":[1]}',
        b'{"id":"cs_1","url":"https://x.example","expires_at":1e99}',
        b'{"id":"cs_1","url":"https://x.example","expires_at":99999999999999999999}',
        b'{"id":"cs_1","payment_intent":' + b'{"object":"charge","x":' * 5000 + b"1" + b"}" * 5001,
        b"[" * 200_000,
        b"{" + b" " * MAX_REPLY_BYTES + b"}",
    ],
)
async def test_an_answer_of_another_shape_leaves_it_unknown(body: bytes) -> None:
    failure = await failure_of(answering(body))
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize("status", [b"400 Bad", b"403 Forbidden", b"500 Oops", b"502 Bad"])
async def test_a_refusal_that_is_not_stripes_leaves_it_unknown(status: bytes) -> None:
    failure = await failure_of(answering(b"<html>proxy</html>", status))
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize(
    "status", [b"301 Moved", b"302 Found", b"307 Temporary", b"308 Permanent"]
)
async def test_a_redirect_is_not_followed(status: bytes) -> None:
    asked = asyncio.Event()

    async def trap(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        asked.set()

    async with serving(trap) as elsewhere:
        failure = await failure_of(
            answering(b"", status, b"Location: %s\r\n" % elsewhere.encode())
        )
    assert failure.outcome is Outcome.UNKNOWN
    assert not asked.is_set()


async def test_a_compressed_bomb_is_not_unpacked_to_the_end() -> None:
    bomb = zlib.compress(b"{" + b" " * (8 * MAX_REPLY_BYTES), 9)
    failure = await failure_of(answering(bomb, headers=b"Content-Encoding: deflate\r\n"))
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        (
            b"401 U",
            b'{"error":{"type":"invalid_request_error"}}',
            "credentials",
            "authentication_error",
        ),
        (
            b"403 F",
            b'{"error":{"type":"invalid_request_error"}}',
            "credentials",
            "permission_error",
        ),
        (
            b"409 C",
            b'{"error":{"code":"idempotency_key_in_use"}}',
            "in_progress",
            "idempotency_key_in_use",
        ),
        (b"429 T", b'{"error":{"code":"lock_timeout"}}', "not_processed", "lock_timeout"),
        (b"400 B", b'{"error":{"code":"amount_too_small"}}', "rejected", "amount_too_small"),
        (b"500 I", b'{"error":{"type":"api_error"}}', "unknown", "api_error"),
        (b"503 S", b'{"error":{"type":"api_error"}}', "unknown", "api_error"),
    ],
)
async def test_stripes_own_refusals_are_told_apart_by_the_real_sdk(
    status: bytes, body: bytes, outcome: str, code: str
) -> None:
    failure = await failure_of(answering(body, status, b"Request-Id: req_9\r\nRetry-After: 3\r\n"))
    assert (failure.outcome, failure.code) == (outcome, code)
    assert failure.provider_request_id == "req_9"
    assert failure.retry_after_seconds == 3


async def test_one_call_is_one_request_whatever_comes_back() -> None:
    count = 0

    async def failing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await answering(b'{"error":{"type":"api_error"}}', b"500 Oops")(reader, writer)

    await failure_of(failing)
    assert count == 1


async def test_a_key_of_the_other_mode_never_reaches_the_network() -> None:
    stripe = connector(f"http://127.0.0.1:{unused_port()}", key="sk_live_12345678")
    failure = await stripe.create_checkout(REQUEST)
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.CREDENTIALS, "wrong_mode")


async def test_an_amount_that_stripe_cannot_express_never_reaches_the_network() -> None:
    stripe = connector(f"http://127.0.0.1:{unused_port()}")
    request = msgspec.structs.replace(REQUEST, amount=Money(10005, "KWD"))
    failure = await stripe.create_checkout(request)
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.field) == (Outcome.REJECTED, "amount")


async def test_every_other_call_also_answers_with_a_failure() -> None:
    stripe = connector(f"http://127.0.0.1:{unused_port()}")
    query = AttemptQuery(attempt_id="att_1", created_at=datetime.now(UTC))
    answers = [
        await stripe.check_account(),
        await stripe.expire_checkout("cs_1", "k"),
        await stripe.look_up(query),
        await stripe.look_up(
            msgspec.structs.replace(query, provider_reference="../../v1/customers")
        ),
        await stripe.put_customer(CustomerRecord(customer_id="c"), "k", None),
        await stripe.put_customer(CustomerRecord(customer_id="c"), "k", "cus_1"),
        await stripe.register_webhook("https://pay.example/w", "k"),
        await stripe.unregister_webhook("we_1"),
    ]
    await stripe.close()
    assert all(isinstance(answer, Failure) for answer in answers)


async def test_the_connection_is_kept_between_calls_and_opened_again_after_close() -> None:
    connections = 0

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            await answering(GOOD)(reader, writer)

    async with serving(keep) as base_url:
        stripe = connector(base_url)
        first = [await stripe.create_checkout(REQUEST) for _ in range(2)]
        assert connections == 1
        await stripe.close()
        again = await stripe.create_checkout(REQUEST)
        assert connections == 2
        await stripe.close()
    assert all(isinstance(answer, Checkout) for answer in [*first, again])


def test_a_connector_may_be_used_on_one_event_loop_after_the_other() -> None:
    stripe = connector("http://127.0.0.1:1")

    async def once() -> Checkout | Failure:
        async with serving(answering(GOOD)):
            answer = await stripe.create_checkout(REQUEST)
            await stripe.close()
            return answer

    for _ in range(2):
        answer = asyncio.run(once())
        assert isinstance(answer, Failure)
        assert answer.code == "connect_failed"


async def test_a_call_that_is_cancelled_ends_as_cancelled() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await request_read(reader)
        await asyncio.sleep(2)

    async with serving(silent) as base_url:
        stripe = connector(base_url)
        call = asyncio.create_task(stripe.create_checkout(REQUEST))
        await asyncio.sleep(0.2)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await stripe.close()


async def test_nothing_about_this_machine_is_told_and_our_own_key_is_sent() -> None:
    heads: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request_read(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD))

    async with serving(record) as base_url:
        assert isinstance(await outcome_of(base_url), Checkout)
    (head,) = heads
    assert b"X-Stripe-Client" not in head
    assert b"\r\nIdempotency-Key: key-1\r\n" in head
    assert b"\r\nStripe-Version: 2026-10-28.endive\r\n" in head
    assert b"\r\nAuthorization: Bearer sk_test_12345678\r\n" in head
