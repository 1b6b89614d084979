"""The console over fakes: one tenant with three keys, another tenant with one."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from httpx import Response
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from paymux.console.errors import UNROUTED
from paymux.console.pay import PayController
from paymux.console.routes import CONSOLE
from paymux.console.sessions import Sessions
from paymux.console.visitors import Visitors
from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.scope import Mode, Scope
from paymux.platform.http.application import HttpPlatform, build_app
from paymux.platform.http.public_urls import PublicUrls
from paymux.tenancy.role import Role
from paymux.tenancy.tenants import NewTenant
from tests.unit.console.fakes import (
    FakeConnectionViews,
    FakeCustomerViews,
    FakeOverview,
    FakePaymentLinks,
    FakePaymentViews,
    FakeProviderEventViews,
    House,
)
from tests.unit.tenancy.fakes import Installation


@pytest.fixture
def installation() -> Installation:
    return Installation(live=False)


@pytest.fixture
async def tenant(installation: Installation) -> NewTenant:
    return await installation.tenants.create(name="Zebra Books")


@pytest.fixture
def scope(tenant: NewTenant) -> Scope:
    return Scope(tenant.tenant.id, Mode.TEST)


@pytest.fixture
def house(tenant: NewTenant) -> House:
    return House(tenant.tenant.id)


@pytest.fixture
def payment_links() -> FakePaymentLinks:
    return FakePaymentLinks()


@pytest.fixture
def visitors(installation: Installation) -> Visitors:
    return Visitors(
        sessions=Sessions(
            keys=[b"k" * 32], clock=installation.clock, ids=TimeSortedIds(installation.clock)
        ),
        api_keys=installation.api_keys,
        https=False,
    )


@pytest.fixture
def app(house: House, visitors: Visitors, payment_links: FakePaymentLinks) -> Litestar:
    services = {
        "visitors": visitors,
        "overview": FakeOverview(house),
        "payment_views": FakePaymentViews(house),
        "connection_views": FakeConnectionViews(house),
        "provider_event_views": FakeProviderEventViews(house),
        "customer_views": FakeCustomerViews(house),
        "payment_links": payment_links,
        "public_urls": PublicUrls("https://pay.example"),
    }
    return build_app(
        HttpPlatform(version="1"),
        route_handlers=[CONSOLE, PayController],
        dependencies={name: _given(service) for name, service in services.items()},
        exception_handlers=UNROUTED,
    )


def _given(service: object) -> Provide:
    return Provide(lambda: service, sync_to_thread=False)


class Inputs(HTMLParser):
    """The named inputs of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            self.values[str(given["name"])] = given.get("value") or ""


@dataclass
class Browser:
    """A browser without scripts, which does not follow redirects by itself."""

    client: TestClient[Litestar]

    def get(self, path: str) -> Response:
        return self.client.get(path, follow_redirects=False)

    def post(self, path: str, **fields: str) -> Response:
        return self.client.post(path, data=fields, follow_redirects=False)

    def sign_in(self, key: str, wanted: str = "/console") -> Response:
        page = self.get(f"/console/login?next={wanted}")
        fields = {**Inputs(page.text).values, "key": key}
        return self.post("/console/login", **fields)

    def send_form(self, page: str, action: str) -> Response:
        """Send a form of a page, as a click on its button does."""
        html = self.get(page).text
        assert f'action="{action}"' in html
        return self.post(action, form_token=Inputs(html).values["form_token"])


@pytest.fixture
def browser(app: Litestar) -> Iterator[Browser]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Browser(client)


@pytest.fixture
async def keys(installation: Installation, scope: Scope) -> dict[Role, str]:
    """A key of each role."""
    issued = {
        role: await installation.api_keys.issue(scope, role=role, label=role) for role in Role
    }
    return {role: one.text for role, one in issued.items()}


@pytest.fixture
def reader(browser: Browser, keys: dict[Role, str]) -> Browser:
    browser.sign_in(keys[Role.READER])
    return browser


@pytest.fixture
def operator(browser: Browser, keys: dict[Role, str]) -> Browser:
    browser.sign_in(keys[Role.OPERATOR])
    return browser


@pytest.fixture
def admin(browser: Browser, keys: dict[Role, str]) -> Browser:
    browser.sign_in(keys[Role.ADMIN])
    return browser
