"""`/healthz`: the process lives. `/readyz`: what it depends on is there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Final, Literal

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from paymux.platform.http.fields import example

logger = logging.getLogger(__name__)

Check = Callable[[], Awaitable[None]]
"""Returns when all is well and raises otherwise."""

_TIMEOUT: Final = 3.0
State = Literal["ok", "failed"]


class Health(msgspec.Struct, frozen=True):
    """That the process answers."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """What the process depends on, check by check."""

    status: Annotated[State, example("ok")]
    checks: Annotated[dict[str, State], example({"database": "ok", "jobs": "ok"})]


_NOT_READY: Final[Mapping[int, ResponseSpec]] = {
    HTTPStatus.SERVICE_UNAVAILABLE: ResponseSpec(
        Readiness,
        description="What the process depends on is not all there.",
        examples=[Example(value={"status": "failed", "checks": {"database": "failed"}})],
        generate_examples=False,
    )
}


def health_routes(checks: Mapping[str, Check]) -> Sequence[HTTPRouteHandler]:
    """Return the two routes; every check runs at each call of `/readyz`, side by side."""

    @get("/healthz", sync_to_thread=False, tags=["Health"], operation_id="health")
    def healthz() -> Health:
        """Tell that the process is up.

        Says nothing of what it depends on: restart the process when this does not answer.
        """
        return Health()

    @get("/readyz", tags=["Health"], operation_id="readiness", responses=_NOT_READY)
    async def readyz() -> Response[Readiness]:
        """Tell whether requests can be served.

        200, or 503 with the checks that failed: send requests elsewhere meanwhile.
        """
        states = await asyncio.gather(*(_run(name, check) for name, check in checks.items()))
        is_ready = "failed" not in states
        return Response(
            Readiness(
                status="ok" if is_ready else "failed",
                checks=dict(zip(checks, states, strict=True)),
            ),
            status_code=HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
        )

    return [healthz, readyz]


async def _run(name: str, check: Check) -> State:
    try:
        async with asyncio.timeout(_TIMEOUT):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready
        logger.warning(
            "A readiness check failed.", extra={"check": name, "error": type(error).__name__}
        )
        return "failed"
    return "ok"
