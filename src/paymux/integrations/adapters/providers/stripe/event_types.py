"""The events we ask Stripe for, each because it tells something that no other one does.

https://docs.stripe.com/api/events/types.
"""

from typing import Final

DELAYED_FAILED: Final = "checkout.session.async_payment_failed"
PAID_EVENTS: Final = ("checkout.session.completed", "checkout.session.async_payment_succeeded")
SESSION_EVENTS: Final = (*PAID_EVENTS, DELAYED_FAILED, "checkout.session.expired")
PAYMENT_FAILED: Final = "payment_intent.payment_failed"
# A session that only authorises completes unpaid; its payment tells what is held, and for how
# long. `charge.captured` comes for such payments only, `payment_intent.succeeded` for all.
HELD: Final = "payment_intent.amount_capturable_updated"
RELEASED: Final = "payment_intent.canceled"
# Of a page its session tells; a charge of a saved method has none.
SUCCEEDED: Final = "payment_intent.succeeded"
INTENT_EVENTS: Final = (PAYMENT_FAILED, HELD, RELEASED, SUCCEEDED)
CAPTURED: Final = "charge.captured"
REFUNDED: Final = "charge.refunded"
REFUND_EVENTS: Final = ("refund.created", "refund.updated", "refund.failed")

DISPUTE_EVENTS: Final = (
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
# What a page kept is told by the session; this is what becomes of it later.
METHOD_EVENTS: Final = ("payment_method.detached", "payment_method.automatically_updated")

EVENT_TYPES: Final = (
    *SESSION_EVENTS,
    *INTENT_EVENTS,
    CAPTURED,
    REFUNDED,
    *REFUND_EVENTS,
    *DISPUTE_EVENTS,
    *METHOD_EVENTS,
)
