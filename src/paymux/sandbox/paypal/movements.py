"""What each movement of money leaves in the ledger, and how PayPal counts its fee.

`payment` and `capture` take money and `refund` gives it back; `refund_failed` takes back what a
refund gave. `authorization` and `void` move none: they hold it and let it go.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.paypal import money
from paymux.sandbox.paypal.book import Money, OrderRecord
from paymux.sandbox.paypal.shop import PayPalShop

Kind = Literal["payment", "authorization", "capture", "void", "refund", "refund_failed"]
FEE_RATE = Decimal("0.0349")


def record(
    shop: PayPalShop, order: OrderRecord, kind: Kind, payment_reference: str, amount: Money
) -> None:
    """Write down one movement under the order and the merchant's own reference."""
    unit = order.units[0]
    shop.world.ledger.take(
        LedgerEntry(
            provider="paypal",
            account_id=order.account_id,
            reference=order.id,
            our_reference=unit.custom_id or unit.invoice_id,
            payment_reference=payment_reference,
            amount_minor=money.minor_units(amount.value, amount.currency_code),
            currency=amount.currency_code,
            amount_wire=amount.value,
            at=shop.world.clock.now(),
            kind=kind,
        )
    )


def split(amount: Money) -> tuple[Money, Money]:
    """The fee of an amount, and what is left of it."""
    currency, gross = amount.currency_code, Decimal(amount.value)
    step = Decimal(1).scaleb(-money.DECIMALS[currency])
    fee = (gross * FEE_RATE).quantize(step, ROUND_HALF_UP)
    return written(fee, currency), written(gross - fee, currency)


def written(amount: Decimal, currency: str) -> Money:
    """An amount as PayPal writes it back."""
    return Money(currency, money.written(amount, currency))


def total(amounts: list[Money]) -> Decimal:
    """The sum of amounts of one currency."""
    return sum((Decimal(amount.value) for amount in amounts), Decimal(0))
