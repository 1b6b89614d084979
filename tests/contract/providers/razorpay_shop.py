"""A merchant at the sandbox with Razorpay's connector, for what is done with saved cards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    Failure,
    NotFound,
    Observation,
    Payer,
    SavedMethod,
)
from paymux.payments.ports.saved_methods import ChargeRequest
from paymux.payments.ports.webhooks import (
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)
from tests.unit.integrations.providers.razorpay.stand_in import PAYMENT, a_request, connected
from tests.unit.sandbox.driver import Inbox, Merchant, Received, Sandbox

IDS = TimeSortedIds(SystemClock())
PAYER = Payer(customer_id="cus_1", name="Asha Rao", email="asha@example.in", phone="+919876543210")
RUPEES = Money(50000, "INR")


@dataclass
class Shop:
    """A merchant, its connector, and the control side."""

    sandbox: Sandbox
    merchant: Merchant
    connector: RazorpayConnector
    told: list[str] = field(default_factory=list)

    def fails(self, kind: str, operation: str, **more: object) -> None:
        """Let the next call of an operation go wrong."""
        rule = {"kind": kind, "operation": operation, "provider": "razorpay", "times": 1}
        self.sandbox.control("POST", "/faults", **rule | more)

    def moved(self) -> list[tuple[str, int]]:
        """What really moved."""
        entries = self.sandbox.ledger(self.merchant)
        return [(each["kind"], each["amount_minor"]) for each in entries]

    def asked(self, operation: str) -> int:
        """How often an operation was asked for."""
        path = f"/requests?operation={operation}&account_id={self.merchant.account_id}"
        return int(self.sandbox.control("GET", path)["count"])

    def behaves(self, token: str, behaviour: str) -> None:
        """Settle how later charges of a card end."""
        self.sandbox.control(
            "POST", "/instruments", provider="razorpay", reference=token, behaviour=behaviour
        )

    async def opened(self, **changes: object) -> tuple[CheckoutRequest, Checkout]:
        """An open registration link."""
        request = registration(**changes)
        checkout = await self.connector.create_checkout(request)
        assert isinstance(checkout, Checkout), checkout
        return request, checkout

    async def looked_up(
        self, request: CheckoutRequest, reference: str | None = None
    ) -> Observation | NotFound | Failure:
        """What the connector finds of a hosted page."""
        query = AttemptQuery(
            attempt_id=request.attempt_id,
            created_at=request.created_at,
            provider_reference=reference,
            saves_method=True,
        )
        return await self.connector.look_up(query)

    async def saved(self, action: str = "pay", **changes: object) -> SavedMethod:
        """A card that its payer let us keep."""
        request, checkout = await self.opened(**changes)
        self.sandbox.pay(checkout.url, action)
        seen = await self.looked_up(request, checkout.provider_reference)
        assert isinstance(seen, Observation), seen
        assert seen.saved_method is not None
        return seen.saved_method

    async def found(
        self, request: ChargeRequest, reference: str | None = None, *, long_ago: bool = True
    ) -> Observation | NotFound | Failure:
        """What the connector finds of a charge."""
        hours = 1 if long_ago else 0
        query = AttemptQuery(
            attempt_id=request.attempt_id,
            created_at=request.created_at - timedelta(hours=hours),
            provider_reference=reference,
            is_charge=True,
            customer_reference=request.customer_reference,
        )
        return await self.connector.look_up(query)

    async def meanings(
        self, inbox: Inbox, enough: Callable[[list[Received]], bool]
    ) -> list[Translated | Ignored]:
        """What the webhooks mean that have arrived, each verified before."""
        inbox.wait_for(enough)
        meanings = []
        for each in inbox.received:
            webhook = InboundWebhook(each.headers, each.raw, datetime.now(UTC))
            assert isinstance(await self.connector.verify_webhook(webhook), VerifiedWebhook)
            meaning = await self.connector.translate_webhook(each.raw)
            assert not isinstance(meaning, Failure), meaning
            meanings.append(meaning)
        return meanings

    def listens(self, inbox: Inbox) -> None:
        """Send every webhook there, signed with the connector's secret."""
        key_id = self.merchant.credentials["key_id"]
        self.sandbox.control(
            "POST", "/razorpay/webhooks", key_id=key_id, url=inbox.url, secret="whsecret"
        )


def registration(**changes: object) -> CheckoutRequest:
    """A page that keeps the card it is paid with."""
    request = a_request(amount=RUPEES, attempt_id=IDS.new("att"), payer=PAYER)
    fresh: dict[str, object] = {"created_at": datetime.now(UTC), "saves_method": True}
    return msgspec.structs.replace(request, **fresh | changes)


def charge_of(card: SavedMethod, **changes: object) -> ChargeRequest:
    """A charge of a saved card."""
    request = ChargeRequest(
        payment_id=PAYMENT,
        attempt_id=IDS.new("att"),
        idempotency_key="key",
        amount=Money(29900, "INR"),
        description="November",
        method_reference=card.provider_reference,
        customer_reference=card.customer_reference,
        created_at=datetime.now(UTC),
        payer=PAYER,
    )
    return msgspec.structs.replace(request, **changes)


@contextmanager
def open_shop(url: str) -> Iterator[Shop]:
    """A fresh merchant at an empty sandbox."""
    sandbox = Sandbox(url)
    sandbox.control("POST", "/reset")
    merchant = sandbox.merchant("razorpay")
    own = merchant.credentials
    with connected(
        f"{url}/razorpay", key_id=own["key_id"], key_secret=own["key_secret"]
    ) as connector:
        yield Shop(sandbox, merchant, connector)
