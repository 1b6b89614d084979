"""Webhooks as Stripe sends them, each about something of its own."""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

Json = dict[str, object]


class EventTemplate:
    """An event that the stand-in has sent, with what differs between events cut out."""

    def __init__(self, body: bytes, differing: Sequence[str]) -> None:
        self._differing = set(differing)
        pattern = "|".join(map(re.escape, differing))
        self._pieces = re.split(f"({pattern})", body.decode("utf-8"))

    def body(self, instead: Mapping[str, str]) -> bytes:
        """The event with other values in place of those cut out."""
        return "".join(instead.get(piece, piece) for piece in self._pieces).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is paid when an event says so: our ids and the provider's."""

    payment_id: str
    attempt_id: str
    session_id: str
    intent_id: str


class Events:
    """Composes whole signed requests to one path, no two about the same event."""

    def __init__(self, body: bytes, secret: str, host: str, connection_id: str) -> None:
        self._event_id, self.subject = _read(body)
        subject = self.subject
        self._template = EventTemplate(
            body,
            [
                self._event_id,
                subject.payment_id,
                subject.attempt_id,
                subject.session_id,
                subject.intent_id,
            ],
        )
        self._secret = secret.encode()
        self._host = host
        self._tail = f"/stripe/{connection_id}"

    def request(self, prefix: str, subject: Subject | None = None) -> bytes:
        """A whole HTTP request to `prefix` with a fresh event, about the template's subject
        unless another is given.
        """
        instead = {self._event_id: f"evt_{secrets.token_hex(12)}"}
        if subject is not None:
            ours = self.subject
            instead[ours.payment_id] = subject.payment_id
            instead[ours.attempt_id] = subject.attempt_id
            instead[ours.session_id] = subject.session_id
            instead[ours.intent_id] = subject.intent_id
        body = self._template.body(instead)
        return b"%s%s" % (self._head(prefix + self._tail, body), body)

    def _head(self, path: str, body: bytes) -> bytes:
        signed_at = str(int(time.time()))
        signed = hmac.digest(self._secret, b"%s.%s" % (signed_at.encode(), body), hashlib.sha256)
        return (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\n"
            "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
            "Accept: */*; q=0.5, application/xml\r\nCache-Control: no-cache\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
            f"Stripe-Signature: t={signed_at},v1={signed.hex()}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()


class _Metadata(msgspec.Struct):
    payment_id: str
    attempt_id: str


class _Session(msgspec.Struct):
    id: str
    payment_intent: str
    metadata: _Metadata


class _Data(msgspec.Struct):
    object: _Session


class _Event(msgspec.Struct):
    id: str
    data: _Data


def _read(body: bytes) -> tuple[str, Subject]:
    event = msgspec.json.decode(body, type=_Event)
    session = event.data.object
    return event.id, Subject(
        payment_id=session.metadata.payment_id,
        attempt_id=session.metadata.attempt_id,
        session_id=session.id,
        intent_id=session.payment_intent,
    )
