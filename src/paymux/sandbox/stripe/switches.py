"""`/_control/stripe/…`: what a merchant does in the dashboard, and banks and payers elsewhere.

`POST webhook_endpoints/{id}/roll`, `POST refunds/{id}` (its next status),
`POST accounts/{id}/refunds` (whether new ones are pending at first),
`POST payment_intents/{id}/dispute` and `POST payment_methods/{id}/renew`.
"""

import msgspec

from paymux.sandbox.control_messages import OpenDispute
from paymux.sandbox.stripe.contests import Contests
from paymux.sandbox.stripe.instruments import Instruments
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

    def __init__(
        self,
        shop: StripeShop,
        endpoints: WebhookEndpoints,
        refunds: Refunds,
        contests: Contests,
        instruments: Instruments,
    ) -> None:
        self._shop = shop
        self._endpoints = endpoints
        self._refunds = refunds
        self._contests = contests
        self._instruments = instruments

    def answer(self, path: str, request: Request) -> Reply | None:
        """One request below `/_control/stripe`."""
        if request.method != "POST":
            return None
        steps, body = path.strip("/").split("/"), request.body or b"{}"
        return self._bank(steps) or self._merchant(steps, body)

    def _bank(self, steps: list[str]) -> Reply | None:
        match steps:
            case ["payment_intents", intent_id, "dispute"]:
                wanted = OpenDispute(provider="stripe", payment_reference=intent_id)
                return json_reply(self._contests.open(wanted)[1])
            case ["payment_methods", method_id, "renew"]:
                return _told(self._instruments.renew(method_id))
        return None

    def _merchant(self, steps: list[str], body: bytes) -> Reply | None:
        match steps:
            case ["webhook_endpoints", endpoint_id, "roll"]:
                return self._roll(endpoint_id, body)
            case ["refunds", refund_id]:
                wanted = msgspec.json.decode(body, type=ChangeRefund)
                return _told(self._refunds.change(refund_id, wanted))
            case ["accounts", account_id, "refunds"]:
                start = msgspec.json.decode(body, type=RefundsStart)
                self._shop.book(account_id).refunds_are_pending = start.pending
                return json_reply(start)
        return None

    def _roll(self, endpoint_id: str, body: bytes) -> Reply | None:
        wanted = msgspec.json.decode(body, type=RollSecret)
        secret = self._endpoints.roll(endpoint_id, wanted.expire_old_in_seconds)
        return None if secret is None else json_reply({"id": endpoint_id, "secret": secret})


def _told(changed: object) -> Reply | None:
    return None if changed is None else json_reply(changed)
