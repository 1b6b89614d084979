"""One Razorpay account's entities."""

from typing import Literal

import msgspec

from paymux.sandbox.razorpay.dispute_objects import Dispute, Document
from paymux.sandbox.razorpay.objects import Customer, Order, Payment, PaymentLink, Refund
from paymux.sandbox.razorpay.recurring_objects import Invoice, KeptCard

RefundFate = Literal["process", "fail", "hold"]


class Webhook(msgspec.Struct, kw_only=True):
    """A URL with its secrets, newest last: an old secret still signs retries of older events."""

    id: str
    url: str
    secrets: list[str]
    events: list[str]


class KeptRefund(msgspec.Struct, kw_only=True):
    """What is kept under a refund's idempotency key; no body while the first call runs."""

    fingerprint: str
    body: str | None = None


class RazorpayBook(msgspec.Struct, kw_only=True):
    """Everything one account has."""

    orders: dict[str, Order] = {}
    payments: dict[str, Payment] = {}
    links: dict[str, PaymentLink] = {}
    references: dict[str, str] = {}
    failed_payments: dict[str, str] = {}
    link_of_order: dict[str, str] = {}
    held_until: dict[str, int] = {}
    refunds: dict[str, Refund] = {}
    refund_keys: dict[str, KeptRefund] = {}
    refund_fate: RefundFate = "process"
    customers: dict[str, Customer] = {}
    webhooks: dict[str, Webhook] = {}
    invoices: dict[str, Invoice] = {}
    mandates: dict[str, int] = {}
    tokens: dict[str, KeptCard] = {}
    uncaptured_orders: list[str] = []
    disputes: dict[str, Dispute] = {}
    documents: dict[str, Document] = {}
