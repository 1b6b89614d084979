"""Stripe's published description, and whether a request that was sent is as described."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

from tests.unit.integrations.providers.stripe.stand_in import Sent

ROOT = Path(__file__).parents[5]
SPECS = Path(os.environ.get("PAYMUX_SPECS", ROOT / "../shared/specs"))
API = json.loads((SPECS / "stripe" / "stripe_2026-10-28.endive.openapi.json").read_text())


def check(sent: Sent) -> None:
    """Validate one request against the description of its operation."""
    operation = described(sent.method, sent.path)
    if sent.method == "POST":
        assert sent.key
        content = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
        schema = content["schema"]
    else:
        query = [p for p in operation.get("parameters", ()) if p["in"] == "query"]
        schema = {
            "properties": {p["name"]: p["schema"] for p in query},
            "additionalProperties": False,
        }
    whole = {**schema, "components": API["components"]}
    body = coerced(unbracketed(sent.parameters), whole)
    errors = [error.message for error in Draft202012Validator(whole).iter_errors(body)]
    assert errors == [], (sent, errors)


def described(method: str, path: str) -> dict[str, Any]:
    for template, operations in API["paths"].items():
        steps, wanted = template.split("/"), path.split("/")
        if (
            len(steps) == len(wanted)
            and method.lower() in operations
            and all(
                step.startswith("{") or step == want
                for step, want in zip(steps, wanted, strict=True)
            )
        ):
            found: dict[str, Any] = operations[method.lower()]
            return found
    raise AssertionError((method, path))


def unbracketed(form: str) -> dict[str, object]:
    tree: dict[str, object] = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)):
        steps = name.replace("]", "").split("[")
        node = tree
        for step in steps[:-1]:
            child = node.setdefault(step, {})
            assert isinstance(child, dict)
            node = child
        assert steps[-1] not in node
        node[steps[-1]] = value
    return tree


def coerced(value: object, schema: object) -> object:
    """Give the strings of a form the types that the schema wants."""
    assert isinstance(schema, dict)
    schema = resolved(schema)
    for choice in schema.get("anyOf", ()):
        tried = coerced(value, choice)
        if Draft202012Validator({**resolved(choice), "components": API["components"]}).is_valid(
            tried
        ):
            return tried
    match schema.get("type"), value:
        case "integer", str() if value.lstrip("-").isdigit():
            return int(value)
        case "boolean", ("true" | "false"):
            return value == "true"
        case "array", dict():
            assert list(value) == [str(n) for n in range(len(value))]
            return [coerced(item, schema["items"]) for item in value.values()]
        case _, dict():
            known = schema.get("properties", {})
            rest = schema.get("additionalProperties", {})
            return {
                key: coerced(item, known.get(key, rest if isinstance(rest, dict) else {}))
                for key, item in value.items()
            }
        case _:
            return value


def resolved(schema: dict[str, object]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    named: dict[str, Any] = API["components"]["schemas"][reference.rpartition("/")[2]]
    return named
