"""Drives a sandbox over HTTP as a merchant, a payer and an operator would."""

import base64
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

TIMEOUT = 20
PRICE = {
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "1250",
    "line_items[0][price_data][product_data][name]": "Tea",
    "line_items[0][quantity]": "2",
}
SESSION = {
    "mode": "payment",
    "success_url": "http://shop.test/done?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://shop.test/left",
    "client_reference_id": "att_1",
    **PRICE,
}
LINK = {
    "amount": 2500,
    "currency": "INR",
    "reference_id": "att_1",
    "callback_url": "http://shop.test/done?from=razorpay",
    "callback_method": "get",
}
ORDER = {
    "intent": "CAPTURE",
    "purchase_units": [
        {
            "amount": {"currency_code": "USD", "value": "25.00"},
            "custom_id": "att_1",
            "invoice_id": "inv_1",
            "description": "Tea",
        }
    ],
    "payment_source": {
        "paypal": {
            "experience_context": {
                "return_url": "http://shop.test/done?from=paypal",
                "cancel_url": "http://shop.test/left",
                "user_action": "PAY_NOW",
            }
        }
    },
}


@dataclass
class Merchant:
    """One account and the API calls it makes."""

    base: str
    provider: str
    account_id: str
    credentials: dict[str, str]
    _token: str = ""

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """One authenticated call; dictionaries become forms for Stripe and JSON elsewhere."""
        sent = {**self.authorization(), **(headers or {})}
        keywords: dict[str, Any] = {}
        if body is not None and self.provider == "stripe":
            keywords["data" if method == "POST" else "params"] = body
        elif body is not None:
            keywords["json" if method != "GET" else "params"] = body
        url = f"{self.base}/{self.provider}{path}"
        return requests.request(method, url, headers=sent, timeout=TIMEOUT, **keywords)

    def authorization(self) -> dict[str, str]:
        """The header the provider wants."""
        if self.provider == "stripe":
            return {"Authorization": f"Bearer {self.credentials['secret_key']}"}
        if self.provider == "razorpay":
            pair = f"{self.credentials['key_id']}:{self.credentials['key_secret']}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        self._token = self._token or self.new_token()
        return {"Authorization": f"Bearer {self._token}"}

    def new_token(self) -> str:
        """A PayPal access token."""
        reply = requests.post(
            f"{self.base}/paypal/v1/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(self.credentials["client_id"], self.credentials["client_secret"]),
            timeout=TIMEOUT,
        )
        return str(reply.json()["access_token"])

    def new_page(self) -> tuple[str, str]:
        """A fresh hosted object: its id and the URL of its pay page."""
        if self.provider == "stripe":
            body = self.call("POST", "/v1/checkout/sessions", SESSION).json()
            return body["id"], body["url"]
        if self.provider == "razorpay":
            body = self.call("POST", "/v1/payment_links", LINK).json()
            return body["id"], body["short_url"]
        body = self.call("POST", "/v2/checkout/orders", ORDER).json()
        return body["id"], next(x["href"] for x in body["links"] if x["rel"] == "payer-action")


@dataclass
class Sandbox:
    """The control side of a running sandbox."""

    base: str

    def control(self, method: str, path: str, **body: Any) -> Any:
        """One control call that must succeed."""
        reply = self.raw(method, path, **body)
        assert reply.ok, reply.text
        return reply.json() if reply.content else None

    def raw(self, method: str, path: str, **body: Any) -> requests.Response:
        """One control call, whatever comes of it."""
        url = f"{self.base}/_control{path}"
        return requests.request(method, url, json=body or None, timeout=TIMEOUT)

    def merchant(self, provider: str, **more: Any) -> Merchant:
        """A fresh account."""
        opened = self.control("POST", "/accounts", provider=provider, **more)
        return Merchant(self.base, provider, opened["account_id"], opened["credentials"])

    def pay(self, url: str, action: str = "pay", **more: Any) -> dict[str, Any]:
        """What a payer does."""
        paid: dict[str, Any] = self.control("POST", "/pay", url=url, action=action, **more)
        return paid

    def ledger(self, merchant: Merchant) -> list[dict[str, Any]]:
        """What the sandbox took for a merchant."""
        found = self.control("GET", f"/ledger?account_id={merchant.account_id}")
        entries: list[dict[str, Any]] = found["entries"]
        return entries

    def listen(self, merchant: Merchant, url: str) -> str:
        """Register a webhook for everything; the secret (or PayPal's webhook id)."""
        if merchant.provider == "stripe":
            wanted = {"url": url, "enabled_events[]": "*"}
            return str(merchant.call("POST", "/v1/webhook_endpoints", wanted).json()["secret"])
        if merchant.provider == "razorpay":
            key = merchant.credentials["key_id"]
            self.control("POST", "/razorpay/webhooks", key_id=key, url=url, secret="hush")
            return "hush"
        wanted_events = {"url": url, "event_types": [{"name": "*"}]}
        created = merchant.call("POST", "/v1/notifications/webhooks", wanted_events)
        return str(created.json()["id"])


@dataclass
class Received:
    """One webhook as it arrived."""

    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.raw)
        return decoded

    @property
    def kind(self) -> str:
        body = self.body
        return str(body.get("event_type") or body.get("event") or body.get("type"))


@dataclass
class Inbox:
    """A merchant's webhook receiver; `answers` are statuses for the next arrivals, else 200."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def wait_for(self, enough: Callable[[list[Received]], bool], seconds: float = 8) -> None:
        """Wait until what arrived is enough."""
        deadline = time.monotonic() + seconds
        while not enough(self.received):
            assert time.monotonic() < deadline, [each.kind for each in self.received]
            time.sleep(0.01)

    def kinds(self) -> list[str]:
        """The events that arrived, in order of arrival."""
        return [each.kind for each in self.received]


@contextlib.contextmanager
def open_inbox() -> Iterator[Inbox]:
    """A receiver on a free port of this machine."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status = inbox.answers.pop(0) if inbox.answers else 200
            headers = {name.lower(): value for name, value in self.headers.items()}
            inbox.received.append(Received(headers, raw))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    inbox.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
