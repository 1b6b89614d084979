"""`/v1/reasons`, and how a reason looks wherever it stands."""

from typing import Annotated, Final

from litestar import Controller, get
from litestar.di import Provide
from msgspec import Struct

from paymux.payments.application.error_maps import TenantErrorMaps
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.ports.advice import ADVICE
from paymux.payments.ports.reasons import NextTry, Reason, ReasonCategory
from paymux.platform.http.fields import example
from paymux.tenancy.http import reader
from paymux.tenancy.principal import Principal

_EXAMPLE: Final = Reason.INSUFFICIENT_FUNDS


class ReasonBody(Struct, frozen=True, kw_only=True):
    """Why it did not end well, in words that are the same for every provider.

    `next_try`: where another try may help. `advice_to_payer` may be shown to the payer as it
    is; `advice_to_merchant` is for you.
    """

    code: Annotated[Reason, example(_EXAMPLE)]
    category: Annotated[ReasonCategory, example(ADVICE[_EXAMPLE].category)]
    next_try: Annotated[NextTry, example(ADVICE[_EXAMPLE].next_try)]
    advice_to_payer: Annotated[str, example(ADVICE[_EXAMPLE].to_payer)]
    advice_to_merchant: Annotated[str, example(ADVICE[_EXAMPLE].to_merchant)]


class ReasonsBody(Struct, frozen=True):
    """Every reason there is."""

    data: list[ReasonBody]


class ReasonsController(Controller):
    """The reasons; the same for every tenant and provider."""

    path = "/v1/reasons"
    tags = ("Errors",)

    @get(
        "/",
        guards=[reader],
        operation_id="listReasons",
        summary="List the reasons why a provider does not do it",
        description="With what each calls for. Providers' codes differ in the hundreds; these "
        "do not.",
    )
    async def list_reasons(self) -> ReasonsBody:
        """List every reason."""
        return ReasonsBody(data=[_BODIES[reason] for reason in Reason])


async def reason_book(principal: Principal, error_maps: TenantErrorMaps) -> ReasonBook:
    """Give a handler the reasons as its tenant reads them."""
    return await error_maps.book(principal.scope)


REASONS: Final = {"reasons": Provide(reason_book)}
"""What a controller says that shows reasons."""


def body_of_reason(reason: Reason) -> ReasonBody:
    """Return what the API says of a reason."""
    return _BODIES[reason]


def reason_body(reason: Reason | None) -> ReasonBody | None:
    """Return what the API says of a reason, if there is one."""
    return None if reason is None else _BODIES[reason]


def _body(reason: Reason) -> ReasonBody:
    advice = ADVICE[reason]
    return ReasonBody(
        code=reason,
        category=advice.category,
        next_try=advice.next_try,
        advice_to_payer=advice.to_payer,
        advice_to_merchant=advice.to_merchant,
    )


_BODIES: Final = {reason: _body(reason) for reason in Reason}
