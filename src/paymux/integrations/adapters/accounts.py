"""Asking providers about accounts, through their connectors."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar, assert_never

from paymux.integrations.adapters.breakage import breakage, close_quietly
from paymux.integrations.adapters.credentials import accept
from paymux.integrations.adapters.factory import ConnectorFactory
from paymux.integrations.domain.account import (
    Account,
    AccountIsNotUsable,
    AccountIsOfOtherMode,
    CredentialsAreRefused,
    ProviderIsUnreachable,
    WebhookIsNotRegistered,
)
from paymux.integrations.ports.outbound import (
    AcceptedCredentials,
    Access,
    CredentialValue,
    RegisteredEndpoint,
)
from paymux.kernel.errors import PaymuxError
from paymux.payments.ports.connectors import (
    AccountReport,
    ChecksAccount,
    Connector,
    Failure,
    Outcome,
)
from paymux.payments.ports.webhooks import RegisteredWebhook, RegistersWebhooks

logger = logging.getLogger(__name__)

T = TypeVar("T")

_BROKEN = Failure(
    outcome=Outcome.UNKNOWN, code="connector_failed", message="The connector failed."
)


class ConnectorAccounts:
    """Speaks for connections that are being made or changed, over connectors of their own."""

    def __init__(self, factory: ConnectorFactory, patience: float = 120.0) -> None:
        self._factory = factory
        # Connectors keep their own time; this is for one that does not.
        self._patience = patience

    def accept(
        self, provider: str, credentials: Mapping[str, CredentialValue]
    ) -> AcceptedCredentials:
        """Hold credentials against the provider's schema; asks nobody."""
        return accept(self._factory.plugin(provider), credentials)

    async def check(self, access: Access) -> Account:
        """Prove that the credentials work; raises AccountIsNotUsable."""
        report = await self._ask(access, _check)
        if isinstance(report, Failure):
            raise _refusal(access.provider, report)
        if report.mode is not None and report.mode is not access.mode:
            raise AccountIsOfOtherMode(access.provider, report.mode, access.mode)
        return Account(
            reference=report.account_reference, name=report.display_name, country=report.country
        )

    async def register_webhook(
        self, access: Access, url: str, idempotency_key: str
    ) -> RegisteredEndpoint | None:
        """Register our endpoint; None when the provider has no API for that."""

        async def register(connector: Connector) -> RegisteredWebhook | Failure | None:
            if not isinstance(connector, RegistersWebhooks):
                return None
            return await connector.register_webhook(url, idempotency_key)

        registered = await self._ask(access, register)
        if isinstance(registered, Failure):
            why = f"{access.provider} did not take the webhook endpoint: {registered.message}"
            raise WebhookIsNotRegistered(why)
        if registered is None:
            return None
        return RegisteredEndpoint(registered.provider_reference, registered.verifier)

    async def unregister_webhook(self, access: Access, provider_reference: str) -> bool:
        """Remove our endpoint, and tell whether it is gone; never raises."""

        async def unregister(connector: Connector) -> Failure | None:
            if not isinstance(connector, RegistersWebhooks):
                return None
            return await connector.unregister_webhook(provider_reference)

        try:
            failure = await self._ask(access, unregister)
        except PaymuxError as refusal:
            logger.warning("A webhook endpoint stays registered: %s", refusal)
            return False
        if failure is not None:
            logger.warning("A webhook endpoint stays registered: %s", failure.code)
        return failure is None

    def webhook_steps(self, provider: str, url: str, verifier: str) -> Sequence[str]:
        """Say what a person does at the provider instead."""
        return self._factory.plugin(provider).webhook_steps(url, verifier)

    async def _ask(
        self, access: Access, question: Callable[[Connector], Awaitable[T]]
    ) -> T | Failure:
        connector = self._factory.build(access)
        try:
            async with asyncio.timeout(self._patience):
                return await question(connector)
        except Exception as error:  # noqa: BLE001 - a plug-in's bug: the outcome is unknown
            logger.error("The connector of %s failed: %s", access.provider, breakage(error))  # noqa: TRY400
            return _BROKEN
        finally:
            await close_quietly(connector)


async def _check(connector: Connector) -> AccountReport | Failure:
    if isinstance(connector, ChecksAccount):
        return await connector.check_account()
    return AccountReport()


def _refusal(provider: str, failure: Failure) -> AccountIsNotUsable:
    match failure.outcome:
        case (
            Outcome.NOT_SENT
            | Outcome.NOT_PROCESSED
            | Outcome.IN_PROGRESS
            | Outcome.UNKNOWN
            | Outcome.DONE_ALREADY
            | Outcome.NEEDS_PAYER
        ):
            return ProviderIsUnreachable(provider, failure.message)
        case (
            Outcome.CREDENTIALS | Outcome.REJECTED | Outcome.DECLINED_SOFT | Outcome.DECLINED_HARD
        ):
            return CredentialsAreRefused(provider, failure.message)
        case _:
            assert_never(failure.outcome)
