"""Stripe's form encoding: `line_items[0][price_data][currency]=usd`, read strictly."""

import re
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from paymux.sandbox.stripe import errors
from paymux.sandbox.wire import Refusal

Parameters = TypeVar("Parameters")
Tree = dict[str, object]

KEY = re.compile(r"\A([^\[\]]+)((?:\[[^\[\]]*\])*)\Z")
PATH_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\[\.\.\.\]")
COMPLAINT = re.compile(r"(.*?)(?: - at `\$(.*?)`)?\Z", re.DOTALL)
NAMED = re.compile(r"`([^`]*)`")
# Free-form maps keep numeric keys; everything else with numeric keys is a list.
FREE_FORM = {"metadata"}


def parse(encoded: str, wanted: type[Parameters]) -> Parameters:
    """The parameters of an operation; raises Refusal with Stripe's own complaint."""
    tree = unbracket(encoded)
    try:
        return msgspec.convert(tree, wanted, strict=False)
    except msgspec.ValidationError as problem:
        raise _complaint(str(problem), tree) from problem


def unbracket(encoded: str) -> Tree:
    """Nested maps and lists from bracketed names."""
    tree: Tree = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        matched = KEY.match(name)
        if matched is None:
            raise errors.unknown_parameter(name)
        _put(tree, [matched[1], *_steps(matched[2])], value)
    return {name: _listed(name, value) for name, value in tree.items()}


def _steps(brackets: str) -> list[str]:
    return brackets[1:-1].split("][") if brackets else []


def _put(tree: Tree, steps: list[str], value: str) -> None:
    node = tree
    for step in steps[:-1]:
        key = step or str(len(node))
        child = node.setdefault(key, {})
        if not isinstance(child, dict):
            message = f"Invalid hash for parameter {steps[0]}"
            raise errors.invalid(message, param=steps[0])
        node = child
    node[steps[-1] or str(len(node))] = value


def _listed(name: str, value: object) -> object:
    if not isinstance(value, dict) or name in FREE_FORM:
        return value
    if value and all(key.isdecimal() for key in value):
        ordered = sorted(value.items(), key=lambda item: int(item[0]))
        return [_listed("", item) for _, item in ordered]
    return {key: _listed(key, item) for key, item in value.items()}


def _complaint(problem: str, tree: Tree) -> Refusal:
    matched = COMPLAINT.match(problem)
    said, path = (matched[1], matched[2] or "") if matched else (problem, "")
    steps = [a or b for a, b in PATH_STEP.findall(path) if a or b]
    named = NAMED.findall(said)
    if "unknown field" in said:
        return errors.unknown_parameter(bracketed([*steps, named[0]]))
    if "missing required field" in said:
        return errors.missing_parameter(bracketed([*steps, named[0]]))
    return _mistyped(said, bracketed(steps), _value_at(tree, steps))


def _mistyped(said: str, param: str, value: object) -> Refusal:
    if value == "":
        message = (
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{param}' cannot be unset. You should remove '{param}' "
            "from your request or supply a non-empty value."
        )
        return errors.invalid(message, code="parameter_invalid_empty", param=param)
    expected = said.partition(",")[0]
    if "`int" in expected:
        message, code = f"Invalid integer: {value}", "parameter_invalid_integer"
        return errors.invalid(message, code=code, param=param)
    for kind, word in (("`array", "array"), ("`object", "object"), ("`bool", "boolean")):
        if kind in expected:
            return errors.invalid(f"Invalid {word}: {value}", param=param)
    if "length <=" in said:
        limit = said.rsplit(" ", 1)[-1]
        return errors.invalid(f"Invalid string: must be at most {limit} characters", param=param)
    return errors.invalid(f"Invalid {param}: {said}", param=param)


def _value_at(tree: Tree, steps: list[str]) -> object:
    node: object = tree
    for step in steps:
        if isinstance(node, list):
            node = node[int(step)]
        elif isinstance(node, dict):
            node = node.get(step)
    return "" if node is None else node


def bracketed(steps: list[str]) -> str:
    """`["line_items", "0", "price"]` as `line_items[0][price]`."""
    return steps[0] + "".join(f"[{step}]" for step in steps[1:]) if steps else ""
