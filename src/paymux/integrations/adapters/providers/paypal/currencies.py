"""How PayPal counts money: decimal strings, 25 currencies, three of them without decimals.

https://developer.paypal.com/api/rest/reference/currency-codes/
"""

import re
from typing import Final

from paymux.integrations.adapters.providers.paypal.wire import Amount
from paymux.kernel.money import AmountIsOutOfRange, Money
from paymux.payments.ports.currencies import (
    CurrencyRule,
    ProviderCurrencies,
    ProviderSentOddAmount,
)

_TWO_DECIMALS: Final = """
AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN RUB SEK SGD THB USD
"""
_NO_DECIMALS: Final = """
HUF JPY TWD
"""
_VALUE: Final = re.compile(r"([0-9]{1,16})(?:\.([0-9]{1,16}))?")

CURRENCIES: Final = ProviderCurrencies(
    provider="PayPal",
    rules={
        **{code: CurrencyRule(exponent=2) for code in _TWO_DECIMALS.split()},
        **{code: CurrencyRule(exponent=0) for code in _NO_DECIMALS.split()},
    },
)


def to_amount(money: Money) -> Amount:
    """Return PayPal's spelling of `money`; raises what `CURRENCIES.refusal` returns."""
    wire, exponent = CURRENCIES.to_wire(money), CURRENCIES.rules[money.currency].exponent
    if exponent == 0:
        return Amount(money.currency, str(wire))
    major, minor = divmod(wire, 10**exponent)
    return Amount(money.currency, f"{major}.{minor:0{exponent}d}")


def from_amount(amount: Amount) -> Money:
    """Read PayPal's spelling back; raises ProviderSentOddAmount."""
    rule, value = CURRENCIES.rules.get(amount.currency_code), _VALUE.fullmatch(amount.value)
    if rule is None or value is None:
        raise ProviderSentOddAmount(0, amount.currency_code[:3])
    major, minor = value[1], (value[2] or "").ljust(rule.exponent, "0")
    kept, beyond = minor[: rule.exponent], minor[rule.exponent :]
    wire = int(major + kept)
    if beyond.strip("0"):
        raise ProviderSentOddAmount(wire, amount.currency_code)
    try:
        return CURRENCIES.from_wire(wire, amount.currency_code)
    except AmountIsOutOfRange as error:
        raise ProviderSentOddAmount(wire, amount.currency_code) from error
