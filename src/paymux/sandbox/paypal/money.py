"""PayPal's amounts (developer.paypal.com/docs/api/reference/currency-codes)."""

from decimal import Decimal

from paymux.sandbox.paypal import errors
from paymux.sandbox.paypal.params import MoneyParams

_TWO = """
AUD BRL CAD CNY CZK DKK EUR HKD ILS MYR MXN NZD NOK PHP PLN GBP RUB SGD SEK CHF THB USD
"""

DECIMALS = dict.fromkeys(
    _TWO.split(),
    2,
) | dict.fromkeys(["HUF", "JPY", "TWD"], 0)
# "100.00" is a whole number of yen.
CENTS = 2
MOST_DIGITS = 15


def check(money: MoneyParams, field: str) -> Decimal:
    """The amount as a number; refuses currencies and decimals PayPal does not take."""
    decimals = DECIMALS.get(money.currency_code)
    if decimals is None:
        code_field = f"{field}/currency_code"
        raise errors.issue(
            code="INVALID_CURRENCY_CODE", field=code_field, value=money.currency_code
        )
    value_field = f"{field}/value"
    fraction = money.value.partition(".")[2]
    if len(fraction) > decimals and (len(fraction) > CENTS or fraction.strip("0")):
        raise errors.issue(code="DECIMAL_PRECISION", field=value_field, value=money.value)
    amount = Decimal(money.value)
    if amount < 0:
        raise errors.issue(code="CANNOT_BE_NEGATIVE", field=value_field, value=money.value)
    if len(str(int(amount))) > MOST_DIGITS:
        raise errors.issue(code="MAX_VALUE_EXCEEDED", field=value_field, value=money.value)
    return amount


def minor_units(value: str, currency: str) -> int:
    """An amount in PayPal's minor units."""
    return int(Decimal(value).scaleb(DECIMALS[currency]))


def written(amount: Decimal, currency: str) -> str:
    """An amount as PayPal writes it back."""
    return f"{amount:.{DECIMALS[currency]}f}"
