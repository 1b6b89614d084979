"""Loads the published descriptions and validates JSON against any part of them."""

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

ROOT = Path(__file__).resolve().parents[2]
STRIPE_FILE = "stripe/stripe_2026-10-28.endive.openapi.json"
PAYPAL_FILES = (
    "paypal/checkout_orders_v2.json",
    "paypal/payments_payment_v2.json",
    "paypal/notifications_webhooks_v1.json",
    "paypal/vault_payment_tokens_v3.json",
    "paypal/customer_disputes_v1.json",
)
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


@functools.cache
def _registry() -> Registry[Spec]:
    registry: Registry[Spec] = Registry()
    for file in (STRIPE_FILE, *PAYPAL_FILES):
        resource: Resource[Spec] = DRAFT202012.create_resource(published(file))
        registry = registry.with_resource(f"urn:{file}", resource)
    return registry


def complaints_about(file: str, schema: Spec, value: object) -> list[str]:
    """What is wrong with a value, by a schema whose references point into a description."""
    located = _located(schema, f"urn:{file}")
    validator = Draft202012Validator(located, registry=_registry())
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def plain_complaints(schema: Spec, value: object) -> list[str]:
    """What is wrong with a value, by a schema without references."""
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


def operation_at(spec: Spec, method: str, path: str) -> tuple[str, Spec]:
    """The path template and the operation that a request belongs to."""
    for template, operations in sorted(spec["paths"].items(), key=lambda pair: "{" in pair[0]):
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
        if method.lower() in operations and re.fullmatch(pattern, path):
            return template, operations[method.lower()]
    message = f"{method} {path} is in no published description"
    raise KeyError(message)


def response_errors(file: str, method: str, path: str, status: int, body: object) -> list[str]:
    """What is wrong with a reply to an operation of an OpenAPI description."""
    template, operation = operation_at(published(file), method, path)
    key = str(status) if str(status) in operation["responses"] else "default"
    response = operation["responses"][key]
    pointer = pointer_to("paths", template, method.lower(), "responses", key)
    if "$ref" in response:
        pointer = response["$ref"]
        response = published(file)["components"]["responses"][pointer.rsplit("/", 1)[-1]]
    if "content" not in response:
        return [] if not body else ["this reply has no body"]
    return complaints_about(file, {"$ref": f"{pointer}/content/application~1json/schema"}, body)


def pointer_to(*steps: str) -> str:
    """A JSON pointer as a fragment."""
    return "#/" + "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)


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
