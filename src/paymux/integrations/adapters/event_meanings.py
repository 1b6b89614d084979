"""From a stored event to the contexts it concerns: one hop."""

from collections.abc import Sequence
from datetime import timedelta
from logging import getLogger

from paymux.integrations.adapters.breakage import breakage
from paymux.integrations.adapters.directory import ConnectionDirectory
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.integrations.ports.inbox import Effect, Meaning
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.inbound import (
    ObservationSource,
    Observed,
    ObservesDisputes,
    ObservesPayments,
    ObservesRefunds,
    ObservesSavedMethods,
)
from paymux.payments.ports.webhooks import Ignored, Translated, VerifiesWebhooks

logger = getLogger(__name__)


class EventMeanings:
    """Lets the connector translate, and drives payments' inbound port with what it says."""

    def __init__(
        self,
        *,
        connections: ConnectionDirectory,
        payments: ObservesPayments,
        refunds: ObservesRefunds,
        methods: ObservesSavedMethods,
        disputes: ObservesDisputes,
    ) -> None:
        self._methods = methods
        self._refunds = refunds
        self._disputes = disputes
        self._connections = connections
        self._payments = payments

    async def apply(self, scope: Scope, event: ProviderEvent) -> Meaning:
        """Translate and apply an event; repeatable."""
        try:
            connector = await self._connections.connector(scope, event.connection_id)
        except PaymuxError as refusal:
            return Meaning(Effect.FAILED, f"connection: {refusal.code}")
        if not isinstance(connector, VerifiesWebhooks):
            return Meaning(Effect.IGNORED, "provider_has_no_webhooks")
        said = await _translated(connector, event.body)
        if isinstance(said, Ignored):
            return Meaning(Effect.IGNORED, said.reason)
        if isinstance(said, Failure):
            wait = said.retry_after_seconds
            delay = timedelta(seconds=min(wait, 3600)) if wait is not None else None
            return Meaning(Effect.FAILED, said.code, delay)
        observed = await self._tell(scope, event.connection_id, said)
        if Observed.SUBJECT_UNKNOWN in observed:
            return Meaning(Effect.TOO_EARLY, "subject_unknown")
        return Meaning(Effect.APPLIED, ", ".join(sorted(set(observed))) or None)

    async def _tell(
        self, scope: Scope, connection_id: ConnectionId, said: Translated
    ) -> Sequence[Observed]:
        """Tell of the payment first: the rest can only be of money that we know was taken."""
        webhook = ObservationSource.WEBHOOK
        of_payments = [
            await self._payments.observe(scope, connection_id, observation, webhook)
            for observation in said.observations
        ]
        of_refunds = [
            await self._refunds.observe_refund(scope, connection_id, report, webhook)
            for report in said.refunds
        ]
        of_methods = [
            await self._methods.observe_saved_method(scope, connection_id, report, webhook)
            for report in said.saved_methods
        ]
        of_disputes = [
            await self._disputes.observe_dispute(scope, connection_id, report, webhook)
            for report in said.disputes
        ]
        return [*of_payments, *of_refunds, *of_methods, *of_disputes]


async def _translated(connector: VerifiesWebhooks, body: bytes) -> Translated | Ignored | Failure:
    try:
        return await connector.translate_webhook(body)
    except Exception as error:  # noqa: BLE001 - a plug-in's bug; the event stays in the inbox
        logger.error("A connector failed to translate an event: %s", breakage(error))  # noqa: TRY400
        return Failure(outcome=Outcome.UNKNOWN, code="connector_failed", message="It failed.")
