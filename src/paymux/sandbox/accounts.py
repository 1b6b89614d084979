"""Merchant accounts at the three providers, with their API credentials."""

import msgspec

from paymux.sandbox.identifiers import Identifiers

PROVIDERS = ("stripe", "razorpay", "paypal")


class Account(msgspec.Struct, kw_only=True):
    """One merchant at one provider: `key` is the public half of the credentials, if any."""

    id: str
    provider: str
    key: str
    secret: str
    country: str = "US"
    international: bool = True
    revoked: bool = False
    merchant_name: str = "Sandbox Merchant"

    def credentials(self) -> dict[str, str]:
        """The credentials under the names the provider gives them."""
        if self.provider == "stripe":
            return {"secret_key": self.secret}
        if self.provider == "razorpay":
            return {"key_id": self.key, "key_secret": self.secret}
        return {"client_id": self.key, "client_secret": self.secret}


class Accounts:
    """Every account of the sandbox, found by id or by the key a request carries."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._identifiers = identifiers
        self.by_id: dict[str, Account] = {}
        self._by_key: dict[tuple[str, str], Account] = {}

    def open(self, provider: str, country: str, *, international: bool, name: str) -> Account:
        """A fresh account with credentials nobody else has."""
        identity, key, secret = self._fresh(provider)
        account = Account(
            id=identity,
            provider=provider,
            key=key,
            secret=secret,
            country=country,
            international=international,
            merchant_name=name,
        )
        self.add(account)
        return account

    def add(self, account: Account) -> None:
        """Make an account known (also used when a snapshot is read)."""
        self.by_id[account.id] = account
        self._by_key[account.provider, account.key] = account

    def with_key(self, provider: str, key: str) -> Account | None:
        """The account whose public key this is, unless it was revoked."""
        account = self._by_key.get((provider, key))
        return None if account is None or account.revoked else account

    def clear(self) -> None:
        """Forget every account."""
        self.by_id.clear()
        self._by_key.clear()

    def _fresh(self, provider: str) -> tuple[str, str, str]:
        new = self._identifiers
        if provider == "stripe":
            secret = f"sk_test_51{new.alphanumeric(97)}"
            return f"acct_1{new.alphanumeric(15)}", secret, secret
        if provider == "razorpay":
            key = f"rzp_test_{new.alphanumeric(14)}"
            return f"acc_{new.alphanumeric(14)}", key, new.alphanumeric(24)
        return new.paypal_account(), f"A{new.alphanumeric(79)}", f"E{new.alphanumeric(79)}"
