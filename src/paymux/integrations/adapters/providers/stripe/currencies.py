"""Stripe's presentment currencies and how it counts them.

https://docs.stripe.com/currencies. Which of them an account may present depends on its country.
"""

from typing import Final

from paymux.payments.ports.currencies import CurrencyRule, ProviderCurrencies

_NO_DECIMALS: Final = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"

# Stripe also calls STD a currency, which ISO 4217 has replaced by STN.
_TWO_DECIMALS: Final = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF
CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF
IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN
MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP
SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW
"""

# "To ensure compatibility with Stripe's payments partners, these API calls require the
# least-significant (last) digit to be 0."
_THREE_DECIMALS: Final = "BHD JOD KWD OMR TND"

# "ISK / UGX transitioned to a zero-decimal currency, but backwards compatibility requires you to
# represent it as a two-decimal value, where the decimal amount is always 00."
_TWO_ALWAYS_ZERO: Final = "ISK UGX"

# Stripe checks its minimum in the currency the account settles in, after conversion. These are
# the documented figures for an account that settles in the currency it charges; another account
# may be refused a little more, with `amount_too_small`.
_MINIMUMS: Final = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250,
    "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000,
    "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50,
    "THB": 1000, "USD": 50,
}  # fmt: skip


def _rules(codes: str, exponent: int, multiple_of: int = 1) -> dict[str, CurrencyRule]:
    return {
        code: CurrencyRule(exponent, multiple_of, _MINIMUMS.get(code, multiple_of))
        for code in codes.split()
    }


CURRENCIES: Final = ProviderCurrencies(
    provider="Stripe",
    rules=_rules(_NO_DECIMALS, 0)
    | _rules(_TWO_DECIMALS, 2)
    | _rules(_THREE_DECIMALS, 3, 10)
    | _rules(_TWO_ALWAYS_ZERO, 2, 100),
)
