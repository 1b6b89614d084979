"""Making our webhook endpoint known to the provider, by API or by hand."""

from dataclasses import dataclass, field, replace

from paymux.integrations.domain.account import WebhookIsNotRegistered
from paymux.integrations.domain.connection import Connection, Webhook, WebhookStatus, masked
from paymux.integrations.ports.outbound import (
    Access,
    ProviderAccounts,
    RegisteredEndpoint,
    UnitsOfWork,
    Vault,
)
from paymux.kernel.clock import Clock
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, Ids
from paymux.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection, and what is said only now.

    `verifier`: made by us, to be entered at the provider by hand; never shown again.
    `steps`: how, with the verifier in clear.
    """

    connection: Connection
    verifier: str | None = field(default=None, repr=False)
    steps: tuple[str, ...] = field(default=(), repr=False)


class WebhookEndpoints:
    """Registers our endpoint where the provider has an API for it, else says what to do."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        vault: Vault,
        accounts: ProviderAccounts,
        clock: Clock,
        ids: Ids,
        public_url: str,
    ) -> None:
        self._units_of_work = units_of_work
        self._vault = vault
        self._accounts = accounts
        self._clock = clock
        self._ids = ids
        self._public_url = public_url.rstrip("/")

    def pending(self, provider: str, connection_id: ConnectionId) -> Webhook:
        """Return the state of an endpoint that the provider does not know yet."""
        url = f"{self._public_url}/webhooks/{provider}/{connection_id}"
        return Webhook(status=WebhookStatus.PENDING, url=url)

    async def register(self, scope: Scope, connection_id: ConnectionId) -> Connected:
        """Make the endpoint known, again if need be; refuses a connection that is gone.

        A provider that refuses leaves the state `failed` with its reason. By hand, every call
        makes a new verifier and keeps the one before it.
        """
        async with self._units_of_work(scope) as work:
            connection = await work.connections.get(connection_id)
        access = self.access(scope, connection)
        url = self.pending(connection.provider, connection_id).url
        try:
            # The version changes with every stored outcome, so a key is used again only when
            # the outcome before was lost.
            key = f"{connection_id}-webhook-{connection.version}"
            endpoint = await self._accounts.register_webhook(access, url, key)
        except WebhookIsNotRegistered as refusal:
            by_hand = self._by_hand(connection, masked(""))
            failed = replace(by_hand, status=WebhookStatus.FAILED, reason=refusal.detail)
            return Connected(await self._store(scope, connection_id, failed, None))
        if endpoint is None:
            return await self._ask_for_steps(scope, connection)
        return await self._keep(scope, access, url, endpoint)

    def enter(self, scope: Scope, connection: Connection, verifier: str) -> None:
        """Take over a verifier that the tenant got from, or has entered at, the provider."""
        self._take(scope, connection, self._by_hand(connection, masked(verifier)), verifier)

    async def remove(self, access: Access, webhook: Webhook) -> None:
        """Take our endpoint away from the provider, if it keeps one; best effort."""
        if webhook.provider_reference is not None:
            await self._accounts.unregister_webhook(access, webhook.provider_reference)

    def access(self, scope: Scope, connection: Connection) -> Access:
        """Return what it takes to speak for the connection; refuses a broken seal."""
        secrets = self._vault.open(scope.tenant_id, connection.id, connection.sealed)
        return Access(connection.id, connection.provider, connection.mode, secrets)

    async def _keep(
        self, scope: Scope, access: Access, url: str, endpoint: RegisteredEndpoint
    ) -> Connected:
        webhook = Webhook(
            status=WebhookStatus.REGISTERED,
            url=url,
            provider_reference=endpoint.provider_reference,
        )
        try:
            stored = await self._store(scope, access.connection_id, webhook, endpoint.verifier)
        except ThingIsNotFound:
            await self.remove(access, webhook)
            raise
        return Connected(stored)

    async def _ask_for_steps(self, scope: Scope, connection: Connection) -> Connected:
        verifier = self._ids.token()
        manual = self._by_hand(connection, masked(verifier))
        stored = await self._store(scope, connection.id, manual, verifier)
        return Connected(stored, verifier, self._by_hand(connection, verifier).steps)

    def _by_hand(self, connection: Connection, verifier: str) -> Webhook:
        url = self.pending(connection.provider, connection.id).url
        steps = self._accounts.webhook_steps(connection.provider, url, verifier)
        return Webhook(
            status=WebhookStatus.MANUAL,
            url=url,
            provider_reference=connection.webhook.provider_reference,
            steps=tuple(steps),
        )

    async def _store(
        self, scope: Scope, connection_id: ConnectionId, webhook: Webhook, verifier: str | None
    ) -> Connection:
        async with self._units_of_work(scope) as work:
            connection = await work.connections.lock(connection_id)
            self._take(scope, connection, webhook, verifier)
            await work.connections.save(connection)
            await work.commit()
            return connection

    def _take(
        self, scope: Scope, connection: Connection, webhook: Webhook, verifier: str | None
    ) -> None:
        sealed = connection.sealed
        if verifier is not None:
            opened = self._vault.open(scope.tenant_id, connection.id, sealed)
            sealed = self._vault.seal(
                scope.tenant_id, connection.id, opened.with_verifier(verifier)
            )
        connection.take_webhook(self._clock.now(), webhook, sealed)
