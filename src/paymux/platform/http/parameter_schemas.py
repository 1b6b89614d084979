"""Parameters in the OpenAPI description, put as exactly as they are checked."""

from typing import Any

Json = dict[str, Any]


def describe_parameters(document: Json) -> None:
    """Take null, which a URL cannot say, off parameters, and make the bounds integers."""
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _exact(_without_null(parameter["schema"]))


def _without_null(schema: Json) -> Json:
    choices = [one for one in schema.get("oneOf", []) if one != {"type": "null"}]
    if len(choices) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key != "oneOf"}
    return {**choices[0], **rest}


def _exact(schema: Json) -> Json:
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in schema.items()
    }
