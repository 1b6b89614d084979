"""/v1/payment_intents and /v1/charges, as Checkout and off-session charges leave them."""

import msgspec

from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import errors
from paymux.sandbox.stripe.lists import list_body, page_of, within
from paymux.sandbox.stripe.objects import PaymentIntent
from paymux.sandbox.stripe.params import PaymentIntentList, Retrieve
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Json, Reply, json_reply

Paths = list[str]
EXPANDABLE = {"latest_charge", "customer"}


class PaymentIntents:
    """Made on the pay page or by OffSession; Holds captures and cancels them."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop

    def get(self, call: Call) -> Reply:
        """GET /v1/payment_intents/{intent}."""
        wanted = self._shop.parameters(call, Retrieve)
        intent = self.found(call)
        return json_reply(self.expanded(call.account.id, intent, wanted.expand))

    def list(self, call: Call) -> Reply:
        """GET /v1/payment_intents."""
        wanted = self._shop.parameters(call, PaymentIntentList)
        matching = [
            intent
            for intent in self._shop.book(call.account.id).payment_intents.values()
            if wanted.customer in {None, intent.customer}
            and within(intent.created, wanted.created)
        ]
        data, more = page_of(matching, wanted, "payment_intent")
        paths = [path.removeprefix("data.") for path in wanted.expand]
        shown = [self.expanded(call.account.id, intent, paths) for intent in data]
        return json_reply(list_body([*shown], "/v1/payment_intents", has_more=more))

    def get_charge(self, call: Call) -> Reply:
        """GET /v1/charges/{charge}."""
        self._shop.parameters(call, Retrieve)
        identity = call.arguments["charge"]
        charge = self._shop.book(call.account.id).charges.get(identity)
        if charge is None:
            raise errors.no_such(resource="charge", identity=identity, param="charge")
        return json_reply(charge)

    def expanded(
        self, account_id: str, intent: PaymentIntent, paths: Paths
    ) -> PaymentIntent | Json:
        """The intent with the objects asked for in place of their ids."""
        if not paths:
            return intent
        body: Json = msgspec.to_builtins(intent)
        book = self._shop.book(account_id)
        for path in paths:
            if path not in EXPANDABLE:
                message = f"This property cannot be expanded ({path})."
                raise errors.invalid(message, param="expand")
        if "latest_charge" in paths and intent.latest_charge is not None:
            body["latest_charge"] = book.charges[intent.latest_charge]
        if "customer" in paths and intent.customer in book.customers:
            body["customer"] = book.customers[intent.customer]
        return body

    def found(self, call: Call) -> PaymentIntent:
        """The intent named in the path."""
        identity = call.arguments["intent"]
        intent = self._shop.book(call.account.id).payment_intents.get(identity)
        if intent is None:
            raise errors.no_such(resource="payment_intent", identity=identity, param="intent")
        return intent
