"""Acorn for one connection."""

import hmac
from urllib.parse import quote

import msgspec

from paymux.payments.ports.connectors import (
    AccountReport,
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
)
from paymux.payments.ports.currencies import (
    CurrencyRule,
    ProviderCurrencies,
    ProviderSentOddAmount,
)
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)
from paymux_example.errors import failure
from paymux_example.transport import AcornTransport
from paymux_example.wire import Account, Event, Payment

CURRENCIES = ProviderCurrencies("Acorn", {"EUR": CurrencyRule(2), "JPY": CurrencyRule(0)})
_STATUSES = {
    "open": ObservedStatus.PENDING,
    "paid": ObservedStatus.SUCCEEDED,
    "refused": ObservedStatus.DECLINED,
}


class AcornConnector:
    """Opens hosted pages, looks them up, reads webhooks."""

    def __init__(self, key: str, environment: ConnectorEnvironment) -> None:
        self._transport = AcornTransport(key, environment)
        self._verifiers = environment.webhook_verifiers

    async def check_account(self) -> AccountReport | Failure:
        """Read the account that the key belongs to."""
        account = await self._transport.get("/account", Account)
        return (
            account
            if isinstance(account, Failure)
            else AccountReport(account_reference=account.id)
        )

    async def create_checkout(self, request: CheckoutRequest) -> Checkout | Failure:
        """Open the page; Acorn gives the first one again for the same key."""
        body: dict[str, str | int] = {
            "amount": CURRENCIES.to_wire(request.amount),
            "currency": request.amount.currency,
            "reference": request.attempt_id,
            "return_url": request.return_url,
        }
        payment = await self._transport.post("/payments", body, request.idempotency_key, Payment)
        if isinstance(payment, Failure):
            return payment
        return Checkout(provider_reference=payment.id, url=payment.url)

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        """Read the payment by Acorn's id, else by our reference."""
        path = f"by-reference/{query.attempt_id}"
        if query.provider_reference:
            path = quote(query.provider_reference, safe="")
        payment = await self._transport.get(f"/payments/{path}", Payment)
        if isinstance(payment, Failure):
            return NotFound() if payment.code == "no_such_payment" else payment
        return observe(payment)

    async def verify_webhook(self, webhook: InboundWebhook) -> VerifiedWebhook | ForgedWebhook:
        """Compare the signature, an HMAC over the raw body, in constant time."""
        given = webhook.headers.get("acorn-signature", "").encode()
        expected = [hmac.digest(v.encode(), webhook.body, "sha256").hex() for v in self._verifiers]
        if not any(hmac.compare_digest(given, one.encode()) for one in expected):
            return ForgedWebhook("the signature does not match")
        try:
            event = msgspec.json.decode(webhook.body, type=Event)
        except msgspec.DecodeError:
            return ForgedWebhook("the body is not an event")
        return VerifiedWebhook(
            event_id=event.id, event_type=event.type, fallback_identity=event.id
        )

    async def translate_webhook(self, body: bytes) -> Translated | Ignored | Failure:
        """Say what a verified event means; the body is signed, so it is proof."""
        event = msgspec.json.decode(body, type=Event)
        if not event.type.startswith("payment."):
            return Ignored(f"{event.type} is not about a payment")
        observation = observe(event.payment)
        return observation if isinstance(observation, Failure) else Translated([observation])

    async def close(self) -> None:
        """Nothing is kept open between calls."""


def observe(payment: Payment) -> Observation | Failure:
    """Say in our words what Acorn says of a payment."""
    status = _STATUSES.get(payment.state)
    try:
        amount = CURRENCIES.from_wire(payment.amount, payment.currency)
    except ProviderSentOddAmount:
        return failure("unreadable_reply")
    if status is None:
        return failure("unreadable_reply")
    return Observation(
        status=status,
        attempt_id=payment.reference,
        provider_reference=payment.id,
        payment_reference=payment.id if status is ObservedStatus.SUCCEEDED else None,
        amount=amount,
    )
