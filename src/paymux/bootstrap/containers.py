"""Who is made of what. The only place, with its neighbours, that knows dependency_injector."""

import random
from collections.abc import Mapping

from dependency_injector.providers import (
    Callable,
    Delegate,
    Factory,
    Object,
    Singleton,
)

from paymux.billing.application.customer_views import CustomerViews
from paymux.bootstrap import tuning
from paymux.bootstrap.foundations import Foundations
from paymux.console.sessions import Sessions
from paymux.console.visitors import Visitors
from paymux.integrations.adapters.breakers import Breakers
from paymux.integrations.adapters.connection_uses import PaymentsOverConnections
from paymux.integrations.adapters.event_lists import ConnectorEventLists
from paymux.integrations.adapters.event_meanings import EventMeanings
from paymux.integrations.adapters.inbox import Inbox
from paymux.integrations.adapters.jobs import IntegrationJobs
from paymux.integrations.adapters.persistence.event_recoveries import (
    SqlDueRecoveries,
    SqlRecoveryUnitOfWork,
)
from paymux.integrations.adapters.persistence.provider_events import SqlInboxUnitOfWork
from paymux.integrations.adapters.plugins import known_codes
from paymux.integrations.adapters.recovery_jobs import RecoveryJobs
from paymux.integrations.adapters.recovery_planner import RecoveryPlanner
from paymux.integrations.adapters.routes import ConnectionRoutes
from paymux.integrations.adapters.webhook_intake import WebhookIntake
from paymux.integrations.application.connection_views import ConnectionViews
from paymux.integrations.application.connections import Connections
from paymux.integrations.application.missed_events import MissedEvents
from paymux.integrations.application.provider_event_views import ProviderEventViews
from paymux.integrations.application.provider_events import ProviderEvents
from paymux.payments.adapters.capture_jobs import CaptureJobs
from paymux.payments.adapters.jobs import PaymentJobs
from paymux.payments.adapters.payment_method_jobs import PaymentMethodJobs
from paymux.payments.adapters.persistence.error_overrides import SqlErrorOverrides
from paymux.payments.adapters.persistence.failover_policies import SqlFailoverPolicies
from paymux.payments.adapters.persistence.link_directory import SqlLinkDirectory
from paymux.payments.adapters.persistence.overview import SqlOverviewUnitOfWork
from paymux.payments.adapters.persistence.unit_of_work import SqlUnitOfWork as PaymentsWork
from paymux.payments.adapters.persistence.unmapped_codes import SqlUnmappedCodes
from paymux.payments.adapters.refund_jobs import RefundJobs
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.captures import Captures
from paymux.payments.application.charges import Charges
from paymux.payments.application.closings import Closings
from paymux.payments.application.consents import Consents
from paymux.payments.application.decisions import DecisionDrafts
from paymux.payments.application.drafts import Drafts
from paymux.payments.application.error_maps import TenantErrorMaps
from paymux.payments.application.evidence import EvidenceDesk
from paymux.payments.application.failover import Failover
from paymux.payments.application.failover_policies import TenantPolicies
from paymux.payments.application.heard_codes import HeardCodes
from paymux.payments.application.late_holds import LateHolds
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.observations import Observations
from paymux.payments.application.overview import Overview
from paymux.payments.application.payment_links import PaymentLinks
from paymux.payments.application.payment_methods import PaymentMethods
from paymux.payments.application.payment_views import PaymentViews
from paymux.payments.application.payments import Payments
from paymux.payments.application.provider_calls import ProviderCalls
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refund_drafts import RefundDrafts
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.application.refunds import Refunds
from paymux.payments.application.replies import Replies
from paymux.payments.application.reviews import Reviews
from paymux.platform.idempotency.sweeping import KeySweeper
from paymux.platform.jobs.worker import Handler, Worker


def _handlers(
    *groups: PaymentJobs
    | CaptureJobs
    | RefundJobs
    | PaymentMethodJobs
    | IntegrationJobs
    | RecoveryJobs,
) -> Mapping[str, Handler]:
    return {name: handler for group in groups for name, handler in group.handlers().items()}


