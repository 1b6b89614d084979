"""PayPal's error bodies (paypal-rest-api-specifications, error_400 to error_503)."""

from typing import Literal

import msgspec

from paymux.sandbox.paypal.issues import DESCRIPTIONS
from paymux.sandbox.wire import Json, Refusal, Reply, json_reply

Place = Literal["body", "path", "query"]

BODIES = {
    400: (
        "INVALID_REQUEST",
        "Request is not well-formed, syntactically incorrect, or violates schema.",
    ),
    401: (
        "AUTHENTICATION_FAILURE",
        "Authentication failed due to missing authorization header, or invalid authentication "
        "credentials.",
    ),
    403: ("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    409: (
        "RESOURCE_CONFLICT",
        "The server has detected a conflict while processing this request.",
    ),
    415: (
        "UNSUPPORTED_MEDIA_TYPE",
        "The server does not support the request payload's media type.",
    ),
    422: (
        "UNPROCESSABLE_ENTITY",
        "The requested action could not be performed, semantically incorrect, or failed business "
        "validation.",
    ),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error occurred."),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable."),
}


class Detail(msgspec.Struct, omit_defaults=True):
    """One entry of `details`."""

    issue: str
    description: str
    field: str | None = None
    value: str | None = None
    location: Place | None = None


def issue(
    code: str,
    *,
    status: int = 422,
    field: str | None = None,
    value: str | None = None,
    location: Place | None = None,
    links: list[Json] | None = None,
) -> Refusal:
    """An error whose `issue` says what is wrong."""
    place: Place | None = location or ("body" if field is not None else None)
    detail = Detail(code, DESCRIPTIONS.get(code, code), field, value, place)
    return Refusal(_reply(status, [detail], links))


def not_found(identity: str) -> Refusal:
    """404 for an id this account does not have."""
    del identity
    return issue("INVALID_RESOURCE_ID", status=404, location="path")


def webhook_refused(*, name: str, detail: str, status: int = 400) -> Refusal:
    """The older error body of the webhooks API."""
    body: Json = {
        "name": name,
        "message": detail if name != "VALIDATION_ERROR" else "Invalid data provided",
        "debug_id": "sandbox0000000",
        "information_link": "https://developer.paypal.com/docs/api/webhooks/v1/#errors",
        "details": [{"issue": detail}],
        "links": [],
    }
    return Refusal(json_reply(body, status))


def failure(status: int) -> Reply:
    """What PayPal says when it is throttled, busy or broken, or turns a request away."""
    if status == 409:  # noqa: PLR2004
        return issue("PREVIOUS_REQUEST_IN_PROGRESS", status=status).reply
    nearest = 400 if status < 500 else 500  # noqa: PLR2004
    known = status if status in BODIES else nearest
    reply = _reply(known, None, None)
    reply.status = status
    if status == 429:  # noqa: PLR2004
        reply.headers = {"retry-after": "1"}
    return reply


def token_refused(error: str, description: str, *, status: int = 401) -> Refusal:
    """OAuth's error body."""
    headers = {"www-authenticate": "Basic"} if status == 401 else {}  # noqa: PLR2004
    body = {"error": error, "error_description": description}
    return Refusal(json_reply(body, status, headers))


def _reply(status: int, details: list[Detail] | None, links: list[Json] | None) -> Reply:
    name, message = BODIES[status]
    body: Json = {"name": name}
    if details:
        body["details"] = details
    more: list[Json] = [
        {
            "href": f"https://developer.paypal.com/docs/api/orders/v2/#error-{name}",
            "rel": "information_link",
            "method": "GET",
        }
    ]
    body |= {"message": message, "debug_id": "sandbox0000000", "links": links or more}
    return json_reply(body, status)
