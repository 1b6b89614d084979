"""Readiness tells what is missing; liveness does not ask."""

import asyncio

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from paymux.platform.http import health
from paymux.platform.http.application import HttpPlatform, build_app


async def fine() -> None:
    await asyncio.sleep(0)


async def broken() -> None:
    raise ConnectionRefusedError


async def hanging() -> None:
    await asyncio.sleep(60)


def app_with(**checks: health.Check) -> Litestar:
    platform = HttpPlatform(version="1", readiness=checks)
    return build_app(platform, route_handlers=[], dependencies={})


def test_alive_without_asking_anyone() -> None:
    with TestClient(app_with(database=broken)) as client:
        reply = client.get("/healthz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})


def test_ready_when_every_check_passes() -> None:
    with TestClient(app_with(database=fine, jobs=fine)) as client:
        reply = client.get("/readyz")
    assert reply.status_code == 200
    assert reply.json() == {"status": "ok", "checks": {"database": "ok", "jobs": "ok"}}


def test_not_ready_names_the_check_that_failed() -> None:
    with TestClient(app_with(database=fine, jobs=broken)) as client:
        reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json() == {"status": "failed", "checks": {"database": "ok", "jobs": "failed"}}


def test_a_check_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_TIMEOUT", 0.05)
    with TestClient(app_with(jobs=hanging)) as client:
        assert client.get("/readyz").json()["checks"] == {"jobs": "failed"}
