"""Who gets in, how long they stay, and what no other site can make their browser do."""

from http.cookies import SimpleCookie

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from paymux.console.visitors import COOKIE, Visitors
from paymux.kernel.scope import Scope
from paymux.tenancy.role import Role
from tests.unit.console.conftest import Browser
from tests.unit.console.fakes import PAYMENT, House, a_payment
from tests.unit.tenancy.fakes import Installation

PAGES = [
    "/console",
    "/console/payments",
    "/console/connections",
    "/console/provider_events",
    "/console/customers",
]


@pytest.mark.parametrize("path", PAGES)
def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(
    browser: Browser, keys: dict[Role, str], path: str
) -> None:
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/login?next={path}"
    back = browser.sign_in(keys[Role.READER], wanted=path)
    assert (back.status_code, back.headers["location"]) == (303, path)
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/consoles",
        "/console\\@evil",
        "/console%0d%0aX:1",
    ],
)
def test_signing_in_leads_to_the_console_and_nowhere_else(
    browser: Browser, keys: dict[Role, str], wanted: str
) -> None:
    assert browser.sign_in(keys[Role.READER], wanted).headers["location"] == "/console"


def test_the_cookie_holds_no_key_and_is_kept_from_scripts_and_other_sites(
    browser: Browser, keys: dict[Role, str]
) -> None:
    answer = browser.sign_in(keys[Role.READER])
    [header] = [h for h in answer.headers.get_list("set-cookie") if h.startswith(f"{COOKIE}=")]
    cookie = SimpleCookie(header)[COOKIE]
    assert (cookie["httponly"], cookie["samesite"].lower()) == (True, "strict")
    assert (cookie["path"], cookie["max-age"]) == ("/console", "1800")
    assert keys[Role.READER] not in answer.text + str(answer.headers)


def test_the_cookie_is_for_https_alone_where_that_is_how_one_gets_here(
    installation: Installation, visitors: Visitors
) -> None:
    secure = Visitors(sessions=visitors._sessions, api_keys=installation.api_keys, https=True)
    assert secure.cookie("name", "value", 60).secure
    assert not visitors.cookie("name", "value", 60).secure


@pytest.mark.parametrize("key", ["", "pmx_test_wrong", "nonsense", "pmx_test_" + "x" * 32])
def test_a_wrong_key_is_refused_and_not_repeated(browser: Browser, key: str) -> None:
    answer = browser.sign_in(key)
    assert answer.status_code == 401
    assert "unknown or revoked" in answer.text
    assert not key or key not in answer.text
    assert browser.get("/console").status_code == 303


def test_a_live_key_is_refused_where_no_real_money_moves(browser: Browser) -> None:
    answer = browser.sign_in("pmx_live_" + "x" * 32)
    assert answer.status_code == 403
    assert "not live" in answer.text


def test_a_sign_in_form_of_another_site_is_refused(
    browser: Browser, keys: dict[Role, str]
) -> None:
    assert browser.post("/console/login", key=keys[Role.ADMIN]).status_code == 403
    browser.get("/console/login")
    refused = browser.post("/console/login", key=keys[Role.ADMIN], form_token="x")
    assert refused.status_code == 403
    assert COOKIE not in browser.client.cookies


def test_whoever_is_signed_in_is_not_asked_again(reader: Browser) -> None:
    assert reader.get("/console/login").headers["location"] == "/console"


def test_signing_out_ends_the_session_also_for_a_copy_of_its_cookie(reader: Browser) -> None:
    copy = reader.client.cookies[COOKIE]
    answer = reader.send_form("/console", "/console/logout")
    assert answer.headers["location"] == "/console/login"
    assert COOKIE not in reader.client.cookies
    reader.client.cookies.set(COOKIE, copy, path="/console")
    assert reader.get("/console").status_code == 303


async def test_revoking_the_key_ends_its_sessions_at_once(
    reader: Browser, installation: Installation, scope: Scope
) -> None:
    assert reader.get("/console").status_code == 200
    [key_id] = [key.id for _, key in installation.store.keys.values() if key.label == Role.READER]
    await installation.api_keys.revoke(scope, key_id)
    assert reader.get("/console").status_code == 303


async def test_disabling_the_tenant_ends_its_sessions_at_once(
    reader: Browser, installation: Installation, scope: Scope
) -> None:
    await installation.tenants.disable(scope.tenant_id)
    assert reader.get("/console").status_code == 303


def test_using_the_console_keeps_the_session_and_leaving_it_does_not(
    reader: Browser, installation: Installation
) -> None:
    installation.clock.advance(25 * 60)
    assert COOKIE in reader.get("/console").headers["set-cookie"]
    installation.clock.advance(25 * 60)
    assert reader.get("/console").status_code == 200
    installation.clock.advance(31 * 60)
    assert reader.get("/console").status_code == 303


def post_routes(app: Litestar) -> list[str]:
    return [
        route.path_format
        for route in app.routes
        if isinstance(route, HTTPRoute)
        and "POST" in route.route_handler_map
        and not route.path_format.startswith("/pay/")  # its token is all the authority there is
    ]


def test_every_form_is_refused_without_the_sessions_own_token(
    app: Litestar, admin: Browser, house: House
) -> None:
    house.payments = [a_payment()]
    paths = [
        path.format_map(dict.fromkeys(["payment_id", "connection_id", "event_id"], PAYMENT))
        for path in post_routes(app)
    ]
    assert len(paths) >= 5
    for path in paths:
        for token in ({}, {"form_token": ""}, {"form_token": "x" * 43}):
            assert admin.post(path, **token).status_code == 403, path
    assert house.payments[0].status == "requires_action"


def test_no_form_can_be_sent_by_somebody_who_is_not_signed_in(
    app: Litestar, browser: Browser
) -> None:
    for path in post_routes(app):
        if path != "/console/login":
            answer = browser.post(path.replace("{", "").replace("}", ""), form_token="x")
            assert answer.headers["location"].startswith("/console/login"), path


def test_every_page_forbids_what_it_does_not_need(reader: Browser) -> None:
    for path in [*PAGES, "/console/login?again", "/console/nowhere"]:
        headers = reader.get(path).headers
        if "location" not in headers:
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "script-src" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["cache-control"] == "no-store"
            assert headers["referrer-policy"] == "no-referrer"


def test_the_stylesheet_may_be_kept_as_its_address_names_its_version(reader: Browser) -> None:
    html = reader.get("/console").text
    address = html.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = reader.get(address)
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken"),
        ("application/x-www-form-urlencoded", b"form_token=%ff%00&next=%00&key=%ff"),
        ("application/x-www-form-urlencoded", b"form_token=a&form_token=b&key=a&key=b"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"+AGs-=1"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"key=1"),
        ("application/json", b'{"form_token": 1}'),
        ("application/json", b"{"),
        ("", b"\xff"),
        ("text/plain", b"key=1"),
    ],
)
def test_any_body_is_borne_and_none_lets_anybody_in(
    browser: Browser, kind: str, body: bytes
) -> None:
    browser.get("/console/login")
    for path in ("/console/login", "/console/logout"):
        answer = browser.client.post(
            path, content=body, headers={"content-type": kind}, follow_redirects=False
        )
        assert answer.status_code in {303, 400, 403}, answer.text
        assert COOKIE not in browser.client.cookies
