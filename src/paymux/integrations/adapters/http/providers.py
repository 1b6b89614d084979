"""`/v1/providers`."""

from typing import Final

from litestar import Controller, get
from msgspec import Struct

from paymux.integrations.application.providers import Providers
from paymux.integrations.ports.inbound import ProviderDescription
from paymux.tenancy.http import reader

_EXAMPLE: Final = {
    "slug": "example",
    "display_name": "Example",
    "capabilities": {
        "operations": ["create_checkout", "look_up", "verify_webhook"],
        "methods": ["card"],
        "currencies": [{"code": "USD", "exponent": 2, "multiple_of": 1, "minimum": 50}],
        "idempotency": {
            "create_checkout": {
                "header": "Idempotency-Key",
                "key_lives_seconds": 86400,
                "replays_errors": True,
                "unique_reference": None,
                "looks_up_by_reference": False,
            }
        },
        "checkout_lives_seconds": [1800, 86400],
    },
    "credentials_schema": {
        "type": "object",
        "properties": {"secret_key": {"type": "string", "writeOnly": True}},
        "required": ["secret_key"],
        "additionalProperties": False,
    },
}


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
        example={"data": [_EXAMPLE]},
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
        description="What it can do, and the JSON Schema of the credentials that a connection "
        "to it needs.",
        example=_EXAMPLE,
    )
    async def get_provider(self, slug: str, providers: Providers) -> ProviderDescription:
        """Get one provider."""
        return providers.get(slug)
