import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, ObservedStatus, Outcome
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)
from tests.unit.integrations.providers.paypal.signing import Authority, sign
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    CAPTURE,
    GET,
    NOW,
    ORDER,
    StandIn,
    a_paid_order,
    an_order,
    connected,
    refuses,
    says,
)

ROOT = Authority()
RELATED = {"order_id": ORDER}
CERT = "/v1/notifications/certs/CERT-360caa42"
WEBHOOK_ID = "1JE4291016473214C"
GET_CAPTURE = f"GET /v2/payments/captures/{CAPTURE}"


def an_event(kind: str = "CHECKOUT.ORDER.APPROVED", resource: object = None) -> dict[str, object]:
    return {
        "id": "WH-2WR32451HC0233532-67976317FL4543714",
        "event_version": "1.0",
        "create_time": "2026-11-23T07:58:00.000Z",
        "event_type": kind,
        "resource": {"id": ORDER, "status": "APPROVED"} if resource is None else resource,
    }


BODY = json.dumps(an_event()).encode()


@dataclass
class Inbox:
    """A connector that trusts the tests' authority, and what it is sent."""

    paypal: StandIn
    connector: PayPalConnector

    async def receives(
        self,
        body: bytes = BODY,
        *,
        webhook_id: str = WEBHOOK_ID,
        received_at: datetime = NOW,
        at: str = "2026-11-23T07:59:00Z",
        changes: dict[str, str | None] | None = None,
        signed_body: bytes | None = None,
    ) -> VerifiedWebhook | ForgedWebhook:
        signed = sign(signed_body or body, webhook_id, self.paypal.url + CERT, at=at)
        merged = {**signed, **(changes or {})}
        headers = {name: value for name, value in merged.items() if value is not None}
        return await self.connector.verify_webhook(InboundWebhook(headers, body, received_at))


@pytest.fixture
def inbox(paypal: StandIn) -> Iterator[Inbox]:
    paypal.will(f"GET {CERT}", says(200, ROOT.leaf()))
    with connected(paypal.url, ca_pem=ROOT.pem, webhook_ids=("OLD-ID", WEBHOOK_ID)) as connector:
        yield Inbox(paypal, connector)


async def test_a_genuine_delivery_is_verified(inbox: Inbox) -> None:
    verified = await inbox.receives()
    assert isinstance(verified, VerifiedWebhook)
    assert verified.event_id == "WH-2WR32451HC0233532-67976317FL4543714"
    assert verified.event_type == "CHECKOUT.ORDER.APPROVED"
    assert len(verified.fallback_identity) == 64
    assert verified.occurred_at == datetime(2026, 11, 23, 7, 58, tzinfo=UTC)


async def test_any_of_our_endpoints_ids_verifies(inbox: Inbox) -> None:
    assert isinstance(await inbox.receives(webhook_id="OLD-ID"), VerifiedWebhook)


async def test_a_certificate_serves_many_deliveries(inbox: Inbox) -> None:
    for _ in range(3):
        await inbox.receives()
    assert len(inbox.paypal.calls(f"GET {CERT}")) == 1
    assert "authorization" not in inbox.paypal.calls(f"GET {CERT}")[0].headers


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("no id", {"paypal-transmission-id": None}),
        ("no time", {"paypal-transmission-time": None}),
        ("no signature", {"paypal-transmission-sig": None}),
        ("no algorithm", {"paypal-auth-algo": None}),
        ("no certificate", {"paypal-cert-url": None}),
        ("another algorithm", {"paypal-auth-algo": "SHA1withRSA"}),
        ("no algorithm at all", {"paypal-auth-algo": "none"}),
        ("another id", {"paypal-transmission-id": "69cd13f0-d67a-11e5-baa3-778b53f4ae56"}),
        ("two ids", {"paypal-transmission-id": "a, b"}),
        ("a piped id", {"paypal-transmission-id": "a|" * 100}),
        ("another time", {"paypal-transmission-time": "2026-11-23T07:59:01Z"}),
        ("a time without an offset", {"paypal-transmission-time": "2026-11-23T07:59:00"}),
        ("no such time", {"paypal-transmission-time": "2026-11-31T07:59:00Z"}),
        ("not base64", {"paypal-transmission-sig": "not base64!"}),
        ("half a signature", {"paypal-transmission-sig": "A" * 341}),
        ("another signature", {"paypal-transmission-sig": "A" * 342 + "=="}),
        ("a huge signature", {"paypal-transmission-sig": "A" * 1_000_000}),
        ("an odd signature", {"paypal-transmission-sig": "é" * 342}),
        ("a foreign certificate", {"paypal-cert-url": "https://evil.example" + CERT}),
        ("paypal's own host", {"paypal-cert-url": "https://api.sandbox.paypal.com" + CERT}),
    ],
)
async def test_a_delivery_is_forged_that_has(
    inbox: Inbox, what: str, change: dict[str, str | None]
) -> None:
    assert isinstance(await inbox.receives(changes=change), ForgedWebhook), what


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b"APPROVED", b"COMPLETED"),
        BODY + b" ",
        b"",
    ],
)
async def test_an_altered_body_is_forged(inbox: Inbox, body: bytes) -> None:
    assert isinstance(await inbox.receives(body, signed_body=BODY), ForgedWebhook)


