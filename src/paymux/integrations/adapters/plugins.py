"""The installed plug-ins, and what their declarations say in published words."""

import logging
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeVar

import msgspec

from paymux.integrations.ports.inbound import (
    CapabilityDescription,
    CurrencyDescription,
    IdempotencyDescription,
    ProviderDescription,
)
from paymux.payments.ports.error_maps import ErrorMaps
from paymux.payments.ports.plugins import ENTRY_POINT_GROUP, Capabilities, ProviderPlugin

logger = logging.getLogger(__name__)

Plugins = Mapping[str, ProviderPlugin[msgspec.Struct]]

C = TypeVar("C", bound=msgspec.Struct)

_SLUG: Final = re.compile(r"[a-z][a-z0-9_-]{1,31}")


class ProviderSlugIsTaken(Exception):
    """Two packages claim the same provider; which of them would get the credentials?"""

    def __init__(self, slug: str, one: str, other: str) -> None:
        super().__init__(f"Both {one} and {other} claim to be the provider {slug!r}.")


def installed_plugins(found: Iterable[EntryPoint] | None = None) -> Plugins:
    """Load every plug-in of the entry-point group; one that does not load is left out.

    Raises ProviderSlugIsTaken when two of them have the same slug.
    """
    plugins: dict[str, ProviderPlugin[msgspec.Struct]] = {}
    sources: dict[str, str] = {}
    for entry in entry_points(group=ENTRY_POINT_GROUP) if found is None else found:
        plugin = _loaded(entry)
        if plugin is None or plugins.get(plugin.slug) is plugin:
            continue
        if plugin.slug in plugins:
            raise ProviderSlugIsTaken(plugin.slug, sources[plugin.slug], entry.value)
        plugins[plugin.slug] = plugin
        sources[plugin.slug] = entry.value
    return plugins


def _loaded(entry: EntryPoint) -> ProviderPlugin[msgspec.Struct] | None:
    try:
        plugin = entry.load()
    except Exception:  # a stranger's module may fail in any way; the others still work
        logger.exception("The provider plug-in %r does not load.", entry.value)
        return None
    if not isinstance(plugin, ProviderPlugin) or _SLUG.fullmatch(plugin.slug) is None:
        logger.error("%r is no ProviderPlugin with a proper slug.", entry.value)
        return None
    return plugin


def described(plugins: Plugins) -> Mapping[str, ProviderDescription]:
    """Return what the plug-ins declare, by slug."""
    return {
        slug: ProviderDescription(
            slug=slug,
            display_name=plugin.display_name,
            capabilities=_capabilities(plugin.capabilities),
            credentials_schema=credentials_schema(plugin),
        )
        for slug, plugin in plugins.items()
    }


def known_codes(plugins: Plugins) -> ErrorMaps:
    """Return what the plug-ins' codes amount to, by slug."""
    return {slug: plugin.error_map for slug, plugin in plugins.items()}


def credentials_schema(plugin: ProviderPlugin[C]) -> dict[str, object]:
    """Return the JSON Schema of the credentials, its top level spelled out."""
    schema = msgspec.json.schema(plugin.credentials)
    definitions = schema.pop("$defs", {})
    name = schema.pop("$ref", "").removeprefix("#/$defs/")
    top: dict[str, object] = {**definitions.pop(name, {}), **schema}
    return {**top, "$defs": definitions} if definitions else top


def _capabilities(declared: Capabilities) -> CapabilityDescription:
    return CapabilityDescription(
        operations=sorted(declared.operations),
        methods=sorted(declared.methods),
        currencies=[
            CurrencyDescription(
                code=code,
                exponent=rule.exponent,
                multiple_of=rule.multiple_of,
                minimum=rule.minimum,
            )
            for code, rule in sorted(declared.currencies.rules.items())
        ],
        idempotency={
            operation: msgspec.convert(kept, IdempotencyDescription, from_attributes=True)
            for operation, kept in sorted(declared.idempotency.items())
        },
        checkout_lives_seconds=declared.checkout_lives_seconds,
    )
