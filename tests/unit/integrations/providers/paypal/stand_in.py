"""A loopback server that answers as it is told, and remembers what it was asked."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import CheckoutRequest
from paymux.payments.ports.plugins import ConnectorEnvironment

CLIENT_ID = "AZDxjDScFpQtjWTOUtWKbyN_bDt4OgqaF4eYXlewfBP4"
CLIENT_SECRET = "EGnHDxD_qRPdaLdZz8iCr8N7_MzF-YHPTkjs6NKYQvQS"
ATTEMPT = "att_01k2f3g4h5j6k7m8n9p0q1r2s3"
PAYMENT = "pay_01k2f3g4h5j6k7m8n9p0q1r2s3"
ORDER = "5O190127TN364715T"
CAPTURE = "3C679366HH908993F"
AUTHORIZATION = "0VF52814937998046"
REFUND = "1JU08902781691411"
REFUND_ID = "rfd_01k2f3g4h5j6k7m8n9p0q1r2s3"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TOKEN = {"access_token": "A21AAF-token", "token_type": "Bearer", "expires_in": 32400}


class SetClock:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    port: int

    @property
    def json(self) -> dict[str, object]:
        decoded = json.loads(self.body)
        assert isinstance(decoded, dict)
        return decoded


Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class StandIn:
    """Gives each path its replies in order, the last one again and again."""

    url: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    was_asked: threading.Event = field(default_factory=threading.Event)

    def will(self, what: str, *replies: Reply) -> None:
        """Answer `what`, such as `GET /v2/checkout/orders`, with these."""
        self.replies[what] = list(replies)

    def reply_to(self, what: str) -> Reply:
        replies = self.replies.get(what) or [refuses(404, "INVALID_RESOURCE_ID")]
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def calls(self, what: str) -> list[Asked]:
        return [each for each in self.asked if f"{each.method} {each.path}" == what]


TOKENS = "POST /v1/oauth2/token"
CREATE = "POST /v2/checkout/orders"
GET = f"GET /v2/checkout/orders/{ORDER}"
TAKE = f"POST /v2/checkout/orders/{ORDER}/capture"
WEBHOOKS = "/v1/notifications/webhooks"


def says(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(raw)))
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw)

    return reply


def refuses(status: int, issue: str, name: str = "UNPROCESSABLE_ENTITY") -> Reply:
    details = [{"issue": issue, "description": f"About {issue}."}]
    body = {"name": name, "message": "No.", "debug_id": "f00d", "details": details}
    return says(status, body)


def hangs(handler: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):
        handler.connection.settimeout(5)
        handler.connection.recv(1)
    handler.close_connection = True


def drops(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def stops_short(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{"id":')
    handler.close_connection = True


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Send a header a byte at a time, so that no single read ever times out."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(30):
            handler.wfile.write(b"a")
            time.sleep(0.05)
    handler.close_connection = True


def drips_body(handler: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        for _ in range(30):
            handler.wfile.write(b" ")
            time.sleep(0.05)
    handler.close_connection = True


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    stand_in = StandIn()
    stand_in.will(TOKENS, says(200, TOKEN))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            port = self.client_address[1]
            stand_in.asked.append(Asked(self.command, self.path, headers, body, port))
            stand_in.was_asked.set()
            with suppress(BrokenPipeError, ConnectionResetError):
                stand_in.reply_to(f"{self.command} {self.path}")(self)

        do_GET = do_POST = do_DELETE = do_PATCH = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # the client may go away
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    stand_in.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def connected(
    url: str | None,
    *,
    mode: Mode = Mode.TEST,
    clock: SetClock | None = None,
    threads: Executor | None = None,
    call_timeout: float = 2.0,
    ca_pem: bytes | None = None,
    webhook_ids: tuple[str, ...] = (),
) -> Iterator[PayPalConnector]:
    own = ThreadPoolExecutor(4)
    environment = ConnectorEnvironment(
        mode=mode,
        clock=clock or SetClock(),
        threads=threads or own,
        webhook_verifiers=webhook_ids,
        connect_timeout=1.0,
        call_timeout=call_timeout,
        base_url=url,
        ca_pem=ca_pem,
    )
    connector = PayPalConnector(CLIENT_ID, CLIENT_SECRET, environment)
    try:
        yield connector
    finally:
        connector._transport.close()
        own.shutdown()


def a_request(
    *,
    amount: Money | None = None,
    description: str = "Order 42",
    idempotency_key: str = "idem_01k2f3g4h5j6k7m8n9p0q1r2s3",
    replay: bool = False,
    captures_later: bool = False,
) -> CheckoutRequest:
    return CheckoutRequest(
        payment_id=PAYMENT,
        attempt_id=ATTEMPT,
        idempotency_key=idempotency_key,
        amount=amount or Money(10000, "USD"),
        description=description,
        return_url="https://pay.example/return",
        cancel_url="https://pay.example/cancel",
        created_at=NOW,
        replay=replay,
        captures_later=captures_later,
    )


def an_order(status: str = "PAYER_ACTION_REQUIRED", **changes: object) -> dict[str, object]:
    """Return an order as PayPal's API gives it."""
    page = "https://www.sandbox.paypal.com/checkoutnow?token=" + ORDER
    order: dict[str, object] = {
        "id": ORDER,
        "intent": "CAPTURE",
        "status": status,
        "payment_source": {"paypal": {}},
        "purchase_units": [
            {
                "reference_id": ATTEMPT,
                "custom_id": ATTEMPT,
                "invoice_id": PAYMENT,
                "amount": {"currency_code": "USD", "value": "100.00"},
            }
        ],
        "create_time": "2026-11-23T08:00:01Z",
        "links": [
            {"href": f"https://api.paypal.com/v2/checkout/orders/{ORDER}", "rel": "self"},
            {"href": page, "rel": "payer-action", "method": "GET"},
        ],
    }
    return order | changes


