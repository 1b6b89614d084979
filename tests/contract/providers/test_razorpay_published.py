"""What we send to Razorpay, and believe of it, against what Razorpay publishes."""

import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import jsonschema
import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.error_map import ERROR_MAP
from paymux.integrations.adapters.providers.razorpay.errors import Refusal, classify
from paymux.integrations.adapters.providers.razorpay.translations import EVENTS, TOKEN_EVENTS
from paymux.integrations.adapters.providers.razorpay.wire import (
    ErrorReply,
    PaymentLink,
    PaymentLinks,
    Refund,
    Refunds,
)
from paymux.kernel.money import Money
from paymux.payments.ports.captures import CaptureRequest
from paymux.payments.ports.connectors import CustomerRecord, Failure, Outcome, Payer
from tests.unit.integrations.providers.razorpay.stand_in import (
    ATTEMPT,
    CREATED_AT,
    TAKEN,
    Asked,
    StandIn,
    a_link,
    a_payment,
    a_refund,
    a_refund_request,
    a_request,
    connected,
    says,
    serving,
)

SPECS = Path(os.environ.get("PAYMUX_SPECS", Path(__file__).parents[3].parent / "shared" / "specs"))
OPERATIONS = (
    "POST /v1/payment_links",
    "POST /v1/customers",
    "PUT /v1/customers/{id}",
    "POST /v1/payments/{id}/refund",
    "POST /v1/payments/{id}/capture",
)
DOCUMENTED_ELSEWHERE = {
    # Read on the pages of the two operations whose errors the derived file leaves out.
    "cannot cancel or expire an already paid/partially paid link": "link_already_paid",
    "cannot cancel or expire an expired link": "link_already_closed",
    "invalid input [strippedId] = [xxxxxxxxxxxx]": "id_invalid",
    "The id provided does not exist": "id_does_not_exist",
    "The requested URL was not found on the server": "feature_not_enabled",
    "Access Denied": "access_denied",
    # https://razorpay.com/docs/api/refunds/normal-refunds-idempotent/
    "Different request with the same idempotency key has already been processed.": (
        "idempotency_key_reused"
    ),
    "Internal server error - Failed to fetch idempotency record": "idempotency_record_unread",
    "Internal server error - Failed to parse request body": "request_body_unread",
    "The idempotency key must be at least 10 characters long.": "idempotency_key_malformed",
    "The idempotency key must only contain alphanumeric characters, underscores, and hyphens": (
        "idempotency_key_malformed"
    ),
    "Merchant id not found in authentication": "merchant_not_found",
    # https://razorpay.com/docs/payments/refunds/errors/
    "Refund is not supported by the bank because the payment is more than 6 months old": (
        "payment_too_old_to_refund"
    ),
}


def published(name: str) -> dict[str, object]:
    path = SPECS / name
    assert path.is_file(), f"{path} is missing: point PAYMUX_SPECS at the published descriptions"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, object])


def section(name: str) -> dict[str, dict[str, object]]:
    derived = published("razorpay/derived_schemas.json")
    return msgspec.convert(derived[name], dict[str, dict[str, object]])


def operation_of(asked: Asked) -> str:
    return f"{asked.method} {re.sub(r'/(cust|pay)_[A-Za-z0-9]+', '/{id}', asked.path)}"


@pytest.fixture
async def sent() -> AsyncIterator[list[Asked]]:
    """Every kind of request body that the connector can send."""
    long_text = "\u0939\U0001f600" * 2000
    requests = [
        a_request(),
        a_request(description=""),
        a_request(description=long_text, expires_at=CREATED_AT + timedelta(days=999)),
        a_request(expires_at=CREATED_AT - timedelta(days=1), attempt_id="a" * 40),
        a_request(payer=Payer(customer_id="c", name=long_text, email="e" * 99, phone="1" * 40)),
        a_request(
            payer=Payer(customer_id="c", name="Ada", email="a@b.c", phone="+49 170 1234567")
        ),
        *(
            a_request(amount=Money(10 ** (Money(0, code).exponent + 2), code))
            for code in CURRENCIES.rules
        ),
    ]
    customers = [
        CustomerRecord(customer_id="c", name="Ada", email="e" * 64, phone="+" + "1" * 14),
        CustomerRecord(customer_id="c", email="a@b.example"),
        CustomerRecord(customer_id="c", phone="12345678"),
    ]
    refunds = [
        a_refund_request(),
        a_refund_request(reason=long_text),
        a_refund_request(reason=None),
        *(
            a_refund_request(amount=Money(10 ** (Money(0, code).exponent + 2), code))
            for code in CURRENCIES.rules
        ),
    ]
    with serving() as stand_in, connected(stand_in.url) as connector:
        stand_in.will(says(200, {"id": "x"}))
        for request in requests:
            await connector.create_checkout(request)
        for customer in customers:
            await connector.put_customer(customer, "key", None)
            await connector.put_customer(customer, "key", "cust_1Aa00000000004")
        for refund in refunds:
            await connector.refund(refund)
        await connector.capture(a_capture())
        yield stand_in.asked


def a_capture() -> CaptureRequest:
    return CaptureRequest(
        attempt_id=ATTEMPT,
        capture_id="c",
        idempotency_key="key",
        provider_reference="plink_1",
        payment_reference=TAKEN,
        amount=Money(10010, "KWD"),
        authorized=Money(10010, "KWD"),
        is_final=True,
        created_at=CREATED_AT,
    )


