"""Money, currencies, and how providers count them."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.kernel.currencies import EXPONENTS
from paymux.kernel.money import MAX_AMOUNT, AmountIsOutOfRange, CurrencyIsUnknown, Money

_ROOT = Path(__file__).parents[3]

moneys = st.builds(Money, st.integers(0, MAX_AMOUNT), st.sampled_from(sorted(EXPONENTS)))


@given(moneys)
def test_money_reads_back_from_what_it_says(money: Money) -> None:
    figure, currency = str(money).split()
    assert currency == money.currency
    assert int(figure.replace(".", "")) == money.amount
    assert len(figure.partition(".")[2]) == money.exponent


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(1000, "USD"), "10.00 USD"),
        (Money(5, "USD"), "0.05 USD"),
        (Money(1000, "JPY"), "1000 JPY"),
        (Money(1000, "KWD"), "1.000 KWD"),
        (Money(0, "INR"), "0.00 INR"),
    ],
)
def test_money_is_shown_in_majors(money: Money, shown: str) -> None:
    assert str(money) == shown


@given(st.integers().filter(lambda amount: not 0 <= amount <= MAX_AMOUNT))
def test_an_amount_out_of_range_is_refused(amount: int) -> None:
    with pytest.raises(AmountIsOutOfRange) as refusal:
        Money(amount, "USD")
    assert refusal.value.field == "amount"


@given(st.text().filter(lambda code: code not in EXPONENTS))
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(CurrencyIsUnknown) as refusal:
        Money(1, code)
    assert refusal.value.field == "currency"


def test_money_of_two_currencies_is_never_equal() -> None:
    assert Money(1, "USD") == Money(1, "USD")
    assert Money(1, "USD") != Money(1, "EUR")
    assert len({Money(1, "USD"), Money(1, "USD")}) == 1


def test_every_currency_has_the_shape_of_one() -> None:
    assert all(len(code) == 3 and code.isupper() and code.isascii() for code in EXPONENTS)
    assert set(EXPONENTS.values()) == {0, 2, 3}


def test_every_currency_that_any_provider_takes_is_known() -> None:
    folder = Path(os.environ.get("PAYMUX_SPECS", _ROOT.parent / "shared" / "specs"))
    matrix = json.loads((folder / "currency_matrix.json").read_text())
    stripe = matrix["stripe"]
    taken = {*stripe["zero"], *stripe["three"], *stripe["special"]}
    for provider in ("paypal", "razorpay"):
        taken |= set(matrix[provider]["exponents"])
    assert taken <= set(EXPONENTS)
    assert {code for code in stripe["three"] if EXPONENTS[code] != 3} == set()
