"""Use every installed provider's registry entry, and one that only its own wheel brings.

Run in a process of its own by test_fourth_provider.py, with the wheel on the path.
"""

import asyncio
import hmac
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import msgspec

from paymux.integrations.adapters.plugins import installed_plugins
from paymux.kernel.clock import SystemClock
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    ChecksAccount,
    CreatesCheckouts,
    LooksUp,
)
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.webhooks import (
    InboundWebhook,
    Translated,
    VerifiedWebhook,
    VerifiesWebhooks,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECRET = "shared"
REQUEST = CheckoutRequest(
    payment_id="pay_1",
    attempt_id="att_1",
    idempotency_key="key_1",
    amount=Money(1050, "EUR"),
    description="Ten walnuts",
    return_url="https://merchant.example/return",
    cancel_url="https://merchant.example/cancel",
    created_at=NOW,
)


class Acorn(BaseHTTPRequestHandler):
    """The stand-in: one account, at most one payment."""

    payment: dict[str, object] | None = None

    def do_GET(self) -> None:
        """Give the account, or the payment when there is one."""
        if self.path == "/account":
            self._answer(200, {"id": "acct_1"})
        elif Acorn.payment:
            self._answer(200, Acorn.payment)
        else:
            self._answer(404, {"error": "no_such_payment"})

    def do_POST(self) -> None:
        """Create the payment."""
        sent = msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"])))
        Acorn.payment = {"id": "p_1", "url": "http://pay/p_1", "state": "open", **sent}
        self._answer(201, Acorn.payment)

    def _answer(self, status: int, body: dict[str, object]) -> None:
        allowed = self.headers["Authorization"] == "Bearer right"
        payload = msgspec.json.encode(body if allowed else {"error": "bad_key"})
        self.send_response(status if allowed else 401)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Keep quiet."""


@contextmanager
def acorn() -> Iterator[str]:
    """Serve the stand-in; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Acorn)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def connector(key: str, base_url: str, threads: ThreadPoolExecutor) -> object:
    """Build a connector as the registry does: from the credentials' schema alone."""
    plugin = installed_plugins()["acorn"]
    environment = ConnectorEnvironment(
        mode=Mode.TEST,
        clock=SystemClock(),
        threads=threads,
        webhook_verifiers=(SECRET,),
        base_url=base_url,
    )
    return plugin.connect(msgspec.convert({"key": key}, plugin.credentials), environment)


async def pay(connected: object) -> list[str]:
    """Open a page, look it up, and be told that it was paid."""
    assert isinstance(connected, CreatesCheckouts)
    assert isinstance(connected, LooksUp)
    query = AttemptQuery(attempt_id=REQUEST.attempt_id, created_at=NOW)
    told = [repr(await connected.look_up(query))]
    checkout = await connected.create_checkout(REQUEST)
    assert isinstance(checkout, Checkout)
    seen = await connected.look_up(query)
    return [*told, checkout.url, str(getattr(seen, "amount", seen)), await hear(connected)]


async def hear(connected: object) -> str:
    """Verify and translate a signed webhook."""
    assert isinstance(connected, VerifiesWebhooks)
    payment = {**(Acorn.payment or {}), "state": "paid"}
    body = msgspec.json.encode({"id": "ev_1", "type": "payment.paid", "payment": payment})
    signature = hmac.digest(SECRET.encode(), body, "sha256").hex()
    webhook = InboundWebhook({"acorn-signature": signature}, body, NOW)
    assert isinstance(await connected.verify_webhook(webhook), VerifiedWebhook)
    forged = await connected.verify_webhook(InboundWebhook({}, body, NOW))
    assert not isinstance(forged, VerifiedWebhook)
    translated = await connected.translate_webhook(body)
    assert isinstance(translated, Translated)
    return translated.observations[0].status.value


async def account(connected: object) -> str:
    """Prove the credentials, or say why not."""
    assert isinstance(connected, ChecksAccount)
    report = await connected.check_account()
    return str(getattr(report, "account_reference", getattr(report, "outcome", "")))


async def story() -> dict[str, list[str]]:
    """What a tenant would do with the provider, through the port alone."""
    with acorn() as url, ThreadPoolExecutor(2) as threads:
        right, wrong = connector("right", url, threads), connector("wrong", url, threads)
        return {
            "installed": sorted(installed_plugins()),
            "accounts": [await account(right), await account(wrong)],
            "payment": await pay(right),
        }


if __name__ == "__main__":
    print(msgspec.json.encode(asyncio.run(story())).decode())  # noqa: T201 - read by the test
