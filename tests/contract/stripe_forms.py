"""Stripe's form bodies as the JSON their description speaks of."""

import re
from typing import Any
from urllib.parse import parse_qsl

Spec = dict[str, Any]


def unbracketed(encoded: str) -> Any:
    """`metadata[a]=b&expand[0]=c` as nested maps and lists; every leaf is a string."""
    tree: Spec = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        head, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        node, steps = tree, [head, *rest]
        for step in steps[:-1]:
            node = node.setdefault(step, {})
        node[steps[-1] or str(len(node))] = value
    return _with_lists(tree)


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(str(key).isdigit() for key in node):
        return [_with_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _with_lists(value) for key, value in node.items()}


def coerced(value: Any, schema: Spec, spec: Spec) -> Any:
    """Strings turned into the integers and booleans the schema wants."""
    schema = _resolved(schema, spec)
    if "anyOf" in schema:
        return _first_fitting(value, schema["anyOf"], spec)
    if isinstance(value, list) and "items" in schema:
        return [coerced(item, schema["items"], spec) for item in value]
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        rest = other if isinstance(other, dict) else {}
        return {key: coerced(item, known.get(key, rest), spec) for key, item in value.items()}
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value


def _first_fitting(value: Any, choices: list[Spec], spec: Spec) -> Any:
    for choice in choices:
        turned = coerced(value, choice, spec)
        if turned != value:
            return turned
    return value


def _resolved(schema: Spec, spec: Spec) -> Spec:
    while "$ref" in schema:
        target: Any = spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        schema = target
    return schema
