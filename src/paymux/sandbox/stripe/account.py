"""GET /v1/account and GET /v1/balance."""

from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import movements
from paymux.sandbox.stripe.params import Retrieve
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Json, Reply, json_reply

DEFAULT_CURRENCY = {"US": "usd", "GB": "gbp", "IN": "inr", "JP": "jpy", "CA": "cad", "AU": "aud"}
NO_BRANDING = {"icon": None, "logo": None, "primary_color": None, "secondary_color": None}


class AccountResource:
    """The account behind the key."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop

    def get(self, call: Call) -> Reply:
        """The account itself."""
        self._shop.parameters(call, Retrieve)
        account = call.account
        body: Json = {
            "id": account.id,
            "object": "account",
            "business_profile": {"name": account.merchant_name, "url": None},
            "business_type": "company",
            "capabilities": {"card_payments": "active", "transfers": "active"},
            "charges_enabled": True,
            "country": account.country,
            "created": 1_700_000_000,
            "default_currency": DEFAULT_CURRENCY.get(account.country, "eur"),
            "details_submitted": True,
            "email": "merchant@example.com",
            "metadata": {},
            "payouts_enabled": True,
            "settings": {
                "branding": NO_BRANDING,
                "card_payments": {"statement_descriptor_prefix": None},
                "dashboard": {"display_name": account.merchant_name, "timezone": "Etc/UTC"},
                "payments": {"statement_descriptor": None},
            },
            "type": "standard",
        }
        return json_reply(body)

    def balance(self, call: Call) -> Reply:
        """What the account has taken, per currency."""
        self._shop.parameters(call, Retrieve)
        totals: dict[str, int] = {}
        for entry in self._shop.world.ledger.listed("stripe", call.account.id):
            currency = entry.currency.lower()
            moved = entry.amount_minor * movements.SIGNS.get(entry.kind, 0)
            totals[currency] = totals.get(currency, 0) + moved
        pending = [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in sorted(totals.items())
        ]
        nothing = DEFAULT_CURRENCY.get(call.account.country, "eur")
        empty = [{"amount": 0, "currency": nothing, "source_types": {"card": 0}}]
        body = {
            "object": "balance",
            "available": empty,
            "livemode": False,
            "pending": pending or empty,
        }
        return json_reply(body)
