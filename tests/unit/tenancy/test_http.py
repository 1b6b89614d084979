"""Who may do what over HTTP."""

from collections.abc import Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.unit.tenancy.conftest import ROOT_KEY

Client = TestClient[Litestar]
Auth = dict[str, str]
ROOT = {"Authorization": f"Bearer {ROOT_KEY}"}


@pytest.fixture(name="client")
def _client(app: Litestar) -> Iterator[Client]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def bearer(key: str) -> Auth:
    return {"Authorization": f"Bearer {key}"}


def new_tenant(client: Client, name: str = "Zebra Books") -> tuple[str, Auth, Auth]:
    """Return its id, and its first test and live keys."""
    body = client.post("/v1/tenants", json={"name": name}, headers=ROOT).json()
    test, live = (bearer(key["key"]) for key in body["api_keys"])
    return body["id"], test, live


def new_key(client: Client, admin: Auth, role: str) -> Auth:
    body = client.post("/v1/api_keys", json={"label": role, "role": role}, headers=admin).json()
    return bearer(body["key"])


def test_the_root_key_creates_a_tenant_with_keys_shown_once(client: Client) -> None:
    reply = client.post("/v1/tenants", json={"name": "Zebra Books"}, headers=ROOT)
    assert reply.status_code == 201
    body = reply.json()
    assert body["name"] == "Zebra Books"
    assert [(key["mode"], key["role"]) for key in body["api_keys"]] == [
        ("test", "admin"),
        ("live", "admin"),
    ]
    admin = bearer(body["api_keys"][0]["key"])
    listed = client.get("/v1/api_keys", headers=admin)
    assert [key["id"] for key in listed.json()["data"]] == [body["api_keys"][0]["id"]]
    assert body["api_keys"][0]["key"] not in listed.text


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer nonsense",
        "Bearer \xff\xfe",
        "Bearer pmx_test_" + "a" * 40,
        ROOT_KEY,
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/tenants"), ("POST", "/v1/api_keys"), ("PATCH", "/v1/tenants/ten_x")],
)
def test_without_a_valid_key_nothing_is_read(
    client: Client, method: str, path: str, header: str | None
) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    reply = client.request(method, path, content=b"\xff not even JSON", headers=headers)
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["code"] in {"api_key_missing", "api_key_invalid"}


def test_the_scheme_is_case_insensitive(client: Client) -> None:
    headers = {"Authorization": f"bEARER  {ROOT_KEY}"}
    assert client.get("/v1/tenants", headers=headers).status_code == 200


@pytest.mark.parametrize("role", ["reader", "operator"])
def test_lesser_roles_do_not_manage_keys(client: Client, role: str) -> None:
    _, admin, _ = new_tenant(client)
    key = new_key(client, admin, role)
    reply = client.get("/v1/api_keys", headers=key)
    assert (reply.status_code, reply.json()["code"]) == (403, "role_insufficient")


def test_a_tenants_key_creates_no_tenants(client: Client) -> None:
    _, admin, _ = new_tenant(client)
    reply = client.post("/v1/tenants", json={"name": "x"}, headers=admin)
    assert (reply.status_code, reply.json()["code"]) == (403, "root_key_needed")


def test_the_root_key_belongs_to_no_tenant(client: Client) -> None:
    reply = client.get("/v1/api_keys", headers=ROOT)
    assert (reply.status_code, reply.json()["code"]) == (403, "root_key_has_no_tenant")


def test_another_tenants_id_looks_like_none(client: Client) -> None:
    other, _, _ = new_tenant(client, "Other")
    _, admin, _ = new_tenant(client)
    theirs = client.get(f"/v1/tenants/{other}", headers=admin)
    nobodys = client.get("/v1/tenants/ten_01k9zv3x5w8r2m4n6p7q0s1t2v", headers=admin)
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["code"] == nobodys.json()["code"] == "not_found"
    assert client.patch(f"/v1/tenants/{other}", json={}, headers=admin).status_code == 404
    assert client.get(f"/v1/tenants/{other}", headers=ROOT).json()["name"] == "Other"


