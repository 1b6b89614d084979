"""`/v1/error-maps`."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, delete, get, put
from litestar.params import Parameter
from msgspec import Meta, Struct

from paymux.payments.adapters.http.reasons import ReasonBody, body_of_reason
from paymux.payments.application.error_maps import ErrorRow, TenantErrorMaps
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.error_maps import UnmappedCode
from paymux.payments.ports.reasons import Reason
from paymux.platform.http.fields import LaterMoment, Moment, example, identifier
from paymux.tenancy.http import admin, reader
from paymux.tenancy.principal import Principal

Slug = Annotated[str, Parameter(max_length=32)]
Code = Annotated[str, Parameter(max_length=100)]


class ErrorOverrideBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to read a code. Without a `reason` the row keeps its own."""

    outcome: Annotated[Outcome, Meta(examples=["declined_hard"])]
    reason: Annotated[Reason, Meta(examples=["suspected_fraud"])] | None = None


class OverriddenBody(Struct, frozen=True, kw_only=True):
    """That a row is the tenant's own: what stands there without it, who set it and when."""

    outcome: Annotated[Outcome, example("declined_soft")]
    reason: Annotated[Reason, example("do_not_honor")]
    set_by: Annotated[str, identifier("key")]
    set_at: LaterMoment


class ErrorRowBody(Struct, frozen=True, kw_only=True):
    """What one code of a provider amounts to. `overrides`: what the tenant's own row stands over.

    `outcome` decides what is done next; `meaning` is the provider's, in our words.
    """

    code: Annotated[str, example("generic_decline")]
    outcome: Annotated[Outcome, example("declined_hard")]
    meaning: Annotated[str, example("the card was declined for a reason that is not told")]
    reason: ReasonBody
    overrides: OverriddenBody | None


class ErrorMapBody(Struct, frozen=True, kw_only=True):
    """Every code that a provider documents for what we do with it."""

    provider: Annotated[str, example("example")]
    data: list[ErrorRowBody]


class UnmappedCodeBody(Struct, frozen=True, kw_only=True):
    """A code that came in over a connection and is in no row.

    `outcome`: what the provider's package made of it the last time; null when it came in a report
    and not in answer to a call.
    """

    code: Annotated[str, example("card_on_holiday")]
    connection_id: Annotated[str, identifier("con")]
    outcome: Annotated[Outcome | None, example("declined_soft")]
    times_seen: Annotated[int, example(3)]
    first_seen_at: Annotated[datetime, Meta(tz=True, examples=["2026-11-20T17:02:55.104518Z"])]
    last_seen_at: Moment


class UnmappedCodesBody(Struct, frozen=True):
    """The codes that are in no row, the last seen first."""

    data: list[UnmappedCodeBody]


class ErrorMapsController(Controller):
    """What providers' codes amount to, and single rows to be read otherwise."""

    path = "/v1/error-maps"
    tags = ("Errors",)

    @get(
        "/{provider:str}",
        guards=[reader],
        operation_id="getErrorMap",
        summary="Get what a provider's codes amount to",
        description="Every row as it counts for you in this mode; `overrides` says which of them "
        "are your own.",
    )
    async def get_map(
        self, provider: Slug, principal: Principal, error_maps: TenantErrorMaps
    ) -> ErrorMapBody:
        """Get the effective rows."""
        rows = await error_maps.rows(principal.scope, provider)
        return ErrorMapBody(provider=provider, data=[_row_body(row) for row in rows])

    @put(
        "/{provider:str}/codes/{code:str}",
        guards=[admin],
        operation_id="putErrorOverride",
        summary="Read one of a provider's codes otherwise",
        description="Counts for calls that change something, within a second. A code that leaves "
        "open what was done stays open, and none is ever read so that a payment could go "
        "elsewhere, or end, while its money may be moving: that is refused.",
    )
    async def put_override(
        self,
        provider: Slug,
        code: Code,
        data: ErrorOverrideBody,
        principal: Principal,
        error_maps: TenantErrorMaps,
    ) -> ErrorRowBody:
        """Override one row."""
        row = await error_maps.put(
            principal.scope,
            provider,
            code,
            data.outcome,
            reason=data.reason,
            set_by=principal.key_id,
        )
        return _row_body(row)

    @delete(
        "/{provider:str}/codes/{code:str}",
        guards=[admin],
        operation_id="deleteErrorOverride",
        summary="Read a code as the provider's package does",
        description="Takes your own row away, within a second; repeatable.",
    )
    async def delete_override(
        self, provider: Slug, code: Code, principal: Principal, error_maps: TenantErrorMaps
    ) -> None:
        """Take an override away."""
        await error_maps.remove(principal.scope, provider, code)

    @get(
        "/{provider:str}/unmapped",
        guards=[reader],
        operation_id="listUnmappedCodes",
        summary="List codes that are in no row",
        description="Codes that came in and that the provider's package does not know, the last "
        "seen first. Their outcome is what the package makes of an unknown code.",
    )
    async def list_unmapped(
        self, provider: Slug, principal: Principal, error_maps: TenantErrorMaps
    ) -> UnmappedCodesBody:
        """List unmapped codes."""
        found = await error_maps.unmapped(principal.scope, provider)
        return UnmappedCodesBody(data=[_unmapped_body(each) for each in found])


def _row_body(row: ErrorRow) -> ErrorRowBody:
    override, rule = row.override, row.rule
    return ErrorRowBody(
        code=row.code,
        outcome=row.outcome,
        meaning=rule.meaning,
        reason=body_of_reason(row.reason),
        overrides=None
        if override is None
        else OverriddenBody(
            outcome=rule.outcome,
            reason=rule.reason,
            set_by=override.set_by,
            set_at=override.set_at,
        ),
    )


def _unmapped_body(seen: UnmappedCode) -> UnmappedCodeBody:
    return UnmappedCodeBody(
        code=seen.code,
        connection_id=seen.connection_id,
        outcome=seen.outcome,
        times_seen=seen.times_seen,
        first_seen_at=seen.first_seen_at,
        last_seen_at=seen.last_seen_at,
    )
