from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points

import msgspec
import pytest

from paymux.integrations.adapters.providers.paypal.plugin import PLUGIN, PayPalCredentials
from paymux.kernel.scope import Mode
from paymux.payments.ports.captures import Captures, Voids
from paymux.payments.ports.connectors import (
    ChecksAccount,
    CompletesCheckouts,
    CreatesCheckouts,
    ExpiresCheckouts,
    LooksUp,
    SyncsCustomers,
)
from paymux.payments.ports.disputes import HandlesDisputes
from paymux.payments.ports.event_lists import ListsEvents
from paymux.payments.ports.plugins import ENTRY_POINT_GROUP, ConnectorEnvironment, Operation
from paymux.payments.ports.refunds import Refunds
from paymux.payments.ports.saved_methods import ChargesSavedMethods
from paymux.payments.ports.webhooks import RegistersWebhooks, VerifiesWebhooks
from tests.unit.integrations.providers.paypal.stand_in import (
    CLIENT_ID,
    CLIENT_SECRET,
    SetClock,
)

CREDENTIALS = PayPalCredentials(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)


def test_the_plugin_is_found_through_its_entry_point() -> None:
    (found,) = entry_points(group=ENTRY_POINT_GROUP, name="paypal")
    assert found.load() is PLUGIN


def test_a_connector_has_what_is_declared_and_nothing_else() -> None:
    with ThreadPoolExecutor(1) as threads:
        environment = ConnectorEnvironment(Mode.TEST, SetClock(), threads)
        connector = PLUGIN.connect(CREDENTIALS, environment)
    for protocol, operation in (
        (ChecksAccount, Operation.CHECK_ACCOUNT),
        (CreatesCheckouts, Operation.CREATE_CHECKOUT),
        (CompletesCheckouts, Operation.COMPLETE_CHECKOUT),
        (ExpiresCheckouts, Operation.EXPIRE_CHECKOUT),
        (LooksUp, Operation.LOOK_UP),
        (SyncsCustomers, Operation.PUT_CUSTOMER),
        (VerifiesWebhooks, Operation.VERIFY_WEBHOOK),
        (RegistersWebhooks, Operation.REGISTER_WEBHOOK),
        (Captures, Operation.CAPTURE),
        (Voids, Operation.VOID),
        (Refunds, Operation.REFUND),
        (ListsEvents, Operation.LIST_EVENTS),
        (ChargesSavedMethods, Operation.CHARGE),
        (ChargesSavedMethods, Operation.FORGET_METHOD),
        (HandlesDisputes, Operation.LOOK_UP_DISPUTE),
        (HandlesDisputes, Operation.LIST_DISPUTES),
        (HandlesDisputes, Operation.ACCEPT_DISPUTE),
        (HandlesDisputes, Operation.SUBMIT_EVIDENCE),
    ):
        declared = operation in PLUGIN.capabilities.operations
        assert isinstance(connector, protocol) is declared


def test_the_form_for_the_credentials_hides_the_secret() -> None:
    schema = msgspec.json.schema(PayPalCredentials)["$defs"]["PayPalCredentials"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["client_secret"]["writeOnly"] is True
    assert "writeOnly" not in schema["properties"]["client_id"]


@pytest.mark.parametrize(
    "given",
    [
        {"client_id": "", "client_secret": "x"},
        {"client_id": "a:b", "client_secret": "x"},
        {"client_id": "a b", "client_secret": "x"},
        {"client_id": "a", "client_secret": ""},
        {"client_id": "a"},
        {"client_id": "a", "client_secret": "x", "mode": "live"},
    ],
)
def test_other_credentials_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, PayPalCredentials)


def test_credentials_do_not_print_themselves() -> None:
    assert CLIENT_SECRET not in f"{CREDENTIALS!r} {CREDENTIALS}"


def test_codes_in_the_error_map_are_spelled_as_failures_spell_them() -> None:
    assert all(code == code.lower() for code in PLUGIN.error_map)
    assert all(rule.meaning.endswith(".") for rule in PLUGIN.error_map.values())


def test_whoever_registers_by_hand_is_told_how() -> None:
    steps = " ".join(PLUGIN.webhook_steps("https://pay.example/webhooks/x", ""))
    assert "https://pay.example/webhooks/x" in steps
    assert "PAYMENT.CAPTURE.COMPLETED" in steps
