"""The web process under measurement: the real one, with one more route that stores nothing."""

import os

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from paymux.bootstrap import serving
from paymux.bootstrap.containers import Container
from paymux.bootstrap.installation import installed
from paymux.bootstrap.web import create_app
from paymux.integrations.adapters.routes import ConnectionRoutes
from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId
from paymux.payments.ports.webhooks import (
    InboundWebhook,
    VerifiedWebhook,
    VerifiesWebhooks,
)
from paymux.platform.settings import load_settings
from paymux.platform.telemetry.logging import configure_logging

# Below the real door, so that it is as quiet in the log.
VERIFY_PATH = "/webhooks/bench/verify"


def verify_route(routes: ConnectionRoutes, clock: Clock, max_bytes: int) -> HTTPRouteHandler:
    """A door that does all that the real one does before it stores."""

    @post(VERIFY_PATH + "/{provider:str}/{connection_id:str}", request_max_body_size=max_bytes)
    async def verify(
        provider: str, connection_id: str, request: Request[object, object, State]
    ) -> Response[None]:
        route = await routes.find(provider, ConnectionId(connection_id))
        if route is None or not isinstance(route[1], VerifiesWebhooks):
            return Response(None, status_code=404)
        webhook = InboundWebhook(dict(request.headers), await request.body(), clock.now())
        verified = await route[1].verify_webhook(webhook)
        return Response(None, status_code=202 if isinstance(verified, VerifiedWebhook) else 400)

    return verify


async def _main() -> None:
    settings = load_settings(os.environ)
    configure_logging(settings.log_level, settings.log_format)
    async with installed(settings) as installation:
        container = installation.container()
        app = create_app(container, with_worker=settings.worker_in_web)
        app.register(_verify_route_of(container))
        await serving.serve_app(app, settings)


def _verify_route_of(container: Container) -> HTTPRouteHandler:
    return verify_route(
        container.connection_routes(), container.clock(), container.settings().webhook_max_bytes
    )


if __name__ == "__main__":
    serving.run_on_fast_loop(_main())
