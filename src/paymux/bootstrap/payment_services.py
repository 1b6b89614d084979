"""Who is made of what: the services of payments."""

from dependency_injector.providers import (
    Callable,
    Delegate,
    Factory,
    Singleton,
)

from paymux.bootstrap.foundations import Foundations
from paymux.integrations.adapters.breakers import Breakers
from paymux.integrations.adapters.connection_uses import PaymentsOverConnections
from paymux.integrations.adapters.plugins import known_codes
from paymux.integrations.application.connections import Connections
from paymux.payments.adapters.persistence.error_overrides import SqlErrorOverrides
from paymux.payments.adapters.persistence.failover_policies import SqlFailoverPolicies
from paymux.payments.adapters.persistence.link_directory import SqlLinkDirectory
from paymux.payments.adapters.persistence.unit_of_work import SqlUnitOfWork as PaymentsWork
from paymux.payments.adapters.persistence.unmapped_codes import SqlUnmappedCodes
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.capture_calls import CaptureCalls
from paymux.payments.application.captures import Captures
from paymux.payments.application.charges import Charges
from paymux.payments.application.closings import Closings
from paymux.payments.application.consents import Consents
from paymux.payments.application.decisions import DecisionDrafts
from paymux.payments.application.dispute_calls import DisputeCalls
from paymux.payments.application.dispute_observations import DisputeObservations
from paymux.payments.application.disputes import Disputes
from paymux.payments.application.drafts import Drafts
from paymux.payments.application.error_maps import TenantErrorMaps
from paymux.payments.application.evidence import EvidenceDesk
from paymux.payments.application.failover import Failover
from paymux.payments.application.failover_policies import TenantPolicies
from paymux.payments.application.late_holds import LateHolds
from paymux.payments.application.method_observations import MethodObservations
from paymux.payments.application.observations import Observations
from paymux.payments.application.pages import Pages
from paymux.payments.application.payment_links import PaymentLinks
from paymux.payments.application.payment_methods import PaymentMethods
from paymux.payments.application.payments import Payments
from paymux.payments.application.provider_calls import ProviderCalls
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refund_drafts import RefundDrafts
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.application.refunds import Refunds
from paymux.payments.application.replies import Replies
from paymux.payments.application.reviews import Reviews
from paymux.payments.application.watch import Watch


class PaymentServices(Foundations):
    """Payments, over what lies below them."""

    # what the rest is made of, by its short names
    clock = Foundations.clock
    ids = Foundations.ids
    engine = Foundations.engine
    public_urls = Foundations.public_urls
    schedule = Foundations.schedule
    integrations_work = Foundations.integrations_work
    vault = Foundations.vault
    plugins = Foundations.plugins
    accounts = Foundations.accounts
    webhook_endpoints = Foundations.webhook_endpoints
    connection_directory = Foundations.connection_directory
    connection_health = Foundations.connection_health
    credential_watch = Foundations.credential_watch
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
    watch = Singleton(
        Watch,
        units_of_work=Delegate(payments_work),
        observations=observations,
        schedule=schedule,
    )
    attempts = Singleton(
        Attempts,
        units_of_work=Delegate(payments_work),
        calls=provider_calls,
        observations=observations,
        decisions=decision_drafts,
        watch=watch,
        clock=clock,
    )
    capture_calls = Singleton(
        CaptureCalls,
        units_of_work=Delegate(payments_work),
        calls=provider_calls,
        attempts=attempts,
        observations=observations,
        decisions=decision_drafts,
        watch=watch,
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
    pages = Singleton(
        Pages,
        units_of_work=Delegate(payments_work),
        calls=provider_calls,
        attempts=attempts,
        observations=observations,
        clock=clock,
    )
    closings = Singleton(
        Closings,
        units_of_work=Delegate(payments_work),
        attempts=attempts,
        pages=pages,
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
        watch=watch,
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
    dispute_observations = Singleton(
        DisputeObservations,
        units_of_work=Delegate(payments_work),
        observations=observations,
        clock=clock,
        ids=ids,
    )
    dispute_calls = Singleton(
        DisputeCalls,
        units_of_work=Delegate(payments_work),
        calls=provider_calls,
        observations=dispute_observations,
        decisions=decision_drafts,
        watch=watch,
        clock=clock,
    )
    disputes = Singleton(
        Disputes,
        units_of_work=Delegate(payments_work),
        connections=connection_directory,
        calls=dispute_calls,
        observations=dispute_observations,
        schedule=schedule,
        clock=clock,
        ids=ids,
    )
    reconciliation = Singleton(
        Reconciliation,
        payments=payments,
        attempts=attempts,
        capture_calls=capture_calls,
        refund_calls=refund_calls,
        disputes=disputes,
        dispute_calls=dispute_calls,
        breakers=breakers,
        clock=clock,
    )
    reviews = Singleton(
        Reviews,
        units_of_work=Delegate(payments_work),
        payments=payments,
        desk=Singleton(
            EvidenceDesk,
            attempts=attempts,
            refund_calls=refund_calls,
            dispute_calls=dispute_calls,
            clock=clock,
        ),
        observations=observations,
        refund_observations=refund_observations,
        dispute_observations=dispute_observations,
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
