"""PayPal's connector against what PayPal publishes: requests, error codes, currencies, samples."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.integrations.adapters.providers.paypal.currencies import CURRENCIES
from paymux.integrations.adapters.providers.paypal.plugin import PLUGIN
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import AttemptQuery, Payer
from paymux.payments.ports.disputes import (
    DisputeReason,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
    Evidence,
)
from paymux.payments.ports.plugins import Operation
from paymux.payments.ports.refunds import RefundQuery
from paymux.payments.ports.webhooks import Translated
from tests.contract.descriptions import complaints_about
from tests.contract.published import (
    PAYPAL_FILES,
    paypal_issue_codes,
    paypal_request_errors,
    published,
    specs_folder,
)
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    CAPTURE,
    CREATE,
    GET,
    NOW,
    ORDER,
    TAKE,
    TOKENS,
    WEBHOOKS,
    Asked,
    SetClock,
    StandIn,
    a_capture,
    a_paid_order,
    a_request,
    an_order,
    connected,
    refuses,
    says,
    serving,
)
from tests.unit.integrations.providers.paypal.test_authorizations import TAKE as TAKE_HELD
from tests.unit.integrations.providers.paypal.test_authorizations import (
    a_capture_request,
    a_void_request,
)
from tests.unit.integrations.providers.paypal.test_charges import (
    TOKEN_ID,
    TOKEN_PATH,
    a_charge_request,
    a_token,
)
from tests.unit.integrations.providers.paypal.test_dispute_answers import (
    ACCEPT,
    PROVIDE,
    SHIPPED,
    a_file,
    accepting,
    defending,
    parts_of,
    said,
)
from tests.unit.integrations.providers.paypal.test_disputes import DISPUTE, a_dispute
from tests.unit.integrations.providers.paypal.test_disputes import READ as READ_DISPUTE
from tests.unit.integrations.providers.paypal.test_refunds import MAKE, a_refund_request

HOLD = f"POST /v2/checkout/orders/{ORDER}/authorize"
URL = "https://pay.example/webhooks/paypal/con_1"
ENDPOINT = {"id": "0EH40505U7160970P", "url": URL, "event_types": []}
USED = (
    "POST /v2/checkout/orders",
    "GET /v2/checkout/orders/{id}",
    "POST /v2/checkout/orders/{id}/capture",
    "POST /v2/checkout/orders/{id}/authorize",
    "GET /v2/payments/authorizations/{authorization_id}",
    "POST /v2/payments/authorizations/{authorization_id}/capture",
    "POST /v2/payments/authorizations/{authorization_id}/void",
    "GET /v2/payments/captures/{capture_id}",
    "POST /v2/payments/captures/{capture_id}/refund",
    "GET /v2/payments/refunds/{refund_id}",
)
_OF_ORDERS = (
    Operation.CREATE_CHECKOUT,
    Operation.COMPLETE_CHECKOUT,
    Operation.SAVE_METHOD,
    Operation.CHARGE,
)
_OF_PAYMENTS = (Operation.CAPTURE, Operation.REFUND)
ERROR_SCHEMAS = re.compile(r"error_[0-9]{3}")


@pytest.fixture
def paypal() -> Iterator[StandIn]:
    with serving() as stand_in:
        yield stand_in


async def everything(paypal: StandIn) -> list[Asked]:
    """Make the connector send every request it can, and return them."""
    with connected(paypal.url, clock=SetClock()) as connector:
        await every_checkout(paypal, connector)
        await every_endpoint(paypal, connector)
        await every_movement(paypal, connector)
        await every_kept_account(paypal, connector)
        await every_dispute(paypal, connector)
        body = {"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"id": "3C6"}}
        await connector.translate_webhook(json.dumps(body).encode())
    return [each for each in paypal.asked if f"{each.method} {each.path}" != TOKENS]


async def every_checkout(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(CREATE, says(201, an_order()))
    for currency, rule in CURRENCIES.rules.items():
        whole = 10 ** (Money(0, currency).exponent - rule.exponent)
        await connector.create_checkout(a_request(amount=Money(whole, currency)))
    for most in (Money(999_999_999_999_999, "USD"), Money(999_999_999_999_999, "JPY")):
        await connector.create_checkout(a_request(amount=most))
    for text in ("", "x" * 500, "ü" * 500, "\x00\n"):
        await connector.create_checkout(a_request(description=text))
    await connector.create_checkout(a_request(idempotency_key="ü" * 500, replay=True))
    paypal.will(GET, says(200, an_order("APPROVED", update_time="x" * 200)))
    paypal.will(TAKE, refuses(422, "INSTRUMENT_DECLINED"))
    await connector.complete_checkout(ORDER, "y" * 108)
    await connector.look_up(
        AttemptQuery(attempt_id=ATTEMPT, created_at=NOW, provider_reference=ORDER)
    )


async def every_endpoint(paypal: StandIn, connector: PayPalConnector) -> None:
    one = f"{WEBHOOKS}/{ENDPOINT['id']}"
    paypal.will(f"GET {WEBHOOKS}", says(200, {}), says(200, {"webhooks": [ENDPOINT]}))
    paypal.will(f"POST {WEBHOOKS}", says(201, ENDPOINT))
    paypal.will(f"PATCH {one}", says(200, ENDPOINT))
    paypal.will(f"DELETE {one}", says(204, b""))
    await connector.register_webhook(URL, "key")
    await connector.register_webhook(URL, "key")
    await connector.unregister_webhook("0EH40505U7160970P")
    await connector.check_account()


async def every_movement(paypal: StandIn, connector: PayPalConnector) -> None:
    await connector.create_checkout(a_request(captures_later=True))
    paypal.will(GET, says(200, an_order("APPROVED", intent="AUTHORIZE")))
    await connector.complete_checkout(ORDER, "z" * 108)
    amounts = [Money(999_999_999_999_999, "USD"), Money(1, "USD"), Money(100, "JPY")]
    for amount in amounts:
        for replay in (True, False):
            await connector.capture(
                msgspec.structs.replace(a_capture_request(), amount=amount, replay=replay)
            )
            await connector.refund(
                msgspec.structs.replace(
                    a_refund_request(reason="ü\n" * 400), amount=amount, replay=replay
                )
            )
    await connector.refund(a_refund_request(reason=""))
    await connector.void(a_void_request())
    query = RefundQuery(refund_id="r", payment_reference=CAPTURE, created_at=NOW)
    await connector.look_up_refund(query)
    await connector.look_up_refund(msgspec.structs.replace(query, provider_reference="1JU"))
    await connector.list_events(NOW, NOW, None)


async def every_kept_account(paypal: StandIn, connector: PayPalConnector) -> None:
    for customer in (None, "CUST123", "not a customer's"):
        payer = Payer(customer_id="cus_1", provider_reference=customer)
        saving = msgspec.structs.replace(a_request(), saves_method=True, payer=payer)
        await connector.create_checkout(saving)
    charge = a_charge_request()
    paypal.will(CREATE, says(201, a_paid_order()))
    await connector.charge(charge)
    await connector.charge(msgspec.structs.replace(charge, captures_later=True, replay=True))
    paypal.will(CREATE, says(201, an_order("CREATED")))
    await connector.charge(charge)
    await connector.look_up(AttemptQuery(attempt_id=ATTEMPT, created_at=NOW, is_charge=True))
    paypal.will(f"GET {TOKEN_PATH}", says(200, a_token()))
    paypal.will(f"DELETE {TOKEN_PATH}", says(204, b""))
    body = {"id": "WH-1", "event_type": "VAULT.PAYMENT-TOKEN.CREATED", "resource": a_token()}
    await connector.translate_webhook(json.dumps(body).encode())
    await connector.forget_method(TOKEN_ID, None)


async def every_dispute(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(READ_DISPUTE, says(200, a_dispute()))
    paypal.will(ACCEPT, says(200, {"links": []}))
    paypal.will(PROVIDE, says(200, {"links": []}))
    await connector.accept_dispute(accepting())
    for evidence in (SHIPPED, Evidence(summary="x" * 5000, documents=[a_file("ü.png")])):
        await connector.submit_evidence(defending(evidence))
    await connector.list_disputes(NOW - timedelta(days=400), NOW, None)
    body = {
        "id": "WH-1",
        "event_type": "CUSTOMER.DISPUTE.CREATED",
        "resource": {"dispute_id": DISPUTE},
    }
    await connector.translate_webhook(json.dumps(body).encode())


async def test_what_a_form_says_is_as_published(paypal: StandIn) -> None:
    with connected(paypal.url, clock=SetClock()) as connector:
        await every_dispute(paypal, connector)
    assert said(paypal.calls(ACCEPT)[0]) == {"note": "The merchant accepts the claim."}
    schema = {"$ref": "#/components/schemas/evidence"}
    described = published(PAYPAL_FILES[4])
    known = described["components"]["schemas"]["evidence"]
    for asked in paypal.calls(PROVIDE):
        files = {part.get_filename() for part in parts_of(asked)[1:]}
        for each in said(asked)["evidences"]:
            assert complaints_about(PAYPAL_FILES[4], schema, each) == []
            assert not list(_unknown_fields(described, known, each, "$"))
            assert {document["name"] for document in each.get("documents", [])} <= files


async def test_every_request_is_as_published(paypal: StandIn) -> None:
    sent = await everything(paypal)
    paths = [(each.method, each.path.partition("?")[0]) for each in sent]
    kinds = {re.sub(r"/[0-9A-Z]{3,}", "/{id}", " ".join(each)) for each in paths}
    assert len(kinds) == 21
    for each in sent:
        body = _decoded(each)
        path, _, query = each.path.partition("?")
        assert paypal_request_errors(each.method, path, body) == []
        assert not set(parse_qs(query)) - _query_parameters(each.method, path)
        assert not list(_undocumented(each, body))


def _decoded(asked: Asked) -> object:
    if asked.headers.get("content-type", "").startswith("multipart/form-data"):
        return {part.get_filename() or "input": "" for part in parts_of(asked)}
    return json.loads(asked.body) if asked.body else None


def _query_parameters(method: str, path: str) -> set[str]:
    """What the description knows that may stand in a query."""
    lists = {"/v1/notifications/webhooks-events": 2, "/v1/customer/disputes": 4}
    if path not in lists:
        return set()
    spec = published(PAYPAL_FILES[lists[path]])
    references = spec["paths"][path][method.lower()]["parameters"]
    named = (each["$ref"].rsplit("/", 1)[-1] for each in references)
    return {spec["components"]["parameters"][name]["name"] for name in named}


async def test_every_header_is_as_published(paypal: StandIn) -> None:
    for each in await everything(paypal):
        if not each.path.startswith("/v2/"):
            assert "paypal-request-id" not in each.headers
            continue
        file = PAYPAL_FILES[1 if each.path.startswith("/v2/payments") else 0]
        parameters = published(file)["components"]["parameters"]
        is_money = each.method == "POST" and each.path.startswith("/v2/")
        for name in ("paypal_request_id", "prefer"):
            schema, value = parameters[name]["schema"], each.headers.get(name.replace("_", "-"))
            voids = each.path.endswith("/void") and name == "paypal_request_id"
            assert (value is not None) is (is_money and not voids)
            if value is not None:
                assert schema.get("minLength", 1) <= len(value) <= schema.get("maxLength", 108)
                assert re.fullmatch(schema.get("pattern", ".*"), value)


def _undocumented(asked: Asked, body: object) -> Iterator[str]:
    """Yield fields that the description does not know: PayPal would drop them silently."""
    name, schema = {
        CREATE: (PAYPAL_FILES[0], "order_request"),
        TAKE: (PAYPAL_FILES[0], "order_capture_request"),
        f"POST {WEBHOOKS}": (PAYPAL_FILES[2], "webhook"),
        HOLD: (PAYPAL_FILES[0], "order_authorize_request"),
        TAKE_HELD: (PAYPAL_FILES[1], "capture_request"),
        MAKE: (PAYPAL_FILES[1], "refund_request"),
    }.get(f"{asked.method} {asked.path}", (PAYPAL_FILES[0], ""))
    if schema:
        spec = published(name)
        yield from _unknown_fields(spec, spec["components"]["schemas"][schema], body, "$")


def _unknown_fields(
    spec: dict[str, Any], schema: dict[str, Any], value: object, at: str
) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _unknown_fields(spec, _resolved(spec, schema)["items"], each, at)
    if isinstance(value, dict):
        known = _properties(spec, schema)
        for name, part in value.items():
            if name not in known:
                yield f"{at}.{name}"
            else:
                yield from _unknown_fields(spec, known[name], part, f"{at}.{name}")


def _resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return found
    return schema


def _properties(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    resolved = _resolved(spec, schema)
    known = dict(resolved.get("properties", {}))
    for part in resolved.get("allOf", []):
        known |= _properties(spec, part)
    return known


@pytest.mark.parametrize("operation", USED)
def test_every_documented_issue_is_in_the_error_map(operation: str) -> None:
    issues = {issue for codes in paypal_issue_codes(operation).values() for issue in codes}
    assert issues
    assert not {issue for issue in issues if issue.lower() not in PLUGIN.error_map}


@pytest.mark.parametrize("file", PAYPAL_FILES)
def test_every_documented_error_name_is_in_the_error_map(file: str) -> None:
    schemas = published(file)["components"]["schemas"]
    names = {
        name.lower()
        for schema, described in schemas.items()
        if ERROR_SCHEMAS.fullmatch(schema)
        for name in described["properties"]["name"]["enum"]
    }
    assert names
    assert names <= PLUGIN.error_map.keys()


def test_the_currencies_are_those_published() -> None:
    matrix = published("currency_matrix.json")["paypal"]
    assert {code: rule.exponent for code, rule in CURRENCIES.rules.items()} == matrix["exponents"]
    assert not set(matrix["not_supported_examples"]) & CURRENCIES.rules.keys()


def test_a_request_id_lives_as_long_as_published() -> None:
    for file, operations, lifetime, lives in (
        (PAYPAL_FILES[0], _OF_ORDERS, "6 hours", timedelta(hours=6)),
        (PAYPAL_FILES[1], _OF_PAYMENTS, "45 days", timedelta(days=45)),
    ):
        parameter = published(file)["components"]["parameters"]["paypal_request_id"]
        assert lifetime in parameter["description"]
        for operation in operations:
            declared = PLUGIN.capabilities.idempotency[operation]
            assert declared.key_lives_seconds == lives.total_seconds()
    assert PLUGIN.capabilities.idempotency.keys() == {*_OF_ORDERS, *_OF_PAYMENTS}


async def test_a_published_order_event_is_understood(paypal: StandIn) -> None:
    file = specs_folder() / "paypal/webhook_samples/CHECKOUT.ORDER.APPROVED__composed.json"
    event = json.loads(file.read_text(encoding="utf-8"))["payload"]
    order_id = event["resource"]["id"]
    paypal.will(f"GET /v2/checkout/orders/{order_id}", says(200, event["resource"]))
    with connected(paypal.url) as connector:
        translated = await connector.translate_webhook(json.dumps(event).encode())
    assert isinstance(translated, Translated)
    assert translated.observations[0].provider_reference == order_id


async def test_a_published_capture_event_is_read_again(paypal: StandIn) -> None:
    file = specs_folder() / "paypal/webhook_samples/PAYMENT.CAPTURE.COMPLETED__docs.json"
    event = json.loads(file.read_text(encoding="utf-8"))["payload"]
    related = {"supplementary_data": {"related_ids": {"order_id": ORDER}}}
    capture = event["resource"] | related
    paypal.will(f"GET /v2/payments/captures/{capture['id']}", says(200, capture))
    paypal.will(GET, says(200, a_paid_order()))
    with connected(paypal.url) as connector:
        translated = await connector.translate_webhook(json.dumps(event).encode())
    assert isinstance(translated, Translated)
    assert translated.observations[0].amount == Money(10000, "USD")


async def test_a_published_refund_event_is_read_again(paypal: StandIn) -> None:
    file = specs_folder() / "paypal/webhook_samples/PAYMENT.CAPTURE.REFUNDED__composed.json"
    event = json.loads(file.read_text(encoding="utf-8"))["payload"]
    refund, capture_id = event["resource"], "29Y24445UY2083144"
    capture = a_capture(id=capture_id)
    paypal.will(f"GET /v2/payments/refunds/{refund['id']}", says(200, refund))
    paypal.will(f"GET /v2/payments/captures/{capture_id}", says(200, capture))
    paypal.will(GET, says(200, a_paid_order(capture)))
    with connected(paypal.url) as connector:
        translated = await connector.translate_webhook(json.dumps(event).encode())
    assert isinstance(translated, Translated)
    (report,) = translated.refunds
    assert (report.amount, report.payment_reference) == (Money(1000, "USD"), capture_id)


async def test_a_published_dispute_event_is_read_again(paypal: StandIn) -> None:
    file = specs_folder() / "paypal/webhook_samples/CUSTOMER.DISPUTE.CREATED__composed.json"
    event = json.loads(file.read_text(encoding="utf-8"))["payload"]
    dispute, capture_id = event["resource"], "29Y24445UY2083144"
    path = f"/v1/customer/disputes/{dispute['dispute_id']}"
    paypal.will(f"GET {path}", says(200, dispute))
    paypal.will(f"GET /v2/payments/captures/{capture_id}", says(200, a_capture(id=capture_id)))
    paypal.will(GET, says(200, a_paid_order(a_capture(id=capture_id))))
    with connected(paypal.url) as connector:
        translated = await connector.translate_webhook(json.dumps(event).encode())
    assert isinstance(translated, Translated)
    (report,) = translated.disputes
    assert (report.amount, report.payment_reference) == (Money(300, "USD"), capture_id)
    assert (report.stage, report.reason) == (DisputeStage.INQUIRY, DisputeReason.NOT_RECEIVED)


@pytest.mark.parametrize("name", ["status", "dispute_lifecycle_stage", "dispute_reason"])
async def test_every_published_word_of_a_dispute_is_understood(paypal: StandIn, name: str) -> None:
    field = {"dispute_lifecycle_stage": "dispute_life_cycle_stage", "dispute_reason": "reason"}
    paypal.will(GET, says(200, a_paid_order()))
    for word in published(PAYPAL_FILES[4])["components"]["schemas"][name]["enum"]:
        paypal.will(READ_DISPUTE, says(200, a_dispute() | {field.get(name, name): word}))
        with connected(paypal.url) as connector:
            report = await connector.look_up_dispute(DISPUTE)
        assert isinstance(report, DisputeReport), word


async def test_every_published_outcome_ends_a_dispute(paypal: StandIn) -> None:
    schemas = published(PAYPAL_FILES[4])["components"]["schemas"]
    outcomes = schemas["dispute_outcome"]["properties"]["outcome_code"]["enum"]
    over = {DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.CLOSED}
    for outcome in outcomes:
        ended = {"status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}
        paypal.will(READ_DISPUTE, says(200, a_dispute() | ended))
        with connected(paypal.url) as connector:
            report = await connector.look_up_dispute(DISPUTE)
        assert isinstance(report, DisputeReport)
        assert report.status in over


def test_every_published_reason_of_a_movement_of_money_is_in_the_error_map() -> None:
    for file in PAYPAL_FILES[:2]:
        schemas = published(file)["components"]["schemas"]
        for name in ("capture_status_details", "authorization_status_details"):
            reasons = schemas[name]["properties"]["reason"]["enum"]
            assert {each.lower() for each in reasons} <= PLUGIN.error_map.keys()
    assert all(rule.reason for rule in PLUGIN.error_map.values())
