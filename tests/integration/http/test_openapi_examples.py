"""The description is OpenAPI 3.1, and what it shows is what the application takes and answers."""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker
from litestar import Litestar
from litestar.testing import TestClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from paymux.bootstrap.containers import Container
from paymux.bootstrap.web import create_app
from paymux.integrations.application.provider_events import ProviderEvents
from paymux.kernel.ids import ProviderEventId, TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.platform.settings import load_settings
from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.integration.conftest import Database

Json = dict[str, Any]
Client = TestClient[Litestar]

ROOT_KEY = "root-key-of-the-tests-and-of-nothing-else"
PROVIDERS = ("stripe", "razorpay", "paypal")
PUBLIC = {"provider": "stripe", "code": "generic_decline"}
JSON = "application/json"
PROBLEM = "application/problem+json"


@pytest.fixture(name="sandbox", scope="module")
def _sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("sandbox")
    with running(SandboxSettings(state_dir=folder)) as url:
        yield url, folder


@pytest.fixture(name="client")
def _client(database: Database, sandbox: tuple[str, Path]) -> Iterator[Client]:
    url, folder = sandbox
    overrides: Json = {slug: {"base_url": f"{url}/{slug}"} for slug in PROVIDERS}
    overrides["paypal"]["ca_file"] = str(folder / "paypal-ca.pem")
    settings = load_settings(
        {
            "PAYMUX_DATABASE_URL": database.app_url,
            "PAYMUX_ENCRYPTION_KEYS": f"v1:{b64encode(bytes(range(32))).decode()}",
            "PAYMUX_ROOT_KEY": ROOT_KEY,
            "PAYMUX_PROVIDER_OVERRIDES": json.dumps(overrides),
            "PAYMUX_PUBLIC_URL": "http://127.0.0.1:8000",
        }
    )
    container = Container(settings=settings, database_url=database.app_url)
    with TestClient(create_app(container, with_worker=False)) as client:
        yield client


@pytest.fixture(name="document")
def _document(client: Client) -> Json:
    document: Json = client.get("/openapi.json").json()
    return document


@dataclass(frozen=True)
class Shown:
    """One example: where it stands, its schema and its value."""

    where: str
    schema: Json
    value: Any


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def examples(where: str, media: Json) -> Iterator[Shown]:
    found = {name: one["value"] for name, one in media.get("examples", {}).items()}
    if "example" in media:
        found[""] = media["example"]
    for name, value in found.items():
        yield Shown(f"{where} {name}", media["schema"], value)


def bodies(document: Json) -> Iterator[tuple[str, Json]]:
    """Every body of the description, with where it stands."""
    for _, _, operation in operations(document):
        name = operation["operationId"]
        for media in operation.get("requestBody", {}).get("content", {}).values():
            yield f"{name} request", media
        for status, answer in operation["responses"].items():
            for media in answer.get("content", {}).values():
                yield f"{name} {status}", media
    for name, answer in document["components"]["responses"].items():
        yield name, answer["content"][PROBLEM]


