"""/v1/webhook_endpoints, and the signature their deliveries carry."""

import hashlib
import hmac
import re

import msgspec

from paymux.sandbox.routing import Call, Route
from paymux.sandbox.stripe import errors, session_rules
from paymux.sandbox.stripe.book import EndpointRecord, Secret
from paymux.sandbox.stripe.lists import list_body, page_of
from paymux.sandbox.stripe.objects import WebhookEndpoint
from paymux.sandbox.stripe.params import (
    Page,
    Retrieve,
    WebhookEndpointCreate,
    WebhookEndpointUpdate,
)
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Json, Reply, json_reply

MOST_ENDPOINTS = 16
EVENT_NAME = re.compile(r"\A(\*|[a-z0-9_]+(\.[a-z0-9_]+)+)\Z")
VERSION = re.compile(r"\A20\d\d-\d\d-\d\d(\.[a-z]+)?\Z")


class WebhookEndpoints:
    """Endpoints of an account; the secret is told once, when the endpoint is created."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """What is served."""
        path, named = "/v1/webhook_endpoints", "/v1/webhook_endpoints/{webhook_endpoint}"
        return [
            Route("POST", path, "webhook_endpoint.create", self.create),
            Route("GET", path, "webhook_endpoint.list", self.list),
            Route("GET", named, "webhook_endpoint.get", self.get),
            Route("POST", named, "webhook_endpoint.update", self.update),
            Route("DELETE", named, "webhook_endpoint.delete", self.delete),
        ]

    def create(self, call: Call) -> Reply:
        """POST /v1/webhook_endpoints."""
        wanted = self._shop.parameters(call, WebhookEndpointCreate)
        book = self._shop.book(call.account.id)
        _check(wanted.url, wanted.enabled_events)
        if wanted.api_version is not None and not VERSION.match(wanted.api_version):
            message = f"Invalid API version: {wanted.api_version}"
            raise errors.invalid(message, param="api_version")
        if len(book.endpoints) >= MOST_ENDPOINTS:
            message = "You have reached the maximum of 16 test webhook endpoints."
            raise errors.invalid(message)
        endpoint = WebhookEndpoint(
            id=self._shop.new_id("we", 24),
            created=self._shop.world.clock.epoch(),
            enabled_events=wanted.enabled_events,
            url=wanted.url,
            api_version=wanted.api_version,
            description=wanted.description or None,
            metadata=wanted.metadata or {},
        )
        secret = self._new_secret()
        book.endpoints[endpoint.id] = EndpointRecord(endpoint=endpoint, secrets=[secret])
        body: Json = msgspec.to_builtins(endpoint)
        return json_reply(body | {"secret": secret.value})

    def get(self, call: Call) -> Reply:
        """GET /v1/webhook_endpoints/{webhook_endpoint}."""
        self._shop.parameters(call, Retrieve)
        return json_reply(self._found(call).endpoint)

    def list(self, call: Call) -> Reply:
        """GET /v1/webhook_endpoints."""
        wanted = self._shop.parameters(call, Page)
        book = self._shop.book(call.account.id)
        endpoints = [record.endpoint for record in book.endpoints.values()]
        data, more = page_of(endpoints, wanted, "webhook_endpoint")
        return json_reply(list_body([*data], "/v1/webhook_endpoints", has_more=more))

    def update(self, call: Call) -> Reply:
        """POST /v1/webhook_endpoints/{webhook_endpoint}."""
        wanted = self._shop.parameters(call, WebhookEndpointUpdate)
        endpoint = self._found(call).endpoint
        events = wanted.enabled_events or endpoint.enabled_events
        _check(wanted.url or endpoint.url, events)
        endpoint.url, endpoint.enabled_events = wanted.url or endpoint.url, events
        if wanted.disabled is not None:
            endpoint.status = "disabled" if wanted.disabled else "enabled"
        if wanted.description is not None:
            endpoint.description = wanted.description or None
        if wanted.metadata is not None:
            endpoint.metadata = wanted.metadata or {}
        return json_reply(endpoint)

    def delete(self, call: Call) -> Reply:
        """DELETE /v1/webhook_endpoints/{webhook_endpoint}."""
        endpoint = self._found(call).endpoint
        del self._shop.book(call.account.id).endpoints[endpoint.id]
        return json_reply({"id": endpoint.id, "object": "webhook_endpoint", "deleted": True})

    def roll(self, endpoint_id: str, expire_old_in_seconds: int) -> str | None:
        """A new secret; until the old one ends, deliveries carry both signatures."""
        for book in self._shop.books.values():
            record = book.endpoints.get(endpoint_id)
            if record is not None:
                ends_at = self._shop.world.clock.now() + expire_old_in_seconds
                for old in record.secrets:
                    old.ends_at = min(old.ends_at or ends_at, ends_at)
                record.secrets.insert(0, self._new_secret())
                return record.secrets[0].value
        return None

    def signed_headers(self, notice: Notice) -> dict[str, str] | None:
        """`Stripe-Signature` over `{t}.{body}` with every secret in force."""
        book = self._shop.book(notice.account_id)
        record = book.endpoints.get(notice.endpoint_id)
        if record is None or record.endpoint.status != "enabled":
            return None
        now = self._shop.world.clock.now()
        signed = f"{int(now)}.{notice.body}".encode()
        signatures = [
            hmac.new(secret.value.encode(), signed, hashlib.sha256).hexdigest()
            for secret in record.secrets
            if secret.ends_at is None or secret.ends_at > now
        ]
        listed = ",".join(f"v1={signature}" for signature in signatures)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": f"t={int(now)},{listed}",
        }

    def _new_secret(self) -> Secret:
        return Secret(value=self._shop.new_id("whsec", 32))

    def _found(self, call: Call) -> EndpointRecord:
        identity = call.arguments["webhook_endpoint"]
        record = self._shop.book(call.account.id).endpoints.get(identity)
        if record is None:
            raise errors.no_such(
                resource="webhook_endpoint", identity=identity, param="webhook_endpoint"
            )
        return record


def _check(url: str, events: list[str]) -> None:
    session_rules.check_url(url, "url")
    if not events:
        raise errors.missing_parameter(param="enabled_events")
    for position, name in enumerate(events):
        if not EVENT_NAME.match(name):
            param = f"enabled_events[{position}]"
            message = f"Invalid {param}: must be a valid event type"
            raise errors.invalid(message, param=param)
