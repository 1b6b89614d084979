"""What an order, or the vault itself, says of a PayPal account that is kept.

https://developer.paypal.com/docs/checkout/save-payment-methods/during-purchase/orders-api/paypal/
"""

import re
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.vault_wire import (
    CustomerId,
    KeptAccount,
    PaymentToken,
    Wallet,
)
from paymux.integrations.adapters.providers.paypal.wire import Order
from paymux.payments.ports.connectors import SavedMethod, SavedMethodStatus

TOKEN_ID: Final = re.compile(r"[0-9a-zA-Z_-]{1,36}")
CUSTOMER_ID: Final = re.compile(r"[0-9a-zA-Z_-]{1,22}")
_WALLET: Final = "wallet"
_SHOWN: Final = 120
_BEING_KEPT: Final = "APPROVED"


def kept_by(order: Order, attempt_id: str | None) -> SavedMethod | None:
    """Return the account that the order had kept, once PayPal gives it an id.

    `APPROVED`: PayPal still keeps it, and an event tells when it has.
    """
    wallet = wallet_of(order)
    kept = _kept(wallet)
    if kept is None or kept.id is None or not TOKEN_ID.fullmatch(kept.id):
        return None
    waits = kept.status == _BEING_KEPT
    return SavedMethod(
        status=SavedMethodStatus.PENDING if waits else SavedMethodStatus.ACTIVE,
        provider_reference=kept.id,
        customer_reference=_customer(kept.customer),
        kind=_WALLET,
        label=_label(wallet),
        attempt_id=attempt_id,
    )


def kept_in(token: PaymentToken, attempt_id: str | None) -> SavedMethod:
    """Say what the vault has."""
    return SavedMethod(
        status=SavedMethodStatus.ACTIVE,
        provider_reference=token.id,
        customer_reference=_customer(token.customer),
        kind=_WALLET,
        label=_label(token.payment_source.paypal if token.payment_source else None),
        attempt_id=attempt_id,
    )


def kept_no_more(token_id: str) -> SavedMethod:
    """Say that the vault has it no more."""
    return SavedMethod(status=SavedMethodStatus.REVOKED, provider_reference=token_id)


def was_kept_by(order: Order, token: PaymentToken) -> bool:
    """Tell whether the token is that of the order, or of its payer while it has none."""
    wallet = wallet_of(order)
    kept = _kept(wallet)
    if wallet is None or kept is None:
        return False
    if kept.id is not None:
        return kept.id == token.id
    source = token.payment_source.paypal if token.payment_source else None
    payer = source.account_id or source.payer_id if source else None
    return payer is not None and payer == wallet.account_id


def wallet_of(order: Order) -> Wallet | None:
    """Return the PayPal account of an order; None when there is none that can be read."""
    raw = (order.payment_source or {}).get("paypal")
    try:
        return None if raw is None else msgspec.json.decode(raw, type=Wallet | None)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _kept(wallet: Wallet | None) -> KeptAccount | None:
    return wallet.attributes.vault if wallet and wallet.attributes else None


def _customer(customer: CustomerId | None) -> str | None:
    found = customer.id if customer else None
    return found if found and CUSTOMER_ID.fullmatch(found) else None


def _label(wallet: Wallet | None) -> str:
    """Show the first letter of the address and its domain, for the payer to know it by."""
    name, _, domain = ((wallet.email_address if wallet else None) or "").rpartition("@")
    shown = f"PayPal {name[:1]}***@{domain}"[:_SHOWN]
    return shown if name and domain and shown.isprintable() else "PayPal"
