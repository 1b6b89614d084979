"""The providers' published API descriptions, and whether a message agrees with them.

The files belong to the providers and are not copied here: they are found through PAYMUX_SPECS
(default: `../shared/specs` beside the project). Every function returns the complaints, none
when the message is as published.
"""

import re
from typing import Any

from tests.contract.descriptions import (
    PAYPAL_FILES,
    STRIPE_FILE,
    Spec,
    complaints_about,
    operation_at,
    plain_complaints,
    pointer_to,
    published,
    response_errors,
    specs_folder,
)
from tests.contract.stripe_forms import coerced, unbracketed

__all__ = [
    "PAYPAL_FILES",
    "STRIPE_FILE",
    "paypal_event_errors",
    "paypal_issue_codes",
    "paypal_request_errors",
    "paypal_response_errors",
    "published",
    "razorpay_entity_errors",
    "razorpay_event_errors",
    "razorpay_request_errors",
    "razorpay_response_errors",
    "specs_folder",
    "stripe_event_errors",
    "stripe_object_errors",
    "stripe_request_errors",
    "stripe_response_errors",
]

FORM = "multipart/form-data"
RAZORPAY_ENTITY_OF = {
    "payment_links": "payment_link",
    "orders": "order",
    "payments": "payment",
    "customers": "customer",
    "refunds": "refund",
    "disputes": "dispute",
    "invoices": "invoice",
    "subscription_registration": "invoice",
}
# razorpay.com/docs/errors: the one error body of every operation.
RAZORPAY_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "description"],
            "properties": {
                "code": {"enum": ["BAD_REQUEST_ERROR", "GATEWAY_ERROR", "SERVER_ERROR"]},
                "description": {"type": "string", "minLength": 1},
                "field": {"type": ["string", "null"]},
                "source": {"type": "string"},
                "step": {"type": "string"},
                "reason": {"type": "string"},
                "metadata": {"type": "object"},
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}


# --- Stripe -------------------------------------------------------------------------------------


def stripe_request_errors(method: str, path: str, form_body: str) -> list[str]:
    """Complaints about a form body (or, for GET and DELETE, a query string)."""
    template, operation = operation_at(published(STRIPE_FILE), method, path)
    schema: Spec = {"type": "object", "additionalProperties": False, "properties": {}}
    if "requestBody" in operation:
        pointer = pointer_to("paths", template, method.lower(), "requestBody", "content")
        schema = {"$ref": f"{pointer}/application~1x-www-form-urlencoded/schema"}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            schema.setdefault("properties", {})[parameter["name"]] = parameter["schema"]
    value = coerced(unbracketed(form_body), schema, published(STRIPE_FILE))
    return complaints_about(STRIPE_FILE, schema, value)


def stripe_response_errors(method: str, path: str, status: int, body: object) -> list[str]:
    """Complaints about a reply; a deleted object looks as in Stripe's own fixtures."""
    if isinstance(body, dict) and body.get("deleted") is True:
        fixtures = published("stripe/fixtures3.json")["resources"]
        expected = fixtures[f"deleted_{body['object']}"]
        return [] if set(body) == set(expected) else [f"deleted objects have {sorted(expected)}"]
    return response_errors(STRIPE_FILE, method, path, status, body)


def stripe_object_errors(body: dict[str, Any]) -> list[str]:
    """Complaints about an object, by what its `object` says it is."""
    return complaints_about(STRIPE_FILE, {"$ref": f"#/components/schemas/{body['object']}"}, body)


def stripe_event_errors(event: dict[str, Any]) -> list[str]:
    """Complaints about a webhook body and the object in it."""
    return stripe_object_errors(event) + stripe_object_errors(event["data"]["object"])


# --- Razorpay -----------------------------------------------------------------------------------


def razorpay_request_errors(method: str, path: str, body: object) -> list[str]:
    """Complaints about a request body; an operation that takes none must get an empty one."""
    requests = published("razorpay/derived_schemas.json")["requests"]
    template = re.sub(r"/(plink|order|pay|cust|inv|rfnd)_[^/]+", "/{id}", path)
    schema = requests.get(f"{method.upper()} {template}", {"type": "object", "maxProperties": 0})
    return plain_complaints(schema, body)


