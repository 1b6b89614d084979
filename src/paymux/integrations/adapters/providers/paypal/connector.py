"""PayPal's connector: which capability is served by which part of this package."""

from datetime import datetime, timedelta

from paymux.integrations.adapters.providers.paypal.authorizations import Authorizations
from paymux.integrations.adapters.providers.paypal.certificates import (
    Certificates,
    CertificateSource,
)
from paymux.integrations.adapters.providers.paypal.charge_events import ChargeEvents
from paymux.integrations.adapters.providers.paypal.charges import Charges
from paymux.integrations.adapters.providers.paypal.checkouts import Checkouts
from paymux.integrations.adapters.providers.paypal.completions import Completions
from paymux.integrations.adapters.providers.paypal.dispute_answers import DisputeAnswers
from paymux.integrations.adapters.providers.paypal.disputes import Disputes
from paymux.integrations.adapters.providers.paypal.event_lists import EventLists
from paymux.integrations.adapters.providers.paypal.refunds import Refunds
from paymux.integrations.adapters.providers.paypal.registrations import Registrations
from paymux.integrations.adapters.providers.paypal.subjects import Subjects
from paymux.integrations.adapters.providers.paypal.token_events import TokenEvents
from paymux.integrations.adapters.providers.paypal.translations import Translations
from paymux.integrations.adapters.providers.paypal.transport import Transport
from paymux.integrations.adapters.providers.paypal.vault import Vault
from paymux.integrations.adapters.providers.paypal.webhooks import Webhooks
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import (
    AccountReport,
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    NotFound,
    Observation,
    RefundReport,
)
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputePage,
    DisputeReport,
    EvidenceRequest,
)
from paymux.payments.ports.event_lists import EventPage
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from paymux.payments.ports.saved_methods import ChargeRequest
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    RegisteredWebhook,
    Translated,
    VerifiedWebhook,
)


class PayPalConnector:
    """Speaks to PayPal for one connection. PayPal cannot close an order: it lets them lapse."""

    def __init__(
        self, client_id: str, client_secret: str, environment: ConnectorEnvironment
    ) -> None:
        self._mode = environment.mode
        self._transport = Transport(client_id, client_secret, environment)
        self._checkouts = Checkouts(
            self._transport, environment.clock, stand_in=environment.base_url is not None
        )
        source = CertificateSource(environment.mode, environment.base_url, environment.ca_pem)
        self._webhooks = Webhooks(
            Certificates(source, environment.clock, self._transport.download),
            environment.webhook_verifiers,
            timedelta(seconds=environment.webhook_tolerance_seconds),
        )
        subjects = Subjects(self._transport, self._checkouts)
        self._completions = Completions(self._transport, self._checkouts)
        self._authorizations = Authorizations(self._transport, self._checkouts)
        self._refunds = Refunds(self._transport, self._checkouts, subjects, environment.clock)
        self._disputes = Disputes(self._transport, subjects, environment.clock)
        self._dispute_answers = DisputeAnswers(self._transport, self._disputes)
        self._event_lists = EventLists(self._transport)
        self._vault = Vault(self._transport)
        events = ChargeEvents(self._event_lists)
        self._charges = Charges(self._transport, self._checkouts, self._completions, events)
        self._translations = Translations(
            self._checkouts,
            subjects,
            self._refunds,
            TokenEvents(self._checkouts, self._vault),
            self._disputes,
        )
        self._registrations = Registrations(self._transport)

    async def close(self) -> None:
        """Release sockets; calls in flight may fail."""
        self._transport.close()

    async def check_account(self) -> AccountReport | Failure:
        """Get a fresh token and make one read with it; the endpoint decides the mode."""
        self._transport.forget_token()
        listed = await self._registrations.list()
        if isinstance(listed, Failure):
            return listed
        return AccountReport(account_reference=self._transport.app_id, mode=self._mode)

    async def create_checkout(self, request: CheckoutRequest) -> Checkout | Failure:
        """Create an order, or get the one created before with the same key."""
        return await self._checkouts.create(request)

    async def complete_checkout(
        self, provider_reference: str, idempotency_key: str
    ) -> Observation | Failure:
        """Capture an approved order, or authorise it, or report that this was done before."""
        return await self._completions.complete(provider_reference, idempotency_key)

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        """Take authorised money, or report that this very request took it before."""
        return await self._authorizations.capture(request)

    async def void(self, request: VoidRequest) -> Observation | Failure:
        """Let authorised money go, or report what became of it before."""
        return await self._authorizations.void(request)

    async def refund(self, request: RefundRequest) -> RefundReport | Failure:
        """Give captured money back, or report the refund this very request made before."""
        return await self._refunds.refund(request)

    async def look_up_refund(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        """Read the refund, or look for it among those of its order."""
        return await self._refunds.look_up(query)

    async def look_up_dispute(self, provider_reference: str) -> DisputeReport | NotFound | Failure:
        """Read the dispute."""
        return await self._disputes.look_up(provider_reference)

    async def list_disputes(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> DisputePage | Failure:
        """Read a page of the disputes that were opened or changed."""
        return await self._disputes.page(since, until, cursor)

    async def accept_dispute(self, request: AcceptRequest) -> DisputeReport | Failure:
        """Accept the claim, or report that it is lost."""
        return await self._dispute_answers.accept(request)

    async def submit_evidence(self, request: EvidenceRequest) -> DisputeReport | Failure:
        """Provide evidence, or report that this very request provided it before."""
        return await self._dispute_answers.submit(request)

    async def list_events(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> EventPage | Failure:
        """Read a page of the events that PayPal has kept."""
        return await self._event_lists.page(since, until, cursor)

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        """Read the order; PayPal never proves that there is none."""
        if query.is_charge:
            return await self._charges.look_up(query)
        return await self._checkouts.look_up(query)

    async def charge(self, request: ChargeRequest) -> Observation | Failure:
        """Take money from a kept account, or report what this very attempt took before."""
        return await self._charges.charge(request)

    async def forget_method(
        self,
        method_reference: str,
        customer_reference: str | None,  # noqa: ARG002 - the token is enough
    ) -> Failure | None:
        """Delete the token of a kept account."""
        return await self._vault.forget(method_reference)

    async def verify_webhook(self, webhook: InboundWebhook) -> VerifiedWebhook | ForgedWebhook:
        """Check signature, certificate and age."""
        return await self._webhooks.verify(webhook)

    async def translate_webhook(self, body: bytes) -> Translated | Ignored | Failure:
        """Read the order the event is about; the body itself proves nothing."""
        return await self._translations.translate(body)

    async def register_webhook(
        self,
        url: str,
        idempotency_key: str,  # noqa: ARG002 - PayPal takes none here
    ) -> RegisteredWebhook | Failure:
        """Register `url`, or find it registered."""
        return await self._registrations.register(url)

    async def unregister_webhook(self, provider_reference: str) -> Failure | None:
        """Remove the endpoint."""
        return await self._registrations.unregister(provider_reference)
