"""`X-Refund-Idempotency`, the one idempotency key of Razorpay's that this sandbox has use for.

https://razorpay.com/docs/api/refunds/normal-refunds-idempotent/: at least ten letters, digits,
hyphens or underscores; the same key gives the same refund; another body or a call that still
runs is a conflict. How long a key is remembered is not said, so it is remembered for good.
"""

import hashlib
import re

import msgspec

from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.book import KeptRefund, RazorpayBook
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply

HEADER = "x-refund-idempotency"
SHORTEST_KEY = 10
TOO_SHORT = "The idempotency key must be at least 10 characters long."
ODD_LETTERS = (
    "The idempotency key must only contain alphanumeric characters, underscores, and hyphens"
)
OTHER_BODY = "Different request with the same idempotency key has already been processed."
RUNNING = "Another request with the same idempotency key is still in progress."


def begin(book: RazorpayBook, call: Call) -> Reply | None:
    """Reserve the key of a refund; the same refund is given again for it."""
    key = _key_of(call)
    if key is None:
        return None
    _check(key)
    fingerprint = _fingerprint(call)
    kept = book.refund_keys.get(key)
    if kept is None:
        book.refund_keys[key] = KeptRefund(fingerprint=fingerprint)
        return None
    if kept.fingerprint != fingerprint:
        raise errors.refuse(OTHER_BODY, status=409)
    if kept.body is None:
        raise errors.refuse(RUNNING, status=409)
    return Reply(200, kept.body.encode())


def keep(book: RazorpayBook, call: Call, reply: Reply) -> None:
    """Remember the refund that was made, whatever becomes of the reply on its way."""
    kept = book.refund_keys.get(_key_of(call) or "")
    if kept is not None:
        kept.body = reply.body.decode()


def finish(book: RazorpayBook, call: Call) -> None:
    """Free the key of a call that made no refund."""
    key = _key_of(call)
    kept = book.refund_keys.get(key or "")
    if key is not None and kept is not None and kept.body is None:
        del book.refund_keys[key]


def free_unfinished(book: RazorpayBook) -> None:
    """Free the keys of calls that the process did not live to answer."""
    book.refund_keys = {key: kept for key, kept in book.refund_keys.items() if kept.body}


def _key_of(call: Call) -> str | None:
    if call.operation != "refund.create":
        return None
    return call.request.headers.get(HEADER)


def _check(key: str) -> None:
    if len(key) < SHORTEST_KEY:
        raise errors.refuse(TOO_SHORT)
    if not re.fullmatch(r"[A-Za-z0-9_-]+", key):
        raise errors.refuse(ODD_LETTERS)


def _fingerprint(call: Call) -> str:
    """Tell requests apart by payment and by what the body means, not by how it is written."""
    try:
        meaning = msgspec.json.encode(msgspec.json.decode(call.request.body or b"{}"))
    except msgspec.DecodeError:
        meaning = call.request.body
    return hashlib.sha256(call.request.path.encode() + b"\n" + meaning).hexdigest()