class Container(Foundations):
    """Everything of one process. `settings` is given; `database_url` is the application's."""

    # what the rest is made of, by its short names
    settings = Foundations.settings
    database_url = Foundations.database_url
    clock = Foundations.clock
    ids = Foundations.ids
    engine = Foundations.engine
    public_urls = Foundations.public_urls
    schedule = Foundations.schedule
    api_keys = Foundations.api_keys
    integrations_work = Foundations.integrations_work
    vault = Foundations.vault
    plugins = Foundations.plugins
    registry = Foundations.registry
    accounts = Foundations.accounts
    connection_lookup = Foundations.connection_lookup
    webhook_endpoints = Foundations.webhook_endpoints
    connection_directory = Foundations.connection_directory
    connection_health = Foundations.connection_health
    credential_watch = Foundations.credential_watch
    customers = Foundations.customers
    payers = Foundations.payers

    # payments
    payments_work = Factory(PaymentsWork, engine, ids)
    method_observations = Singleton(
        MethodObservations, units_of_work=Delegate(payments_work), clock=clock, ids=ids
    )
    observations = Singleton(
        Observations,
        units_of_work=Delegate(payments_work),
        methods=method_observations,
        clock=clock,
        ids=ids,
        schedule=schedule,
    )
    breakers = Singleton(Breakers)
    failover_policies = Singleton(SqlFailoverPolicies, engine=engine)
    all_codes = Callable(known_codes, plugins)
    error_overrides = Singleton(SqlErrorOverrides, engine=engine)
    unmapped_codes = Singleton(SqlUnmappedCodes, engine=engine)
    error_maps = Singleton(
        TenantErrorMaps,
        maps=all_codes,
        overrides=error_overrides,
        unmapped=unmapped_codes,
        clock=clock,
    )
    replies = Singleton(
        Replies,
        connections=connection_directory,
        maps=all_codes,
        overrides=error_overrides,
        unmapped=unmapped_codes,
        health=connection_health,
        clock=clock,
    )
    tenant_policies = Singleton(TenantPolicies, policies=failover_policies)
    provider_calls = Singleton(
        ProviderCalls, connections=connection_directory, breakers=breakers, replies=replies
    )
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
    late_holds = Singleton(
        LateHolds, units_of_work=Delegate(payments_work), captures=captures, schedule=schedule
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
        payers=payers,
        policies=failover_policies,
        attempts=attempts,
        observations=observations,
        drafts=drafts,
        clock=clock,
    )
    charges = Singleton(
        Charges,
        units_of_work=Delegate(payments_work),
        connections=connection_directory,
        policies=failover_policies,
        payers=payers,
        attempts=attempts,
        observations=observations,
        drafts=drafts,
        clock=clock,
    )
    payment_methods = Singleton(
        PaymentMethods,
        units_of_work=Delegate(payments_work),
        calls=provider_calls,
        observations=method_observations,
        schedule=schedule,
        clock=clock,
    )
    payments = Singleton(
        Payments,
        charges=charges,
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
    connection_uses = Singleton(
        PaymentsOverConnections, payments=payments, methods=payment_methods
    )
    connections = Singleton(
        Connections,
        units_of_work=Delegate(integrations_work),
        vault=vault,
        accounts=accounts,
        endpoints=webhook_endpoints,
        uses=connection_uses,
        watch=credential_watch,
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
        error_maps=error_maps,
        consents=Singleton(Consents, units_of_work=Delegate(payments_work), clock=clock, ids=ids),
    )

    # the inbox of integrations
    inbox_work = Factory(SqlInboxUnitOfWork, engine)
    inbox = Singleton(Inbox, url=database_url)
    heard_codes = Singleton(
        HeardCodes, payments=observations, refunds=refund_observations, replies=replies
    )
    event_meanings = Singleton(
        EventMeanings,
        connections=connection_directory,
        payments=heard_codes,
        refunds=heard_codes,
        methods=method_observations,
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
    payment_views = Singleton(PaymentViews, payments=payments, error_maps=error_maps)
    connection_views = Singleton(ConnectionViews, connections=connections)
    provider_event_views = Singleton(ProviderEventViews, provider_events=provider_events)
    customer_views = Singleton(CustomerViews, customers=customers)

    # jobs
    payment_jobs = Singleton(PaymentJobs, payments=payments, attempts=attempts)
    capture_jobs = Singleton(
        CaptureJobs, captures=captures, capture_calls=capture_calls, late_holds=late_holds
    )
    refund_jobs = Singleton(RefundJobs, refunds=refunds, refund_calls=refund_calls)
    payment_method_jobs = Singleton(PaymentMethodJobs, payment_methods=payment_methods)
    integration_jobs = Singleton(IntegrationJobs, provider_events=provider_events)
    recovery_jobs = Singleton(RecoveryJobs, missed_events=missed_events)
    handlers = Singleton(
        _handlers,
        payment_jobs,
        capture_jobs,
        refund_jobs,
        payment_method_jobs,
        integration_jobs,
        recovery_jobs,
    )
    retry_policy = Singleton(tuning.policy, settings=settings)
    key_sweeper = Factory(KeySweeper, engine=engine, kept=Callable(tuning.kept, settings))
    recovery_planner = Factory(
        RecoveryPlanner, missed_events, every_seconds=settings.provided.recover_events_seconds
    )
    worker = Factory(Worker, url=database_url, handlers=handlers, policy=retry_policy)
