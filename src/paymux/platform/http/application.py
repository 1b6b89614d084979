"""The web application: everything HTTP that is the same for every route."""

import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from litestar import Litestar, Response
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning
from litestar.types import ControllerRouterHandler

from paymux.platform.http.documentation import Documentation
from paymux.platform.http.envelope import Envelope
from paymux.platform.http.exception_handlers import EXCEPTION_HANDLERS
from paymux.platform.http.health import Check, health_routes
from paymux.platform.http.idempotency import (
    AnswerKeeper,
    AnyRequest,
    HolderOf,
    IdempotencyHook,
    origin_of,
)
from paymux.platform.http.openapi import (
    RequestExamples,
    SecurityOf,
    allowed_methods,
    complete_openapi,
    documented_query,
    openapi_config,
)
from paymux.platform.http.pagination import page_request
from paymux.platform.http.screening import Screen
from paymux.platform.http.strict_request import StrictRequest
from paymux.platform.idempotency.requests import IdempotencyKeys

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]
Hook = Callable[[AnyRequest], Awaitable[Response[Any] | None]]
ExceptionHandlers = Mapping[int | type[Exception], Callable[..., Response[Any]]]

_DEPENDENCIES: Final[Mapping[str, Provide]] = {
    "page": Provide(page_request, sync_to_thread=False),
    "origin": Provide(origin_of, sync_to_thread=False),
}


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Where Idempotency-Keys are kept, and whose the key of a request is."""

    keys: IdempotencyKeys
    holder_of: HolderOf


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPlatform:
    """What the installation decides about HTTP."""

    version: str
    request_max_bytes: int = 256 * 1024
    https: bool = False
    security_of: SecurityOf = field(default_factory=dict)
    request_examples: RequestExamples = field(default_factory=dict)
    readiness: Mapping[str, Check] = field(default_factory=dict)
    idempotency: Idempotency | None = None


def build_app(
    platform: HttpPlatform,
    *,
    route_handlers: Sequence[ControllerRouterHandler],
    dependencies: Mapping[str, Provide],
    lifespan: Sequence[Lifespan] = (),
    state: Mapping[str, object] | None = None,
    exception_handlers: ExceptionHandlers | None = None,
) -> Litestar:
    """Return the application; `exception_handlers` go before ours, which answer problems."""
    screen, documentation = Screen(), Documentation()
    with _plain_signatures():
        app = Litestar(
            route_handlers=list(route_handlers),
            dependencies=dict(dependencies),
            lifespan=list(lifespan),
            state=State(dict(state or {})),
            request_max_body_size=platform.request_max_bytes,
            exception_handlers=dict(exception_handlers or {}),
            on_app_init=[partial(_furnished, platform, screen, documentation)],
        )
    _know_its_routes(app, platform, screen, documentation)
    if platform.idempotency is not None:
        app.asgi_handler = AnswerKeeper(app.asgi_handler, platform.idempotency.keys)
    # Outside the router, so that unknown routes and refused methods pass through it as well.
    app.asgi_handler = Envelope(app.asgi_handler, https=platform.https)
    return app


def _furnished(
    platform: HttpPlatform, screen: Screen, documentation: Documentation, app: AppConfig
) -> AppConfig:
    """Add to the application what is the same for every route."""
    app.route_handlers.extend([*health_routes(platform.readiness), *documentation.routes()])
    app.dependencies = {**_DEPENDENCIES, **app.dependencies}
    app.exception_handlers = {**EXCEPTION_HANDLERS, **app.exception_handlers}
    app.before_request = _hook(screen, platform.idempotency)
    app.request_class = StrictRequest
    app.openapi_config = openapi_config(platform.version)
    app.logging_config = None
    return app


def _know_its_routes(
    app: Litestar, platform: HttpPlatform, screen: Screen, documentation: Documentation
) -> None:
    screen.documented, screen.allowed = documented_query(app), allowed_methods(app)
    documentation.publish(complete_openapi(app, platform.security_of, platform.request_examples))


def _hook(screen: Screen, idempotency: Idempotency | None) -> Hook:
    if idempotency is None:
        return screen
    claim = IdempotencyHook(idempotency.keys, idempotency.holder_of)

    async def screen_and_claim(request: AnyRequest) -> Response[Any] | None:
        return await screen(request) or await claim(request)

    return screen_and_claim


@contextmanager
def _plain_signatures() -> Iterator[None]:
    # Litestar 3 will want its own markers on every injected parameter; we stay below 3, where
    # a handler's signature is plain.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        yield