async def test_every_request_body_is_one_that_razorpay_publishes(sent: list[Asked]) -> None:
    schemas = section("requests")
    assert {operation_of(asked) for asked in sent} == set(OPERATIONS)
    for asked in sent:
        jsonschema.validate(asked.json, schemas[operation_of(asked)])


async def test_every_refund_carries_a_key_that_razorpay_takes(sent: list[Asked]) -> None:
    keys = [asked.headers["x-refund-idempotency"] for asked in sent if "/refund" in asked.path]
    assert keys
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{10,}", key) for key in keys)
    assert all("x-refund-idempotency" not in a.headers for a in sent if "/refund" not in a.path)


async def test_every_body_is_json_that_says_so(sent: list[Asked]) -> None:
    assert {asked.headers["content-type"] for asked in sent} == {"application/json"}


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with serving() as stand_in:
        yield stand_in


async def test_cancelling_sends_no_field(stand_in: StandIn) -> None:
    stand_in.will(says(200, a_link("cancelled")))
    with connected(stand_in.url) as connector:
        await connector.expire_checkout("plink_ExjpAUN3gVHrPJ", "key")
    assert stand_in.asked[0].json == {}


def documented_errors() -> list[tuple[str, str]]:
    schemas = section("requests")
    errors = [
        (operation, error["error"])
        for operation in OPERATIONS
        for error in msgspec.convert(schemas[operation]["x-errors"], list[dict[str, str]])
    ]
    return [*errors, *(("elsewhere", text) for text in DOCUMENTED_ELSEWHERE)]


def classified(description: str) -> Failure:
    body = json.dumps({"error": {"code": "BAD_REQUEST_ERROR", "description": description}})
    return classify(Refusal(status=400, body=body.encode()))


def test_every_documented_error_is_in_the_map_by_name() -> None:
    errors = documented_errors()
    assert len(errors) > len(DOCUMENTED_ELSEWHERE) + 10
    for operation, text in errors:
        failed = classified(text)
        assert failed.code in ERROR_MAP, (operation, text)
        assert failed.code != "bad_request_error", (operation, text)
        assert failed.outcome is ERROR_MAP[failed.code].outcome


@pytest.mark.parametrize(("text", "code"), DOCUMENTED_ELSEWHERE.items())
def test_errors_documented_elsewhere_have_their_codes(text: str, code: str) -> None:
    assert classified(text).code == code


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("payment link creation with reference ID already attempted", Outcome.DONE_ALREADY),
        ("The API `` provided is invalid.", Outcome.CREDENTIALS),
        ("The \\{input field\\} is required", Outcome.REJECTED),
        ("Invalid access: Cannot create a payment link, as Merchant is Suspended.", "credentials"),
    ],
)
def test_the_errors_that_steer_us_have_the_right_outcome(text: str, outcome: Outcome) -> None:
    assert classified(text).outcome == outcome


def test_the_sdks_own_sample_of_an_error_is_understood() -> None:
    raw = (SPECS / "razorpay/sdk_mocks/bad_request_error.json").read_bytes()
    assert msgspec.json.decode(raw, type=ErrorReply).error.field == "amount"


@pytest.mark.parametrize(
    "name", ["fake_payment_link", "cancel_payment_link", "init_payment_link", "edit_payment_link"]
)
def test_the_sdks_own_samples_of_links_are_understood(name: str) -> None:
    raw = (SPECS / f"razorpay/sdk_mocks/{name}.json").read_bytes()
    if b'"short_url"' in raw:
        assert msgspec.json.decode(raw, type=PaymentLink).id.startswith("plink_")


def test_the_sdks_own_sample_of_a_list_is_understood() -> None:
    raw = (SPECS / "razorpay/sdk_mocks/payment_link_collection.json").read_bytes()
    links = msgspec.json.decode(raw, type=PaymentLinks).payment_links
    assert [link.status for link in links] == ["created", "cancelled"]


def test_the_sdks_own_samples_of_refunds_are_understood() -> None:
    raw = (SPECS / "razorpay/sdk_mocks/fake_refund.json").read_bytes()
    assert msgspec.json.decode(raw, type=Refund).status == "processed"
    raw = (SPECS / "razorpay/sdk_mocks/refund_collection.json").read_bytes()
    assert len(msgspec.json.decode(raw, type=Refunds).items) == 2


def test_our_own_samples_are_shaped_as_razorpays() -> None:
    entities = section("entities")
    customer = {"contact": "+919876543210", "email": "a@b.example"}
    jsonschema.validate(a_link(customer=customer, payments=[]), entities["payment_link"])
    jsonschema.validate(
        a_payment(amount_refunded=0, refund_status=None, contact="+919876543210"),
        entities["payment"],
    )
    jsonschema.validate(a_refund(), entities["refund"])


def test_every_event_we_translate_exists() -> None:
    names = published("razorpay/webhook_event_names.json")["events"]
    # The page of all events leaves out those of tokens; they have a page of their own:
    # https://razorpay.com/docs/api/payments/recurring-payments/webhooks/.
    assert set(EVENTS) - set(TOKEN_EVENTS) <= set(msgspec.convert(names, list[str]))


def test_currencies_are_counted_as_published() -> None:
    matrix = msgspec.convert(published("currency_matrix.json")["razorpay"], dict[str, object])
    exponents = msgspec.convert(matrix["exponents"], dict[str, int])
    assert {code: rule.exponent for code, rule in CURRENCIES.rules.items()} == exponents
    assert matrix["three_rule"] == "last digit must be 0"
    for code, exponent in exponents.items():
        assert CURRENCIES.rules[code].multiple_of == (10 if exponent == 3 else 1)
