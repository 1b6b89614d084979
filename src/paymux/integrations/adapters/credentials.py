"""Holding credentials against a provider's schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

import msgspec

from paymux.integrations.adapters.plugins import credentials_schema
from paymux.integrations.domain.account import CredentialIsInvalid
from paymux.integrations.domain.connection import Secrets, masked
from paymux.integrations.ports.outbound import AcceptedCredentials, CredentialValue
from paymux.payments.ports.plugins import ProviderPlugin

C = TypeVar("C", bound=msgspec.Struct)

_PATH: Final = re.compile(r" - at `\$\.?(.*)`$")
_NAMED: Final = re.compile(r"(?:required|unknown) field `(.*?)`")
_LONGEST_NAME: Final = 64


def accept(
    plugin: ProviderPlugin[C], credentials: Mapping[str, CredentialValue]
) -> AcceptedCredentials:
    """Return the credentials as JSON with their hints; raises CredentialIsInvalid."""
    _refuse_unprintable(credentials)
    try:
        fitting = msgspec.convert(dict(credentials), plugin.credentials)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None
    text = msgspec.json.encode(fitting).decode()
    return AcceptedCredentials(Secrets(text), _hints(plugin, text))


def read(plugin: ProviderPlugin[C], secrets: Secrets) -> C:
    """Return opened credentials as the plug-in wants them.

    Raises CredentialIsInvalid when a newer plug-in wants others than were stored.
    """
    try:
        return msgspec.json.decode(secrets.credentials, type=plugin.credentials)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def _refuse_unprintable(credentials: Mapping[str, CredentialValue]) -> None:
    for name, value in credentials.items():
        if isinstance(value, str) and not value.isprintable():
            why = "It has a character that cannot be printed; was it pasted with a line break?"
            raise CredentialIsInvalid(why, _field(name))


def _refusal(message: str) -> CredentialIsInvalid:
    """Say what msgspec found and where; never the value it found there."""
    path, named = _PATH.search(message), _NAMED.search(message)
    steps = [found.group(1) for found in (path, named) if found is not None and found.group(1)]
    what = _PATH.sub("", message)
    if what.startswith("Invalid enum value"):
        what = "It is none of the values allowed"
    if named is not None:
        what = "It is missing" if "required" in message else "There is no such credential"
    return CredentialIsInvalid(f"{what}.", _field(".".join(steps)))


def _field(path: str) -> str:
    printable = "".join(character for character in path if character.isprintable())
    return f"credentials.{printable[:_LONGEST_NAME]}" if printable else "credentials"


def _hints(plugin: ProviderPlugin[C], text: str) -> Mapping[str, str]:
    secret = set(_secret_names(credentials_schema(plugin)))
    values = msgspec.json.decode(text, type=dict[str, object])
    return {
        name: masked(str(value)) if name in secret else str(value)
        for name, value in values.items()
        if value is not None
    }


def _secret_names(schema: Mapping[str, object]) -> Iterator[str]:
    properties = schema.get("properties")
    for name, described in (properties if isinstance(properties, dict) else {}).items():
        if _is_secret(described):
            yield name


def _is_secret(described: object) -> bool:
    """Tell whether a schema says `writeOnly` anywhere; `X | None` says it within `anyOf`."""
    match described:
        case {"writeOnly": True}:
            return True
        case {"type": "string" | "integer" | "number" | "boolean" | "null"}:
            return False
        case {"enum": _} | {"const": _}:
            return False
        case {"anyOf": list(choices)}:
            return any(_is_secret(choice) for choice in choices)
        case _:
            return True  # nested or unheard of: better shown too little
