"""Bodies of the control API; fields nobody knows are refused."""

from typing import Literal

import msgspec


class OpenAccount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/accounts."""

    provider: Literal["stripe", "razorpay", "paypal"]
    country: str | None = None
    international: bool = True
    name: str = "Sandbox Merchant"


class ChangeAccount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """PATCH /_control/accounts/{id}."""

    revoked: bool


class Pay(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/pay. `amount` departs from what was asked, in the provider's wire units."""

    url: str
    action: str = "pay"
    follow_return: bool = False
    webhooks: bool = True
    amount: int | None = None


class Expire(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/expire."""

    url: str
    webhooks: bool = True


class Advance(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/clock."""

    advance_seconds: float


class WebhookTravel(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/webhooks; what is left out stays as it is."""

    account_id: str = "*"
    paused: bool | None = None
    duplicate: int | None = None
    delay_ms: int | None = None
    lose_next: int | None = None
    reorder: bool | None = None
    retry_base_ms: int | None = None


class Redeliver(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/webhooks/redeliver; every filter given must match."""

    account_id: str | None = None
    provider: str | None = None
    event_id: str | None = None
    event_type: str | None = None
    status: Literal["pending", "delivered", "exhausted", "lost", "suppressed"] | None = None


class OpenDispute(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/disputes. `reason`: the provider's own code; `amount`: in wire units.

    `due_in_seconds`: until when the merchant may answer, counted from now.
    """

    provider: Literal["stripe", "razorpay", "paypal"]
    payment_reference: str
    reason: str | None = None
    amount: int | None = None
    stage: Literal["inquiry", "chargeback", "pre_arbitration", "arbitration"] | None = None
    due_in_seconds: int | None = None
    webhooks: bool = True


class DecideDispute(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/disputes/{reference}/decide."""

    outcome: Literal["won", "lost", "closed", "more_evidence"]
    webhooks: bool = True


class SetInstrument(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/instruments: how later charges of a kept instrument end."""

    provider: Literal["stripe", "razorpay", "paypal"]
    reference: str
    behaviour: Literal["succeed", "decline_soft", "decline_hard", "needs_payer"]
