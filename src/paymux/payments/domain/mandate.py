"""The consent to charge a payer's method later: what they read, and when they agreed."""

from dataclasses import dataclass
from datetime import datetime

from paymux.kernel.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """What the payer is asked, and whether they have said yes.

    `words`: exactly what they read. `max_charge`: the most that one later charge may take.
    """

    words: str
    max_charge: Money | None = None
    agreed_at: datetime | None = None

    def lets_take(self, amount: Money) -> bool:
        """Tell whether one charge may take so much."""
        return is_within(amount, self.max_charge)


def is_within(amount: Money, most: Money | None) -> bool:
    """Tell whether an amount is no more than the most; without one everything is."""
    if most is None:
        return True
    return amount.currency == most.currency and amount.amount <= most.amount
