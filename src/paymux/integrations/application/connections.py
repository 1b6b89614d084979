"""A tenant's accounts at the providers."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from paymux.integrations.application.credential_watch import CredentialWatch
from paymux.integrations.application.webhook_endpoints import Connected, WebhookEndpoints
from paymux.integrations.domain.account import (
    Account,
    AccountIsNotUsable,
    CredentialsAreRefused,
)
from paymux.integrations.domain.connection import DEFAULT_PRIORITY, Connection, WebhookStatus
from paymux.integrations.ports.outbound import (
    AcceptedCredentials,
    Access,
    ConnectionFilter,
    ConnectionIsInUse,
    ConnectionKeepsMethods,
    ConnectionUses,
    CredentialValue,
    KeyVersionIsUnknown,
    ProviderAccounts,
    SealIsBroken,
    UnitOfWork,
    UnitsOfWork,
    Vault,
)
from paymux.kernel.clock import Clock
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, Ids
from paymux.kernel.origin import Origin, new_id
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """What a tenant gives to connect an account.

    `webhook_secret`: of an endpoint the tenant has set up at the provider; then we do not.
    """

    provider: str
    label: str
    credentials: Mapping[str, CredentialValue] = field(repr=False)
    priority: int = DEFAULT_PRIORITY
    enabled: bool = True
    webhook_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChange:
    """What to change of a connection; None leaves a thing as it is."""

    label: str | None = None
    priority: int | None = None
    enabled: bool | None = None
    credentials: Mapping[str, CredentialValue] | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How a live check went: an account, or why not."""

    checked_at: datetime
    duration_ms: int
    account: Account | None = None
    refusal: AccountIsNotUsable | None = None