def test_an_admin_renames_its_tenant_but_does_not_disable_it(client: Client) -> None:
    own, admin, _ = new_tenant(client)
    path = f"/v1/tenants/{own}"
    assert client.patch(path, json={"name": "Okapi"}, headers=admin).json()["name"] == "Okapi"
    refused = client.patch(path, json={"name": "No", "disabled": True}, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (403, "root_key_needed")
    assert client.get(path, headers=admin).json()["name"] == "Okapi"


def test_the_root_key_disables_and_enables_a_tenant(client: Client) -> None:
    own, admin, _ = new_tenant(client)
    path = f"/v1/tenants/{own}"
    disabled = client.patch(path, json={"disabled": True}, headers=ROOT).json()
    assert disabled["disabled_at"] is not None
    assert client.get("/v1/api_keys", headers=admin).status_code == 401
    assert client.patch(path, json={"disabled": False}, headers=ROOT).json() == {
        **disabled,
        "disabled_at": None,
    }
    assert client.get("/v1/api_keys", headers=admin).status_code == 200


def test_a_key_issues_keys_of_its_own_mode_only(client: Client) -> None:
    _, _, live = new_tenant(client)
    reply = client.post("/v1/api_keys", json={"label": "x", "mode": "test"}, headers=live)
    assert (reply.status_code, reply.json()["code"]) == (403, "mode_not_yours")
    reply = client.post("/v1/api_keys", json={"label": "x"}, headers=live)
    assert (reply.json()["mode"], reply.json()["role"]) == ("live", "operator")


def test_a_tenant_that_lost_its_keys_gets_one_from_the_root_key(client: Client) -> None:
    own, _, _ = new_tenant(client)
    path = f"/v1/tenants/{own}/api_keys"
    reply = client.post(path, json={"label": "rescue", "mode": "live"}, headers=ROOT)
    assert reply.status_code == 201
    assert client.get("/v1/api_keys", headers=bearer(reply.json()["key"])).status_code == 200


def test_a_revoked_key_is_refused_and_stays_listed(client: Client) -> None:
    _, admin, _ = new_tenant(client)
    issued = client.post("/v1/api_keys", json={"label": "x", "role": "admin"}, headers=admin)
    path = f"/v1/api_keys/{issued.json()['id']}"
    assert client.get("/v1/api_keys", headers=bearer(issued.json()["key"])).status_code == 200
    assert client.delete(path, headers=admin).status_code == 204
    assert client.get("/v1/api_keys", headers=bearer(issued.json()["key"])).status_code == 401
    assert client.get(path, headers=admin).json()["revoked_at"] is not None


def test_the_key_in_use_is_not_revoked(client: Client) -> None:
    _, admin, _ = new_tenant(client)
    (own,) = client.get("/v1/api_keys", headers=admin).json()["data"]
    reply = client.delete(f"/v1/api_keys/{own['id']}", headers=admin)
    assert (reply.status_code, reply.json()["code"]) == (409, "api_key_in_use")


def test_keys_of_the_other_mode_or_tenant_are_not_found(client: Client) -> None:
    _, admin, live = new_tenant(client)
    _, other, _ = new_tenant(client, "Other")
    (own,) = client.get("/v1/api_keys", headers=admin).json()["data"]
    for stranger in (live, other):
        assert client.get(f"/v1/api_keys/{own['id']}", headers=stranger).status_code == 404
        assert client.delete(f"/v1/api_keys/{own['id']}", headers=stranger).status_code == 404


def test_tenants_are_listed_in_pages_by_the_root_key(client: Client) -> None:
    names = {new_tenant(client, f"tenant {number}")[0] for number in range(3)}
    first = client.get("/v1/tenants?limit=2", headers=ROOT).json()
    rest = client.get(f"/v1/tenants?cursor={first['next_cursor']}", headers=ROOT).json()
    assert {one["id"] for one in first["data"] + rest["data"]} == names
    assert rest["next_cursor"] is None


def test_openapi_says_which_key_each_operation_takes(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert paths["/v1/tenants"]["post"]["security"] == [{"root_key": []}]
    assert paths["/v1/api_keys"]["get"]["security"] == [{"api_key": []}]
    assert paths["/v1/tenants/{tenant_id}"]["get"]["security"] == [
        {"root_key": []},
        {"api_key": []},
    ]
    assert "401" in paths["/v1/api_keys"]["get"]["responses"]


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": 1}, {"name": "x", "id": "ten_x"}, {"name": "x" * 201}]
)
def test_a_tenant_needs_a_name_and_nothing_else(client: Client, body: object) -> None:
    reply = client.post("/v1/tenants", json=body, headers=ROOT)
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_request")
