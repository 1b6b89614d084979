"""The provider port of webhooks: verify, translate, register."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from paymux.payments.ports.connectors import Failure, Observation, RefundReport, SavedMethod
from paymux.payments.ports.disputes import DisputeReport


class InboundWebhook(msgspec.Struct, frozen=True):
    """A delivery as it arrived. Header names are lower case; `body` is the raw bytes."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class VerifiedWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A genuine delivery. `fallback_identity` tells repeats apart where the id is not signed."""

    event_id: str
    event_type: str
    fallback_identity: str
    occurred_at: datetime | None = None


class ForgedWebhook(msgspec.Struct, frozen=True):
    """A delivery that is not genuine, or too old; `reason` is for our log only."""

    reason: str


class Translated(msgspec.Struct, frozen=True):
    """What an event means: usually one report, of an attempt or of what belongs to one."""

    observations: Sequence[Observation] = ()
    refunds: Sequence[RefundReport] = ()
    disputes: Sequence[DisputeReport] = ()
    saved_methods: Sequence[SavedMethod] = ()


class Ignored(msgspec.Struct, frozen=True):
    """An event that says nothing we act on."""

    reason: str


class RegisteredWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """Our endpoint at the provider. `verifier`: what later deliveries are verified with."""

    provider_reference: str
    verifier: str


@runtime_checkable
class VerifiesWebhooks(Protocol):
    """Can tell a genuine webhook from a forged one, and what it means."""

    async def verify_webhook(self, webhook: InboundWebhook) -> VerifiedWebhook | ForgedWebhook:
        """Check the signature over the raw bytes with every verifier now accepted."""
        ...

    async def translate_webhook(self, body: bytes) -> Translated | Ignored | Failure:
        """Say what a verified event means; reads the object again where the body is no proof."""
        ...


@runtime_checkable
class RegistersWebhooks(Protocol):
    """Its provider lets us register our endpoint over the API."""

    async def register_webhook(
        self, url: str, idempotency_key: str
    ) -> RegisteredWebhook | Failure:
        """Register `url` for every event we translate; returns an existing one of ours."""
        ...

    async def unregister_webhook(self, provider_reference: str) -> Failure | None:
        """Remove our endpoint; None also when it is gone already."""
        ...
