"""Tenancy on an in-memory store, a clock that stands still, and foreseeable ids."""

import pytest
from litestar import Litestar
from litestar.di import Provide

from paymux.platform.http.application import HttpPlatform, build_app
from paymux.tenancy.http import SECURITY, TENANCY_DEPENDENCIES, TENANCY_ROUTES, tenancy_state
from tests.unit.tenancy.fakes import Installation

ROOT_KEY = "root-key-of-this-installation-0123456789"


@pytest.fixture
def installation() -> Installation:
    return Installation(live=True)


@pytest.fixture
def app(installation: Installation) -> Litestar:
    return build_app(
        HttpPlatform(version="1", security_of=SECURITY),
        route_handlers=TENANCY_ROUTES,
        dependencies={
            **TENANCY_DEPENDENCIES,
            "tenants": Provide(lambda: installation.tenants, sync_to_thread=False),
            "api_keys": Provide(lambda: installation.api_keys, sync_to_thread=False),
        },
        state=tenancy_state(installation.api_keys, ROOT_KEY),
    )