async def test_another_endpoints_delivery_is_forged(inbox: Inbox) -> None:
    assert isinstance(await inbox.receives(webhook_id="2XX4291016473214C"), ForgedWebhook)


async def test_without_an_endpoint_everything_is_forged(inbox: Inbox) -> None:
    with connected(inbox.paypal.url, ca_pem=ROOT.pem) as connector:
        forged = await Inbox(inbox.paypal, connector).receives(webhook_id="")
    assert isinstance(forged, ForgedWebhook)


async def test_a_certificate_of_another_authority_proves_nothing(inbox: Inbox) -> None:
    inbox.paypal.will(f"GET {CERT}", says(200, Authority().leaf()))
    assert isinstance(await inbox.receives(), ForgedWebhook)


async def test_a_redirect_to_a_certificate_is_not_followed(inbox: Inbox) -> None:
    inbox.paypal.will(f"GET {CERT}", says(302, b"", {"Location": f"{CERT}-2"}))
    inbox.paypal.will(f"GET {CERT}-2", says(200, ROOT.leaf()))
    assert isinstance(await inbox.receives(), ForgedWebhook)
    assert inbox.paypal.calls(f"GET {CERT}-2") == []


@pytest.mark.parametrize(
    ("age", "genuine"),
    [
        (timedelta(days=3, hours=23), True),
        (timedelta(days=4, hours=1), False),
        (timedelta(minutes=-4), True),
        (timedelta(minutes=-6), False),
    ],
)
async def test_a_delivery_may_be_late_but_not_stale_nor_early(
    inbox: Inbox, age: timedelta, genuine: bool
) -> None:
    at = (NOW - age).isoformat()
    result = await inbox.receives(at=at)
    assert isinstance(result, VerifiedWebhook) is genuine
    if not genuine:
        assert inbox.paypal.asked == []


@pytest.mark.parametrize(
    "event",
    [
        [],
        "text",
        {},
        an_event() | {"id": ""},
        an_event() | {"id": 7},
        an_event() | {"id": "a" * 256},
        an_event() | {"id": "a\x00b"},
        an_event() | {"event_type": ""},
        an_event() | {"event_type": "a" * 256},
        an_event() | {"event_type": None},
    ],
)
async def test_what_is_no_event_is_forged_before_anything_is_fetched(
    inbox: Inbox, event: object
) -> None:
    assert isinstance(await inbox.receives(json.dumps(event).encode()), ForgedWebhook)
    assert inbox.paypal.asked == []


@pytest.mark.parametrize("body", [b"\xff", b"[" * 100_000, b'{"id":', b"nan"])
async def test_what_is_no_json_is_forged(inbox: Inbox, body: bytes) -> None:
    assert isinstance(await inbox.receives(body), ForgedWebhook)


def with_the_crc_of(genuine: bytes, forged: dict[str, object]) -> bytes:
    """Write `forged` so that its CRC32 is that of `genuine`: CRC is linear, so this is algebra.

    Each of 64 letters of padding may be A or C. What toggling one changes in the CRC is known,
    and a subset of these changes makes up the difference.
    """

    def written(letters: bytes | bytearray) -> bytes:
        return json.dumps(forged | {"padding": letters.decode()}).encode()

    plain = bytearray(b"A" * 64)
    start = zlib.crc32(written(plain))
    basis: list[tuple[int, int]] = []
    for at in range(len(plain)):
        toggled = bytearray(plain)
        toggled[at] = ord("C")
        change, letters = zlib.crc32(written(toggled)) ^ start, 1 << at
        change, letters = _reduced(change, letters, basis)
        if change:
            basis.append((change, letters))
    rest, letters = _reduced(start ^ zlib.crc32(genuine), 0, basis)
    assert rest == 0
    return written(bytes(ord("C" if letters >> at & 1 else "A") for at in range(len(plain))))


def _reduced(change: int, letters: int, basis: list[tuple[int, int]]) -> tuple[int, int]:
    for known, chosen in basis:
        if change ^ known < change:
            change, letters = change ^ known, letters ^ chosen
    return change, letters


