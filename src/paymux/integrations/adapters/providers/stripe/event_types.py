"""The events we ask Stripe for, each because it tells something that no other one does.

https://docs.stripe.com/api/events/types.
"""

from typing import Final

DELAYED_FAILED: Final = "checkout.session.async_payment_failed"
SESSION_EVENTS: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    DELAYED_FAILED,
    "checkout.session.expired",
)
PAYMENT_FAILED: Final = "payment_intent.payment_failed"
# A session that only authorises completes unpaid; its payment tells what is held, and for how
# long. `charge.captured` comes for such payments only, `payment_intent.succeeded` for all.
HELD: Final = "payment_intent.amount_capturable_updated"
RELEASED: Final = "payment_intent.canceled"
INTENT_EVENTS: Final = (PAYMENT_FAILED, HELD, RELEASED)
CAPTURED: Final = "charge.captured"
REFUNDED: Final = "charge.refunded"
REFUND_EVENTS: Final = ("refund.created", "refund.updated", "refund.failed")

EVENT_TYPES: Final = (*SESSION_EVENTS, *INTENT_EVENTS, CAPTURED, REFUNDED, *REFUND_EVENTS)
