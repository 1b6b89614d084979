"""Who is made of what: tenancy, connections and customers, on which all else is built."""

from collections.abc import Sequence

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import (
    Callable,
    Delegate,
    Dependency,
    Factory,
    Singleton,
)

from paymux.billing.adapters.payers import CustomersAsPayers
from paymux.billing.adapters.persistence.unit_of_work import SqlUnitOfWork as BillingWork
from paymux.billing.application.customers import Customers
from paymux.bootstrap import tuning
from paymux.integrations.adapters.accounts import ConnectorAccounts
from paymux.integrations.adapters.connection_health import WatchedConnections
from paymux.integrations.adapters.directory import ConnectionDirectory
from paymux.integrations.adapters.factory import ConnectorFactory
from paymux.integrations.adapters.persistence.connection_lookup import SqlConnectionLookup
from paymux.integrations.adapters.persistence.unit_of_work import SqlUnitOfWork as IntegrationsWork
from paymux.integrations.adapters.plugins import described, installed_plugins
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.adapters.vault.seals import AesSeals
from paymux.integrations.adapters.vault.vault import AesVault
from paymux.integrations.application.credential_watch import CredentialWatch
from paymux.integrations.application.key_rotation import KeyRotation
from paymux.integrations.application.providers import Providers
from paymux.integrations.application.webhook_endpoints import WebhookEndpoints
from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.scope import Scope
from paymux.payments.ports.plugins import UsableConnection
from paymux.platform.database.engine import open_engine
from paymux.platform.http.public_urls import PublicUrls
from paymux.platform.idempotency.keys import SqlIdempotencyKeys
from paymux.platform.recent import Recent
from paymux.platform.settings import Settings
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.directory import SqlDirectory
from paymux.tenancy.recent_principals import RecentPrincipals
from paymux.tenancy.tenants import Tenants
from paymux.tenancy.unit_of_work import SqlUnitOfWork as TenancyWork


class Foundations(DeclarativeContainer):
    """Everything below payments. `settings` is given; `database_url` is the application's."""

    settings = Dependency(instance_of=Settings)
    database_url = Dependency(instance_of=str)

    clock = Singleton(SystemClock)
    ids = Singleton(TimeSortedIds, clock=clock)
    engine = Singleton(open_engine, url=database_url, pool_size=settings.provided.db_pool_size)
    threads = Singleton(tuning.threads, settings=settings)
    public_urls = Singleton(PublicUrls, base=settings.provided.public_url)
    schedule = Singleton(tuning.schedule, settings=settings)

    # tenancy
    tenancy_work = Factory(TenancyWork, engine)
    recent_principals = Singleton(RecentPrincipals)
    tenant_directory = Singleton(SqlDirectory, engine=engine)
    api_keys = Singleton(
        ApiKeys,
        units_of_work=Delegate(tenancy_work),
        directory=tenant_directory,
        recent=recent_principals,
        clock=clock,
        ids=ids,
        live=settings.provided.live,
    )
    tenants = Singleton(
        Tenants,
        units_of_work=Delegate(tenancy_work),
        directory=tenant_directory,
        api_keys=api_keys,
        recent=recent_principals,
        clock=clock,
        ids=ids,
        live=settings.provided.live,
    )

    # integrations, but for the inbox
    recent_connections: Singleton[Recent[Scope, Sequence[UsableConnection]]] = Singleton(Recent)
    integrations_work = Factory(IntegrationsWork, engine, recent=recent_connections)
    key_ring = Singleton(tuning.key_ring, settings=settings)
    vault = Singleton(AesVault, ring=key_ring)
    idempotency_keys = Singleton(
        SqlIdempotencyKeys,
        engine=engine,
        seals=Singleton(AesSeals, ring=key_ring, purpose="idempotency"),
        ids=ids,
        lease=Callable(tuning.lease, settings),
    )
    plugins = Singleton(installed_plugins)
    provider_catalogue = Singleton(Providers, installed=Callable(described, plugins))
    runtime = Singleton(tuning.runtime, settings=settings, clock=clock, threads=threads)
    connector_factory = Singleton(ConnectorFactory, plugins=plugins, runtime=runtime)
    registry = Singleton(
        ConnectorRegistry,
        factory=connector_factory,
        units_of_work=Delegate(integrations_work),
        vault=vault,
    )
    accounts = Singleton(ConnectorAccounts, factory=connector_factory)
    credential_watch = Singleton(
        CredentialWatch, units_of_work=Delegate(integrations_work), clock=clock, ids=ids
    )
    connection_health = Singleton(WatchedConnections, registry=registry, watch=credential_watch)
    connection_lookup = Singleton(SqlConnectionLookup, engine=engine)
    webhook_endpoints = Singleton(
        WebhookEndpoints,
        units_of_work=Delegate(integrations_work),
        vault=vault,
        accounts=accounts,
        clock=clock,
        ids=ids,
        public_url=settings.provided.public_url,
    )
    key_rotation = Singleton(
        KeyRotation,
        units_of_work=Delegate(integrations_work),
        vault=vault,
        lookup=connection_lookup,
    )
    connection_directory = Singleton(
        ConnectionDirectory,
        units_of_work=Delegate(integrations_work),
        registry=registry,
        plugins=plugins,
        clock=clock,
        recent=recent_connections,
    )

    # billing
    billing_work = Factory(BillingWork, engine)
    customers = Singleton(Customers, units_of_work=Delegate(billing_work), clock=clock, ids=ids)
    payers = Singleton(CustomersAsPayers, customers=customers)
