"""Razorpay's currencies (razorpay/markdown-docs, payments/international-payments.md)."""

from paymux.sandbox.razorpay import errors

_ZERO = """
BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF
"""
_THREE = """
BHD IQD JOD KWD OMR TND
"""
_TWO = """
AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CNY COP CRC
CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS
INR JMD KES KGS KHR KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR
MZN NAD NGN NIO NOK NPR NZD PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SCR SEK SGD SLL SOS SVC
SZL THB TRY TTD TWD TZS UAH USD UYU UZS XCD YER ZAR ZMW
"""

ZERO_DECIMAL = frozenset(_ZERO.split())
THREE_DECIMAL = frozenset(_THREE.split())
TWO_DECIMAL = frozenset(_TWO.split())
LEAST_RUPEES = 100


def check(amount: int, currency: str, *, international: bool) -> None:
    """Refuse what the account cannot take."""
    if currency not in TWO_DECIMAL | ZERO_DECIMAL | THREE_DECIMAL:
        message = "The selected currency is invalid."
        raise errors.refuse(message, field="currency")
    if currency != "INR" and not international:
        message = "the merchant doesn't have international activated."
        raise errors.refuse(message, field="currency")
    if amount < (LEAST_RUPEES if currency == "INR" else 1):
        message = "The amount must be at least INR 1.00."
        raise errors.refuse(message, field="amount")
    if currency in THREE_DECIMAL and amount % 10:
        message = f"The amount is invalid: the last digit must be 0 for {currency}."
        raise errors.refuse(message, field="amount")


def shown(amount: int, currency: str) -> str:
    """An amount as a payer reads it."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    return f"{amount / 10**digits:,.{digits}f} {currency}"
