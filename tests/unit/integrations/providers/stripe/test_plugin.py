from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import stripe

from paymux.integrations.adapters.providers.stripe.accounts import key_mode
from paymux.integrations.adapters.providers.stripe.event_types import EVENT_TYPES
from paymux.integrations.adapters.providers.stripe.plugin import PLUGIN, StripeCredentials
from paymux.integrations.adapters.providers.stripe.wire import API_VERSION
from paymux.kernel.clock import SystemClock
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
from paymux.payments.ports.plugins import ConnectorEnvironment, Operation, PartialCaptures
from paymux.payments.ports.refunds import Refunds
from paymux.payments.ports.saved_methods import ChargesSavedMethods
from paymux.payments.ports.webhooks import RegistersWebhooks, VerifiesWebhooks

ENVIRONMENT = ConnectorEnvironment(
    mode=Mode.TEST, clock=SystemClock(), threads=ThreadPoolExecutor(1)
)


def test_the_connector_has_every_capability_that_the_plugin_declares_and_no_other() -> None:
    connector = PLUGIN.connect(StripeCredentials("sk_test_12345678"), ENVIRONMENT)
    for capability in (
        ChecksAccount,
        CreatesCheckouts,
        ExpiresCheckouts,
        LooksUp,
        SyncsCustomers,
        VerifiesWebhooks,
        RegistersWebhooks,
        Captures,
        Voids,
        Refunds,
        ListsEvents,
        ChargesSavedMethods,
        HandlesDisputes,
    ):
        assert isinstance(connector, capability)
    assert not isinstance(connector, CompletesCheckouts)
    assert Operation.COMPLETE_CHECKOUT not in PLUGIN.capabilities.operations
    assert PLUGIN.capabilities.partial_captures is PartialCaptures.ONCE


@pytest.mark.parametrize(
    "key",
    [
        "",
        "pk_test_12345678",
        "sk_12345678",
        "sk_test_1",
        "sk_test_1234567\n8",
        "sk_test_12345678\n",
    ],
)
def test_what_is_no_secret_key_is_refused(key: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"secret_key": key}, StripeCredentials)


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        ("sk_test_12345678", Mode.TEST),
        ("rk_test_12345678", Mode.TEST),
        ("sk_live_12345678", Mode.LIVE),
        ("rk_live_12345678", Mode.LIVE),
    ],
)
def test_the_key_tells_its_mode(key: str, mode: Mode) -> None:
    assert msgspec.convert({"secret_key": key}, StripeCredentials).secret_key == key
    assert key_mode(key) is mode


def test_the_key_is_a_secret_in_the_schema_and_in_representations() -> None:
    schema = msgspec.json.schema(StripeCredentials)["$defs"]["StripeCredentials"]
    assert schema["properties"]["secret_key"]["writeOnly"] is True
    assert schema["additionalProperties"] is False
    assert "12345678" not in repr(StripeCredentials("sk_test_12345678"))


def test_our_pinned_version_is_the_one_that_the_sdk_was_made_for() -> None:
    assert stripe.api_version == API_VERSION


def test_a_person_is_told_the_url_and_where_the_secret_is() -> None:
    steps = " ".join(PLUGIN.webhook_steps("https://pay.example/webhooks/stripe/con_1", ""))
    assert "https://pay.example/webhooks/stripe/con_1" in steps
    assert "whsec_" in steps
    for kind in EVENT_TYPES:
        assert kind in steps


def test_every_idempotent_operation_is_one_that_the_plugin_has() -> None:
    assert set(PLUGIN.capabilities.idempotency) <= PLUGIN.capabilities.operations
