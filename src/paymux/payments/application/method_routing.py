"""Which saved methods a charge may go over, best first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import ConnectionId
from paymux.kernel.money import Money
from paymux.payments.application.routing import ManualCaptureIsNotSupported
from paymux.payments.domain.payment_method import PaymentMethod
from paymux.payments.ports.plugins import Operation, UsableConnection


class NoPaymentMethodCanBeCharged(PaymuxError):
    """The customer has no saved method that can take this charge now.

    `detail` has the reason of each. Have the customer save one, by a payment with
    `save_payment_method`.
    """

    code = "no_payment_method_available"
    category = Category.UNPROCESSABLE

    def __init__(self, reasons: Sequence[str]) -> None:
        why = " ".join(reasons) or "The customer has saved none."
        super().__init__(f"No saved payment method can be charged. {why}", field="customer_id")


class ConnectionCannotCharge(PaymuxError):
    """The connection that keeps the method is disabled, or its provider cannot charge it.

    Enable the connection, or charge another method of the customer.
    """

    code = "connection_cannot_charge"
    category = Category.UNPROCESSABLE

    def __init__(self, connection_id: str) -> None:
        super().__init__(
            f"Connection {connection_id}, which keeps the method, cannot charge it now.",
            field="payment_method_id",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a charge wants. `connection_id`: over this connection and no other."""

    amount: Money
    captures_later: bool = False
    connection_id: ConnectionId | None = None


@dataclass(frozen=True, slots=True)
class Chargeable:
    """A saved method, and the connection that keeps it."""

    method: PaymentMethod
    connection: UsableConnection


def chargeable(
    usable: Sequence[UsableConnection],
    methods: Sequence[PaymentMethod],
    demand: Demand,
    now: datetime,
) -> Sequence[Chargeable]:
    """Return the methods that can be charged: by connection, best first; the newest of each."""
    newest_first = sorted(methods, key=lambda method: method.id, reverse=True)
    return [
        Chargeable(method, connection)
        for connection in usable
        for method in newest_first
        if method.connection_id == connection.id
        and _refusal(method, connection, demand, now) is None
    ]


def why_not(
    usable: Sequence[UsableConnection], method: PaymentMethod, demand: Demand, now: datetime
) -> PaymuxError | None:
    """Say why a method cannot be charged, or None when it can."""
    kept_by = next((one for one in usable if one.id == method.connection_id), None)
    return _refusal(method, kept_by, demand, now)


def _refusal(
    method: PaymentMethod, connection: UsableConnection | None, demand: Demand, now: datetime
) -> PaymuxError | None:
    refusal = method.refusal(demand.amount, now)
    if refusal is not None:
        return refusal
    if demand.connection_id not in {None, method.connection_id} or connection is None:
        return ConnectionCannotCharge(method.connection_id)
    operations = connection.capabilities.operations
    if Operation.CHARGE not in operations:
        return ConnectionCannotCharge(method.connection_id)
    if demand.captures_later and Operation.CAPTURE not in operations:
        return ManualCaptureIsNotSupported(connection.provider)
    return connection.capabilities.currencies.refusal(demand.amount)
