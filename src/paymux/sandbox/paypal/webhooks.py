"""/v1/notifications: webhooks, their events, the certificate, and signatures."""

import zlib

from paymux.sandbox.paypal import errors
from paymux.sandbox.paypal.book import Link, WebhookRecord
from paymux.sandbox.paypal.certificates import SigningIdentity
from paymux.sandbox.paypal.params import VerifySignature, WebhookChange, WebhookCreate, read
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Json, Reply, json_reply

_EVENTS = """
* CHECKOUT.ORDER.APPROVED CHECKOUT.ORDER.COMPLETED CHECKOUT.ORDER.DECLINED
CHECKOUT.ORDER.PROCESSED CHECKOUT.ORDER.SAVED CHECKOUT.ORDER.VOIDED
CHECKOUT.PAYMENT-APPROVAL.REVERSED CUSTOMER.DISPUTE.CREATED CUSTOMER.DISPUTE.RESOLVED
CUSTOMER.DISPUTE.UPDATED INVOICING.INVOICE.CANCELLED INVOICING.INVOICE.CREATED
INVOICING.INVOICE.PAID INVOICING.INVOICE.REFUNDED INVOICING.INVOICE.SCHEDULED
INVOICING.INVOICE.UPDATED PAYMENT.AUTHORIZATION.CREATED PAYMENT.AUTHORIZATION.VOIDED
PAYMENT.CAPTURE.COMPLETED PAYMENT.CAPTURE.DECLINED PAYMENT.CAPTURE.DENIED
PAYMENT.CAPTURE.PENDING PAYMENT.CAPTURE.REFUNDED PAYMENT.CAPTURE.REVERSED
PAYMENT.REFUND.FAILED PAYMENT.REFUND.PENDING VAULT.PAYMENT-TOKEN.CREATED
VAULT.PAYMENT-TOKEN.DELETED
"""

MOST_WEBHOOKS = 10
ALGORITHM = "SHA256withRSA"
KNOWN_EVENTS = frozenset(_EVENTS.split())


class Webhooks:
    """At most ten URLs per app. Real PayPal takes https only; the sandbox takes http too."""

    def __init__(self, shop: PayPalShop, identity: SigningIdentity) -> None:
        self._shop = shop
        self._identity = identity

    def create(self, call: Call) -> Reply:
        """POST /v1/notifications/webhooks."""
        wanted = read(call, WebhookCreate)
        webhooks = self._shop.book(call.account.id).webhooks
        names = [event.name for event in wanted.event_types]
        unknown = [name for name in names if name not in KNOWN_EVENTS]
        if unknown:
            message = f"Not a valid webhook event type: {unknown[0]}"
            raise errors.webhook_refused(name="VALIDATION_ERROR", detail=message)
        if any(webhook.url == wanted.url for webhook in webhooks.values()):
            message = "Webhook URL already exists"
            raise errors.webhook_refused(name="WEBHOOK_URL_ALREADY_EXISTS", detail=message)
        if len(webhooks) >= MOST_WEBHOOKS:
            message = "Exceeded limit of 10 webhooks"
            raise errors.webhook_refused(name="WEBHOOK_NUMBER_LIMIT_EXCEEDED", detail=message)
        webhook = WebhookRecord(
            id=self._shop.new_id(),
            url=wanted.url,
            event_types=names,
            api_base=call.request.base_url,
        )
        webhooks[webhook.id] = webhook
        return json_reply(_shown(webhook), 201)

    def list(self, call: Call) -> Reply:
        """GET /v1/notifications/webhooks."""
        webhooks = self._shop.book(call.account.id).webhooks.values()
        return json_reply({"webhooks": [_shown(webhook) for webhook in webhooks]})

    def get(self, call: Call) -> Reply:
        """GET /v1/notifications/webhooks/{webhook_id}."""
        return json_reply(_shown(self._found(call)))

    def update(self, call: Call) -> Reply:
        """PATCH /v1/notifications/webhooks/{webhook_id}: other events, nothing else."""
        webhook = self._found(call)
        for change in read(call, list[WebhookChange]):
            names = [event.name for event in change.value]
            if not KNOWN_EVENTS.issuperset(names):
                message = "Not a valid webhook event type"
                raise errors.webhook_refused(name="VALIDATION_ERROR", detail=message)
            webhook.event_types = names
        return json_reply(_shown(webhook))

    def delete(self, call: Call) -> Reply:
        """DELETE /v1/notifications/webhooks/{webhook_id}."""
        webhook = self._found(call)
        del self._shop.book(call.account.id).webhooks[webhook.id]
        return Reply(204)

    def verify(self, call: Call) -> Reply:
        """POST /v1/notifications/verify-webhook-signature, over the event's bytes as they came."""
        wanted = read(call, VerifySignature)
        known = wanted.webhook_id in self._shop.book(call.account.id).webhooks
        message = _signed(
            wanted.transmission_id,
            wanted.transmission_time,
            wanted.webhook_id,
            bytes(wanted.webhook_event),
        )
        genuine = (
            known
            and wanted.auth_algo == ALGORITHM
            and wanted.cert_url.endswith(f"/v1/notifications/certs/{self._identity.name}")
            and self._identity.verifies(wanted.transmission_sig, message)
        )
        return json_reply({"verification_status": "SUCCESS" if genuine else "FAILURE"})

    def certificate(self, call: Call) -> Reply:
        """GET /v1/notifications/certs/{name}."""
        if call.arguments["name"] != self._identity.name:
            raise errors.not_found(call.arguments["name"])
        return Reply(200, self._identity.leaf_pem, {}, "application/x-pem-file")

    def signed_headers(self, notice: Notice) -> dict[str, str] | None:
        """The five PAYPAL-* headers over `id|time|webhook_id|crc32(body)`."""
        webhook = self._shop.book(notice.account_id).webhooks.get(notice.endpoint_id)
        if webhook is None:
            return None
        sent_at = self._shop.world.clock.iso()
        message = _signed(notice.id, sent_at, webhook.id, notice.body.encode())
        return {
            "Content-Type": "application/json",
            "User-Agent": "PayPal/AUHD-214.0-58843071",
            "PAYPAL-TRANSMISSION-ID": notice.id,
            "PAYPAL-TRANSMISSION-TIME": sent_at,
            "PAYPAL-TRANSMISSION-SIG": self._identity.sign(message),
            "PAYPAL-CERT-URL": f"{webhook.api_base}/v1/notifications/certs/{self._identity.name}",
            "PAYPAL-AUTH-ALGO": ALGORITHM,
        }

    def _found(self, call: Call) -> WebhookRecord:
        identity = call.arguments["webhook_id"]
        webhook = self._shop.book(call.account.id).webhooks.get(identity)
        if webhook is None:
            message = "Requested resource ID was not found."
            raise errors.webhook_refused(name="INVALID_RESOURCE_ID", detail=message, status=404)
        return webhook


def _signed(transmission_id: str, time: str, webhook_id: str, body: bytes) -> bytes:
    return f"{transmission_id}|{time}|{webhook_id}|{zlib.crc32(body)}".encode()


def _shown(webhook: WebhookRecord) -> Json:
    href = f"{webhook.api_base}/v1/notifications/webhooks/{webhook.id}"
    return {
        "id": webhook.id,
        "url": webhook.url,
        "event_types": [{"name": name} for name in webhook.event_types],
        "links": [
            Link(href, "self", "GET"),
            Link(href, "update", "PATCH"),
            Link(href, "delete", "DELETE"),
        ],
    }
