"""Customers with saved methods, over providers that can charge them."""

from collections.abc import Awaitable, Callable

import msgspec

from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.payments.application.drafts import NewPayment
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment_method import (
    MethodFacts,
    PaymentMethod,
    PaymentMethodStatus,
)
from paymux.payments.ports.connectors import (
    Failure,
    Observation,
    ObservedStatus,
    Payer,
    SavedMethod,
    SavedMethodStatus,
)
from paymux.payments.ports.plugins import Idempotency, Operation, UsableConnection
from paymux.payments.ports.saved_methods import ChargeRequest
from tests.unit.payments.attempts import NOW, PRICE
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.memory import Store
from tests.unit.payments.providers import CONNECTION, ClosesPages, usable

KEYS = Idempotency(key_lives_seconds=86_400)
ADA = CustomerId("cus_ada")
SECOND = ConnectionId("con_2")
WORDS = "I agree that the shop charges this method each month."
ABLE = (Operation.CREATE_CHECKOUT, Operation.SAVE_METHOD, Operation.CHARGE)
SAVING = NewPayment(
    amount=PRICE, description="Pro plan", customer_id=ADA, mandate=Mandate(words=WORDS)
)
CHARGE = NewPayment(amount=PRICE, description="Pro plan", customer_id=ADA, off_session=True)
KEPT = SavedMethod(
    status=SavedMethodStatus.ACTIVE,
    provider_reference="tok_1",
    customer_reference="cus_there",
    kind="card",
    label="Visa 4242",
    expires_on="2029-04",
    occurred_at=NOW,
)


def charged(
    status: ObservedStatus = ObservedStatus.SUCCEEDED, reference: str = "chg_1"
) -> Observation:
    settles = status in {ObservedStatus.SUCCEEDED, ObservedStatus.AUTHORIZED}
    return Observation(
        status=status,
        provider_reference=reference,
        payment_reference=f"mov_of_{reference}" if settles else None,
        amount=PRICE if settles else None,
        method="card" if settles else None,
    )


class ChargesMethods(ClosesPages):
    """Opens pages that save, and charges what was saved."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.will("charge", charged())
        self.will("forget", None)
        self.before_answering: Callable[[], Awaitable[object]] | None = None

    async def charge(self, request: ChargeRequest) -> Observation | Failure:
        reply = self.reply("charge", request)
        if self.before_answering is not None:
            await self.before_answering()
        assert isinstance(reply, Observation | Failure)
        return reply

    async def forget_method(
        self, method_reference: str, customer_reference: str | None
    ) -> Failure | None:
        reply = self.reply("forget", method_reference, customer_reference)
        assert reply is None or isinstance(reply, Failure)
        return reply

    @property
    def charges(self) -> list[ChargeRequest]:
        sent = [one for arguments in self.asked.get("charge", []) for one in arguments]
        return [one for one in sent if isinstance(one, ChargeRequest)]


class Wallet(House[ChargesMethods]):
    """One tenant with two connections that save and charge; the customer is Ada."""

    def __init__(self) -> None:
        store = Store()
        super().__init__(ChargesMethods(store), store)
        self.second = ChargesMethods(store)
        self.second.will("charge", charged(reference="chg_2"))
        self.connections.found = [self.able(CONNECTION), self.able(SECOND)]
        self.connections.connectors[SECOND] = self.second
        self.payers.known[ADA] = Payer(customer_id=ADA, email="ada@example.com")

    @staticmethod
    def able(
        connection_id: str,
        *operations: Operation,
        kept: Idempotency = KEYS,
    ) -> UsableConnection:
        """A connection that remembers keys for a day, unless told."""
        made = usable(connection_id, operations=operations or ABLE, idempotency=kept)
        capabilities = msgspec.structs.replace(
            made.capabilities,
            idempotency={Operation.CREATE_CHECKOUT: kept, Operation.CHARGE: kept},
        )
        return msgspec.structs.replace(made, capabilities=capabilities)

    def keep(
        self,
        number: int = 1,
        connection_id: ConnectionId = CONNECTION,
        *,
        customer_id: CustomerId = ADA,
        status: PaymentMethodStatus = PaymentMethodStatus.ACTIVE,
        max_charge: Money | None = None,
        facts: MethodFacts | None = None,
    ) -> PaymentMethod:
        """Put a saved method into the customer's wallet."""
        method = PaymentMethod(
            id=PaymentMethodId(f"pm_{number}"),
            customer_id=customer_id,
            connection_id=connection_id,
            provider="acme",
            provider_reference=f"tok_{number}",
            payment_id=PaymentId("pay_before"),
            mandate=Mandate(words=WORDS, max_charge=max_charge, agreed_at=NOW),
            created_at=NOW,
            facts=facts or MethodFacts(customer_reference="cus_there"),
            status=status,
        )
        self.tables.payment_methods[method.id] = method
        return method

    def method(self, number: int = 1) -> PaymentMethod:
        """One of them, as it is now."""
        return self.tables.payment_methods[f"pm_{number}"]

    async def charge(self, order: NewPayment = CHARGE) -> PaymentDetails:
        return await self.payments.create(SCOPE, order)

    @property
    def statuses(self) -> list[str]:
        found = sorted(self.tables.attempts.values(), key=lambda one: one.id)
        return [one.status.value for one in found]

    @property
    def decided(self) -> list[str]:
        return [one.decision.value for one in self.tables.decisions]
