"""Which connection a payment goes over: the one asked for, else the first that can take it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.ids import ConnectionId
from paymux.kernel.money import Money
from paymux.payments.ports.plugins import Capabilities, Operation, UsableConnection

_FOREVER: Final = timedelta(days=3650)
_KEY_MARGIN: Final = timedelta(minutes=30)
"""How long before a provider forgets a key we stop relying on it."""


class ConnectionIsNotUsable(PaymuxError):
    """The connection asked for does not exist, is disabled, or cannot open hosted pages.

    Enable it, name another, or name none: then the eligible one of highest priority is used.
    """

    code = "connection_not_usable"
    category = Category.UNPROCESSABLE

    def __init__(self, connection_id: str) -> None:
        super().__init__(
            f"There is no enabled connection {connection_id!r} that can take a payment.",
            field="connection_id",
        )


class ManualCaptureIsNotSupported(PaymuxError):
    """The provider takes the money at once; it cannot hold it until it is captured.

    Create the payment with `capture: "automatic"`, or over another connection.
    """

    code = "manual_capture_not_supported"
    category = Category.UNPROCESSABLE

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} takes money at once; it cannot hold it.", field="capture")


class SavingIsNotSupported(PaymuxError):
    """The provider cannot keep the method that a payer pays with, or not in this currency.

    Create the payment without `save_payment_method`, or over another connection.
    """

    code = "save_payment_method_not_supported"
    category = Category.UNPROCESSABLE

    def __init__(self, provider: str, currency: str | None = None) -> None:
        where = f" that is charged in {currency}" if currency else ""
        message = f"{provider} cannot save a payment method{where}."
        super().__init__(message, field="save_payment_method")


class NoConnectionTakesPayment(PaymuxError):
    """Every connection is disabled or does not take this amount in this currency.

    `detail` has the reason of each. Enable or add one that takes it.
    """

    code = "no_connection_available"
    category = Category.UNPROCESSABLE

    def __init__(self, reasons: Sequence[str]) -> None:
        why = " ".join(reasons) or "The tenant has no enabled connection in this mode."
        super().__init__(f"No connection can take this payment. {why}")


def choose(
    usable: Sequence[UsableConnection],
    amount: Money,
    wanted: ConnectionId | None,
    *,
    captures_later: bool = False,
    saves_method: bool = False,
) -> Sequence[UsableConnection]:
    """Return the connections to try, best first; raises a refusal that says why there is none."""
    able = eligible(
        usable, amount, wanted, captures_later=captures_later, saves_method=saves_method
    )
    if able:
        return able
    refusals = _refusals(
        _opening_pages(usable, wanted), amount, _needs(captures_later, saves_method)
    )
    if wanted is not None:
        raise next(iter(refusals), ConnectionIsNotUsable(wanted))
    raise NoConnectionTakesPayment([refusal.detail for refusal in refusals])


def eligible(
    usable: Sequence[UsableConnection],
    amount: Money,
    wanted: ConnectionId | None,
    *,
    captures_later: bool = False,
    saves_method: bool = False,
) -> Sequence[UsableConnection]:
    """Return the connections that can take this amount, best first; `wanted` alone if given."""
    needs = _needs(captures_later, saves_method)
    return [
        connection
        for connection in _opening_pages(usable, wanted)
        if _refusal(connection, amount, needs) is None
    ]


def _opening_pages(
    usable: Sequence[UsableConnection], wanted: ConnectionId | None
) -> Sequence[UsableConnection]:
    return [
        connection
        for connection in usable
        if Operation.CREATE_CHECKOUT in connection.capabilities.operations
        and wanted in {None, connection.id}
    ]


def _needs(captures_later: bool, saves_method: bool) -> Sequence[Operation]:
    asked = {Operation.CAPTURE: captures_later, Operation.SAVE_METHOD: saves_method}
    return [operation for operation, is_needed in asked.items() if is_needed]


def _refusals(
    able: Sequence[UsableConnection], amount: Money, needs: Sequence[Operation]
) -> Sequence[PaymuxError]:
    found = (_refusal(connection, amount, needs) for connection in able)
    return [refusal for refusal in found if refusal is not None]


def _refusal(
    connection: UsableConnection, amount: Money, needs: Sequence[Operation]
) -> PaymuxError | None:
    for operation in needs:
        if operation not in connection.capabilities.operations:
            return _WITHOUT[operation](connection.provider)
    saved_in = connection.capabilities.saving_currencies
    if Operation.SAVE_METHOD in needs and saved_in and amount.currency not in saved_in:
        return SavingIsNotSupported(connection.provider, amount.currency)
    return connection.capabilities.currencies.refusal(amount)


_WITHOUT: Final[Mapping[Operation, Callable[[str], PaymuxError]]] = {
    Operation.CAPTURE: ManualCaptureIsNotSupported,
    Operation.SAVE_METHOD: SavingIsNotSupported,
}


def replay_until(
    capabilities: Capabilities, now: datetime, operation: Operation = Operation.CREATE_CHECKOUT
) -> datetime:
    """Return until when an unanswered call can be repeated without a second object."""
    kept = capabilities.idempotency.get(operation)
    if kept is None:
        return now
    if kept.looks_up_by_reference:
        return now + _FOREVER
    return now + max(timedelta(seconds=kept.key_lives_seconds or 0) - _KEY_MARGIN, timedelta())
