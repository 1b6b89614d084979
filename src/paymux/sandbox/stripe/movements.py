"""What each movement of money leaves in the ledger, which is what Stripe's side can swear to.

`payment` and `capture` take money and `refund` gives it back; `refund_failed` takes back what a
refund gave. `authorization` and `void` move none: they hold it and let it go.
"""

from typing import Literal

from paymux.sandbox.ledger import LedgerEntry
from paymux.sandbox.stripe.objects import PaymentIntent
from paymux.sandbox.stripe.shop import StripeShop

Kind = Literal["payment", "authorization", "capture", "void", "refund", "refund_failed"]
SIGNS = {"payment": 1, "capture": 1, "refund_failed": 1, "refund": -1}


def record(
    shop: StripeShop, account_id: str, intent: PaymentIntent, kind: Kind, amount: int
) -> None:
    """Write down one movement under the session and the merchant's own reference."""
    book = shop.book(account_id)
    session = book.sessions[book.session_of_intent[intent.id]].session
    shop.world.ledger.take(
        LedgerEntry(
            provider="stripe",
            account_id=account_id,
            reference=session.id,
            our_reference=session.client_reference_id,
            payment_reference=intent.id,
            amount_minor=amount,
            currency=intent.currency.upper(),
            amount_wire=str(amount),
            at=shop.world.clock.now(),
            kind=kind,
        )
    )
