"""What bootstrap adds to the web application for tenancy."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Controller, Request
from litestar.datastructures import State
from litestar.di import Provide

from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.http.api_keys import ApiKeyController
from paymux.tenancy.http.authentication import Authentication, Caller
from paymux.tenancy.http.guards import AUTHENTICATION, caller_of, principal_of
from paymux.tenancy.http.tenants import TenantController
from paymux.tenancy.principal import Principal

AnyRequest = Request[object, object, State]


def provide_principal(request: AnyRequest) -> Principal:
    """Return who was let in by the guard `reader`, `operator` or `admin`."""
    return principal_of(request)


def provide_caller(request: AnyRequest) -> Caller:
    """Return who was let in, the root key included."""
    return caller_of(request)


def tenancy_state(api_keys: ApiKeys, root_key: str | None) -> Mapping[str, object]:
    """Return the application state that the guards read."""
    return {AUTHENTICATION: Authentication(api_keys, root_key)}


TENANCY_ROUTES: Final[Sequence[type[Controller]]] = [TenantController, ApiKeyController]
TENANCY_DEPENDENCIES: Final[Mapping[str, Provide]] = {
    "principal": Provide(provide_principal, sync_to_thread=False),
    "caller": Provide(provide_caller, sync_to_thread=False),
}
"""Besides these, handlers need `tenants: Tenants` and `api_keys: ApiKeys`."""
