"""The real SDK against servers that answer badly: nothing is believed that is not proven."""

import asyncio
import zlib

import msgspec
import pytest

from paymux.integrations.adapters.providers.stripe.exchange import MAX_REPLY_BYTES
from paymux.payments.ports.connectors import Failure, Outcome
from tests.unit.integrations.providers.stripe.misbehaving import (
    answering,
    connector,
    failure_of,
    serving,
)
from tests.unit.integrations.providers.stripe.stand_in import CAPTURE, NOW, QUERY, REFUND, VOID


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"ok"',
        b"<html>Bad gateway</html>",
        b"\xff\xfe",
        b"{",
        b"{}",
        b'{"id":7}',
        b'{"id":"cs_1"}',
        b'{"id":"cs_1","url":"javascript:alert(1)"}',
        b'{"object":"list","data":5}',
        b'{"object":["checkout.session"],"id":"cs_1"}',
        b'{"id":"cs_1","url":"https://x.example","metadata":[1]}',
        b'{"id":"cs_1","url":"https://x.example","expires_at":1e99}',
        b'{"id":"cs_1","url":"https://x.example","expires_at":99999999999999999999}',
        b'{"id":"cs_1","payment_intent":' + b'{"object":"charge","x":' * 5000 + b"1" + b"}" * 5001,
        b"[" * 200_000,
        b"{" + b" " * MAX_REPLY_BYTES + b"}",
    ],
)
async def test_an_answer_of_another_shape_leaves_it_unknown(body: bytes) -> None:
    failure = await failure_of(answering(body))
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize("status", [b"400 Bad", b"403 Forbidden", b"500 Oops", b"502 Bad"])
async def test_a_refusal_that_is_not_stripes_leaves_it_unknown(status: bytes) -> None:
    failure = await failure_of(answering(b"<html>proxy</html>", status))
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize(
    "status", [b"301 Moved", b"302 Found", b"307 Temporary", b"308 Permanent"]
)
async def test_a_redirect_is_not_followed(status: bytes) -> None:
    asked = asyncio.Event()

    async def trap(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        asked.set()

    async with serving(trap) as elsewhere:
        failure = await failure_of(
            answering(b"", status, b"Location: %s\r\n" % elsewhere.encode())
        )
    assert failure.outcome is Outcome.UNKNOWN
    assert not asked.is_set()


async def test_a_compressed_bomb_is_not_unpacked_to_the_end() -> None:
    bomb = zlib.compress(b"{" + b" " * (8 * MAX_REPLY_BYTES), 9)
    failure = await failure_of(answering(bomb, headers=b"Content-Encoding: deflate\r\n"))
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        (
            b"401 U",
            b'{"error":{"type":"invalid_request_error"}}',
            "credentials",
            "authentication_error",
        ),
        (
            b"403 F",
            b'{"error":{"type":"invalid_request_error"}}',
            "credentials",
            "permission_error",
        ),
        (
            b"409 C",
            b'{"error":{"code":"idempotency_key_in_use"}}',
            "in_progress",
            "idempotency_key_in_use",
        ),
        (b"429 T", b'{"error":{"code":"lock_timeout"}}', "not_processed", "lock_timeout"),
        (b"400 B", b'{"error":{"code":"amount_too_small"}}', "rejected", "amount_too_small"),
        (b"500 I", b'{"error":{"type":"api_error"}}', "unknown", "api_error"),
        (b"503 S", b'{"error":{"type":"api_error"}}', "unknown", "api_error"),
    ],
)
async def test_stripes_own_refusals_are_told_apart_by_the_real_sdk(
    status: bytes, body: bytes, outcome: str, code: str
) -> None:
    failure = await failure_of(answering(body, status, b"Request-Id: req_9\r\nRetry-After: 3\r\n"))
    assert (failure.outcome, failure.code) == (outcome, code)
    assert failure.provider_request_id == "req_9"
    assert failure.retry_after_seconds == 3


async def answers_to(base_url: str) -> list[object]:
    """What each call about money makes of a server's one answer."""
    stripe = connector(base_url)
    calls = (
        stripe.capture(CAPTURE),
        stripe.void(VOID),
        stripe.refund(REFUND),
        stripe.look_up_refund(QUERY),
        stripe.look_up_refund(msgspec.structs.replace(QUERY, provider_reference="re_1")),
        stripe.list_events(NOW, NOW, None),
    )
    try:
        return [await call for call in calls]
    finally:
        await stripe.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id":7}',
        b'{"id":"re_1"}',
        b'{"id":"re_1","status":7,"data":[7],"has_more":3}',
        b'{"id":"re_1","amount":1e99,"currency":"usd","status":[],"data":5,"has_more":false}',
        b'{"object":"list","data":null,"has_more":false}',
        b"<html>",
    ],
)
async def test_no_answer_of_another_shape_moves_money_or_proves_that_none_moved(
    body: bytes,
) -> None:
    async with serving(answering(body, headers=b"Connection: close\r\n")) as base_url:
        for answer in await answers_to(base_url):
            assert isinstance(answer, Failure)
            assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "unreadable_reply")