def a_capture(status: str = "COMPLETED", **changes: object) -> dict[str, object]:
    """Return a capture as PayPal's API gives it within an order."""
    capture: dict[str, object] = {
        "id": CAPTURE,
        "status": status,
        "amount": {"currency_code": "USD", "value": "100.00"},
        "custom_id": ATTEMPT,
        "invoice_id": PAYMENT,
        "final_capture": True,
        "create_time": "2026-11-23T08:05:00Z",
        "update_time": "2026-11-23T08:05:02Z",
        "links": [{"href": f"https://api.paypal.com/v2/checkout/orders/{ORDER}", "rel": "up"}],
    }
    return capture | changes


def a_paid_order(*captures: dict[str, object], status: str = "COMPLETED") -> dict[str, object]:
    """Return an order with captures, one that succeeded unless others are given."""
    unit = {
        "reference_id": ATTEMPT,
        "custom_id": ATTEMPT,
        "invoice_id": PAYMENT,
        "amount": {"currency_code": "USD", "value": "100.00"},
        "payments": {"captures": list(captures or (a_capture(),))},
    }
    return an_order(status, purchase_units=[unit], update_time="2026-11-23T08:05:02Z", links=[])


def an_authorization(status: str = "CREATED", **changes: object) -> dict[str, object]:
    """Return an authorisation as PayPal's API gives it."""
    authorization: dict[str, object] = {
        "id": AUTHORIZATION,
        "status": status,
        "amount": {"currency_code": "USD", "value": "100.00"},
        "custom_id": ATTEMPT,
        "invoice_id": PAYMENT,
        "expiration_time": "2026-12-22T08:05:00Z",
        "create_time": "2026-11-23T08:04:30Z",
        "update_time": "2026-11-23T08:04:30Z",
        "links": [{"href": f"https://api.paypal.com/v2/checkout/orders/{ORDER}", "rel": "up"}],
    }
    return authorization | changes


def a_held_order(
    *captures: dict[str, object],
    hold: dict[str, object] | None = None,
    refunds: Sequence[dict[str, object]] = (),
) -> dict[str, object]:
    """Return an order that was authorised, with the captures and refunds given."""
    payments: dict[str, object] = {"authorizations": [hold or an_authorization()]}
    if captures:
        payments["captures"] = list(captures)
    if refunds:
        payments["refunds"] = list(refunds)
    unit = {"reference_id": ATTEMPT, "custom_id": ATTEMPT, "invoice_id": PAYMENT}
    unit_with_payments = {**unit, "payments": payments}
    return an_order("COMPLETED", intent="AUTHORIZE", purchase_units=[unit_with_payments], links=[])


def a_refund(status: str = "COMPLETED", **changes: object) -> dict[str, object]:
    """Return a refund as PayPal's API gives it."""
    refund: dict[str, object] = {
        "id": REFUND,
        "status": status,
        "amount": {"currency_code": "USD", "value": "100.00"},
        "custom_id": REFUND_ID,
        "invoice_id": REFUND_ID,
        "create_time": "2026-11-24T08:00:00Z",
        "update_time": "2026-11-24T08:00:01Z",
        "links": [
            {"href": f"https://api.paypal.com/v2/payments/refunds/{REFUND}", "rel": "self"},
            {"href": f"https://api.paypal.com/v2/payments/captures/{CAPTURE}", "rel": "up"},
        ],
    }
    return refund | changes


def money(value: str) -> dict[str, str]:
    """Return an amount of dollars as PayPal writes it."""
    return {"currency_code": "USD", "value": value}
