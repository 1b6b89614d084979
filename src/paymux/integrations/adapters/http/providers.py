"""`/v1/providers`."""

from litestar import Controller, get
from msgspec import Struct

from paymux.integrations.application.providers import Providers
from paymux.integrations.ports.inbound import ProviderDescription
from paymux.tenancy.http import reader


class ProvidersBody(Struct, frozen=True):
    """Every installed provider."""

    data: list[ProviderDescription]


class ProvidersController(Controller):
    """The installed providers; the same for every tenant."""

    path = "/v1/providers"
    tags = ("Providers",)

    @get(
        "/",
        guards=[reader],
        operation_id="listProviders",
        summary="List the installed providers",
        description="With what each can do and the JSON Schema of its credentials.",
    )
    async def list_providers(self, providers: Providers) -> ProvidersBody:
        """List providers, by slug."""
        return ProvidersBody(data=list(providers.list()))

    @get(
        "/{slug:str}",
        guards=[reader],
        operation_id="getProvider",
        summary="Get an installed provider",
    )
    async def get_provider(self, slug: str, providers: Providers) -> ProviderDescription:
        """Get one provider."""
        return providers.get(slug)
