"""Who is made of what. The only place, with its neighbours, that knows dependency_injector."""

import random
from collections.abc import Mapping

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import (
    Callable,
    Delegate,
    Dependency,
    Factory,
    Object,
    Singleton,
)

from paymux.billing.adapters.payers import CustomersAsPayers
from paymux.billing.adapters.persistence.unit_of_work import SqlUnitOfWork as BillingWork
from paymux.billing.application.customer_views import CustomerViews
from paymux.billing.application.customers import Customers
from paymux.bootstrap import tuning
from paymux.console.sessions import Sessions
from paymux.console.visitors import Visitors
from paymux.integrations.adapters.accounts import ConnectorAccounts
from paymux.integrations.adapters.breakers import Breakers
from paymux.integrations.adapters.connection_uses import PaymentsOverConnections
from paymux.integrations.adapters.directory import ConnectionDirectory
from paymux.integrations.adapters.event_lists import ConnectorEventLists
from paymux.integrations.adapters.event_meanings import EventMeanings
from paymux.integrations.adapters.factory import ConnectorFactory
from paymux.integrations.adapters.inbox import Inbox
from paymux.integrations.adapters.jobs import IntegrationJobs
from paymux.integrations.adapters.persistence.connection_lookup import SqlConnectionLookup
from paymux.integrations.adapters.persistence.event_recoveries import (
    SqlDueRecoveries,
    SqlRecoveryUnitOfWork,
)
from paymux.integrations.adapters.persistence.provider_events import SqlInboxUnitOfWork
from paymux.integrations.adapters.persistence.unit_of_work import SqlUnitOfWork as IntegrationsWork
from paymux.integrations.adapters.plugins import described, installed_plugins
from paymux.integrations.adapters.recent_connections import RecentConnections
from paymux.integrations.adapters.recovery_jobs import RecoveryJobs
from paymux.integrations.adapters.recovery_planner import RecoveryPlanner
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.adapters.routes import ConnectionRoutes
from paymux.integrations.adapters.vault.seals import AesSeals
from paymux.integrations.adapters.vault.vault import AesVault
from paymux.integrations.adapters.webhook_intake import WebhookIntake
from paymux.integrations.application.connection_views import ConnectionViews
from paymux.integrations.application.connections import Connections
from paymux.integrations.application.key_rotation import KeyRotation
from paymux.integrations.application.missed_events import MissedEvents
from paymux.integrations.application.provider_event_views import ProviderEventViews
from paymux.integrations.application.provider_events import ProviderEvents
from paymux.integrations.application.providers import Providers
from paymux.integrations.application.webhook_endpoints import WebhookEndpoints
from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds
from paymux.payments.adapters.capture_jobs import CaptureJobs
from paymux.payments.adapters.jobs import PaymentJobs
from paymux.payments.adapters.persistence.failover_policies import SqlFailoverPolicies
from paymux.payments.adapters.persistence.link_directory import SqlLinkDirectory
from paymux.payments.adapters.persistence.overview import SqlOverviewUnitOfWork
from paymux.payments.adapters.persistence.unit_of_work import SqlUnitOfWork as PaymentsWork
from paymux.payments.adapters.refund_jobs import RefundJobs
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.captures import Captures
from paymux.payments.application.closings import Closings
from paymux.payments.application.decisions import DecisionDrafts
from paymux.payments.application.drafts import Drafts
from paymux.payments.application.evidence import EvidenceDesk
from paymux.payments.application.failover import Failover
from paymux.payments.application.failover_policies import TenantPolicies
from paymux.payments.application.observations import Observations
from paymux.payments.application.overview import Overview
from paymux.payments.application.payment_links import PaymentLinks
from paymux.payments.application.payment_views import PaymentViews
from paymux.payments.application.payments import Payments
from paymux.payments.application.provider_calls import ProviderCalls
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refund_drafts import RefundDrafts
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.application.refunds import Refunds
from paymux.payments.application.reviews import Reviews
from paymux.platform.database.engine import open_engine
from paymux.platform.http.public_urls import PublicUrls
from paymux.platform.idempotency.keys import SqlIdempotencyKeys
from paymux.platform.idempotency.sweeping import KeySweeper
from paymux.platform.jobs.worker import Handler, Worker
from paymux.platform.settings import Settings
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.directory import SqlDirectory
from paymux.tenancy.recent_principals import RecentPrincipals
from paymux.tenancy.tenants import Tenants
from paymux.tenancy.unit_of_work import SqlUnitOfWork as TenancyWork


