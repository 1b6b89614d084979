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
from paymux.bootstrap.payment_services import PaymentServices
from paymux.console.sessions import Sessions
from paymux.console.visitors import Visitors
from paymux.integrations.adapters.event_lists import ConnectorEventLists
from paymux.integrations.adapters.event_meanings import EventMeanings
from paymux.integrations.adapters.inbox import Inbox
from paymux.integrations.adapters.jobs import IntegrationJobs
from paymux.integrations.adapters.missed_disputes import ConnectorDisputes
from paymux.integrations.adapters.persistence.event_recoveries import (
    SqlDueRecoveries,
    SqlRecoveryUnitOfWork,
)
from paymux.integrations.adapters.persistence.provider_events import SqlInboxUnitOfWork
from paymux.integrations.adapters.recovery_jobs import RecoveryJobs
from paymux.integrations.adapters.recovery_planner import RecoveryPlanner
from paymux.integrations.adapters.routes import ConnectionRoutes
from paymux.integrations.adapters.webhook_intake import WebhookIntake
from paymux.integrations.application.connection_views import ConnectionViews
from paymux.integrations.application.missed_events import MissedEvents
from paymux.integrations.application.provider_event_views import ProviderEventViews
from paymux.integrations.application.provider_events import ProviderEvents
from paymux.payments.adapters.capture_jobs import CaptureJobs
from paymux.payments.adapters.dispute_jobs import DisputeJobs
from paymux.payments.adapters.jobs import PaymentJobs
from paymux.payments.adapters.payment_method_jobs import PaymentMethodJobs
from paymux.payments.adapters.persistence.overview import SqlOverviewUnitOfWork
from paymux.payments.adapters.refund_jobs import RefundJobs
from paymux.payments.application.heard_codes import HeardCodes
from paymux.payments.application.overview import Overview
from paymux.payments.application.payment_views import PaymentViews
from paymux.platform.idempotency.sweeping import KeySweeper
from paymux.platform.jobs.worker import Handler, Worker


def _handlers(
    *groups: PaymentJobs
    | CaptureJobs
    | RefundJobs
    | DisputeJobs
    | PaymentMethodJobs
    | IntegrationJobs
    | RecoveryJobs,
) -> Mapping[str, Handler]:
    return {name: handler for group in groups for name, handler in group.handlers().items()}


class Container(PaymentServices):
    """Everything of one process. `settings` is given; `database_url` is the application's."""

    # what the rest is made of, by its short names
    settings = PaymentServices.settings
    database_url = PaymentServices.database_url
    clock = PaymentServices.clock
    ids = PaymentServices.ids
    engine = PaymentServices.engine
    api_keys = PaymentServices.api_keys
    registry = PaymentServices.registry
    connection_lookup = PaymentServices.connection_lookup
    connection_directory = PaymentServices.connection_directory
    customers = PaymentServices.customers
    method_observations = PaymentServices.method_observations
    observations = PaymentServices.observations
    error_maps = PaymentServices.error_maps
    replies = PaymentServices.replies
    attempts = PaymentServices.attempts
    pages = PaymentServices.pages
    capture_calls = PaymentServices.capture_calls
    captures = PaymentServices.captures
    late_holds = PaymentServices.late_holds
    payment_methods = PaymentServices.payment_methods
    payments = PaymentServices.payments
    refund_observations = PaymentServices.refund_observations
    refund_calls = PaymentServices.refund_calls
    refunds = PaymentServices.refunds
    dispute_observations = PaymentServices.dispute_observations
    dispute_calls = PaymentServices.dispute_calls
    disputes = PaymentServices.disputes
    connections = PaymentServices.connections

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
        disputes=dispute_observations,
    )
    provider_events = Singleton(
        ProviderEvents, units_of_work=Delegate(inbox_work), meanings=event_meanings, clock=clock
    )
    recovery_work = Factory(SqlRecoveryUnitOfWork, engine)
    missed_events = Singleton(
        MissedEvents,
        units_of_work=Delegate(recovery_work),
        lists=Singleton(ConnectorEventLists, registry=registry, clock=clock, ids=ids),
        disputes=Singleton(
            ConnectorDisputes, registry=registry, payments=dispute_observations, clock=clock
        ),
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
    payment_jobs = Singleton(PaymentJobs, payments=payments, attempts=attempts, pages=pages)
    capture_jobs = Singleton(
        CaptureJobs, captures=captures, capture_calls=capture_calls, late_holds=late_holds
    )
    refund_jobs = Singleton(RefundJobs, refunds=refunds, refund_calls=refund_calls)
    payment_method_jobs = Singleton(PaymentMethodJobs, payment_methods=payment_methods)
    dispute_jobs = Singleton(DisputeJobs, disputes=disputes, dispute_calls=dispute_calls)
    integration_jobs = Singleton(IntegrationJobs, provider_events=provider_events)
    recovery_jobs = Singleton(RecoveryJobs, missed_events=missed_events)
    handlers = Singleton(
        _handlers,
        payment_jobs,
        capture_jobs,
        refund_jobs,
        dispute_jobs,
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
