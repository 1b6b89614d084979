"""How Razorpay counts money.

https://razorpay.com/docs/payments/international-payments/#supported-currencies: subunits as
integers; of three decimals the last must be 0 (99.991 is sent as 99990); at least INR 1.00.
"""

from typing import Final

from paymux.payments.ports.currencies import CurrencyRule, ProviderCurrencies

_NO_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DECIMALS: Final = """
AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CNY COP CRC
CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS
JMD KES KGS KHR KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN
NAD NGN NIO NOK NPR NZD PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SCR SEK SGD SLL SOS SVC SZL
THB TRY TTD TWD TZS UAH USD UYU UZS XCD YER ZAR ZMW
"""
_THREE_DECIMALS: Final = "BHD IQD JOD KWD OMR TND"

CURRENCIES: Final = ProviderCurrencies(
    "Razorpay",
    {
        **{code: CurrencyRule(0) for code in _NO_DECIMALS.split()},
        **{code: CurrencyRule(2) for code in _TWO_DECIMALS.split()},
        **{code: CurrencyRule(3, multiple_of=10, minimum=10) for code in _THREE_DECIMALS.split()},
        "INR": CurrencyRule(2, minimum=100),
    },
)
