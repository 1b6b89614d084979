"""PayPal's JSON of its vault, where payers' accounts are kept for later, as in `wire`."""

import msgspec


class CustomerId(msgspec.Struct, frozen=True):
    """A customer, by the id that PayPal gave it."""

    id: str | None = None


class VaultInstruction(msgspec.Struct, frozen=True, kw_only=True):
    """How the account a payer pays with is kept.

    Each of our customers has a token of their own, also where two share one PayPal account.
    """

    store_in_vault: str = "ON_SUCCESS"
    usage_type: str = "MERCHANT"
    permit_multiple_payment_tokens: bool = True


class NewAttributes(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is done with the account besides paying; `customer`: whose it then is."""

    vault: VaultInstruction
    customer: CustomerId | None = None


class KeptAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What an order says of the account that is kept; without an id while PayPal is at it."""

    id: str | None = None
    status: str | None = None
    customer: CustomerId | None = None


class WalletAttributes(msgspec.Struct, frozen=True):
    """Where an order tells of it."""

    vault: KeptAccount | None = None


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """The PayPal account an order was paid with, or a token stands for."""

    email_address: str | None = None
    account_id: str | None = None
    payer_id: str | None = None
    attributes: WalletAttributes | None = None


class TokenSource(msgspec.Struct, frozen=True):
    """What a token stands for."""

    paypal: Wallet | None = None


class PaymentToken(msgspec.Struct, frozen=True, kw_only=True):
    """Reply of `GET /v3/vault/payment-tokens/{id}`."""

    id: str
    customer: CustomerId | None = None
    payment_source: TokenSource | None = None
