"""What bootstrap adds to the web application for the console."""

from litestar import Response, Router, get
from litestar.di import Provide

from paymux.console.connections import ConnectionPagesController
from paymux.console.customers import CustomerPagesController
from paymux.console.errors import PAGE_EXCEPTION_HANDLERS
from paymux.console.login import LoginController
from paymux.console.overview import OverviewController
from paymux.console.pages import STYLE
from paymux.console.payments import PaymentPagesController
from paymux.console.provider_events import ProviderEventPagesController
from paymux.console.visitors import provide_admin, provide_operator, provide_visitor


@get("/paymux.css", sync_to_thread=False)
def stylesheet() -> Response[str]:
    """Serve the one stylesheet; its address names its version, so it may be kept."""
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(STYLE, media_type="text/css", headers=headers)


CONSOLE = Router(
    "/console",
    route_handlers=[
        stylesheet,
        LoginController,
        OverviewController,
        PaymentPagesController,
        ConnectionPagesController,
        ProviderEventPagesController,
        CustomerPagesController,
    ],
    dependencies={
        "visitor": Provide(provide_visitor),
        "operator": Provide(provide_operator),
        "admin": Provide(provide_admin),
    },
    exception_handlers=dict(PAGE_EXCEPTION_HANDLERS),
    include_in_schema=False,
)
"""Handlers need `visitors: Visitors`, `public_urls: PublicUrls`, and the services by name:
`overview`, `payment_views`, `connection_views`, `provider_event_views`, `customer_views`."""
