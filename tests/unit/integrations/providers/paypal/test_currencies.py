import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.integrations.adapters.providers.paypal.currencies import (
    CURRENCIES,
    from_amount,
    to_amount,
)
from paymux.integrations.adapters.providers.paypal.wire import Amount
from paymux.kernel.money import MAX_AMOUNT, Money
from paymux.payments.ports.currencies import (
    AmountIsNotTaken,
    CurrencyIsNotTaken,
    ProviderSentOddAmount,
)


@pytest.mark.parametrize(
    ("money", "value"),
    [
        (Money(10000, "USD"), "100.00"),
        (Money(5, "EUR"), "0.05"),
        (Money(1000, "JPY"), "1000"),
        (Money(105000, "HUF"), "1050"),
        (Money(30000, "TWD"), "300"),
    ],
)
def test_amounts_are_spelled_as_paypal_spells_them(money: Money, value: str) -> None:
    assert to_amount(money) == Amount(money.currency, value)
    assert from_amount(Amount(money.currency, value)) == money


@pytest.mark.parametrize("currency", ["INR", "KWD", "ISK", "UGX", "MGA"])
def test_what_paypal_does_not_take_is_refused(currency: str) -> None:
    assert isinstance(CURRENCIES.refusal(Money(1000, currency)), CurrencyIsNotTaken)


@pytest.mark.parametrize("currency", ["HUF", "TWD"])
def test_forints_and_taiwan_dollars_have_no_decimals_here(currency: str) -> None:
    assert isinstance(CURRENCIES.refusal(Money(1050, currency)), AmountIsNotTaken)


def test_nothing_is_not_an_amount() -> None:
    assert isinstance(CURRENCIES.refusal(Money(0, "USD")), AmountIsNotTaken)


@pytest.mark.parametrize(
    ("currency", "value"),
    [
        ("USD", "10.001"),
        ("JPY", "10.50"),
        ("USD", "-1.00"),
        ("USD", "1e3"),
        ("USD", ""),
        ("USD", "٣"),
        ("USD", "1,000.00"),
        ("USD", "9" * 16 + ".00"),
        ("usd", "1.00"),
        ("INR", "1.00"),
        ("", "1.00"),
    ],
)
def test_odd_amounts_are_not_guessed_at(currency: str, value: str) -> None:
    with pytest.raises(ProviderSentOddAmount):
        from_amount(Amount(currency, value))


@pytest.mark.parametrize(
    ("value", "minor"), [("10", 1000), ("10.5", 1050), ("10.500", 1050), ("0.00", 0)]
)
def test_shorter_and_longer_spellings_of_an_amount_are_read(value: str, minor: int) -> None:
    assert from_amount(Amount("USD", value)) == Money(minor, "USD")


@given(st.sampled_from(sorted(CURRENCIES.rules)), st.integers(1, MAX_AMOUNT))
def test_what_paypal_takes_comes_back_as_it_was(currency: str, amount: int) -> None:
    money = Money(amount, currency)
    if CURRENCIES.refusal(money) is None:
        assert from_amount(to_amount(money)) == money
