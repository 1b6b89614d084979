"""A Stripe that answers what a test has put there, behind the real SDK."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
from paymux.kernel.clock import SystemClock
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import CheckoutRequest, Payer
from paymux.payments.ports.disputes import AcceptRequest, Evidence, EvidenceRequest
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from paymux.payments.ports.saved_methods import ChargeRequest

URL = "https://pay.example/webhooks/stripe/con_1"
NOW = datetime.now(UTC)
REQUEST = CheckoutRequest(
    payment_id="pay_1",
    attempt_id="att_1",
    idempotency_key="key-1",
    amount=Money(1000, "USD"),
    description="Order 1",
    return_url="https://pay.example/return",
    cancel_url="https://pay.example/cancel",
    created_at=NOW,
    expires_at=NOW + timedelta(hours=2),
    payer=Payer(customer_id="cus_a", email="a@example.com"),
)
CAPTURE = CaptureRequest(
    attempt_id="att_1",
    capture_id="cap_1",
    idempotency_key="key-1",
    provider_reference="cs_test_1",
    payment_reference="pi_1",
    amount=Money(900, "USD"),
    authorized=Money(1000, "USD"),
    is_final=True,
    created_at=NOW,
)
VOID = VoidRequest(
    attempt_id="att_1",
    idempotency_key="key-1",
    provider_reference="cs_test_1",
    payment_reference="pi_1",
    created_at=NOW,
)
REFUND = RefundRequest(
    payment_id="pay_1",
    attempt_id="att_1",
    refund_id="ref_1",
    idempotency_key="key-1",
    provider_reference="cs_test_1",
    payment_reference="pi_1",
    amount=Money(300, "USD"),
    captured=Money(1000, "USD"),
    created_at=NOW,
    reason="Broken on arrival",
)
CHARGE = ChargeRequest(
    payment_id="pay_2",
    attempt_id="att_2",
    idempotency_key="key-2",
    amount=Money(700, "USD"),
    description="Renewal",
    method_reference="pm_1",
    customer_reference="cus_1",
    created_at=NOW,
)
ACCEPT = AcceptRequest(
    dispute_id="dsp_1", idempotency_key="key-3", provider_reference="du_1", created_at=NOW
)
DEFENCE = EvidenceRequest(
    dispute_id="dsp_1",
    idempotency_key="key-4",
    provider_reference="du_1",
    amount=Money(1000, "USD"),
    evidence=Evidence(summary="It was delivered."),
    created_at=NOW,
)
QUERY = RefundQuery(refund_id="ref_1", payment_reference="pi_1", created_at=NOW)
SESSION: dict[str, object] = {
    "id": "cs_test_1",
    "object": "checkout.session",
    "url": "https://checkout.example/1",
    "status": "open",
    "payment_status": "unpaid",
    "client_reference_id": "att_1",
    "metadata": {"attempt_id": "att_1"},
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it arrived."""

    method: str
    path: str
    parameters: str
    key: str | None


class Stripe:
    """Answers what the test has put there, and keeps every request."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.answers: dict[tuple[str, str], list[tuple[int, object]]] = {}

    def answer(self, method: str, path: str, *bodies: object, status: int = 200) -> None:
        self.answers.setdefault((method, path), []).extend((status, body) for body in bodies)

    async def handle(self, request: web.Request) -> web.Response:
        # Latin-1, as an uploaded document may be any bytes; a form is ASCII.
        form = (await request.read()).decode("latin-1")
        parameters = request.query_string if request.method != "POST" else form
        key = request.headers.get("Idempotency-Key")
        self.sent.append(Sent(request.method, request.path, parameters, key))
        waiting = self.answers[request.method, request.path]
        status, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return web.json_response(body, status=status)


@asynccontextmanager
async def connected(stripe: Stripe) -> AsyncIterator[StripeConnector]:
    """A connector whose Stripe is this one."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", stripe.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    environment = ConnectorEnvironment(
        mode=Mode.TEST,
        clock=SystemClock(),
        threads=ThreadPoolExecutor(1),
        base_url=f"http://{host}:{port}",
    )
    connector = StripeConnector("sk_test_12345678", environment)
    yield connector
    await connector.close()
    await runner.cleanup()


def page(*sessions: tuple[str, str], more: bool = False) -> dict[str, object]:
    data = [{"id": i, "object": "checkout.session", "client_reference_id": r} for i, r in sessions]
    return {"object": "list", "data": data, "has_more": more, "url": "/v1/checkout/sessions"}


def endpoint(reference: str, url: str = URL, **more: str) -> dict[str, object]:
    return {"id": reference, "object": "webhook_endpoint", "url": url, **more}


def endpoints(*listed: dict[str, object]) -> dict[str, object]:
    return {
        "object": "list",
        "data": list(listed),
        "has_more": False,
        "url": "/v1/webhook_endpoints",
    }
