"""A loopback server that answers as it is told, and remembers what it was asked."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.kernel.clock import SystemClock
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    CheckoutRequest,
    Payer,
    SavedMethod,
    SavedMethodStatus,
)
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.refunds import RefundRequest

KEY_ID = "rzp_test_1DP5mmOlF5G5ag"
KEY_SECRET = "thisisasecretofthetest"
ATTEMPT = "att_01k2f3g4h5j6k7m8n9p0q1r2s3"
PAYMENT = "pay_01k2f3g4h5j6k7m8n9p0q1r2s3"
REFUND = "ref_01k2f3g4h5j6k7m8n9p0q1r2s3"
TAKEN = "pay_DESlfW9H8K9uqM"
CREATED_AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        decoded = json.loads(self.body)
        assert isinstance(decoded, dict)
        return decoded


Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class StandIn:
    """Gives its replies in order, the last one again and again."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    was_asked: threading.Event = field(default_factory=threading.Event)

    def will(self, *replies: Reply) -> None:
        self.replies[:] = replies

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


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


def refuses(description: str, status: int = 400, code: str = "BAD_REQUEST_ERROR") -> Reply:
    return says(status, {"error": {"code": code, "description": description}})


def hangs(handler: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):
        handler.connection.settimeout(5)
        handler.connection.recv(1)
    handler.close_connection = True


def drops(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Send a header a byte at a time, so that no single read ever times out."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(200):
            handler.wfile.write(b"a")
            handler.wfile.flush()
            time.sleep(0.05)
    handler.close_connection = True


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    stand_in = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet per reply, else delayed acknowledgement costs 40 ms

        def answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stand_in.asked.append(
                Asked(self.command, parts.path, parse_qs(parts.query), headers, body)
            )
            stand_in.was_asked.set()
            with suppress(BrokenPipeError, ConnectionResetError):
                stand_in.next_reply()(self)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client may go away
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
    key_id: str = KEY_ID,
    key_secret: str = KEY_SECRET,
    mode: Mode = Mode.TEST,
    threads: Executor | None = None,
    connect_timeout: float = 1.0,
    call_timeout: float = 2.0,
    ca_pem: bytes | None = None,
) -> Iterator[RazorpayConnector]:
    own = ThreadPoolExecutor(4)
    environment = ConnectorEnvironment(
        mode=mode,
        clock=SystemClock(),
        threads=threads or own,
        webhook_verifiers=("whsecret",),
        connect_timeout=connect_timeout,
        call_timeout=call_timeout,
        base_url=url,
        ca_pem=ca_pem,
    )
    connector = RazorpayConnector(key_id, key_secret, environment)
    try:
        yield connector
    finally:
        connector._transport._session.close()
        own.shutdown()


def a_request(
    *,
    amount: Money | None = None,
    description: str = "Order 42",
    expires_at: datetime | None = None,
    payer: Payer | None = None,
    attempt_id: str = ATTEMPT,
    replay: bool = False,
) -> CheckoutRequest:
    return CheckoutRequest(
        payment_id=PAYMENT,
        attempt_id=attempt_id,
        idempotency_key="key",
        amount=amount or Money(50000, "INR"),
        description=description,
        return_url="https://pay.example/return",
        cancel_url="https://pay.example/cancel",
        created_at=CREATED_AT,
        expires_at=expires_at,
        payer=payer,
        replay=replay,
    )


def a_refund_request(
    *,
    amount: Money | None = None,
    key: str = f"paymux-{REFUND}",
    refund_id: str = REFUND,
    payment_reference: str = TAKEN,
    reason: str | None = "Broken on arrival",
    replay: bool = False,
) -> RefundRequest:
    return RefundRequest(
        payment_id=PAYMENT,
        attempt_id=ATTEMPT,
        refund_id=refund_id,
        idempotency_key=key,
        provider_reference="plink_ExjpAUN3gVHrPJ",
        payment_reference=payment_reference,
        amount=amount or Money(10000, "INR"),
        captured=Money(50000, "INR"),
        created_at=CREATED_AT,
        reason=reason,
        replay=replay,
    )


def a_refund(status: str = "pending", **changes: object) -> dict[str, object]:
    """Return a refund as Razorpay's API gives it."""
    refund: dict[str, object] = {
        "id": "rfnd_FP8QHiV938haTz",
        "entity": "refund",
        "amount": 10000,
        "currency": "INR",
        "payment_id": TAKEN,
        "notes": {"refund_id": REFUND, "payment_id": PAYMENT, "attempt_id": ATTEMPT},
        "receipt": REFUND,
        "acquirer_data": {"arn": None},
        "created_at": 1795420900,
        "batch_id": None,
        "status": status,
        "speed_processed": "normal",
        "speed_requested": "normal",
    }
    return refund | changes


