"""Money: integer minor units of an ISO 4217 currency. Never floats, never majors."""

from dataclasses import dataclass
from typing import Final

from paymux.kernel.currencies import EXPONENTS
from paymux.kernel.errors import Category, PaymuxError

MAX_AMOUNT: Final = 10**15
"""In minor units; far above any provider's limit and safely inside a 64-bit column."""


class CurrencyIsUnknown(PaymuxError):
    """The code is not an ISO 4217 currency."""

    code = "currency_unknown"
    category = Category.INVALID

    def __init__(self, currency: str) -> None:
        super().__init__(f"{currency!r} is not an ISO 4217 currency.", field="currency")


class AmountIsOutOfRange(PaymuxError):
    """The amount is below zero or beyond what any provider takes."""

    code = "amount_out_of_range"
    category = Category.INVALID

    def __init__(self, amount: int) -> None:
        super().__init__(
            f"{amount} is not between 0 and {MAX_AMOUNT} minor units.", field="amount"
        )


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units as ISO 4217 counts them: 1000 is 10.00 USD, 1000 JPY, 1.000 KWD."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise CurrencyIsUnknown(self.currency)
        if not 0 <= self.amount <= MAX_AMOUNT:
            raise AmountIsOutOfRange(self.amount)

    @property
    def exponent(self) -> int:
        """How many of the digits stand behind the decimal point."""
        return EXPONENTS[self.currency]

    def __str__(self) -> str:
        if self.exponent == 0:
            return f"{self.amount} {self.currency}"
        major, minor = divmod(self.amount, 10**self.exponent)
        return f"{major}.{minor:0{self.exponent}d} {self.currency}"
