"""What the sandbox asks of each provider's stand-in."""

from typing import Protocol, runtime_checkable

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.control_messages import DecideDispute, OpenDispute, SetInstrument
from paymux.sandbox.routing import Call, Routes
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Reply, Request


class PageAction(msgspec.Struct, frozen=True):
    """A button on a pay page."""

    name: str
    label: str
    style: str = "secondary"


class PayPage(msgspec.Struct, kw_only=True):
    """A hosted pay page as the payer sees it."""

    provider: str
    account_id: str
    reference: str
    merchant: str
    description: str
    amount: str
    status: str
    payable: bool
    actions: list[PageAction]
    message: str | None = None
    back_url: str | None = None


class PayOrder(msgspec.Struct, kw_only=True):
    """What a payer does on a pay page; `amount` departs from what was asked, in wire units."""

    action: str
    amount: int | None = None


class SoldObject(msgspec.Struct, kw_only=True):
    """A hosted object created by a merchant: one line of `GET /_control/objects`."""

    provider: str
    account_id: str
    kind: str
    id: str
    our_reference: str | None
    status: str
    created: float


class ContestedPayment(msgspec.Struct, kw_only=True):
    """A dispute as its bank or provider keeps it; `status` in the provider's own words."""

    provider: str
    account_id: str
    reference: str
    payment_reference: str
    status: str


class UnknownAction(ValueError):
    """There is no such action, or it cannot be taken now."""


class ProviderApi(Protocol):
    """One provider: its API, its idempotency, its pay pages and its webhooks."""

    slug: str
    routes: Routes
    delivery_timeout_seconds: float

    def authenticate(self, request: Request, *, public: bool) -> Account:
        """The account of the credentials; raises Refusal with the provider's own 401."""
        ...

    def unknown_route(self, request: Request) -> Reply:
        """What the provider says to a URL it does not serve."""
        ...

    def failure(self, status: int) -> Reply:
        """The provider's own error body for 429, 409, 5xx and so on."""
        ...

    def begin(self, call: Call) -> Reply | None:
        """Reserve the idempotency key; a stored reply or a conflict ends the call here."""
        ...

    def finish(self, call: Call, reply: Reply | None) -> None:
        """Store the reply under the key, or release the key when there is nothing to store."""
        ...

    def decorate(self, call: Call, reply: Reply) -> None:
        """Add the headers that every reply of the provider carries."""
        ...

    def sweep(self) -> None:
        """Expire what is due."""
        ...

    def find_page(self, path: str, query: str) -> PayPage | None:
        """The pay page at a URL below the provider's prefix."""
        ...

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose; the URL the payer is sent to, or None to stay."""
        ...

    def expire_now(self, page: PayPage) -> None:
        """Expire the object behind a page before its time."""
        ...

    def control(self, path: str, request: Request) -> Reply | None:
        """The provider's own switches below `/_control/{slug}/` (stands in for a dashboard)."""
        ...

    def sold(self) -> list[SoldObject]:
        """Every hosted object of every account."""
        ...

    def signed_headers(self, notice: Notice) -> dict[str, str] | None:
        """Headers of one webhook attempt, or None when the endpoint is gone."""
        ...

    def settled(self, notice: Notice) -> None:
        """A webhook was delivered."""
        ...

    def dump(self) -> bytes:
        """All state as JSON."""
        ...

    def load(self, snapshot: bytes) -> None:
        """Take over the state of a snapshot."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...


@runtime_checkable
class HasDisputes(Protocol):
    """A provider whose payments can be contested here."""

    def open_dispute(self, wanted: OpenDispute) -> ContestedPayment:
        """Contest a payment and tell the merchant; UnknownAction when it cannot be."""
        ...

    def decide_dispute(self, reference: str, wanted: DecideDispute) -> ContestedPayment | None:
        """Decide a dispute and tell the merchant; None when it is no dispute of this provider."""
        ...


@runtime_checkable
class KeepsInstruments(Protocol):
    """A provider that keeps instruments and charges them later."""

    def set_instrument(self, wanted: SetInstrument) -> None:
        """Settle how later charges end; UnknownAction when there is no such instrument."""
        ...
