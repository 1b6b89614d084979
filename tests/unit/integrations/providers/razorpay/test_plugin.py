from importlib.metadata import entry_points

import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.plugin import PLUGIN, RazorpayCredentials
from paymux.kernel.currencies import EXPONENTS
from paymux.kernel.money import Money
from paymux.payments.ports import (
    captures,
    connectors,
    disputes,
    event_lists,
    refunds,
    saved_methods,
    webhooks,
)
from paymux.payments.ports.plugins import ENTRY_POINT_GROUP, Operation
from tests.unit.integrations.providers.razorpay.stand_in import connected

PROTOCOLS = {
    Operation.CHECK_ACCOUNT: connectors.ChecksAccount,
    Operation.CREATE_CHECKOUT: connectors.CreatesCheckouts,
    Operation.COMPLETE_CHECKOUT: connectors.CompletesCheckouts,
    Operation.EXPIRE_CHECKOUT: connectors.ExpiresCheckouts,
    Operation.LOOK_UP: connectors.LooksUp,
    Operation.PUT_CUSTOMER: connectors.SyncsCustomers,
    Operation.VERIFY_WEBHOOK: webhooks.VerifiesWebhooks,
    Operation.REGISTER_WEBHOOK: webhooks.RegistersWebhooks,
    Operation.VOID: captures.Voids,
    Operation.REFUND: refunds.Refunds,
    Operation.LIST_EVENTS: event_lists.ListsEvents,
    Operation.CHARGE: saved_methods.ChargesSavedMethods,
    Operation.FORGET_METHOD: saved_methods.ChargesSavedMethods,
    Operation.LOOK_UP_DISPUTE: disputes.HandlesDisputes,
    Operation.LIST_DISPUTES: disputes.HandlesDisputes,
    Operation.ACCEPT_DISPUTE: disputes.HandlesDisputes,
    Operation.SUBMIT_EVIDENCE: disputes.HandlesDisputes,
}


def test_the_plugin_is_found_through_its_entry_point() -> None:
    (found,) = entry_points(group=ENTRY_POINT_GROUP, name="razorpay")
    assert found.load() is PLUGIN


def test_the_connector_has_exactly_the_declared_operations() -> None:
    with connected(None) as connector:
        has = {operation for operation, each in PROTOCOLS.items() if isinstance(connector, each)}
    assert has == PLUGIN.capabilities.operations - {Operation.SAVE_METHOD}


def test_capturing_what_a_bank_authorised_late_is_no_promise_to_hold_money() -> None:
    assert Operation.CAPTURE not in PLUGIN.capabilities.operations
    with connected(None) as connector:
        assert isinstance(connector, captures.Captures)


def test_a_refund_can_be_asked_for_again_for_as_long_as_it_takes() -> None:
    kept = PLUGIN.capabilities.idempotency[Operation.REFUND]
    assert (kept.header, kept.looks_up_by_reference) == ("X-Refund-Idempotency", True)


def test_cards_are_saved_in_rupees_only() -> None:
    assert PLUGIN.capabilities.saving_currencies == frozenset({"INR"})


def test_what_is_looked_for_first_can_be_asked_for_again() -> None:
    for operation in (
        Operation.SAVE_METHOD,
        Operation.CHARGE,
        Operation.ACCEPT_DISPUTE,
        Operation.SUBMIT_EVIDENCE,
    ):
        assert PLUGIN.capabilities.idempotency[operation].looks_up_by_reference


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"key_id": "rzp_test_abc"},
        {"key_id": "sk_test_abc", "key_secret": "s"},
        {"key_id": "rzp_test_abc", "key_secret": ""},
        {"key_id": "rzp_test_abc", "key_secret": "with space"},
        {"key_id": "rzp_test_abc", "key_secret": "é"},
        {"key_id": "rzp_test_abc", "key_secret": "pasted\n"},
        {"key_id": "rzp_test_abc\n", "key_secret": "s"},
        {"key_id": "rzp_test_abc", "key_secret": "s" * 513},
        {"key_id": "rzp_test_abc", "key_secret": "s", "extra": "x"},
    ],
)
def test_malformed_credentials_are_refused(credentials: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(credentials, PLUGIN.credentials)


def test_the_secret_is_write_only_in_the_schema_and_absent_from_repr() -> None:
    schema = msgspec.json.schema(RazorpayCredentials)["$defs"]["RazorpayCredentials"]
    assert schema["properties"]["key_secret"]["writeOnly"] is True
    assert "hush" not in repr(RazorpayCredentials("rzp_test_abc", "hush"))


@pytest.mark.parametrize(
    ("money", "wire"),
    [
        (Money(1000, "USD"), 1000),
        (Money(100, "INR"), 100),
        (Money(1000, "JPY"), 1000),
        (Money(10010, "KWD"), 10010),
        (Money(500, "ISK"), 500),
        (Money(5000, "UGX"), 5000),
        (Money(12345, "HUF"), 12345),
        (Money(12345, "TWD"), 12345),
        (Money(1000, "MGA"), 1000),
    ],
    ids=str,
)
def test_amounts_are_counted_as_razorpay_does(money: Money, wire: int) -> None:
    assert CURRENCIES.to_wire(money) == wire
    assert CURRENCIES.from_wire(wire, money.currency) == money


@pytest.mark.parametrize(
    "money",
    [Money(99, "INR"), Money(10005, "KWD"), Money(0, "USD"), Money(1, "LYD"), Money(1, "VES")],
    ids=str,
)
def test_amounts_razorpay_does_not_take_are_refused(money: Money) -> None:
    assert CURRENCIES.refusal(money) is not None


def test_every_currency_is_known_to_the_kernel() -> None:
    assert set(CURRENCIES.rules) <= set(EXPONENTS)
