"""Stripe's error bodies (docs.stripe.com/api/errors, docs.stripe.com/error-codes)."""

from paymux.sandbox.wire import Json, Refusal, Reply, json_reply

BODY_REFERENCES = {"customer", "line_items[0][price]", "starting_after", "ending_before"}
DOCUMENTATION = "https://stripe.com/docs/error-codes/"


def invalid(
    message: str, *, code: str | None = None, param: str | None = None, status: int = 400
) -> Refusal:
    """An `invalid_request_error`."""
    return Refusal(_reply("invalid_request_error", message, status, code=code, param=param))


def unknown_parameter(param: str) -> Refusal:
    """A parameter that the operation does not take."""
    message = f"Received unknown parameter: {param}"
    return invalid(message, code="parameter_unknown", param=param)


def missing_parameter(param: str) -> Refusal:
    """A parameter that the operation needs."""
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(resource: str, identity: str, param: str) -> Refusal:
    """An id that this account does not have: 404 in a path, 400 in a body."""
    status = 400 if param in BODY_REFERENCES else 404
    message = f"No such {resource}: '{identity}'"
    return invalid(message, code="resource_missing", param=param, status=status)


def idempotency(message: str, *, status: int = 400, code: str | None = None) -> Refusal:
    """A key used with other parameters (400) or by a request still running (409)."""
    return Refusal(_reply("idempotency_error", message, status, code=code))


def unauthorized(message: str) -> Refusal:
    """401 with the challenge Stripe sends."""
    reply = _reply("invalid_request_error", message, 401)
    reply.headers = {"www-authenticate": 'Basic realm="Stripe"'}
    return Refusal(reply)


def failure(status: int) -> Reply:
    """What Stripe says when it is throttled, busy or broken, or turns a request away."""
    if status == 429:  # noqa: PLR2004
        message = "Request rate limit exceeded. Learn more: https://stripe.com/docs/rate-limits"
        reply = _reply("invalid_request_error", message, status, code="rate_limit")
        reply.headers = {
            "stripe-rate-limited-reason": "global-rate",
            "stripe-should-retry": "true",
        }
        return reply
    if status == 409:  # noqa: PLR2004
        return in_use("sandbox").reply
    if status == 401:  # noqa: PLR2004
        return unauthorized("Invalid API Key provided").reply
    if status < 500:  # noqa: PLR2004
        return invalid("The request was turned away.", status=status).reply
    message = "An unknown error occurred. Please retry with the same idempotency key."
    return _reply("api_error", message, status)


def in_use(key: str) -> Refusal:
    """Another request with the same key is still running."""
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably "
        "means you submitted twice, and the other request is still going through): "
        f"{key}. Please try again later."
    )
    return idempotency(message, status=409, code="idempotency_key_in_use")


def documentation(code: str) -> str:
    """Where Stripe explains a code."""
    return DOCUMENTATION + code.replace("_", "-")


def _reply(
    kind: str, message: str, status: int, *, code: str | None = None, param: str | None = None
) -> Reply:
    error: Json = {"message": message, "type": kind}
    if code is not None:
        error |= {"code": code, "doc_url": documentation(code)}
    if param is not None:
        error["param"] = param
    return json_reply({"error": error}, status)