def a_link(status: str = "created", **changes: object) -> dict[str, object]:
    """Return a payment link as Razorpay's API gives it."""
    link: dict[str, object] = {
        "accept_partial": False,
        "amount": 50000,
        "amount_paid": 50000 if status == "paid" else 0,
        "cancelled_at": 0,
        "created_at": 1795420800,
        "currency": "INR",
        "customer": {},
        "description": "Order 42",
        "expire_by": 0,
        "expired_at": 0,
        "first_min_partial_amount": 0,
        "id": "plink_ExjpAUN3gVHrPJ",
        "notes": {"payment_id": PAYMENT, "attempt_id": ATTEMPT},
        "notify": {"email": False, "sms": False},
        "payments": None,
        "reference_id": ATTEMPT,
        "reminder_enable": False,
        "reminders": [],
        "short_url": "https://rzp.io/i/nxrHnLJ",
        "status": status,
        "updated_at": 1795420900,
        "user_id": "",
    }
    return link | changes


def a_payment(status: str = "captured", **changes: object) -> dict[str, object]:
    """Return a payment as Razorpay's webhooks carry it."""
    payment: dict[str, object] = {
        "id": "pay_DESlfW9H8K9uqM",
        "entity": "payment",
        "amount": 50000,
        "currency": "INR",
        "status": status,
        "order_id": "order_DESlLckIVRkHWj",
        "method": "netbanking",
        "notes": {"payment_id": PAYMENT, "attempt_id": ATTEMPT},
        "error_code": "BAD_REQUEST_ERROR" if status == "failed" else None,
        "error_description": "Payment failed" if status == "failed" else None,
        "error_reason": "payment_failed" if status == "failed" else None,
        "created_at": 1795420850,
    }
    return payment | changes


def a_saved_card() -> SavedMethod:
    """Return a card as it is kept after it was saved."""
    return SavedMethod(
        status=SavedMethodStatus.ACTIVE,
        provider_reference="token_FHfn3rIiM1Z8nr",
        customer_reference="cust_DtHaBuooGHTuyZ",
    )


def an_invoice(status: str = "issued", **changes: object) -> dict[str, object]:
    """Return a registration link as Razorpay's API gives it."""
    invoice: dict[str, object] = {
        "id": "inv_FHrXGIpd3N17DX",
        "entity": "invoice",
        "receipt": ATTEMPT,
        "invoice_number": ATTEMPT,
        "customer_id": "cust_DtHaBuooGHTuyZ",
        "customer_details": {
            "id": "cust_DtHaBuooGHTuyZ",
            "name": "Asha Rao",
            "email": "asha@example.in",
            "contact": "+919876543210",
            "gstin": None,
            "billing_address": None,
            "shipping_address": None,
            "customer_name": "Asha Rao",
            "customer_email": "asha@example.in",
            "customer_contact": "+919876543210",
        },
        "order_id": "order_FHrXGJNngJyEAe",
        "line_items": [],
        "payment_id": None,
        "status": status,
        "expire_by": None,
        "issued_at": 1795420800,
        "paid_at": None,
        "cancelled_at": None,
        "expired_at": None,
        "sms_status": None,
        "email_status": None,
        "date": 1795420800,
        "terms": None,
        "partial_payment": False,
        "gross_amount": 50000,
        "tax_amount": 0,
        "taxable_amount": 0,
        "amount": 50000,
        "amount_paid": 50000 if status == "paid" else 0,
        "amount_due": 0 if status == "paid" else 50000,
        "currency": "INR",
        "currency_symbol": "\u20b9",
        "description": "Order 42",
        "notes": {"payment_id": PAYMENT, "attempt_id": ATTEMPT, "max_charge": "1500000"},
        "comment": None,
        "short_url": "https://rzp.io/i/VSriCfn",
        "view_less": True,
        "billing_start": None,
        "billing_end": None,
        "type": "link",
        "group_taxes_discounts": False,
        "created_at": 1795420800,
        "idempotency_key": None,
    }
    return invoice | changes


def a_token(status: str = "confirmed", **changes: object) -> dict[str, object]:
    """Return a token as Razorpay's API gives it."""
    token: dict[str, object] = {
        "id": "token_FHfn3rIiM1Z8nr",
        "entity": "token",
        "method": "card",
        "card": {
            "entity": "card",
            "last4": "7558",
            "network": "Visa",
            "expiry_month": 1,
            "expiry_year": 2027,
        },
        "recurring": True,
        "recurring_details": {"status": status, "failure_reason": None},
        "created_at": 1795420800,
    }
    return token | changes


def a_dispute(status: str = "open", **changes: object) -> dict[str, object]:
    """Return a dispute as Razorpay's API gives it."""
    dispute: dict[str, object] = {
        "id": "disp_AHfqOvkldwsbqt",
        "entity": "dispute",
        "payment_id": TAKEN,
        "amount": 10000,
        "currency": "INR",
        "amount_deducted": 10000 if status == "lost" else 0,
        "reason_code": "goods_or_services_not_received_or_partially_received",
        "respond_by": 1796025600,
        "status": status,
        "phase": "chargeback",
        "created_at": 1795420800,
    }
    return dispute | changes
