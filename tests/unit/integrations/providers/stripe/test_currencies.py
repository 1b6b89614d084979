import pytest

from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.kernel.currencies import EXPONENTS
from paymux.kernel.money import Money
from paymux.payments.ports.currencies import (
    AmountIsNotTaken,
    CurrencyIsNotTaken,
    ProviderSentOddAmount,
)


@pytest.mark.parametrize(
    ("money", "wire"),
    [
        (Money(1000, "USD"), 1000),
        (Money(50000, "INR"), 50000),
        (Money(500, "JPY"), 500),
        (Money(10010, "KWD"), 10010),
        (Money(700, "ISK"), 70000),
        (Money(900, "UGX"), 90000),
        (Money(17500, "HUF"), 17500),
        (Money(12345, "TWD"), 12345),
        (Money(50000, "MGA"), 500),
    ],
)
def test_amounts_go_out_and_come_back_as_stripe_counts_them(money: Money, wire: int) -> None:
    assert CURRENCIES.to_wire(money) == wire
    assert CURRENCIES.from_wire(wire, money.currency.lower()) == money


@pytest.mark.parametrize(
    "money",
    [
        Money(10005, "KWD"),
        Money(50001, "MGA"),
        Money(49, "USD"),
        Money(29, "GBP"),
        Money(0, "XAF"),
    ],
)
def test_amounts_that_stripe_cannot_express_or_finds_too_small_are_refused(money: Money) -> None:
    assert isinstance(CURRENCIES.refusal(money), AmountIsNotTaken)


def test_a_currency_that_stripe_does_not_present_is_refused() -> None:
    assert isinstance(CURRENCIES.refusal(Money(1000, "IRR")), CurrencyIsNotTaken)


@pytest.mark.parametrize(("wire", "currency"), [(70001, "isk"), (-1, "usd"), (1, "xxx")])
def test_amounts_that_stripe_should_never_report_are_noticed(wire: int, currency: str) -> None:
    with pytest.raises(ProviderSentOddAmount):
        CURRENCIES.from_wire(wire, currency)


def test_every_currency_is_one_that_the_kernel_knows() -> None:
    assert set(CURRENCIES.rules) <= set(EXPONENTS)
