"""Connectors that answer as they are told to, and note what they were asked."""

from collections.abc import Sequence

import msgspec

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Connector,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
    Payer,
)
from paymux.payments.ports.currencies import CurrencyRule, ProviderCurrencies
from paymux.payments.ports.plugins import Capabilities, Idempotency, Operation, UsableConnection
from tests.unit.payments.attempts import PRICE
from tests.unit.payments.memory import Store

CONNECTION = ConnectionId("con_1")
CURRENCIES = ProviderCurrencies("acme", {"USD": CurrencyRule(2, minimum=50)})
PAGE = Checkout(provider_reference="ses_1", url="https://pay.example/ses_1")


def failure(outcome: Outcome, retry_after: float | None = None) -> Failure:
    return Failure(
        outcome=outcome,
        code=f"it_{outcome}",
        message="It did not work.",
        retry_after_seconds=retry_after,
    )


def seen(status: ObservedStatus, payment_reference: str | None = None, **more: str) -> Observation:
    settles = status in {ObservedStatus.SUCCEEDED, ObservedStatus.AUTHORIZED}
    return Observation(
        status=status,
        provider_reference=more.get("provider_reference", "ses_1"),
        attempt_id=more.get("attempt_id"),
        payment_reference=payment_reference,
        amount=PRICE if settles else None,
    )


class Talkative:
    """Gives the scripted replies in turn, the last one for ever; an exception is raised."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.scripts: dict[str, list[object]] = {}
        self.asked: dict[str, list[tuple[object, ...]]] = {}

    def will(self, operation: str, *replies: object) -> None:
        self.scripts[operation] = list(replies)

    def reply(self, operation: str, *arguments: object) -> object:
        self._store.called(operation)
        self.asked.setdefault(operation, []).append(arguments)
        script = self.scripts[operation]
        reply = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def close(self) -> None: ...


class OpensPages(Talkative):
    """Opens pages and looks them up; more it cannot."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.will("create", PAGE)
        self.will("look_up", seen(ObservedStatus.PENDING))

    async def create_checkout(self, request: CheckoutRequest) -> Checkout | Failure:
        reply = self.reply("create", request)
        assert isinstance(reply, Checkout | Failure)
        return reply

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        reply = self.reply("look_up", query)
        assert isinstance(reply, Observation | NotFound | Failure)
        return reply

    @property
    def requests(self) -> list[CheckoutRequest]:
        sent = [one for arguments in self.asked["create"] for one in arguments]
        return [one for one in sent if isinstance(one, CheckoutRequest)]


class ClosesPages(OpensPages):
    """Closes pages too."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.will("expire", seen(ObservedStatus.EXPIRED))

    async def expire_checkout(
        self, provider_reference: str, idempotency_key: str
    ) -> Observation | Failure:
        reply = self.reply("expire", provider_reference, idempotency_key)
        assert isinstance(reply, Observation | Failure)
        return reply


class TakesApprovedMoney(OpensPages):
    """Moves the money only when told to."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.will("complete", seen(ObservedStatus.SUCCEEDED, "mov_1"))

    async def complete_checkout(
        self, provider_reference: str, idempotency_key: str
    ) -> Observation | Failure:
        reply = self.reply("complete", provider_reference, idempotency_key)
        assert isinstance(reply, Observation | Failure)
        return reply


class Idle:
    """Has no capability at all."""

    async def close(self) -> None: ...


class OnlyOpensPages:
    """Cannot look anything up."""

    def __init__(self, talkative: OpensPages) -> None:
        self._talkative = talkative

    async def create_checkout(self, request: CheckoutRequest) -> Checkout | Failure:
        return await self._talkative.create_checkout(request)

    async def close(self) -> None: ...


def usable(
    connection_id: str = CONNECTION,
    *,
    currencies: ProviderCurrencies = CURRENCIES,
    operations: Sequence[Operation] = (Operation.CREATE_CHECKOUT,),
    idempotency: Idempotency | None = None,
) -> UsableConnection:
    kept = {} if idempotency is None else {Operation.CREATE_CHECKOUT: idempotency}
    return UsableConnection(
        id=ConnectionId(connection_id),
        provider="acme",
        capabilities=Capabilities(
            operations=frozenset(operations),
            methods=frozenset({"card"}),
            currencies=currencies,
            idempotency=kept,
        ),
    )


class MemoryConnections:
    """The tenant's connections, highest priority first."""

    def __init__(self, connector: Connector) -> None:
        self.connectors: dict[str, Connector] = {CONNECTION: connector}
        self.found = [usable(idempotency=Idempotency(key_lives_seconds=86_400))]
        self.payers: list[Payer] = []

    async def usable(self, scope: Scope) -> Sequence[UsableConnection]:  # noqa: ARG002
        return self.found

    async def connector(self, scope: Scope, connection_id: ConnectionId) -> Connector:  # noqa: ARG002
        if connection_id not in self.connectors:
            kind = "connection"
            raise ThingIsNotFound(kind, connection_id)
        return self.connectors[connection_id]

    async def provider(self, scope: Scope, connection_id: ConnectionId) -> str:
        await self.connector(scope, connection_id)
        return "acme"

    async def capabilities(self, scope: Scope, connection_id: ConnectionId) -> Capabilities:
        await self.connector(scope, connection_id)
        return next(one for one in self.found if one.id == connection_id).capabilities

    async def known_payer(self, scope: Scope, connection_id: ConnectionId, payer: Payer) -> Payer:  # noqa: ARG002
        self.payers.append(payer)
        return msgspec.structs.replace(payer, provider_reference="cus_there")
