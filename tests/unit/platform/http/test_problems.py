"""Every refusal is a problem with a stable code."""

import logging

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from paymux.kernel.errors import Category
from paymux.platform.http.errors import CardNumberIsRefused, JsonIsMalformed
from paymux.platform.http.problems import STATUS_OF, known_problems, status_of, title_of

Client = TestClient[Litestar]
ORDER = {"amount": 1, "currency": "EUR"}


def test_every_category_has_a_status() -> None:
    assert set(STATUS_OF) == set(Category)


def test_a_problem_says_type_title_status_detail_code_and_request_id(client: Client) -> None:
    reply = client.get("/v1/orders/missing", headers={"X-Request-Id": "mine-12345"})
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json() == {
        "type": "/problems/not_found",
        "title": "Thing is not found",
        "status": 404,
        "detail": "There is no order 'missing'.",
        "code": "not_found",
        "request_id": "mine-12345",
    }


def test_all_violations_are_named_by_their_paths(client: Client) -> None:
    body = {
        "amount": "10",
        "extra": 1,
        "lines": [{"quantity": 1}, {"quantity": 0, "colour": "red"}, 7],
        "metadata": {"a": 1},
    }
    reply = client.post("/v1/orders", json=body)
    assert reply.status_code == 400
    problem = reply.json()
    assert problem["code"] == "invalid_request"
    assert problem["field"] == "amount"
    assert {error["field"] for error in problem["errors"]} == {
        "amount",
        "currency",
        "extra",
        "lines[1].quantity",
        "lines[1].colour",
        "lines[2]",
        "metadata[...]",
    }


@pytest.mark.parametrize("amount", ["1", 1.0, 1.5, True, None, [], 10**30, 0, -1])
def test_an_amount_is_an_integer_and_nothing_that_could_become_one(
    client: Client, amount: object
) -> None:
    reply = client.post("/v1/orders", json={**ORDER, "amount": amount})
    assert reply.status_code == 400
    assert reply.json()["field"] == "amount"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"amount": 1', "malformed_json"),
        (b"", "body_missing"),
        (b"null", "invalid_request"),
        (b"[]", "invalid_request"),
        (b'{"amount": 1, "amount": 1, "currency": "EUR"}', "repeated_json_key"),
        (b'{"amount": 1, "\\u0061mount": 1, "currency": "EUR"}', "repeated_json_key"),
        (b'{"amount": 1, "currency": "EUR", "metadata": {"a": "", "a": ""}}', "repeated_json_key"),
        (b'{"amount": NaN, "currency": "EUR"}', "malformed_json"),
        (b'{"amount": 1e999, "currency": "EUR"}', "malformed_json"),
        (b'{"amount": 1, "currency": "EUR", "note": "\xff"}', "invalid_text"),
        (b'{"amount": 1, "currency": "EUR", "note": "a\\u0000b"}', "invalid_text"),
        (b'{"amount": 1, "currency": "EUR", "note": "\\ud800"}', "invalid_text"),
        (b'{"amount": 1, "currency": "EUR", "metadata": {"\\u0000": "x"}}', "invalid_text"),
        (b'{"amount": 1, "currency": "EUR", "\\ud800": "x"}', "invalid_text"),
        (b'{"amount": 1, "currency": "EUR", "count": 9223372036854775808}', "number_too_long"),
        (b'{"amount": ' + b"9" * 5000 + b"}", "malformed_json"),
        (b"[" * 9000, "malformed_json"),
        (b"\xef\xbb\xbf{}", "malformed_json"),
        (b'{"amount": 1}' + b" " * 10_000, "body_too_large"),
    ],
)
def test_a_bad_body_has_its_own_code(client: Client, body: bytes, code: str) -> None:
    reply = client.post("/v1/orders", content=body, headers={"content-type": "application/json"})
    assert reply.json()["code"] == code
    assert reply.status_code == (413 if code == "body_too_large" else 400)


def test_a_body_that_is_streamed_without_a_length_is_limited_too(client: Client) -> None:
    chunks = (b" " * 1000 for _ in range(11))
    reply = client.post("/v1/orders", content=chunks, headers={"content-type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")


def test_a_route_may_have_its_own_limit(client: Client) -> None:
    assert client.post("/webhooks/stripe", content=b"x" * 2000).text == "stripe 2000"
    assert client.post("/webhooks/stripe", content=b"x" * 2001).status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ";", ""])
def test_only_json_is_taken(client: Client, kind: str) -> None:
    reply = client.post("/v1/orders", content=b"{}", headers={"content-type": kind})
    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_content_type")


def test_an_unknown_route_is_a_problem_with_all_headers(client: Client) -> None:
    reply = client.get("/v1/nowhere")
    assert (reply.status_code, reply.json()["code"]) == (404, "route_not_found")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["x-request-id"] == reply.json()["request_id"]


@pytest.mark.parametrize("method", ["PUT", "TRACE", "PROPFIND"])
def test_a_refused_method_names_those_that_are_allowed(client: Client, method: str) -> None:
    reply = client.request(method, "/v1/orders")
    assert (reply.status_code, reply.json()["code"]) == (405, "method_not_allowed")
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_fault_reveals_nothing_and_is_logged(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = client.get("/v1/faults/bug")
    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
    assert "secret" not in reply.text
    assert "secret detail" in caplog.text


def test_a_database_out_of_reach_is_503_with_a_hint_when_to_come_back(client: Client) -> None:
    reply = client.get("/v1/faults/down")
    assert (reply.status_code, reply.json()["code"]) == (503, "unavailable")
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("colour=red", "unknown_parameter", "colour"),
        ("limit=1&limit=2", "repeated_parameter", "limit"),
        ("limit=0", "invalid_request", "limit"),
        ("limit=101", "invalid_request", "limit"),
        ("limit=x", "invalid_request", "limit"),
        ("limit=" + "9" * 5000, "invalid_request", "limit"),
        ("cursor=nonsense", "invalid_cursor", "cursor"),
        ("cursor=" + "a" * 101, "invalid_request", "cursor"),
        ("status=%00", "invalid_text", "status"),
        ("status=%ff", "invalid_text", None),
        ("%ff=1", "invalid_text", None),
    ],
)
def test_a_bad_query_names_the_parameter(
    client: Client, query: str, code: str, field: str | None
) -> None:
    reply = client.get(f"/v1/orders?{query}")
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert reply.json().get("field") == field


def test_a_parameter_that_takes_several_values_may_be_repeated(client: Client) -> None:
    assert client.get("/v1/orders?tag=a&tag=b").status_code == 200


@pytest.mark.parametrize("path", ["/v1/orders/%00", "/v1/orders/%ff", "/v1/orders/a%00b"])
def test_a_path_that_is_not_text_is_refused(client: Client, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_text")


def test_titles_are_sentences() -> None:
    assert title_of(JsonIsMalformed) == "JSON is malformed"
    assert title_of(CardNumberIsRefused) == "Card number is refused"


def test_codes_are_listed_once_each_with_status_and_title() -> None:
    kinds = list(known_problems())
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(status_of(kind) >= 400 and title_of(kind) for kind in kinds)
