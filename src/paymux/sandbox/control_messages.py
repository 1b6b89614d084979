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
