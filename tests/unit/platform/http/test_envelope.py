"""Around every exchange: request id, safety headers, access log."""

import logging
import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


@pytest.mark.parametrize("given", ["short", "has space in it", "x" * 65, "né-né-né-né", ""])
def test_a_strange_request_id_is_replaced(client: Client, given: str) -> None:
    reply = client.get("/healthz", headers=[(b"X-Request-Id", given.encode())])
    assert re.fullmatch(r"req_[0-9a-f]{24}", reply.headers["x-request-id"])


def test_a_plain_request_id_is_kept(client: Client) -> None:
    reply = client.get("/healthz", headers={"X-Request-Id": "order-4711_b"})
    assert reply.headers["x-request-id"] == "order-4711_b"


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/nowhere", "/docs", "/webhooks/x", "/healthz"])
def test_every_answer_is_safe_for_browsers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "access-control-allow-origin" not in headers


def test_pages_may_use_styles_and_data_may_not(client: Client) -> None:
    assert "style-src" in client.get("/docs").headers["content-security-policy"]
    assert "style-src" not in client.get("/v1/orders").headers["content-security-policy"]


def test_api_answers_are_not_stored(client: Client) -> None:
    assert client.get("/v1/orders").headers["cache-control"] == "no-store"


def test_head_is_get_without_the_content(client: Client) -> None:
    get, head = client.get("/v1/orders"), client.head("/v1/orders")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


def test_head_of_what_cannot_be_got_is_refused(client: Client) -> None:
    assert client.head("/webhooks/stripe").status_code == 405


def test_options_tells_the_methods(client: Client) -> None:
    reply = client.options("/v1/orders")
    assert reply.status_code == 204
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert client.options("/v1/orders/x").headers["allow"] == "DELETE, GET, HEAD, OPTIONS"


def test_the_access_log_names_the_template_and_never_the_path(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="paymux.access"):
        client.get("/v1/orders/secret-token")
        client.get("/v1/orders?status=secret-status")
    record, other = (one for one in caplog.records if one.name == "paymux.access")
    assert record.__dict__["route"] == "/v1/orders/{order_id}"
    assert record.__dict__["status"] == 200
    assert record.__dict__["method"] == "GET"
    assert record.__dict__["ms"] >= 0
    assert "secret" not in str(record.__dict__) + str(other.__dict__)


def test_health_and_webhooks_are_logged_only_when_they_fail(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="paymux.access"):
        client.get("/healthz")
        client.post("/webhooks/stripe", content=b"x")
        assert not caplog.records
        client.post("/webhooks/stripe", content=b"x" * 9999)
    assert [one.__dict__["status"] for one in caplog.records if one.name == "paymux.access"] == [
        413
    ]
