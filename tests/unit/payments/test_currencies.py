"""How a provider counts money: there and back without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.kernel.currencies import EXPONENTS
from paymux.kernel.money import MAX_AMOUNT, Money
from paymux.payments.ports.currencies import (
    AmountIsNotTaken,
    CurrencyIsNotTaken,
    CurrencyRule,
    ProviderCurrencies,
    ProviderSentOddAmount,
)

_codes = st.sampled_from(sorted(EXPONENTS))
_moneys = st.builds(Money, st.integers(0, MAX_AMOUNT), _codes)
_rules = st.builds(
    CurrencyRule,
    exponent=st.integers(0, 3),
    multiple_of=st.sampled_from([1, 10, 100]),
    minimum=st.integers(1, 1000),
)


def _counting(code: str, rule: CurrencyRule) -> ProviderCurrencies:
    return ProviderCurrencies("acme", {code: rule})


@given(_moneys, _rules)
def test_what_is_taken_comes_back_as_it_went(money: Money, rule: CurrencyRule) -> None:
    currencies = _counting(money.currency, rule)
    refusal = currencies.part_refusal(money)
    if refusal is not None:
        with pytest.raises(type(refusal)):
            currencies.to_wire(money)
        return
    wire = currencies.to_wire(money)
    assert (wire < rule.minimum) == (currencies.refusal(money) is not None)
    assert wire % rule.multiple_of == 0
    assert wire * 10**money.exponent == money.amount * 10**rule.exponent
    assert currencies.from_wire(wire, money.currency.lower()) == money


@given(st.integers(0, MAX_AMOUNT // 1000), _codes, _rules)
def test_what_is_reported_is_counted_exactly_or_noticed(
    wire: int, code: str, rule: CurrencyRule
) -> None:
    try:
        money = _counting(code, rule).from_wire(wire, code)
    except ProviderSentOddAmount:
        assert rule.exponent > EXPONENTS[code]
        assert wire % 10 ** (rule.exponent - EXPONENTS[code])
    else:
        assert money.amount * 10**rule.exponent == wire * 10**money.exponent


@given(_moneys)
def test_a_currency_without_a_rule_is_not_taken(money: Money) -> None:
    refusal = ProviderCurrencies("acme", {}).refusal(money)
    assert isinstance(refusal, CurrencyIsNotTaken)
    assert refusal.field == "currency"


@pytest.mark.parametrize(
    ("money", "rule", "why"),
    [
        (Money(10005, "KWD"), CurrencyRule(3, multiple_of=10), "multiple of 10"),
        (Money(10005, "KWD"), CurrencyRule(2), "2 decimals"),
        (Money(150, "TWD"), CurrencyRule(0), "0 decimals"),
        (Money(49, "USD"), CurrencyRule(2, minimum=50), "minimum"),
        (Money(0, "USD"), CurrencyRule(2), "minimum"),
    ],
)
def test_an_amount_that_is_not_taken_is_said_why(
    money: Money, rule: CurrencyRule, why: str
) -> None:
    refusal = _counting(money.currency, rule).refusal(money)
    assert isinstance(refusal, AmountIsNotTaken)
    assert why in refusal.detail
    assert refusal.field == "amount"


@pytest.mark.parametrize(("wire", "code"), [(-1, "USD"), (1, "XXX"), (1, "EUR")])
def test_an_amount_nobody_could_report_is_noticed(wire: int, code: str) -> None:
    with pytest.raises(ProviderSentOddAmount):
        _counting("USD", CurrencyRule(2)).from_wire(wire, code)
