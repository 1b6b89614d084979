"""The web application: routes, and which service answers to which name."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler
from sqlalchemy import text

from paymux.billing.adapters.http.customers import CustomersController
from paymux.bootstrap.containers import Container
from paymux.bootstrap.fit_database import SchemaIsNotCurrent
from paymux.bootstrap.lifecycle import running
from paymux.console.errors import UNROUTED
from paymux.console.pay import PayController
from paymux.console.routes import CONSOLE
from paymux.integrations.adapters.http.connection_examples import connection_examples
from paymux.integrations.adapters.http.connections import ConnectionsController
from paymux.integrations.adapters.http.provider_events import ProviderEventsController
from paymux.integrations.adapters.http.providers import ProvidersController
from paymux.integrations.adapters.http.webhooks import webhook_routes
from paymux.payments.adapters.http.captures import CapturesController
from paymux.payments.adapters.http.disputes import DisputesController
from paymux.payments.adapters.http.error_maps import ErrorMapsController
from paymux.payments.adapters.http.failover_policies import FailoverPolicyController
from paymux.payments.adapters.http.payment_examples import NEW_PAYMENTS
from paymux.payments.adapters.http.payment_methods import PaymentMethodsController
from paymux.payments.adapters.http.payments import PaymentsController
from paymux.payments.adapters.http.reasons import ReasonsController
from paymux.payments.adapters.http.refunds import RefundsController
from paymux.payments.adapters.http.reviews import ReviewsController
from paymux.platform.database.engine import lookup
from paymux.platform.database.migrations import is_at_head
from paymux.platform.http.application import HttpPlatform, Idempotency, build_app
from paymux.platform.http.health import Check
from paymux.tenancy.http import (
    SECURITY,
    TENANCY_DEPENDENCIES,
    TENANCY_ROUTES,
    key_holder_of,
    tenancy_state,
)

_CONTROLLERS: Final[list[ControllerRouterHandler]] = [
    PaymentsController,
    FailoverPolicyController,
    PaymentMethodsController,
    CapturesController,
    RefundsController,
    DisputesController,
    ReviewsController,
    ReasonsController,
    ErrorMapsController,
    CustomersController,
    ProvidersController,
    ConnectionsController,
    ProviderEventsController,
    PayController,
    CONSOLE,
    *TENANCY_ROUTES,
]


def create_app(container: Container, *, with_worker: bool) -> Litestar:
    """Return the application over a container; its lifespan starts and stops the container."""
    settings = container.settings()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with running(container, with_worker=with_worker):
            yield

    platform = HttpPlatform(
        version=version("paymux"),
        request_max_bytes=settings.request_max_bytes,
        https=settings.public_url.startswith("https://"),
        security_of=SECURITY,
        request_examples={
            **connection_examples(container.provider_catalogue().list()),
            "createPayment": NEW_PAYMENTS,
        },
        readiness=_readiness(container),
        idempotency=Idempotency(container.idempotency_keys(), key_holder_of),
    )
    return build_app(
        platform,
        route_handlers=[*_CONTROLLERS, webhook_routes(settings.webhook_max_bytes)],
        dependencies={**TENANCY_DEPENDENCIES, **_services(container)},
        lifespan=[lifespan],
        exception_handlers=UNROUTED,
        state=tenancy_state(container.api_keys(), settings.root_key),
    )


def _services(container: Container) -> dict[str, Provide]:
    """Name the services as handlers ask for them; a handler never sees the container."""
    services: dict[str, Callable[[], object]] = {
        "api_keys": container.api_keys,
        "tenants": container.tenants,
        "connections": container.connections,
        "webhook_endpoints": container.webhook_endpoints,
        "providers": container.provider_catalogue,
        "provider_events": container.provider_events,
        "missed_events": container.missed_events,
        "webhook_intake": container.webhook_intake,
        "customers": container.customers,
        "payments": container.payments,
        "payment_methods": container.payment_methods,
        "failover_policies": container.tenant_policies,
        "error_maps": container.error_maps,
        "captures": container.captures,
        "refunds": container.refunds,
        "disputes": container.disputes,
        "reconciliation": container.reconciliation,
        "reviews": container.reviews,
        "payment_links": container.payment_links,
        "public_urls": container.public_urls,
        "visitors": container.visitors,
        "overview": container.overview,
        "payment_views": container.payment_views,
        "connection_views": container.connection_views,
        "provider_event_views": container.provider_event_views,
        "customer_views": container.customer_views,
    }
    return {name: _given(service) for name, service in services.items()}


def _given(service: Callable[[], object]) -> Provide:
    """Return a plain function: Litestar cannot read a container's provider."""

    def give() -> object:
        return service()

    return Provide(give, sync_to_thread=False)


def _readiness(container: Container) -> dict[str, Check]:
    async def database() -> None:
        async with lookup(container.engine()) as connection:
            await connection.execute(text("SELECT 1"))

    async def schema() -> None:
        async with lookup(container.engine()) as connection:
            if not await is_at_head(connection):
                raise SchemaIsNotCurrent(container.engine().url.database or "")

    async def jobs() -> None:
        async with lookup(container.engine()) as connection:
            await connection.execute(text("SELECT 1 FROM pgqueuer LIMIT 1"))

    return {"database": database, "schema": schema, "jobs": jobs}
