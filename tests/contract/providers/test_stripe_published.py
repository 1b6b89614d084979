"""What we believe of Stripe, against what Stripe publishes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.integrations.adapters.providers.stripe.errors import ERROR_MAP
from paymux.integrations.adapters.providers.stripe.event_types import EVENT_TYPES
from paymux.integrations.adapters.providers.stripe.plugin import PLUGIN
from paymux.integrations.adapters.providers.stripe.webhooks import verified
from paymux.integrations.adapters.providers.stripe.wire import API_VERSION
from paymux.kernel.clock import SystemClock
from paymux.kernel.scope import Mode
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.webhooks import ForgedWebhook, InboundWebhook
from tests.contract.published import STRIPE_FILE, published


def test_exponents_agree_with_the_published_matrix() -> None:
    matrix = published("currency_matrix.json")["stripe"]
    special = matrix["special"]
    for code, rule in CURRENCIES.rules.items():
        if code in special:
            expected = special[code]["exponent"], special[code].get("multiple_of", 1)
        elif code in matrix["zero"]:
            expected = 0, 1
        else:
            expected = (3, 10) if code in matrix["three"] else (2, 1)
        assert (rule.exponent, rule.multiple_of) == expected, code
    assert {*matrix["zero"], *matrix["three"], *special} <= set(CURRENCIES.rules)


def published_codes(node: object) -> Iterator[str]:
    match node:
        case {"x-known-values": [*values]} if "card_declined" in values:
            yield from (str(value) for value in values)
        case dict():
            for child in node.values():
                yield from published_codes(child)
        case list():
            for child in node:
                yield from published_codes(child)


def test_every_published_code_is_in_the_error_map() -> None:
    codes = set(published_codes(published(STRIPE_FILE)))
    assert len(codes) > 200
    assert codes <= set(ERROR_MAP)


def test_every_published_type_of_error_is_in_the_error_map() -> None:
    schema = published(STRIPE_FILE)["components"]["schemas"]["error"]
    kinds = set(schema["properties"]["error"]["properties"]["type"]["enum"])
    assert kinds - {"card_error"} <= set(ERROR_MAP)


def test_the_vector_computed_with_stripes_own_algorithm_is_accepted_as_signed() -> None:
    vector = published("stripe/_signature_vector.json")
    environment = ConnectorEnvironment(
        mode=Mode.TEST,
        clock=SystemClock(),
        threads=ThreadPoolExecutor(1),
        webhook_verifiers=(vector["secret"],),
    )
    webhook = InboundWebhook(
        {"stripe-signature": vector["header"]},
        vector["raw_body"].encode(),
        datetime.fromtimestamp(vector["timestamp"], UTC),
    )
    # The vector's body is no whole event; getting as far as its body proves the signature.
    assert verified(webhook, environment) == ForgedWebhook("the body is not an event")


def test_our_version_is_the_one_described_and_its_events_are_published() -> None:
    described = published(STRIPE_FILE)
    assert described["info"]["version"] == API_VERSION
    params = described["components"]["schemas"]["WebhookEndpointCreateParams"]["properties"]
    assert set(EVENT_TYPES) <= set(params["enabled_events"]["items"]["enum"])
    # "Up to 20", says the parameter `types` of GET /v1/events.
    assert len(EVENT_TYPES) <= 20


def test_the_methods_we_declare_are_the_ones_a_session_can_offer() -> None:
    params = published(STRIPE_FILE)["components"]["schemas"]["SessionCreateParams"]["properties"]
    offered = params["allowed_payment_method_types"]["items"]["enum"]
    assert PLUGIN.capabilities.methods == set(offered)
