"""The secret key of a request, by Bearer or Basic authentication (docs.stripe.com/keys)."""

import base64
import binascii

from paymux.sandbox.stripe import errors
from paymux.sandbox.wire import Refusal, Request

SHOWN_FROM = 16
NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization "
    "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
    "https://stripe.com/docs/api#authentication for details, or we can help at "
    "https://support.stripe.com/."
)


def given(request: Request) -> str:
    """The key that came along, or 401."""
    key = _key(request.headers.get("authorization", ""))
    if not key:
        raise errors.unauthorized(NO_KEY)
    return key


def unknown(key: str) -> Refusal:
    """401 for a key of nobody, most of it hidden."""
    hidden = f"{key[:8]}{'*' * 12}{key[-4:]}" if len(key) > SHOWN_FROM else "*" * len(key)
    return errors.unauthorized(f"Invalid API Key provided: {hidden}")


def _key(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
