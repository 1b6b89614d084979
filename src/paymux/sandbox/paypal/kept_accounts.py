"""How a kept account looks: as a token of the vault, and in the order it was kept with."""

from paymux.sandbox.paypal.book import KeptAccount, Link, OrderRecord
from paymux.sandbox.wire import Json

PAYER_EMAIL = "payer@example.com"
PAYER_NAME = {"given_name": "Pat", "surname": "Payer"}


def token(kept: KeptAccount, api_base: str) -> Json:
    """payment_token_response (vault_payment_tokens_v3)."""
    wallet = {
        "email_address": PAYER_EMAIL,
        "account_id": kept.payer_id,
        "name": PAYER_NAME,
        "usage_type": "MERCHANT",
        "customer_type": "CONSUMER",
        "permit_multiple_payment_tokens": True,
    }
    return {
        "id": kept.id,
        "customer": {"id": kept.customer_id},
        "payment_source": {"paypal": wallet},
        "links": _links(kept.id, api_base),
    }


def in_order(order: OrderRecord) -> Json | None:
    """paypal_wallet_vault_response (checkout_orders_v2); without an id while it is being kept."""
    up = Link(f"{order.api_base}/v2/checkout/orders/{order.id}", "up", "GET")
    if order.kept_id is not None:
        return {
            "id": order.kept_id,
            "status": "VAULTED",
            "customer": {"id": order.customer_id},
            "links": [*_links(order.kept_id, order.api_base), up],
        }
    return None if order.kept_at is None else {"status": "APPROVED", "links": [up]}


def _links(kept_id: str, api_base: str) -> list[Link]:
    href = f"{api_base}/v3/vault/payment-tokens/{kept_id}"
    return [Link(href, "self", "GET"), Link(href, "delete", "DELETE")]
