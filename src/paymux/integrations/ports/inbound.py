"""What other contexts and callers get to see of the installed providers."""

from collections.abc import Mapping, Sequence

import msgspec


class CurrencyDescription(msgspec.Struct, frozen=True, kw_only=True):
    """One currency a provider takes; all three figures in the provider's own units."""

    code: str
    exponent: int
    multiple_of: int
    minimum: int


class IdempotencyDescription(msgspec.Struct, frozen=True, kw_only=True):
    """How an operation is kept from happening twice at the provider."""

    header: str | None = None
    key_lives_seconds: int | None = None
    replays_errors: bool = False
    unique_reference: str | None = None
    looks_up_by_reference: bool = False


class CapabilityDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider can do as its package declares it; an account may offer less."""

    operations: Sequence[str]
    methods: Sequence[str]
    currencies: Sequence[CurrencyDescription]
    idempotency: Mapping[str, IdempotencyDescription]
    checkout_lives_seconds: tuple[int, int] | None = None


class ProviderDescription(msgspec.Struct, frozen=True, kw_only=True):
    """An installed provider. `credentials_schema`: JSON Schema; secrets say `writeOnly`."""

    slug: str
    display_name: str
    capabilities: CapabilityDescription
    credentials_schema: dict[str, object]
