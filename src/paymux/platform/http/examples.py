"""Examples of whole bodies, put together from the examples of their fields."""

from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

_ANY: Final[Json] = {"boolean": True, "null": None}


class Examples:
    """Makes examples by the schemas of a description."""

    def __init__(self, schemas: Mapping[str, Json]) -> None:
        self._schemas = schemas

    def of(self, schema: Json, *, shortest: bool = False) -> Any:
        """Return an example; `shortest` leaves out what may be left out.

        A field without an example has its default, or is null where it may be; an optional one
        of which nothing is known is left out.
        """
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.of({**self._schemas[name], **_beside(schema)}, shortest=shortest)
        if schema.get("examples"):
            return schema["examples"][0]
        given = _given(schema)
        return self._composed(schema, shortest=shortest) if given is None else given

    def _composed(self, schema: Json, *, shortest: bool) -> Any:
        if "properties" in schema:
            return self._object(schema, shortest=shortest)
        if schema.get("items"):
            return [self.of(schema["items"], shortest=shortest)]
        if "anyOf" in schema:
            return self.of(self._choice(schema["anyOf"]))
        return schema.get("default", _ANY.get(schema.get("type", "")))

    def _object(self, schema: Json, *, shortest: bool) -> Json:
        required = schema.get("required", [])
        return {
            name: self.of(one, shortest=shortest)
            for name, one in schema["properties"].items()
            if name in required or not (shortest or self._says_nothing(one))
        }

    def _choice(self, choices: list[Json]) -> Json:
        telling = [one for one in choices if not self._says_nothing(one)]
        return (telling or [{"type": "null"}])[0]

    def _says_nothing(self, schema: Json) -> bool:
        return self.of(schema) is None


def _given(schema: Json) -> Any:
    default = schema.get("default")
    telling = [] if default in (None, [], {}) else [default]
    first = [*telling, *schema.get("enum", [])[:1]]
    return first[0] if first else None


def overlaid(example: Any, other: Any) -> Any:
    """Return `example` with what `other` says, member by member and item by item."""
    if isinstance(example, dict) and isinstance(other, Mapping):
        laid = {name: overlaid(example.get(name), value) for name, value in other.items()}
        return {**example, **laid}
    if isinstance(example, list) and isinstance(other, list | tuple):
        first = example[0] if example else None
        return [
            overlaid(example[at] if at < len(example) else first, value)
            for at, value in enumerate(other)
        ]
    return other


def _beside(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "$ref"}
