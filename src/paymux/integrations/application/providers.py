"""The installed providers."""

from collections.abc import Mapping, Sequence

from paymux.integrations.ports.inbound import ProviderDescription
from paymux.kernel.errors import ThingIsNotFound


class Providers:
    """Says what is installed; the same for every tenant and mode."""

    def __init__(self, installed: Mapping[str, ProviderDescription]) -> None:
        self._installed = installed

    def list(self) -> Sequence[ProviderDescription]:
        """Return every installed provider, by slug."""
        return [self._installed[slug] for slug in sorted(self._installed)]

    def get(self, slug: str) -> ProviderDescription:
        """Return one provider; refuses a slug that is not installed."""
        if slug not in self._installed:
            kind = "provider"
            raise ThingIsNotFound(kind, slug)
        return self._installed[slug]
