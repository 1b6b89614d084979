"""How a provider counts money, which is not always how ISO 4217 does."""

from collections.abc import Mapping

import msgspec

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.money import Money


class CurrencyIsNotTaken(PaymuxError):
    """The provider does not take this currency at all.

    `GET /v1/providers` lists the currencies of each.
    """

    code = "currency_not_supported"
    category = Category.UNPROCESSABLE

    def __init__(self, provider: str, currency: str) -> None:
        super().__init__(f"{provider} does not take {currency}.", field="currency")


class AmountIsNotTaken(PaymuxError):
    """The provider cannot express, or does not accept, this amount in this currency.

    `detail` says what it would take; `GET /v1/providers` has the rules.
    """

    code = "amount_not_supported"
    category = Category.UNPROCESSABLE

    def __init__(self, provider: str, money: Money, why: str) -> None:
        super().__init__(f"{provider} does not take {money}: {why}.", field="amount")


class ProviderSentOddAmount(Exception):
    """The provider reported an amount that its own currency rules do not allow."""

    def __init__(self, wire: int, currency: str) -> None:
        super().__init__(f"{wire} {currency}")


class CurrencyRule(msgspec.Struct, frozen=True):
    """One currency at one provider, in the provider's own units.

    `exponent`: decimals on the wire. `multiple_of` and `minimum`: in wire units.
    """

    exponent: int
    multiple_of: int = 1
    minimum: int = 1


class ProviderCurrencies(msgspec.Struct, frozen=True):
    """Every currency a provider takes, with its rule; pure arithmetic both ways."""

    provider: str
    rules: Mapping[str, CurrencyRule]

    def refusal(self, money: Money) -> CurrencyIsNotTaken | AmountIsNotTaken | None:
        """Say why the provider would not take this money, or None when it would."""
        refusal = self.part_refusal(money)
        if refusal is not None:
            return refusal
        rule = self.rules[money.currency]
        if self._count(money, rule)[0] < rule.minimum:
            return AmountIsNotTaken(self.provider, money, f"its minimum is {rule.minimum} units")
        return None

    def part_refusal(self, money: Money) -> CurrencyIsNotTaken | AmountIsNotTaken | None:
        """Say why the provider cannot count this money, as part of a payment of any size.

        The minimum of a payment holds for none of its refunds and captures.
        """
        rule = self.rules.get(money.currency)
        if rule is None:
            return CurrencyIsNotTaken(self.provider, money.currency)
        wire, rest = self._count(money, rule)
        if rest:
            why = f"it counts {money.currency} with {rule.exponent} decimals"
            return AmountIsNotTaken(self.provider, money, why)
        if wire % rule.multiple_of:
            why = f"the amount must be a multiple of {rule.multiple_of} in its smallest unit"
            return AmountIsNotTaken(self.provider, money, why)
        return None

    def to_wire(self, money: Money) -> int:
        """Return the amount in the provider's smallest unit; raises the `part_refusal`."""
        refusal = self.part_refusal(money)
        if refusal is not None:
            raise refusal
        return self._count(money, self.rules[money.currency])[0]

    @staticmethod
    def _count(money: Money, rule: CurrencyRule) -> tuple[int, int]:
        wire: int = money.amount * 10**rule.exponent
        unit: int = 10**money.exponent
        return divmod(wire, unit)

    def from_wire(self, wire: int, currency: str) -> Money:
        """Return the provider's amount in ISO minor units; raises ProviderSentOddAmount."""
        code = currency.upper()
        rule = self.rules.get(code)
        if rule is None or wire < 0:
            raise ProviderSentOddAmount(wire, code)
        iso = Money(0, code).exponent
        amount, rest = divmod(wire * 10**iso, 10**rule.exponent)
        if rest:
            raise ProviderSentOddAmount(wire, code)
        return Money(amount, code)
