"""One Razorpay account's entities."""

import msgspec

from paymux.sandbox.razorpay.objects import Customer, Order, Payment, PaymentLink


class Webhook(msgspec.Struct, kw_only=True):
    """A URL with its secrets, newest last: an old secret still signs retries of older events."""

    id: str
    url: str
    secrets: list[str]
    events: list[str]


class RazorpayBook(msgspec.Struct, kw_only=True):
    """Everything one account has."""

    orders: dict[str, Order] = {}
    payments: dict[str, Payment] = {}
    links: dict[str, PaymentLink] = {}
    references: dict[str, str] = {}
    failed_payments: dict[str, str] = {}
    customers: dict[str, Customer] = {}
    webhooks: dict[str, Webhook] = {}
