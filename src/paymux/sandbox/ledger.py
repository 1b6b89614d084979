"""What the sandbox really took: the oracle that other records are compared with."""

import msgspec


class LedgerEntry(msgspec.Struct, kw_only=True):
    """Money taken once. Amounts are in the provider's own minor units, as it was asked."""

    provider: str
    account_id: str
    reference: str
    our_reference: str | None
    payment_reference: str
    amount_minor: int
    currency: str
    amount_wire: str
    at: float
    kind: str = "payment"


class Ledger:
    """An append-only list of what was taken."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []

    def take(self, entry: LedgerEntry) -> None:
        """Record money taken."""
        self.entries.append(entry)

    def listed(self, provider: str | None, account_id: str | None) -> list[LedgerEntry]:
        """Entries in the order they were taken, filtered."""
        return [
            entry
            for entry in self.entries
            if provider in {None, entry.provider} and account_id in {None, entry.account_id}
        ]
