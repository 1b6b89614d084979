"""`/_control/stripe/…`: what a merchant does in the dashboard, and banks and payers elsewhere.

`POST webhook_endpoints/{id}/roll`, `POST refunds/{id}` (its next status),
`POST accounts/{id}/refunds` (whether new ones are pending at first) and
`POST payment_intents/{id}/dispute`.
"""

import msgspec

from paymux.sandbox.stripe.refunds import ChangeRefund, Refunds
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.stripe.webhook_endpoints import WebhookEndpoints
from paymux.sandbox.wire import Reply, Request, json_reply


class RollSecret(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """As on Stripe's dashboard."""

    expire_old_in_seconds: int = 86_400


class RefundsStart(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether an account's refunds wait for a bank, as they do for some methods."""

    pending: bool


class Switches:
    """Carries out what is switched; None where there is nothing of that name."""

    def __init__(self, shop: StripeShop, endpoints: WebhookEndpoints, refunds: Refunds) -> None:
        self._shop = shop
        self._endpoints = endpoints
        self._refunds = refunds

    def answer(self, path: str, request: Request) -> Reply | None:
        """One request below `/_control/stripe`."""
        if request.method != "POST":
            return None
        body = request.body or b"{}"
        match path.strip("/").split("/"):
            case ["webhook_endpoints", endpoint_id, "roll"]:
                return self._roll(endpoint_id, body)
            case ["refunds", refund_id]:
                changed = self._refunds.change(
                    refund_id, msgspec.json.decode(body, type=ChangeRefund)
                )
                return None if changed is None else json_reply(changed)
            case ["accounts", account_id, "refunds"]:
                start = msgspec.json.decode(body, type=RefundsStart)
                self._shop.book(account_id).refunds_are_pending = start.pending
                return json_reply(start)
            case ["payment_intents", intent_id, "dispute"]:
                return self._dispute(intent_id)
            case _:
                return None

    def _roll(self, endpoint_id: str, body: bytes) -> Reply | None:
        wanted = msgspec.json.decode(body, type=RollSecret)
        secret = self._endpoints.roll(endpoint_id, wanted.expire_old_in_seconds)
        return None if secret is None else json_reply({"id": endpoint_id, "secret": secret})

    def _dispute(self, intent_id: str) -> Reply | None:
        for book in self._shop.books.values():
            intent = book.payment_intents.get(intent_id)
            charge = None if intent is None else book.charges.get(intent.latest_charge or "")
            if charge is not None:
                charge.disputed = True
                return json_reply(charge)
        return None