def razorpay_response_errors(method: str, path: str, status: int, body: Any) -> list[str]:
    """Complaints about a reply: the entity, each of a list, or the error body."""
    del method
    if status >= 400:
        return plain_complaints(RAZORPAY_ERROR, body)
    kind = RAZORPAY_ENTITY_OF[path.removeprefix("/v1/").split("/")[0]]
    if path.endswith(("/payments", "/refund", "/refunds")):
        kind = path.rsplit("/", 1)[-1].removesuffix("s")
    listed = body.get("items", body.get(f"{kind}s")) if isinstance(body, dict) else None
    entities = [body] if listed is None else listed
    return [complaint for each in entities for complaint in razorpay_entity_errors(kind, each)]


def razorpay_entity_errors(kind: str, entity: object) -> list[str]:
    """Complaints about one entity; unknown fields count, as each must have been published."""
    schema = dict(published("razorpay/derived_schemas.json")["entities"][kind])
    return plain_complaints({**schema, "additionalProperties": False}, entity)


def razorpay_event_errors(event: dict[str, Any]) -> list[str]:
    """Complaints about a webhook body: its name, its envelope and every entity in it."""
    complaints = []
    if event["event"] not in published("razorpay/webhook_event_names.json")["events"]:
        complaints.append(f"{event['event']} is no published event")
    if list(event["payload"]) != event["contains"] or event["entity"] != "event":
        complaints.append("contains and payload disagree")
    for kind, wrapped in event["payload"].items():
        complaints += razorpay_entity_errors(kind, wrapped["entity"])
    return complaints


# --- PayPal -------------------------------------------------------------------------------------


def paypal_request_errors(method: str, path: str, body: object) -> list[str]:
    """Complaints about a request body; of a form, its parts by name."""
    file = _paypal_file(path)
    template, operation = operation_at(published(file), method, path)
    if "requestBody" not in operation:
        return [] if not body else ["this operation takes no body"]
    pointer = pointer_to("paths", template, method.lower(), "requestBody", "content")
    described = operation["requestBody"]
    if "$ref" in described:
        pointer = f"{described['$ref']}/content"
        described = published(file)["components"]["requestBodies"][pointer.split("/")[-2]]
    kind = "application/json" if "application/json" in described["content"] else FORM
    pointer = f"{pointer}/{kind.replace('/', '~1')}/schema"
    return complaints_about(file, {"$ref": pointer}, body)


def paypal_response_errors(method: str, path: str, status: int, body: object) -> list[str]:
    """Complaints about a reply."""
    return response_errors(_paypal_file(path), method, path, status, body)


def paypal_event_errors(event: dict[str, Any]) -> list[str]:
    """Complaints about a webhook body and what it is about."""
    complaints = complaints_about(
        "paypal/notifications_webhooks_v1.json", {"$ref": "#/components/schemas/event"}, event
    )
    file, schema = {
        "checkout-order": ("paypal/checkout_orders_v2.json", "order"),
        "authorization": ("paypal/payments_payment_v2.json", "authorization-2"),
        "capture": ("paypal/payments_payment_v2.json", "capture-2"),
        "refund": ("paypal/payments_payment_v2.json", "refund"),
        "payment_token": ("paypal/vault_payment_tokens_v3.json", "payment_token_response"),
        "dispute": ("paypal/customer_disputes_v1.json", "dispute"),
    }[event["resource_type"]]
    resource = {"$ref": f"#/components/schemas/{schema}"}
    return complaints + complaints_about(file, resource, event["resource"])


def paypal_issue_codes(operation: str) -> dict[int, set[str]]:
    """Every documented `issue` of an operation ("POST /v2/checkout/orders") by HTTP status."""
    for operations in published("paypal/_issue_codes_by_operation.json").values():
        if isinstance(operations, dict) and operation in operations:
            found = operations[operation]
            return {int(status): set(codes) for status, codes in found.items() if status.isdigit()}
    message = f"PayPal documents no issues for {operation}"
    raise KeyError(message)


def _paypal_file(path: str) -> str:
    starts = ("/v2/checkout", "/v2/payments", "/v1/notifications", "/v3/vault", "/v1/customer")
    return next(PAYPAL_FILES[at] for at, each in enumerate(starts) if path.startswith(each))
