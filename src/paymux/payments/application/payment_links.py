"""The payer's way: our own stable URL, and the way back from the provider's page."""

from collections.abc import Sequence
from logging import getLogger
from typing import Final

from paymux.kernel.errors import PaymuxError
from paymux.kernel.scope import Scope
from paymux.payments.application.attempts import Attempts
from paymux.payments.application.consents import Consents
from paymux.payments.application.error_maps import TenantErrorMaps
from paymux.payments.application.failover import Failover
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.payments import Payments
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import Payment, PaymentStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.advice import ADVICE
from paymux.payments.ports.inbound import Consent, PayerChoice, PayerView
from paymux.payments.ports.outbound import LinkDirectory
from paymux.payments.ports.plugins import UsableConnection

logger = getLogger(__name__)

_TURNED_DOWN: Final = frozenset(
    {AttemptStatus.PENDING, AttemptStatus.DECLINED, AttemptStatus.REJECTED}
)
"""A try that stands like this with a reason is one that the payer can do something about."""


class PaymentLinks:
    """What a payer can do with a link. The token is all the authority there is."""

    def __init__(
        self,
        *,
        directory: LinkDirectory,
        payments: Payments,
        attempts: Attempts,
        failover: Failover,
        error_maps: TenantErrorMaps,
        consents: Consents,
    ) -> None:
        self._error_maps = error_maps
        self._consents = consents
        self._failover = failover
        self._directory = directory
        self._payments = payments
        self._attempts = attempts

    async def open(self, token: str) -> PayerView | None:
        """Say where the payer goes now; None for an unknown token."""
        found = await self._directory.find(token)
        if found is None:
            return None
        scope, payment_id = found
        return await self._go_on(scope, await self._payments.get(scope, payment_id))

    async def agree(self, token: str) -> PayerView | None:
        """Note that the payer agrees that their method is saved, and go on as `open` does."""
        found = await self._directory.find(token)
        if found is None:
            return None
        scope, payment_id = found
        await self._consents.agree(scope, payment_id)
        return await self._go_on(scope, await self._payments.get(scope, payment_id))

    async def _go_on(self, scope: Scope, details: PaymentDetails) -> PayerView:
        choices = () if details.live else await self._failover.choices(scope, details.payment)
        if choices:
            return await self._view(scope, details, choices)
        return await self._view(scope, await self._failover.reopen(scope, details))

    async def choose(self, token: str, connection_id: str) -> PayerView | None:
        """Open a page over the connection the payer chose; anything else counts as no choice."""
        found = await self._directory.find(token)
        if found is None:
            return None
        scope, payment_id = found
        details = await self._payments.get(scope, payment_id)
        choices = await self._failover.choices(scope, details.payment)
        wanted = next((one.id for one in choices if one.id == connection_id), None)
        return await self._view(scope, await self._failover.reopen(scope, details, wanted))

    async def returned(self, token: str) -> PayerView | None:
        """Learn from the provider itself how it went: nothing the browser brings is believed."""
        found = await self._directory.find(token)
        if found is None:
            return None
        scope, payment_id = found
        details = await self._payments.get(scope, payment_id)
        if not details.payment.is_closed:
            await self._ask_provider(scope, details)
            details = await self._payments.get(scope, payment_id)
        choices = await self._failover.choices(scope, details.payment)
        return await self._view(scope, details, choices)

    async def _view(
        self,
        scope: Scope,
        details: PaymentDetails,
        choices: Sequence[UsableConnection] = (),
    ) -> PayerView:
        return _view(details, choices, _advice(details, await self._error_maps.book(scope)))

    async def _ask_provider(self, scope: Scope, details: PaymentDetails) -> None:
        for attempt in details.attempts:
            if not attempt.is_open or attempt.is_charge:
                continue  # Nobody comes back from a charge, and it may be in another's hands.
            try:
                await self._attempts.refresh(scope, attempt, Source.RETURN_URL)
            except PaymuxError as refusal:
                # The payer is shown what we know; the check that is planned asks again.
                logger.warning(
                    "A returning payer's payment could not be looked up.",
                    extra={"code": refusal.code},
                )


def _advice(details: PaymentDetails, reasons: ReasonBook) -> str | None:
    last = details.attempts[-1] if details.attempts else None
    if last is None or last.status not in _TURNED_DOWN:
        return None
    reason = reasons.of_status(last.provider, last.reason_code, last.status)
    return None if reason is None else ADVICE[reason].to_payer


def _consent(payment: Payment) -> Consent | None:
    if payment.mandate is None or not payment.awaits_consent:
        return None
    return Consent(words=payment.mandate.words, max_charge=payment.mandate.max_charge)


def _view(
    details: PaymentDetails, choices: Sequence[UsableConnection], advice: str | None
) -> PayerView:
    payment = details.payment
    can_pay = payment.status is PaymentStatus.REQUIRES_ACTION
    urls = [a.checkout_url for a in details.attempts if a.takes_payer and can_pay]
    return PayerView(
        status=payment.status.value,
        amount=payment.amount,
        description=payment.description,
        checkout_url=urls[-1] if urls else None,
        return_url=payment.return_url,
        cancel_url=payment.cancel_url,
        choices=tuple(PayerChoice(connection_id=one.id, name=one.display_name) for one in choices),
        advice=advice,
        consent=_consent(payment),
    )
