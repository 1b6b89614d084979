"""The providers' error maps as each tenant reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paymux.kernel.clock import Clock
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.scope import Scope
from paymux.payments.application.overrides import MAY_BECOME, refuse_unsafe
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.error_maps import (
    ErrorMaps,
    ErrorOverride,
    ErrorOverrides,
    UnmappedCode,
    UnmappedCodes,
)
from paymux.payments.ports.plugins import ErrorRule
from paymux.payments.ports.reasons import Reason


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One row: what the provider's package says, and what the tenant says over it."""

    code: str
    rule: ErrorRule
    override: ErrorOverride | None

    @property
    def outcome(self) -> Outcome:
        """What the code amounts to for this tenant; a stored row that is not safe is none."""
        given = self.rule.outcome
        if self.override is None or self.override.outcome not in MAY_BECOME[given]:
            return given
        return self.override.outcome

    @property
    def reason(self) -> Reason:
        """Which reason it is for this tenant."""
        own = self.override.reason if self.override else None
        return own or self.rule.reason


class TenantErrorMaps:
    """Shows the rows, and lets a tenant read single ones otherwise."""

    def __init__(
        self,
        *,
        maps: ErrorMaps,
        overrides: ErrorOverrides,
        unmapped: UnmappedCodes,
        clock: Clock,
    ) -> None:
        self._maps = maps
        self._overrides = overrides
        self._unmapped = unmapped
        self._clock = clock

    async def book(self, scope: Scope) -> ReasonBook:
        """Return the reasons as the tenant reads them."""
        return ReasonBook(self._maps, await self._overrides.get(scope))

    async def rows(self, scope: Scope, provider: str) -> Sequence[ErrorRow]:
        """Return the effective rows by code; refuses a provider that is not installed."""
        rules = self._rules(provider)
        own = await self._overrides.get(scope)
        return [ErrorRow(code, rules[code], own.get((provider, code))) for code in sorted(rules)]

    async def put(
        self,
        scope: Scope,
        provider: str,
        code: str,
        outcome: Outcome,
        *,
        reason: Reason | None,
        set_by: str,
    ) -> ErrorRow:
        """Read a row otherwise from now on; other processes follow within a second.

        Refuses a code that is in no row, and an outcome that could charge a payer twice.
        """
        rule = self._rule(provider, code)
        refuse_unsafe(code, rule.outcome, outcome)
        override = ErrorOverride(
            provider=provider,
            code=code,
            outcome=outcome,
            reason=reason,
            set_by=set_by,
            set_at=self._clock.now(),
        )
        await self._overrides.put(scope, override)
        return ErrorRow(code, rule, override)

    async def remove(self, scope: Scope, provider: str, code: str) -> None:
        """Read the row as the provider's package has it; repeatable. Refuses an unknown code."""
        self._rule(provider, code)
        await self._overrides.remove(scope, provider, code)

    async def unmapped(self, scope: Scope, provider: str) -> Sequence[UnmappedCode]:
        """Return the codes that came in and are in no row, the last seen first."""
        self._rules(provider)
        return await self._unmapped.of_provider(scope, provider)

    def _rules(self, provider: str) -> Mapping[str, ErrorRule]:
        if provider not in self._maps:
            kind = "provider"
            raise ThingIsNotFound(kind, provider)
        return self._maps[provider]

    def _rule(self, provider: str, code: str) -> ErrorRule:
        rules = self._rules(provider)
        if code not in rules:
            kind = "error code"
            raise ThingIsNotFound(kind, code)
        return rules[code]
