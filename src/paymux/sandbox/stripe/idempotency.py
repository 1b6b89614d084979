"""Stripe's idempotency (docs.stripe.com/api/idempotent_requests).

The first status and body are kept whatever they were, 500s included, for 24 hours. What is
refused before execution begins, validation failures and conflicts, is not kept.
"""

import hashlib
from urllib.parse import parse_qsl

from paymux.sandbox.clock import Clock
from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import errors, multipart
from paymux.sandbox.stripe.book import StoredReply, StripeBook
from paymux.sandbox.wire import Reply

KEPT_SECONDS = 24 * 3600
LONGEST_KEY = 255


def begin(book: StripeBook, call: Call, clock: Clock) -> Reply | None:
    """Reserve the key of a POST; a stored reply is replayed, a conflict refused."""
    key = key_of(call)
    if key is None:
        return None
    if len(key) > LONGEST_KEY:
        message = "Idempotency key must be at most 255 characters"
        raise errors.idempotency(message)
    stored = book.replies.get(key)
    if stored is None or clock.now() - stored.at > KEPT_SECONDS:
        endpoint, fingerprint = call.request.path, _fingerprint(call)
        book.replies[key] = StoredReply(endpoint=endpoint, fingerprint=fingerprint, at=clock.now())
        return None
    _check_same(stored, call, key)
    if stored.status is None:
        raise errors.in_use(key)
    headers = {"idempotent-replayed": "true", "original-request": "req_original"}
    return Reply(stored.status, stored.body, headers)


def finish(book: StripeBook, call: Call, reply: Reply | None) -> None:
    """Keep the reply under its key, or free the key."""
    key = key_of(call)
    if key is None:
        return
    if reply is None:
        book.replies.pop(key, None)
        return
    stored = book.replies.get(key)
    if stored is not None:
        stored.status, stored.body = reply.status, reply.body


def free_unfinished(book: StripeBook) -> None:
    """Free the keys of requests that the process did not live to answer."""
    book.replies = {key: kept for key, kept in book.replies.items() if kept.status is not None}


def key_of(call: Call) -> str | None:
    """The idempotency key; it has no effect on GET and DELETE."""
    return call.request.headers.get("idempotency-key") if call.request.method == "POST" else None


def _check_same(stored: StoredReply, call: Call, key: str) -> None:
    if stored.endpoint != call.request.path:
        message = (
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{call.request.path}' vs '{stored.endpoint}'). Try using a key other than "
            f"'{key}' if you meant to execute a different request."
        )
        raise errors.idempotency(message)
    if stored.fingerprint != _fingerprint(call):
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request."
        )
        raise errors.idempotency(message)


def _fingerprint(call: Call) -> str:
    if multipart.is_multipart(call.request):
        # The boundary between its parts is another one every time.
        parts = multipart.parts(call.request)
        return hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()
    pairs = sorted(parse_qsl(call.request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return hashlib.sha256(repr(pairs).encode()).hexdigest()