async def test_a_body_forged_to_the_same_crc_moves_nothing_but_a_read(inbox: Inbox) -> None:
    """The signature cannot tell; so nothing in the body is believed."""
    paid = {"id": CAPTURE, "status": "COMPLETED", "supplementary_data": {"related_ids": RELATED}}
    body = with_the_crc_of(BODY, an_event("PAYMENT.CAPTURE.COMPLETED", paid))
    assert isinstance(await inbox.receives(body, signed_body=BODY), VerifiedWebhook)
    inbox.paypal.will(GET, says(200, an_order("CREATED")))
    translated = await inbox.connector.translate_webhook(body)
    assert isinstance(translated, Translated)
    (observation,) = translated.observations
    assert (observation.status, observation.amount) == (ObservedStatus.PENDING, None)


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("CHECKOUT.ORDER.APPROVED", {"id": ORDER}),
        ("CHECKOUT.ORDER.COMPLETED", {"id": ORDER}),
        ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", {"order_id": ORDER}),
        ("PAYMENT.CAPTURE.COMPLETED", {"supplementary_data": {"related_ids": RELATED}}),
        ("PAYMENT.CAPTURE.PENDING", {"supplementary_data": {"related_ids": RELATED}}),
        (
            "PAYMENT.CAPTURE.DENIED",
            {
                "links": [
                    {"rel": "up", "href": f"https://api.paypal.com/v2/checkout/orders/{ORDER}"}
                ]
            },
        ),
    ],
)
async def test_an_event_is_what_its_order_now_says(
    inbox: Inbox, kind: str, resource: dict[str, object]
) -> None:
    inbox.paypal.will(GET, says(200, a_paid_order()))
    body = json.dumps(an_event(kind, resource)).encode()
    translated = await inbox.connector.translate_webhook(body)
    assert isinstance(translated, Translated)
    (observation,) = translated.observations
    assert (observation.attempt_id, observation.provider_reference) == (ATTEMPT, ORDER)
    assert (observation.status, observation.amount) == (
        ObservedStatus.SUCCEEDED,
        Money(10000, "USD"),
    )


@pytest.mark.parametrize(
    "capture",
    [
        {"id": CAPTURE, "status": "COMPLETED", "supplementary_data": {"related_ids": RELATED}},
        {
            "id": CAPTURE,
            "status": "COMPLETED",
            "links": [{"rel": "up", "href": f"/v2/checkout/orders/{ORDER}"}],
        },
    ],
)
async def test_a_capture_that_names_no_order_is_read_to_find_it(
    inbox: Inbox, capture: dict[str, object]
) -> None:
    inbox.paypal.will(GET_CAPTURE, says(200, capture))
    inbox.paypal.will(GET, says(200, a_paid_order()))
    body = json.dumps(an_event("PAYMENT.CAPTURE.COMPLETED", {"id": CAPTURE})).encode()
    assert isinstance(await inbox.connector.translate_webhook(body), Translated)


async def test_a_capture_outside_any_order_is_ignored(inbox: Inbox) -> None:
    inbox.paypal.will(GET_CAPTURE, says(200, {"id": CAPTURE, "status": "COMPLETED"}))
    body = json.dumps(an_event("PAYMENT.CAPTURE.COMPLETED", {"id": CAPTURE})).encode()
    assert isinstance(await inbox.connector.translate_webhook(body), Ignored)


@pytest.mark.parametrize(
    "event",
    [
        an_event("PAYMENT.CAPTURE.REFUNDED", {}),
        an_event("PAYMENT.REFUND.PENDING", "text"),
        an_event("INVOICING.INVOICE.PAID", {"invoice": {"id": "INV2"}}),
        an_event("CHECKOUT.ORDER.APPROVED", {"id": "../../v1/oauth2/token"}),
        an_event("CHECKOUT.ORDER.APPROVED", {"id": 7}),
        an_event("CHECKOUT.ORDER.APPROVED", {}),
        an_event("CHECKOUT.ORDER.APPROVED", "text"),
        an_event("PAYMENT.CAPTURE.COMPLETED", {"id": "../orders/X"}),
        an_event("PAYMENT.CAPTURE.COMPLETED", {"links": [{"rel": "up", "href": "http://["}]}),
        {"id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED"},
    ],
)
async def test_what_says_nothing_about_an_order_is_ignored(
    inbox: Inbox, event: dict[str, object]
) -> None:
    translated = await inbox.connector.translate_webhook(json.dumps(event).encode())
    assert isinstance(translated, Ignored)
    assert inbox.paypal.asked == []


async def test_what_cannot_be_read_is_not_an_event(inbox: Inbox) -> None:
    assert isinstance(await inbox.connector.translate_webhook(b"nonsense"), Ignored)


@pytest.mark.parametrize(
    ("status", "issue", "outcome"),
    [
        (404, "INVALID_RESOURCE_ID", Outcome.UNKNOWN),
        (403, "PERMISSION_DENIED", Outcome.UNKNOWN),
        (401, "INVALID_ACCOUNT_STATUS", Outcome.CREDENTIALS),
        (500, "X", Outcome.UNKNOWN),
    ],
)
async def test_an_order_that_cannot_be_read_is_tried_again_later(
    inbox: Inbox, status: int, issue: str, outcome: Outcome
) -> None:
    inbox.paypal.will(GET, refuses(status, issue))
    failure = await inbox.connector.translate_webhook(BODY)
    assert isinstance(failure, Failure)
    assert failure.outcome is outcome
