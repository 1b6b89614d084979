"""Examples of connecting an account, one for each installed provider."""

from collections.abc import Iterable, Mapping

from paymux.integrations.domain.connection import DEFAULT_PRIORITY
from paymux.integrations.ports.inbound import ProviderDescription
from paymux.platform.http.examples import Examples


def connection_examples(
    providers: Iterable[ProviderDescription],
) -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Return examples of request bodies by operation id and by provider."""
    known = list(providers)
    return {
        "createConnection": {provider.slug: _creation(provider) for provider in known},
        "updateConnection": {provider.slug: _change(provider) for provider in known},
    }


def _creation(provider: ProviderDescription) -> Mapping[str, object]:
    return {
        "provider": provider.slug,
        "label": f"{provider.display_name}, Germany",
        "credentials": _credentials(provider),
        "priority": DEFAULT_PRIORITY,
        "enabled": True,
    }


def _change(provider: ProviderDescription) -> Mapping[str, object]:
    return {
        "label": f"{provider.display_name}, Austria",
        "priority": DEFAULT_PRIORITY + 10,
        "enabled": True,
        "credentials": _credentials(provider),
    }


def _credentials(provider: ProviderDescription) -> object:
    definitions = provider.credentials_schema.get("$defs")
    named = definitions if isinstance(definitions, dict) else {}
    return Examples(named).of(provider.credentials_schema)
