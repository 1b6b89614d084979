"""Razorpay's webhooks: set up on the dashboard, for which the control API stands in."""

import hashlib
import hmac

import msgspec

from paymux.sandbox.razorpay.book import Webhook
from paymux.sandbox.razorpay.shop import RazorpayShop
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Json, Reply, Request, json_reply

MOST_URLS = 30


class CreateWebhook(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/razorpay/webhooks; no events means all of them.

    The account is named by its `key_id`, or by the `account_id` that opening it returned.
    """

    url: str
    secret: str
    key_id: str = ""
    account_id: str = ""
    events: list[str] = []


class ChangeWebhook(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """PATCH /_control/razorpay/webhooks/{id}."""

    secret: str | None = None
    url: str | None = None
    events: list[str] | None = None


class Webhooks:
    """URLs of an account and the signature of their deliveries."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def control(self, path: str, request: Request) -> Reply | None:
        """Create, list, change and delete webhooks as on the dashboard."""
        match request.method, path.strip("/").split("/"):
            case "POST", ["webhooks"]:
                return self._create(request)
            case "GET", ["webhooks"]:
                return self._list(request)
            case "PATCH", ["webhooks", identity]:
                return self._change(identity, request)
            case "DELETE", ["webhooks", identity]:
                return self._delete(identity)
        return None

    def signed_headers(self, notice: Notice) -> dict[str, str] | None:
        """`X-Razorpay-Signature` over the body, with the secret the event was born under."""
        identity, _, version = notice.endpoint_id.partition(":")
        webhook = self._shop.book(notice.account_id).webhooks.get(identity)
        if webhook is None:
            return None
        secret = webhook.secrets[int(version)].encode()
        signature = hmac.new(secret, notice.body.encode(), hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "Razorpay-Webhook/v1",
            "X-Razorpay-Signature": signature,
            "x-razorpay-event-id": notice.event_id,
        }

    def _create(self, request: Request) -> Reply:
        wanted = msgspec.json.decode(request.body, type=CreateWebhook)
        accounts = self._shop.world.accounts
        account = accounts.with_key("razorpay", wanted.key_id)
        account = account or accounts.by_id.get(wanted.account_id)
        if account is None:
            return json_reply({"error": "No account has this key_id"}, 404)
        webhooks = self._shop.book(account.id).webhooks
        if len(webhooks) >= MOST_URLS:
            return json_reply({"error": "An account has at most 30 webhook URLs"}, 400)
        webhook = Webhook(
            id=self._shop.world.identifiers.alphanumeric(14),
            url=wanted.url,
            secrets=[wanted.secret],
            events=wanted.events,
        )
        webhooks[webhook.id] = webhook
        return json_reply(_shown(webhook, account.id), 201)

    def _list(self, request: Request) -> Reply:
        wanted = request.query_pairs().get("account_id")
        listed = [
            _shown(webhook, account_id)
            for account_id, book in self._shop.books.items()
            for webhook in book.webhooks.values()
            if wanted in {None, account_id}
        ]
        return json_reply({"webhooks": listed})

    def _change(self, identity: str, request: Request) -> Reply | None:
        wanted = msgspec.json.decode(request.body, type=ChangeWebhook)
        for account_id, book in self._shop.books.items():
            webhook = book.webhooks.get(identity)
            if webhook is not None:
                if wanted.secret is not None:
                    webhook.secrets.append(wanted.secret)
                webhook.url = wanted.url or webhook.url
                webhook.events = webhook.events if wanted.events is None else wanted.events
                return json_reply(_shown(webhook, account_id))
        return None

    def _delete(self, identity: str) -> Reply | None:
        for book in self._shop.books.values():
            if book.webhooks.pop(identity, None) is not None:
                return Reply(204)
        return None


def _shown(webhook: Webhook, account_id: str) -> Json:
    return {
        "id": webhook.id,
        "account_id": account_id,
        "url": webhook.url,
        "events": webhook.events or ["*"],
    }