class Connections:
    """Connects accounts, changes and tests them. Never calls a provider in a transaction."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork,
        vault: Vault,
        accounts: ProviderAccounts,
        endpoints: WebhookEndpoints,
        uses: ConnectionUses,
        watch: CredentialWatch,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._units_of_work = units_of_work
        self._vault = vault
        self._accounts = accounts
        self._endpoints = endpoints
        self._uses = uses
        self._watch = watch
        self._clock = clock
        self._ids = ids

    async def create(
        self, scope: Scope, draft: NewConnection, origin: Origin | None = None
    ) -> Connected:
        """Check the credentials live, store them sealed, then see to the webhook endpoint.

        Refuses credentials that do not fit, do not work or are of the other mode, a provider
        that cannot be asked, and a label in use; then nothing is stored. A repeated origin goes
        on with the connection that its earlier run stored.
        """
        connection_id = ConnectionId(new_id(self._ids, "con", origin))
        if origin is not None and origin.is_repeated:
            with suppress(ThingIsNotFound):
                return await self._connected(scope, draft, await self.get(scope, connection_id))
        accepted = self._accounts.accept(draft.provider, draft.credentials)
        access = Access(connection_id, draft.provider, scope.mode, accepted.secrets)
        account = await self._accounts.check(access)
        connection = self._drafted(scope, draft, access, accepted, account)
        async with self._units_of_work(scope) as work:
            await work.connections.add(connection)
            await work.commit()
        return await self._connected(scope, draft, connection)

    async def get(self, scope: Scope, connection_id: ConnectionId) -> Connection:
        """Return a connection; refuses one that is not there."""
        async with self._units_of_work(scope) as work:
            return await work.connections.get(connection_id)

    async def list(
        self, scope: Scope, which: ConnectionFilter, page: PageRequest
    ) -> Page[Connection]:
        """Return connections, newest first."""
        async with self._units_of_work(scope) as work:
            return await work.connections.list(which, page)

    async def update(
        self, scope: Scope, connection_id: ConnectionId, change: ConnectionChange
    ) -> Connection:
        """Change what is given; new credentials are checked live first, as in `create`."""
        accepted = account = None
        if change.credentials is not None:
            accepted, account = await self._checked(scope, connection_id, change.credentials)
        async with self._units_of_work(scope) as work:
            connection = await work.connections.lock(connection_id)
            connection.change(
                self._clock.now(),
                label=change.label,
                priority=change.priority,
                enabled=change.enabled,
            )
            if accepted is not None and account is not None:
                self._replace_credentials(scope, connection, accepted, account)
            if change.webhook_secret is not None:
                self._endpoints.enter(scope, connection, change.webhook_secret)
            return await _stored(work, connection)

    async def delete(self, scope: Scope, connection_id: ConnectionId) -> None:
        """Erase the secrets for good, then take our endpoint away from the provider.

        Refuses a connection over which payments are still open, and one that keeps saved payment
        methods: they could never be charged, nor forgotten at the provider, again.
        """
        await self.get(scope, connection_id)
        if await self._uses.has_open_payments(scope, connection_id):
            raise ConnectionIsInUse(connection_id)
        if await self._uses.has_saved_methods(scope, connection_id):
            raise ConnectionKeepsMethods(connection_id)
        async with self._units_of_work(scope) as work:
            connection = await work.connections.lock(connection_id)
            access = self._access_if_whole(scope, connection)
            connection.delete(self._clock.now())
            await _stored(work, connection)
        if access is not None:
            await self._endpoints.remove(access, connection.webhook)

    async def test(self, scope: Scope, connection_id: ConnectionId) -> CheckReport:
        """Check the account live; that it does not work is a report, not a refusal."""
        connection = await self.get(scope, connection_id)
        access = self._endpoints.access(scope, connection)
        started = self._clock.now()
        account: Account | None = None
        refusal: AccountIsNotUsable | None = None
        try:
            account = await self._accounts.check(access)
            await self._watch.accepted(scope, connection_id)
        except CredentialsAreRefused as refused:
            refusal = refused
            await self._watch.refused(scope, connection_id, refused.code, refused.detail)
        except AccountIsNotUsable as not_usable:
            refusal = not_usable
        spent = self._clock.now() - started
        return CheckReport(started, round(spent.total_seconds() * 1000), account, refusal)

    async def _connected(
        self, scope: Scope, draft: NewConnection, connection: Connection
    ) -> Connected:
        """See to the endpoint; a verifier made by hand is made anew, for nobody has seen it."""
        is_known = connection.webhook.status is WebhookStatus.REGISTERED
        if draft.webhook_secret is not None or is_known:
            return Connected(connection)
        return await self._endpoints.register(scope, connection.id)

    def _drafted(
        self,
        scope: Scope,
        draft: NewConnection,
        access: Access,
        accepted: AcceptedCredentials,
        account: Account,
    ) -> Connection:
        now = self._clock.now()
        connection = Connection(
            id=access.connection_id,
            provider=draft.provider,
            label=draft.label,
            mode=scope.mode,
            enabled=draft.enabled,
            priority=draft.priority,
            sealed=self._vault.seal(scope.tenant_id, access.connection_id, accepted.secrets),
            hints=accepted.hints,
            account=account,
            webhook=self._endpoints.pending(draft.provider, access.connection_id),
            created_at=now,
            updated_at=now,
        )
        if draft.webhook_secret is not None:
            self._endpoints.enter(scope, connection, draft.webhook_secret)
        return connection

    async def _checked(
        self, scope: Scope, connection_id: ConnectionId, credentials: Mapping[str, CredentialValue]
    ) -> tuple[AcceptedCredentials, Account]:
        connection = await self.get(scope, connection_id)
        accepted = self._accounts.accept(connection.provider, credentials)
        access = Access(connection_id, connection.provider, scope.mode, accepted.secrets)
        return accepted, await self._accounts.check(access)

    def _replace_credentials(
        self,
        scope: Scope,
        connection: Connection,
        accepted: AcceptedCredentials,
        account: Account,
    ) -> None:
        current = self._vault.open(scope.tenant_id, connection.id, connection.sealed)
        secrets = current.with_credentials(accepted.secrets.credentials)
        sealed = self._vault.seal(scope.tenant_id, connection.id, secrets)
        connection.take_credentials(self._clock.now(), sealed, accepted.hints, account)

    def _access_if_whole(self, scope: Scope, connection: Connection) -> Access | None:
        try:
            return self._endpoints.access(scope, connection)
        except (SealIsBroken, KeyVersionIsUnknown):
            return None


async def _stored(work: UnitOfWork, connection: Connection) -> Connection:
    await work.connections.save(connection)
    await work.commit()
    return connection