def validator(document: Json, schema: Json) -> Draft202012Validator:
    whole = {**schema, "components": document["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def test_it_is_openapi_3_1(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    assert not list(OpenAPIV31SpecValidator(document).iter_errors())


def test_every_operation_is_described(document: Json) -> None:
    unsaid = [
        operation["operationId"]
        for _, _, operation in operations(document)
        if len(operation.get("description", "")) < len("Repeatable.")
    ]
    assert not unsaid


def test_the_providers_door_says_what_it_takes_and_how_it_refuses(document: Json) -> None:
    operation = document["paths"]["/webhooks/{provider}/{connection_id}"]["post"]
    assert operation["requestBody"]["required"]
    assert operation["requestBody"]["description"]
    assert "content" not in operation["responses"]["202"]
    assert operation["responses"].keys() == {"202", "400", "404", "413", "503", "default"}


def test_every_schema_is_json_schema(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_body_has_an_example(document: Json) -> None:
    assert not [where for where, media in bodies(document) if not list(examples(where, media))]


def test_every_example_fits_its_schema(document: Json) -> None:
    wrong = [
        f"{shown.where}: {error.json_path} {error.message}"
        for where, media in bodies(document)
        for shown in examples(where, media)
        for error in validator(document, shown.schema).iter_errors(shown.value)
    ]
    assert not wrong


def named(document: Json, schema: Json) -> Json:
    while "$ref" in schema:
        found: Json = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        schema = found
    return schema


def test_an_example_of_an_answer_leaves_no_field_out(document: Json) -> None:
    for where, media in bodies(document):
        fields = named(document, media["schema"]).get("properties", {})
        for shown in examples(where, media):
            if "request" not in where and "Problem" not in str(shown.schema):
                assert shown.value.keys() == fields.keys(), where


def test_an_example_called_complete_leaves_no_field_out(document: Json) -> None:
    for where, media in bodies(document):
        fields = named(document, media["schema"]).get("properties", {})
        for shown in examples(where, media):
            if shown.where.endswith(" complete"):
                assert shown.value.keys() == fields.keys(), where


def test_no_answer_is_described_in_the_words_of_the_framework(document: Json) -> None:
    said = {
        answer["description"]
        for _, _, operation in operations(document)
        for answer in operation["responses"].values()
        if "$ref" not in answer
    }
    assert all(said)
    assert not [text for text in said if "follows" in text or "off-line" in text]


def test_bounds_of_integers_are_integers(document: Json) -> None:
    def floats(found: Any) -> Iterator[float]:
        if isinstance(found, float):
            yield found
        for inner in found.values() if isinstance(found, dict) else ():
            yield from floats(inner)
        for inner in found if isinstance(found, list) else ():
            yield from floats(inner)

    assert not list(floats(document))


class Tenant:
    """A fresh tenant with one of everything, to try an example on."""

    def __init__(self, client: Client, sandbox_url: str, provider: str) -> None:
        self._client = client
        self._sandbox_url = sandbox_url
        created = self._post("/v1/tenants", {"name": "Zebra Books"}, ROOT_KEY)
        self.key: str = created["api_keys"][0]["key"]
        self.credentials = {slug: self._account(slug) for slug in PROVIDERS}
        customer = self._post("/v1/customers", {"external_id": "first"}, self.key)
        connection = self._connect(provider)
        self.ids = {
            "tenant_id": created["id"],
            "customer_id": customer["id"],
            "connection_id": connection["id"],
        }

    def pay(self, *, manual: bool, amount: int | None = None) -> None:
        """Have one payment that its payer has paid, or whose money is held, or for a review."""
        body = {"amount": 1999, "currency": "USD", "description": "Pro plan"}
        capture = "manual" if manual else "automatic"
        payment = self._post("/v1/payments", {**body, "capture": capture}, self.key)
        page = {"url": payment["attempts"][0]["checkout_url"], "action": "pay", "webhooks": False}
        page |= {} if amount is None else {"amount": amount}
        assert requests.post(f"{self._sandbox_url}/_control/pay", json=page, timeout=20).ok
        link = payment["link"]["url"].removeprefix("http://127.0.0.1:8000")
        assert self._client.get(f"{link}/return", follow_redirects=False).status_code < 400
        self.ids["payment_id"] = payment["id"]
        self.ids["subject_id"] = payment["attempts"][0]["id"]

    def contest(self) -> None:
        """Have one dispute of the payment, as its provider tells of it."""
        payment = self._get(f"/v1/payments/{self.ids['payment_id']}")
        said = {
            "provider": "stripe",
            "payment_reference": payment["attempts"][0]["payment_reference"],
            "webhooks": False,
        }
        assert requests.post(f"{self._sandbox_url}/_control/disputes", json=said, timeout=20).ok
        self._post(f"/v1/connections/{self.ids['connection_id']}/recover-events", None, self.key)
        scope = Scope(TenantId(self.ids["tenant_id"]), Mode.TEST)
        events: ProviderEvents = self._client.app.dependencies["provider_events"].dependency()
        for event in self._get("/v1/provider_events")["data"]:
            if event["event_type"] == "charge.dispute.created":
                event_id = ProviderEventId(event["id"])
                self._client.blocking_portal.call(events.process, scope, event_id)
        (dispute,) = self._get("/v1/disputes")["data"]
        self.ids["dispute_id"] = dispute["id"]

    def save(self) -> None:
        """Have a saved payment method."""
        body: Json = {"amount": 1999, "currency": "USD", "description": "Pro plan"}
        body["customer_id"] = self.ids["customer_id"]
        body["save_payment_method"] = {"consent": "Yes"}
        payment = self._post("/v1/payments", body, self.key)
        link = payment["link"]["url"].removeprefix("http://127.0.0.1:8000")
        agreed = self._client.post(f"{link}/consent", follow_redirects=False)
        page: Json = {"url": agreed.headers["location"], "action": "pay", "webhooks": False}
        assert requests.post(f"{self._sandbox_url}/_control/pay", json=page, timeout=20).ok
        assert self._client.get(f"{link}/return", follow_redirects=False).status_code < 400
        headers = {"Authorization": f"Bearer {self.key}"}
        (method,) = self._client.get("/v1/payment-methods", headers=headers).json()["data"]
        self.ids["payment_method_id"] = method["id"]

    def _account(self, provider: str) -> Json:
        reply = requests.post(
            f"{self._sandbox_url}/_control/accounts", json={"provider": provider}, timeout=20
        )
        credentials: Json = reply.json()["credentials"]
        return credentials

    def _connect(self, provider: str) -> Json:
        body = {
            "provider": provider,
            "label": "first",
            "credentials": self.credentials[provider],
        }
        return self._post("/v1/connections", body, self.key)

    def _get(self, path: str) -> Json:
        reply = self._client.get(path, headers={"Authorization": f"Bearer {self.key}"})
        found: Json = reply.json()
        return found

    def _post(self, path: str, body: Json | None, key: str) -> Json:
        reply = self._client.post(path, json=body, headers={"Authorization": f"Bearer {key}"})
        assert reply.is_success, reply.text
        created: Json = reply.json()
        return created

    def own(self, provider: str, example: Json) -> Json:
        """The example with this tenant's ids and credentials in the place of those shown."""
        own: Json = {**example, **{k: v for k, v in self.ids.items() if k in example}}
        if "credentials" in example:
            assert example["credentials"].keys() == self.credentials[provider].keys()
            own["credentials"] = self.credentials[provider]
        return own


def tries(document: Json) -> Iterator[tuple[str, str, Json, str, Json]]:
    for path, method, operation in operations(document):
        if not operation["security"]:
            continue  # The providers' door: what it takes has to be signed.
        content = operation.get("requestBody", {}).get("content", {})
        for name, example in content.get(JSON, {}).get("examples", {}).items():
            yield path, method, operation, name, example["value"]


def test_every_example_of_a_request_is_taken_and_answered_as_described(
    document: Json, client: Client, sandbox: tuple[str, Path]
) -> None:
    tried = 0
    for path, method, operation, name, example in tries(document):
        tenant = Tenant(client, sandbox[0], name if name in PROVIDERS else "stripe")
        if operation["operationId"] == "resolveReview":
            tenant.pay(manual=False, amount=1998)
        elif "{dispute_id}" in path:
            tenant.pay(manual=False)
            tenant.contest()
        elif "{payment_id}" in path:
            tenant.pay(manual=operation["operationId"] != "createRefund")
        elif name == "charge":
            tenant.save()
        is_roots = "root_key" in operation["security"][0]
        reply = client.request(
            method,
            path.format(**tenant.ids, **PUBLIC),
            json=tenant.own(name, example),
            headers={"Authorization": f"Bearer {ROOT_KEY if is_roots else tenant.key}"},
        )
        where = f"{operation['operationId']} {name}: {reply.status_code} {reply.text}"
        assert reply.is_success, where
        answer = operation["responses"][str(reply.status_code)]["content"][JSON]
        validator(document, answer["schema"]).validate(reply.json())
        assert reply.json().keys() == answer["example"].keys(), where
        tried += 1
    assert tried > 10


def test_a_refusal_is_answered_as_described(document: Json, client: Client) -> None:
    schema = document["components"]["schemas"]["Problem"]
    for reply in (client.get("/v1/payments"), client.get("/v1/nowhere")):
        body = reply.json()
        validator(document, schema).validate(body)
        responses = document["components"]["responses"].values()
        shown = [one["content"][PROBLEM]["examples"].get(body["code"]) for one in responses]
        (example,) = [one["value"] for one in shown if one]
        assert example["status"] == body["status"]
        assert example["title"] == body["title"]