def _handlers(
    *groups: PaymentJobs | CaptureJobs | RefundJobs | IntegrationJobs | RecoveryJobs,
) -> Mapping[str, Handler]:
    return {name: handler for group in groups for name, handler in group.handlers().items()}


class Container(DeclarativeContainer):
    """Everything of one process. `settings` is given; `database_url` is the application's."""

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
    recent_connections = Singleton(RecentConnections)
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

    # payments
    payments_work = Factory(PaymentsWork, engine, ids)
    observations = Singleton(
        Observations,
        units_of_work=Delegate(payments_work),
        clock=clock,
        ids=ids,
        schedule=schedule,
    )
    breakers = Singleton(Breakers)
    failover_policies = Singleton(SqlFailoverPolicies, engine=engine)
    tenant_policies = Singleton(TenantPolicies, policies=failover_policies)
    provider_calls = Singleton(ProviderCalls, connections=connection_directory, breakers=breakers)
    decision_drafts = Singleton(DecisionDrafts, clock=clock, ids=ids)
    attempts = Singleton(
        Attempts,
        units_of_work=Delegate(payments_work),
        calls=provider_calls,
        observations=observations,
        decisions=decision_drafts,
        schedule=schedule,
        clock=clock,
    )
    capture_calls = Singleton(
        CaptureCalls,
        units_of_work=Delegate(payments_work),
        calls=provider_calls,
        attempts=attempts,
        observations=observations,
        decisions=decision_drafts,
        schedule=schedule,
        clock=clock,
    )
    captures = Singleton(
        Captures,
        units_of_work=Delegate(payments_work),
        connections=connection_directory,
        calls=capture_calls,
        schedule=schedule,
        clock=clock,
        ids=ids,
    )
    closings = Singleton(
        Closings,
        units_of_work=Delegate(payments_work),
        attempts=attempts,
        captures=captures,
        observations=observations,
    )
    drafts = Singleton(Drafts, clock=clock, ids=ids, link_url=public_urls.provided.link)
    failover = Singleton(
        Failover,
        units_of_work=Delegate(payments_work),
        connections=connection_directory,
        policies=failover_policies,
        attempts=attempts,
        observations=observations,
        drafts=drafts,
        clock=clock,
    )
    payments = Singleton(
        Payments,
        units_of_work=Delegate(payments_work),
        connections=connection_directory,
        payers=payers,
        closings=closings,
        observations=observations,
        drafts=drafts,
        failover=failover,
    )
    refund_drafts = Singleton(RefundDrafts, clock=clock, ids=ids)
    refund_observations = Singleton(
        RefundObservations,
        units_of_work=Delegate(payments_work),
        observations=observations,
        drafts=refund_drafts,
        clock=clock,
        ids=ids,
    )
    refund_calls = Singleton(
        RefundCalls,
        units_of_work=Delegate(payments_work),
        calls=provider_calls,
        observations=refund_observations,
        decisions=decision_drafts,
        schedule=schedule,
        clock=clock,
    )
    refunds = Singleton(
        Refunds,
        units_of_work=Delegate(payments_work),
        connections=connection_directory,
        calls=refund_calls,
        observations=refund_observations,
        drafts=refund_drafts,
        schedule=schedule,
    )
    reconciliation = Singleton(
        Reconciliation,
        payments=payments,
        attempts=attempts,
        capture_calls=capture_calls,
        refund_calls=refund_calls,
        breakers=breakers,
        clock=clock,
    )
    reviews = Singleton(
        Reviews,
        units_of_work=Delegate(payments_work),
        payments=payments,
        desk=Singleton(EvidenceDesk, attempts=attempts, refund_calls=refund_calls),
        observations=observations,
        refund_observations=refund_observations,
        clock=clock,
        ids=ids,
    )
    connection_uses = Singleton(PaymentsOverConnections, payments=payments)
    connections = Singleton(
        Connections,
        units_of_work=Delegate(integrations_work),
        vault=vault,
        accounts=accounts,
        endpoints=webhook_endpoints,
        uses=connection_uses,
        clock=clock,
        ids=ids,
    )
    link_directory = Singleton(SqlLinkDirectory, engine=engine)
    payment_links = Singleton(
        PaymentLinks,
        directory=link_directory,
        payments=payments,
        attempts=attempts,
        failover=failover,
    )

    # the inbox of integrations
    inbox_work = Factory(SqlInboxUnitOfWork, engine)
    inbox = Singleton(Inbox, url=database_url)
    event_meanings = Singleton(
        EventMeanings,
        connections=connection_directory,
        payments=observations,
        refunds=refund_observations,
    )
    provider_events = Singleton(
        ProviderEvents, units_of_work=Delegate(inbox_work), meanings=event_meanings, clock=clock
    )
    recovery_work = Factory(SqlRecoveryUnitOfWork, engine)
    missed_events = Singleton(
        MissedEvents,
        units_of_work=Delegate(recovery_work),
        lists=Singleton(ConnectorEventLists, registry=registry, clock=clock, ids=ids),
        inbox=inbox,
        due=Singleton(SqlDueRecoveries, engine=engine, lookup_of=connection_lookup),
        clock=clock,
        every=Callable(tuning.recovers_every, settings),
        chance=Object(random.random),
    )
    connection_routes = Singleton(ConnectionRoutes, lookup=connection_lookup, registry=registry)
    webhook_intake = Singleton(
        WebhookIntake, routes=connection_routes, inbox=inbox, clock=clock, ids=ids
    )

    # the console
    sessions = Singleton(Sessions, keys=Callable(tuning.secrets, settings), clock=clock, ids=ids)
    visitors = Singleton(
        Visitors, sessions=sessions, api_keys=api_keys, https=Callable(tuning.is_https, settings)
    )
    overview_work = Factory(SqlOverviewUnitOfWork, engine)
    overview = Singleton(Overview, units_of_work=Delegate(overview_work), clock=clock)
    payment_views = Singleton(PaymentViews, payments=payments)
    connection_views = Singleton(ConnectionViews, connections=connections)
    provider_event_views = Singleton(ProviderEventViews, provider_events=provider_events)
    customer_views = Singleton(CustomerViews, customers=customers)

    # jobs
    payment_jobs = Singleton(PaymentJobs, payments=payments, attempts=attempts)
    capture_jobs = Singleton(CaptureJobs, captures=captures, capture_calls=capture_calls)
    refund_jobs = Singleton(RefundJobs, refunds=refunds, refund_calls=refund_calls)
    integration_jobs = Singleton(IntegrationJobs, provider_events=provider_events)
    recovery_jobs = Singleton(RecoveryJobs, missed_events=missed_events)
    handlers = Singleton(
        _handlers, payment_jobs, capture_jobs, refund_jobs, integration_jobs, recovery_jobs
    )
    retry_policy = Singleton(tuning.policy, settings=settings)
    key_sweeper = Factory(KeySweeper, engine=engine, kept=Callable(tuning.kept, settings))
    recovery_planner = Factory(
        RecoveryPlanner, missed_events, every_seconds=settings.provided.recover_events_seconds
    )
    worker = Factory(Worker, url=database_url, handlers=handlers, policy=retry_policy)
