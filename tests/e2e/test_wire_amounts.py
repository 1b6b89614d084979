"""Every amount reaches the provider as the provider counts it, or is refused before any call."""

from typing import NamedTuple

import pytest

from tests.contract.published import published
from tests.e2e.installation import Installation
from tests.e2e.sandbox import PROVIDERS
from tests.e2e.shop import Shop
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

# ISO 4217 minor units: 175.00 HUF, 19.000 KWD, 1900 ISK and so on.
AMOUNTS = {
    "USD": 1999,
    "INR": 149900,
    "JPY": 1999,
    "KWD": 19990,
    "ISK": 1999,
    "UGX": 70001,
    "HUF": 750000,
    "TWD": 199900,
    "MGA": 500000,
}
ISO_EXPONENTS = {
    "USD": 2, "INR": 2, "JPY": 0, "KWD": 3, "ISK": 0, "UGX": 0, "HUF": 2, "TWD": 2, "MGA": 2,
}  # fmt: skip
NOT_AT_PAYPAL = ("INR", "KWD", "ISK", "UGX", "MGA")


class Refusal(NamedTuple):
    """What a provider does not take, and how we say so."""

    provider: str
    currency: str
    amount: int
    code: str
    field: str


REFUSALS = [
    *(
        Refusal("paypal", currency, AMOUNTS[currency], "currency_not_supported", "currency")
        for currency in NOT_AT_PAYPAL
    ),
    Refusal("stripe", "KWD", 10005, "amount_not_supported", "amount"),
    Refusal("razorpay", "KWD", 10005, "amount_not_supported", "amount"),
    Refusal("paypal", "HUF", 100050, "amount_not_supported", "amount"),
    Refusal("paypal", "TWD", 1999, "amount_not_supported", "amount"),
    Refusal("stripe", "MGA", 1, "amount_not_supported", "amount"),
    Refusal("razorpay", "INR", 99, "amount_not_supported", "amount"),
    Refusal("stripe", "USD", 49, "amount_not_supported", "amount"),
]


def exponent(provider: str, currency: str) -> int | None:
    """The provider's decimals by its published table; None when it does not take the currency."""
    table = published("currency_matrix.json")[provider]
    if provider != "stripe":
        found = table["exponents"].get(currency)
        return None if found is None else int(found)
    if currency in table["special"]:
        return int(table["special"][currency]["exponent"])
    if currency in table["zero"]:
        return 0
    return 3 if currency in table["three"] else int(table["default"])


def wire(provider: str, currency: str) -> str:
    """The amount as the provider writes it."""
    decimals = exponent(provider, currency)
    assert decimals is not None
    units = AMOUNTS[currency] * 10**decimals
    assert units % 10 ** ISO_EXPONENTS[currency] == 0
    digits = str(units // 10 ** ISO_EXPONENTS[currency])
    if provider != "paypal" or decimals == 0:
        return digits
    return f"{digits[:-decimals]}.{digits[-decimals:]}"


def stored_payments(installation: Installation, shop: Shop) -> int:
    """How many payments of the tenant there are in the database."""
    rows = installation.query("SELECT 1 FROM payments WHERE tenant_id = $1", shop.tenant_id)
    return len(rows)


def problem_of_creating(shop: Shop, provider: str, amount: int, currency: str) -> Json:
    """Try to create a payment that has to be refused."""
    body = {
        "amount": amount,
        "currency": currency,
        "description": "Pro plan",
        "connection_id": shop.accounts[provider].connection_id,
    }
    return shop.api.problem("POST", "/v1/payments", body)


@pytest.fixture(scope="module")
def trader(installation: Installation) -> Shop:
    """One merchant for all amounts."""
    return installation.open_shop()


@pytest.fixture(scope="module")
def idle(installation: Installation) -> Shop:
    """A merchant for whom nothing else is under way, so that every call is seen."""
    return installation.open_shop()


def test_the_amounts_tried_differ_in_decimals_between_providers() -> None:
    disagreements = {row["c"] for row in published("currency_matrix.json")["disagreements"]}
    assert {"HUF", "ISK", "MGA", "TWD", "UGX"} <= disagreements & set(AMOUNTS)
    assert [c for c in AMOUNTS if exponent("paypal", c) is None] == list(NOT_AT_PAYPAL)


@pytest.mark.parametrize("currency", AMOUNTS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_amount_taken_is_the_amount_asked_in_the_providers_own_units(
    trader: Shop, provider: str, currency: str
) -> None:
    if exponent(provider, currency) is None:
        assert any(r.provider == provider and r.currency == currency for r in REFUSALS)
        return
    payment = trader.new_payment(provider, AMOUNTS[currency], currency)
    trader.pay(payment)
    final = trader.settled(payment)
    (taken,) = trader.taken_for(final)
    assert (taken["amount_wire"], taken["currency"]) == (wire(provider, currency), currency)
    assert (final["amount_captured"], final["currency"]) == (AMOUNTS[currency], currency)


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: "-".join(map(str, case[:3])))
def test_what_a_provider_does_not_take_is_refused_before_any_call(
    idle: Shop, installation: Installation, case: Refusal
) -> None:
    account_id = idle.accounts[case.provider].account_id
    calls, rows = len(idle.sandbox.requests(account_id)), stored_payments(installation, idle)
    problem = problem_of_creating(idle, case.provider, case.amount, case.currency)
    assert (problem["status"], problem["code"], problem["field"]) == (422, case.code, case.field)
    assert case.currency in problem["detail"]
    assert len(idle.sandbox.requests(account_id)) == calls
    assert stored_payments(installation, idle) == rows


def test_a_currency_that_no_connection_takes_is_refused_with_every_reason(
    installation: Installation,
) -> None:
    shop = installation.open_shop(providers=("paypal",))
    body = {"amount": 149900, "currency": "INR", "description": "Pro plan"}
    problem = shop.api.problem("POST", "/v1/payments", body)
    assert (problem["status"], problem["code"]) == (422, "no_connection_available")
    assert "PayPal does not take INR" in problem["detail"]


def test_a_payer_who_pays_another_amount_does_not_settle_the_payment(
    installation: Installation,
) -> None:
    shop = installation.open_shop(providers=("stripe",))
    payment = shop.new_payment("stripe")
    shop.pay(payment, amount=1998)

    def in_review() -> Json | None:
        found = shop.payment(payment["id"])
        return found if found["review"] else None

    found = eventually(in_review)
    assert (found["review"], found["status"]) == ("amount_mismatch", "requires_action")
    assert found["amount_captured"] == 0
