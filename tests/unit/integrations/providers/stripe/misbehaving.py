"""Servers that misbehave, byte by byte, and a connector with short patience."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
from paymux.kernel.clock import SystemClock
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    Checkout,
    Failure,
)
from paymux.payments.ports.plugins import ConnectorEnvironment
from tests.unit.integrations.providers.stripe.stand_in import REQUEST

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

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
