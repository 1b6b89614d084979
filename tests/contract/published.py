"""The providers' published API descriptions, and whether a message agrees with them.

The files belong to the providers and are not copied here: they are found through PAYMUX_SPECS
(default: `../shared/specs` beside the project). Every function returns the complaints, none
when the message is as published.
"""

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.contract.stripe_forms import coerced, unbracketed

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "patch", "delete")
STRIPE_FILE = "stripe/stripe_2026-10-28.endive.openapi.json"
PAYPAL_FILES = (
    "paypal/checkout_orders_v2.json",
    "paypal/payments_payment_v2.json",
    "paypal/notifications_webhooks_v1.json",
)
RAZORPAY_ENTITY_OF = {
    "payment_links": "payment_link",
    "orders": "order",
    "payments": "payment",
    "customers": "customer",
}
# razorpay.com/docs/errors: the one error body of every operation.
RAZORPAY_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "description"],
            "properties": {
                "code": {"enum": ["BAD_REQUEST_ERROR", "GATEWAY_ERROR", "SERVER_ERROR"]},
                "description": {"type": "string", "minLength": 1},
                "field": {"type": ["string", "null"]},
                "source": {"type": "string"},
                "step": {"type": "string"},
                "reason": {"type": "string"},
                "metadata": {"type": "object"},
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
Spec = dict[str, Any]


def specs_folder() -> Path:
    """The folder of the descriptions; without it CI fails and everyone else skips."""
    folder = Path(os.environ.get("PAYMUX_SPECS", ROOT / ".." / "shared" / "specs"))
    if not folder.is_dir():
        message = (
            f"The providers' API descriptions are missing at {folder}. Set PAYMUX_SPECS to a "
            "folder with stripe/, razorpay/ and paypal/ (PayPal's OpenAPI files come from "
            "github.com/paypal/paypal-rest-api-specifications, Stripe's from "
            "github.com/stripe/openapi, Razorpay's from github.com/razorpay/markdown-docs)."
        )
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@functools.cache
def published(name: str) -> Spec:
    """One file of the descriptions."""
    loaded: Spec = json.loads((specs_folder() / name).read_text())
    return _nullable_as_type(loaded) if name in PAYPAL_FILES else loaded


# --- Stripe -------------------------------------------------------------------------------------


def stripe_request_errors(method: str, path: str, form_body: str) -> list[str]:
    """Complaints about a form body (or, for GET and DELETE, a query string)."""
    template, operation = _operation(published(STRIPE_FILE), method, path)
    schema: Spec = {"type": "object", "additionalProperties": False, "properties": {}}
    if "requestBody" in operation:
        pointer = _pointer("paths", template, method.lower(), "requestBody", "content")
        schema = {"$ref": f"{pointer}/application~1x-www-form-urlencoded/schema"}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            schema.setdefault("properties", {})[parameter["name"]] = parameter["schema"]
    value = coerced(unbracketed(form_body), schema, published(STRIPE_FILE))
    return _complaints(STRIPE_FILE, schema, value)


def stripe_response_errors(method: str, path: str, status: int, body: object) -> list[str]:
    """Complaints about a reply; a deleted object looks as in Stripe's own fixtures."""
    if isinstance(body, dict) and body.get("deleted") is True:
        fixtures = published("stripe/fixtures3.json")["resources"]
        expected = fixtures[f"deleted_{body['object']}"]
        return [] if set(body) == set(expected) else [f"deleted objects have {sorted(expected)}"]
    return _response_errors(STRIPE_FILE, method, path, status, body)


def stripe_object_errors(body: dict[str, Any]) -> list[str]:
    """Complaints about an object, by what its `object` says it is."""
    return _complaints(STRIPE_FILE, {"$ref": f"#/components/schemas/{body['object']}"}, body)


def stripe_event_errors(event: dict[str, Any]) -> list[str]:
    """Complaints about a webhook body and the object in it."""
    return stripe_object_errors(event) + stripe_object_errors(event["data"]["object"])


# --- Razorpay -----------------------------------------------------------------------------------


def razorpay_request_errors(method: str, path: str, body: object) -> list[str]:
    """Complaints about a request body; an operation that takes none must get an empty one."""
    requests = published("razorpay/derived_schemas.json")["requests"]
    template = re.sub(r"/(plink|order|pay|cust|inv)_[^/]+", "/{id}", path)
    schema = requests.get(f"{method.upper()} {template}", {"type": "object", "maxProperties": 0})
    return _plain_complaints(schema, body)


def razorpay_response_errors(method: str, path: str, status: int, body: Any) -> list[str]:
    """Complaints about a reply: the entity, each of a list, or the error body."""
    del method
    if status >= 400:
        return _plain_complaints(RAZORPAY_ERROR, body)
    kind = RAZORPAY_ENTITY_OF[path.removeprefix("/v1/").split("/")[0]]
    if path.endswith("/payments"):
        kind = "payment"
    listed = body.get("items", body.get(f"{kind}s")) if isinstance(body, dict) else None
    entities = [body] if listed is None else listed
    return [complaint for each in entities for complaint in razorpay_entity_errors(kind, each)]


def razorpay_entity_errors(kind: str, entity: object) -> list[str]:
    """Complaints about one entity; unknown fields count, as each must have been published."""
    schema = dict(published("razorpay/derived_schemas.json")["entities"][kind])
    return _plain_complaints({**schema, "additionalProperties": False}, entity)


def razorpay_event_errors(event: dict[str, Any]) -> list[str]:
    """Complaints about a webhook body: its name, its envelope and every entity in it."""
    complaints = []
    if event["event"] not in published("razorpay/webhook_event_names.json")["events"]:
        complaints.append(f"{event['event']} is no published event")
    if list(event["payload"]) != event["contains"] or event["entity"] != "event":
        complaints.append("contains and payload disagree")
    for kind, wrapped in event["payload"].items():
        complaints += razorpay_entity_errors(kind, wrapped["entity"])
    return complaints


# --- PayPal -------------------------------------------------------------------------------------


def paypal_request_errors(method: str, path: str, body: object) -> list[str]:
    """Complaints about a request body."""
    file = _paypal_file(path)
    template, operation = _operation(published(file), method, path)
    if "requestBody" not in operation:
        return [] if not body else ["this operation takes no body"]
    pointer = _pointer("paths", template, method.lower(), "requestBody", "content")
    if "$ref" in operation["requestBody"]:
        pointer = f"{operation['requestBody']['$ref']}/content"
    return _complaints(file, {"$ref": f"{pointer}/application~1json/schema"}, body)


def paypal_response_errors(method: str, path: str, status: int, body: object) -> list[str]:
    """Complaints about a reply."""
    return _response_errors(_paypal_file(path), method, path, status, body)


def paypal_event_errors(event: dict[str, Any]) -> list[str]:
    """Complaints about a webhook body and the order or capture in it."""
    complaints = _complaints(
        "paypal/notifications_webhooks_v1.json", {"$ref": "#/components/schemas/event"}, event
    )
    file, schema = {
        "checkout-order": ("paypal/checkout_orders_v2.json", "order"),
        "capture": ("paypal/payments_payment_v2.json", "capture-2"),
    }[event["resource_type"]]
    resource = {"$ref": f"#/components/schemas/{schema}"}
    return complaints + _complaints(file, resource, event["resource"])


def paypal_issue_codes(operation: str) -> dict[int, set[str]]:
    """Every documented `issue` of an operation ("POST /v2/checkout/orders") by HTTP status."""
    for operations in published("paypal/_issue_codes_by_operation.json").values():
        if isinstance(operations, dict) and operation in operations:
            found = operations[operation]
            return {int(status): set(codes) for status, codes in found.items() if status.isdigit()}
    message = f"PayPal documents no issues for {operation}"
    raise KeyError(message)


# --- Validation ---------------------------------------------------------------------------------


@functools.cache
def _registry() -> Registry[Spec]:
    registry: Registry[Spec] = Registry()
    for file in (STRIPE_FILE, *PAYPAL_FILES):
        resource: Resource[Spec] = DRAFT202012.create_resource(published(file))
        registry = registry.with_resource(f"urn:{file}", resource)
    return registry


def _complaints(file: str, schema: Spec, value: object) -> list[str]:
    located = _located(schema, f"urn:{file}")
    validator = Draft202012Validator(located, registry=_registry())
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def _plain_complaints(schema: Spec, value: object) -> list[str]:
    validator = Draft202012Validator(schema)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def _located(node: Any, base: str) -> Any:
    """The schema with its local references pointing into the description they came from."""
    if isinstance(node, list):
        return [_located(item, base) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"{base}{item}"
        if key == "$ref" and str(item).startswith("#")
        else _located(item, base)
        for key, item in node.items()
    }


def _operation(spec: Spec, method: str, path: str) -> tuple[str, Spec]:
    for template, operations in sorted(spec["paths"].items(), key=lambda pair: "{" in pair[0]):
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
        if method.lower() in operations and re.fullmatch(pattern, path):
            return template, operations[method.lower()]
    message = f"{method} {path} is in no published description"
    raise KeyError(message)


def _response_errors(file: str, method: str, path: str, status: int, body: object) -> list[str]:
    template, operation = _operation(published(file), method, path)
    key = str(status) if str(status) in operation["responses"] else "default"
    response = operation["responses"][key]
    pointer = _pointer("paths", template, method.lower(), "responses", key)
    if "$ref" in response:
        pointer = response["$ref"]
        response = published(file)["components"]["responses"][pointer.rsplit("/", 1)[-1]]
    if "content" not in response:
        return [] if not body else ["this reply has no body"]
    return _complaints(file, {"$ref": f"{pointer}/content/application~1json/schema"}, body)


def _pointer(*steps: str) -> str:
    return "#/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)


def _paypal_file(path: str) -> str:
    if path.startswith("/v2/checkout"):
        return PAYPAL_FILES[0]
    return PAYPAL_FILES[1] if path.startswith("/v2/payments") else PAYPAL_FILES[2]


def _nullable_as_type(node: Any) -> Any:
    """OpenAPI 3.0 writes `nullable: true` where JSON Schema has a second type."""
    if isinstance(node, list):
        return [_nullable_as_type(item) for item in node]
    if not isinstance(node, dict):
        return node
    turned = {key: _nullable_as_type(item) for key, item in node.items()}
    if turned.get("nullable") is True and isinstance(turned.get("type"), str):
        turned["type"] = [turned["type"], "null"]
    return turned
