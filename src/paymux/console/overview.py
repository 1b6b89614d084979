"""The first page: how things stand."""

from collections.abc import Mapping

from litestar import Controller, Response, get

from paymux.console.charts import bar_chart, grouped
from paymux.console.pages import page
from paymux.console.visitors import PageRequestOf, Visitor
from paymux.integrations.ports.inbound import (
    ProviderEventQuery,
    ShowsConnections,
    ShowsProviderEvents,
)
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.ports.views import PaymentQuery, Period, ShowsPayments, SurveysPayments

_SOME = PageRequest(limit=5)
_ALL_CONNECTIONS = PageRequest(limit=100)


class OverviewController(Controller):
    """Numbers, and what waits for a person."""

    @get("/")
    async def show_overview(
        self,
        *,
        request: PageRequestOf,
        visitor: Visitor,
        overview: SurveysPayments,
        payment_views: ShowsPayments,
        connection_views: ShowsConnections,
        provider_event_views: ShowsProviderEvents,
    ) -> Response[str]:
        """Show the last day, or the last week."""
        scope = visitor.scope
        period = Period.WEEK if request.query_params.get("period") == "7d" else Period.DAY
        survey = await overview.survey(scope, period)
        to_review = await payment_views.page(scope, PaymentQuery(needs_review=True), _SOME)
        parked = await provider_event_views.page(scope, ProviderEventQuery(status="parked"), _SOME)
        return page(
            "overview.html",
            visitor,
            period=period,
            survey=survey,
            groups=grouped(survey.by_status),
            chart=bar_chart(survey.steps),
            labels=await labels_of(connection_views, scope),
            to_review=to_review.items,
            backlog=await provider_event_views.backlog(scope),
            parked=parked.items,
        )


async def labels_of(connection_views: ShowsConnections, scope: Scope) -> Mapping[str, str]:
    """Return what the tenant calls its connections; those deleted have no label any more."""
    found = await connection_views.page(scope, _ALL_CONNECTIONS)
    return {connection.id: connection.label for connection in found.items}
