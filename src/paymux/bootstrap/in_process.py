"""Paymux without HTTP: the same application services, for batch jobs and scripts."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from paymux.billing.application.customers import Customers
from paymux.bootstrap.containers import Container
from paymux.bootstrap.installation import installed
from paymux.bootstrap.lifecycle import running
from paymux.integrations.application.connections import Connections
from paymux.integrations.application.key_rotation import KeyRotation
from paymux.integrations.application.missed_events import MissedEvents
from paymux.integrations.application.provider_events import ProviderEvents
from paymux.integrations.application.providers import Providers
from paymux.kernel.ids import TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.payments.application.captures import Captures
from paymux.payments.application.error_maps import TenantErrorMaps
from paymux.payments.application.payments import Payments
from paymux.payments.application.refunds import Refunds
from paymux.payments.application.reviews import Reviews
from paymux.payments.domain.payment import Payment
from paymux.platform.http.public_urls import PublicUrls
from paymux.platform.settings import load_settings
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.tenants import Tenants


@dataclass(frozen=True, slots=True, kw_only=True)
class Paymux:
    """The application services. Every method takes the `Scope` it runs in first."""

    tenants: Tenants
    api_keys: ApiKeys
    providers: Providers
    connections: Connections
    customers: Customers
    payments: Payments
    captures: Captures
    refunds: Refunds
    reviews: Reviews
    error_maps: TenantErrorMaps
    provider_events: ProviderEvents
    missed_events: MissedEvents
    key_rotation: KeyRotation
    public_urls: PublicUrls

    def link_of(self, payment: Payment) -> str:
        """Return the stable URL to send to the payer."""
        return self.public_urls.link(payment.link.token)

    @staticmethod
    def scope(tenant_id: str, mode: str = "test") -> Scope:
        """Return the scope of a tenant in `test` or `live` mode."""
        return Scope(TenantId(tenant_id), Mode(mode))


@asynccontextmanager
async def open_paymux(
    environ: Mapping[str, str] | None = None, *, with_worker: bool = False
) -> AsyncIterator[Paymux]:
    """Open Paymux in this process: `async with paymux.open() as px: ...`.

    `environ` stands for the process's environment (`PAYMUX_…` settings). Without a database
    URL the embedded server is started, or joined when it runs. `with_worker` runs jobs here
    too; without it they wait for a worker elsewhere.
    Raises SettingsAreInvalid, and DatabaseRoleIsTooPowerful.
    """
    settings = load_settings(os.environ if environ is None else environ)
    async with installed(settings) as installation:
        container = installation.container()
        async with running(container, with_worker=with_worker):
            yield _services(container)


def _services(container: Container) -> Paymux:
    return Paymux(
        tenants=container.tenants(),
        api_keys=container.api_keys(),
        providers=container.provider_catalogue(),
        connections=container.connections(),
        customers=container.customers(),
        payments=container.payments(),
        captures=container.captures(),
        refunds=container.refunds(),
        reviews=container.reviews(),
        error_maps=container.error_maps(),
        provider_events=container.provider_events(),
        missed_events=container.missed_events(),
        key_rotation=container.key_rotation(),
        public_urls=container.public_urls(),
    )
