"""What each movement of money leaves in the ledger, which is what Stripe's side can swear to.

`payment` and `capture` take money and `refund` gives it back; `refund_failed` takes back what a
refund gave. `authorization` and `void` move none: they hold it and let it go. `dispute` is what
a bank takes while its customer contests a payment, `dispute_reversal` what it gives back.
"""

from typing import Literal

from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.stripe.objects import PaymentIntent
from paymux.sandbox.stripe.shop import StripeShop

Kind = Literal[
    "payment",
    "authorization",
    "capture",
    "void",
    "refund",
    "refund_failed",
    "dispute",
    "dispute_reversal",
]
SIGNS = {
    "payment": 1,
    "capture": 1,
    "refund_failed": 1,
    "dispute_reversal": 1,
    "refund": -1,
    "dispute": -1,
}


def record(
    shop: StripeShop, account_id: str, intent: PaymentIntent, kind: Kind, amount: int
) -> None:
    """Write down one movement under its page, if any, and the merchant's own reference."""
    record = shop.book(account_id).session_of(intent.id)
    session = record.session if record else None
    shop.world.ledger.take(
        LedgerEntry(
            provider="stripe",
            account_id=account_id,
            reference=session.id if session else intent.id,
            our_reference=session.client_reference_id if session else merchants_own(intent),
            payment_reference=intent.id,
            amount_minor=amount,
            currency=intent.currency.upper(),
            amount_wire=str(amount),
            at=shop.world.clock.now(),
            kind=kind,
        )
    )


def merchants_own(intent: PaymentIntent) -> str | None:
    """The merchant's reference of a charge: Stripe has no place for it but the metadata."""
    return intent.metadata.get("attempt_id")
