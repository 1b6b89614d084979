"""Stripe's currency rules (docs.stripe.com/currencies)."""

from paymux.sandbox.stripe import errors

_ZERO = """
bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf
"""
_THREE = """
bhd jod kwd omr tnd
"""
_TWO = """
aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad
cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl
htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop
mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar
sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst
xcd yer zar zmw
"""

ZERO_DECIMAL = frozenset(_ZERO.split())
THREE_DECIMAL = frozenset(_THREE.split())
# Two decimals on the wire for compatibility, but only whole units exist.
WHOLE_UNITS_ONLY = frozenset({"isk", "ugx"})
TWO_DECIMAL = frozenset(_TWO.split())
# Least charges for the settlement currencies that have one of their own.
MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
MAXIMUM = 99_999_999
LONGER_MAXIMUM = {"idr": 999_999_999_999, "cop": 9_999_999_999, "huf": 9_999_999_999,
                  "jpy": 9_999_999_999, "inr": 999_999_999}  # fmt: skip


def exponent(currency: str) -> int:
    """Decimals of an amount on the wire."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def check_currency(currency: str, param: str) -> None:
    """Refuse a currency Stripe cannot present."""
    if currency not in TWO_DECIMAL | ZERO_DECIMAL | THREE_DECIMAL:
        message = (
            f"Invalid currency: {currency}. Stripe currently supports these currencies: usd, aed, "
            "afn, all, amd, ang, aoa, ars, aud, awg, …"
        )
        raise errors.invalid(message, param=param)


def check_unit_amount(amount: int, currency: str, param: str) -> None:
    """Refuse an amount that the currency cannot express."""
    if amount < 0:
        message = "Invalid non-negative integer"
        raise errors.invalid(message, code="parameter_invalid_integer", param=param)
    if currency in WHOLE_UNITS_ONLY and amount % 100:
        message = (
            f"Invalid amount: {currency.upper()} has no decimals; the amount must be a multiple "
            "of 100."
        )
        code = "invalid_charge_amount_no_decimal_compatible"
        raise errors.invalid(message, code=code, param=param)
    if currency in THREE_DECIMAL and amount % 10:
        message = f"Invalid amount: the last digit of an amount in {currency} must be 0."
        raise errors.invalid(message, param=param)


def check_total(amount: int, currency: str) -> None:
    """Refuse a session's total below the least charge or with too many digits."""
    _check_range(
        (amount, currency),
        "The Checkout Session's total amount due must add up to at least",
        "The total amount must be no more than",
    )


def check_charge(amount: int, currency: str) -> None:
    """Refuse a charge below the least or with too many digits."""
    check_unit_amount(amount, currency, "amount")
    _check_range((amount, currency), "Amount must be at least", "Amount must be no more than")


def _check_range(asked: tuple[int, str], too_small: str, too_large: str) -> None:
    amount, currency = asked
    least = MINIMUM.get(currency, 0)
    if amount < least:
        message = f"{too_small} {shown(least, currency)}"
        raise errors.invalid(message, code="amount_too_small")
    most = LONGER_MAXIMUM.get(currency, MAXIMUM)
    if amount > most:
        message = f"{too_large} {shown(most, currency)}"
        raise errors.invalid(message, code="amount_too_large")


def shown(amount: int, currency: str) -> str:
    """An amount as a payer reads it."""
    digits = exponent(currency)
    number = f"{amount / 10**digits:,.{digits}f}"
    return f"{number} {currency.upper()}"
