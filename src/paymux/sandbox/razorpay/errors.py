"""Razorpay's error bodies (razorpay.com/docs/errors)."""

from paymux.sandbox.wire import Json, Refusal, Reply, json_reply

NO_SUCH_ID = "The id provided does not exist"
NO_SUCH_URL = "The requested URL was not found on the server."


def refuse(description: str, *, field: str | None = None, status: int = 400) -> Refusal:
    """A request that cannot be done as it is."""
    return Refusal(_reply("BAD_REQUEST_ERROR", description, status, field=field))


def unauthorized() -> Refusal:
    """401; the SDK shows it as the same error as any bad request."""
    return Refusal(_reply("BAD_REQUEST_ERROR", "Authentication failed", 401))


def declined(payment_id: str, order_id: str, reason: str, description: str) -> Reply:
    """What a bank said of a charge; the payment was made, and failed."""
    error: Json = {
        "code": "BAD_REQUEST_ERROR",
        "description": description,
        "source": "customer",
        "step": "payment_authorization",
        "reason": reason,
        "metadata": {"payment_id": payment_id, "order_id": order_id},
    }
    return json_reply({"error": error}, 400)


def inactive_mandate() -> Refusal:
    """A token that is not confirmed, or not any more; no payment is made."""
    description = "The mandate is not active."
    return Refusal(
        _reply("BAD_REQUEST_ERROR", description, 400, reason="payment_mandate_not_active")
    )


def failure(status: int) -> Reply:
    """What Razorpay says when it is throttled, busy or broken, or turns a request away."""
    if status == 429:  # noqa: PLR2004
        return _reply("BAD_REQUEST_ERROR", "Too many requests", status)
    if status == 409:  # noqa: PLR2004
        busy = "Request failed because another request is in progress with the same details"
        return _reply("BAD_REQUEST_ERROR", busy, status)
    if status == 401:  # noqa: PLR2004
        return unauthorized().reply
    if status < 500:  # noqa: PLR2004
        return refuse("The request was turned away.", status=status).reply
    if status in {502, 504}:
        broken = "The gateway encountered an error. Please try again"
        return _reply("GATEWAY_ERROR", broken, status)
    sorry = "We are facing some trouble completing your request at the moment. Please try again."
    return _reply("SERVER_ERROR", sorry, status)


def _reply(
    code: str, description: str, status: int, *, field: str | None = None, reason: str = "NA"
) -> Reply:
    error: Json = {
        "code": code,
        "description": description,
        "source": "business" if code == "BAD_REQUEST_ERROR" else "internal",
        "step": "payment_initiation",
        "reason": "input_validation_failed" if field else reason,
        "metadata": {},
    }
    if field is not None:
        error["field"] = field
    return json_reply({"error": error}, status)
