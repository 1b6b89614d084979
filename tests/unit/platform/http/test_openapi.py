"""The description is complete, and its pages load nothing from elsewhere."""

import re
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


@pytest.fixture(name="document")
def _document(client: Client) -> Any:
    return client.get("/openapi.json").json()


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_it_is_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"] | {"description": ""} == {
        "title": "Paymux",
        "version": "1.2.3",
        "summary": "One API for payments through several providers.",
        "description": "",
    }


def test_every_operation_has_problems_a_summary_a_tag_and_an_id_of_its_own(document: Any) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["tags"], where
        assert {"400", "default"} <= operation["responses"].keys(), where
        assert ("404" in operation["responses"]) == ("{" in path), where
        assert ("415" in operation["responses"]) == ("requestBody" in operation), where


def test_references_lead_somewhere(document: Any) -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
        found = document
        for part in reference.split("/"):
            found = found[part]
        assert found


def test_ids_summaries_and_descriptions_come_from_the_handlers(document: Any) -> None:
    operation = document["paths"]["/v1/orders"]["post"]
    assert operation["operationId"] == "createOrder"
    assert operation["summary"] == "Create an order"
    assert operation["description"] == "Nothing is kept."
    assert operation["tags"] == ["Orders"]


def test_examples_are_published(document: Any) -> None:
    amount = document["components"]["schemas"]["CreateOrder"]["properties"]["amount"]
    assert amount["examples"] == [1999]


def media(document: Any, path: str, method: str, status: str) -> Any:
    return document["paths"][path][method]["responses"][status]["content"]["application/json"]


def test_a_request_has_examples_made_of_its_fields(document: Any) -> None:
    content = document["paths"]["/v1/orders"]["post"]["requestBody"]["content"]
    assert content["application/json"]["examples"] == {
        "complete": {
            "value": {
                "amount": 1999,
                "currency": "EUR",
                "lines": [{"quantity": 2}],
                "metadata": {},
            }
        },
        "shortest": {"value": {"amount": 1999, "currency": "EUR"}},
    }


def test_an_answer_has_an_example_made_of_its_fields(document: Any) -> None:
    order = {"id": "ord_1", "amount": 1999}
    assert media(document, "/v1/orders", "post", "201")["example"] == order
    assert media(document, "/v1/orders", "get", "200")["example"] == {
        "data": [order],
        "next_cursor": None,
    }


def test_an_operation_says_how_its_answer_differs(document: Any) -> None:
    shown = media(document, "/v1/orders/{order_id}", "get", "200")["example"]
    assert shown == {"id": "ord_1", "amount": 5}


def test_an_answer_is_described_by_what_it_is(document: Any) -> None:
    answers = document["paths"]["/v1/orders/{order_id}"]
    assert answers["get"]["responses"]["200"]["description"] == "What was ordered."
    assert answers["delete"]["responses"]["204"]["description"] == "Done; there is nothing to say."


def test_a_response_of_problems_has_an_example_of_every_code(document: Any) -> None:
    examples = document["components"]["responses"]["NotFound"]["content"][
        "application/problem+json"
    ]["examples"]
    assert {"not_found", "route_not_found"} <= examples.keys()
    assert examples["not_found"]["value"]["status"] == 404


def test_bounds_are_integers_and_members_keep_their_limits(document: Any) -> None:
    fields = document["components"]["schemas"]["CreateOrder"]["properties"]
    assert isinstance(fields["amount"]["maximum"], int)
    assert fields["metadata"]["propertyNames"] == {"maxLength": 40}
    (limit,) = [
        one["schema"]
        for one in document["paths"]["/v1/orders"]["get"]["parameters"]
        if one["name"] == "limit"
    ]
    assert isinstance(limit["maximum"], int)


def test_a_parameter_is_never_null(document: Any) -> None:
    assert "null" not in str(
        [one["schema"] for one in document["paths"]["/v1/orders"]["get"]["parameters"]]
    )


def test_pages_of_the_list_are_typed(document: Any) -> None:
    content = document["paths"]["/v1/orders"]["get"]["responses"]["200"]["content"]
    name = content["application/json"]["schema"]["$ref"].split("/")[-1]
    page = document["components"]["schemas"][name]
    assert name == "OrderPage"
    assert page["properties"]["data"]["items"]["$ref"].endswith("/Order")


def test_schemas_of_requests_refuse_unknown_fields(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["CreateOrder"]["additionalProperties"] is False
    assert schemas["Line"]["additionalProperties"] is False
    assert schemas["CreateOrder"]["properties"]["metadata"]["additionalProperties"]
    assert "additionalProperties" not in schemas["Order"]


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/card_number_refused"])
def test_pages_load_nothing_from_another_host(client: Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"(?:src|href|url\()[=\s\"'(]*(?:https?:)?//", reply.text)
    assert "<script" not in reply.text


def test_the_page_shows_every_operation(client: Client, document: Any) -> None:
    page = client.get("/docs").text
    for path, _, operation in operations(document):
        assert path in page
        assert f'id="{operation["operationId"]}"' in page


def test_a_problem_type_leads_to_its_explanation(client: Client) -> None:
    problem = client.get("/v1/nowhere").json()
    page = client.get(problem["type"])
    assert page.status_code == 200
    assert problem["code"] in page.text
    assert client.get("/problems/no_such_code").status_code == 404


@pytest.mark.parametrize("path", ["/schema", "/schema/swagger", "/docs/redoc", "/redoc"])
def test_the_frameworks_own_pages_are_off(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
