"""The real SDK on bad networks: what was sent is told from what was not."""

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    CustomerRecord,
    Failure,
    Outcome,
)
from tests.unit.integrations.providers.stripe.misbehaving import (
    GOOD,
    answering,
    connector,
    failure_of,
    outcome_of,
    request_read,
    self_signed,
    serving,
    unused_port,
)
from tests.unit.integrations.providers.stripe.stand_in import REQUEST


async def test_a_refused_connection_was_not_sent() -> None:
    failure = await outcome_of(f"http://127.0.0.1:{unused_port()}")
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "connect_failed")


async def test_a_name_that_does_not_exist_was_not_sent() -> None:
    failure = await outcome_of("http://stripe.invalid")
    assert isinstance(failure, Failure)
    assert failure.outcome is Outcome.NOT_SENT
    assert failure.code in {"dns_failed", "connect_timeout"}


async def test_a_connection_that_is_not_accepted_in_time_was_not_sent() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        failure = await outcome_of(f"http://127.0.0.1:{port}")
        for client in waiting:
            client.close()
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "connect_timeout")


async def test_a_server_that_speaks_no_tls_was_not_sent() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 This is HTTP\r\n\r\n")

    async with serving(plain) as base_url:
        failure = await outcome_of(base_url.replace("http:", "https:"))
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "tls_failed")


async def test_a_certificate_is_trusted_only_by_its_own_authority(tmp_path: Path) -> None:
    tls, authority = self_signed(tmp_path)
    async with serving(answering(GOOD), tls) as base_url:
        secure = base_url.replace("http:", "https:")
        failure = await outcome_of(secure)
        stripe = connector(secure, ca_pem=authority)
        assert isinstance(await stripe.create_checkout(REQUEST), Checkout)
        await stripe.close()
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "tls_failed")


async def test_a_tls_handshake_that_never_ends_was_not_sent() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(100_000)
        await asyncio.sleep(2)

    async with serving(silent) as base_url:
        failure = await outcome_of(base_url.replace("http:", "https:"))
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.NOT_SENT, "connect_timeout")


async def test_a_server_that_never_answers_leaves_it_unknown() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await request_read(reader)
        await asyncio.sleep(2)

    failure = await failure_of(silent)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "read_timeout")


async def test_an_answer_that_drips_is_bounded_by_the_whole_calls_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(20):
            writer.write(b" ")
            await asyncio.sleep(0.1)

    started = asyncio.get_running_loop().time()
    failure = await failure_of(drip)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "read_timeout")
    assert asyncio.get_running_loop().time() - started < 1.5


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"])
async def test_a_connection_that_breaks_after_the_request_leaves_it_unknown(start: bytes) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_read(reader)
        writer.write(start)

    failure = await failure_of(hang_up)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "connection_lost")


async def test_a_connection_reset_while_the_request_is_on_its_way_leaves_it_unknown() -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
        )

    failure = await failure_of(reset)
    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "connection_lost")


async def test_one_call_is_one_request_whatever_comes_back() -> None:
    count = 0

    async def failing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await answering(b'{"error":{"type":"api_error"}}', b"500 Oops")(reader, writer)

    await failure_of(failing)
    assert count == 1


async def test_a_key_of_the_other_mode_never_reaches_the_network() -> None:
    stripe = connector(f"http://127.0.0.1:{unused_port()}", key="sk_live_12345678")
    failure = await stripe.create_checkout(REQUEST)
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.CREDENTIALS, "wrong_mode")


async def test_an_amount_that_stripe_cannot_express_never_reaches_the_network() -> None:
    stripe = connector(f"http://127.0.0.1:{unused_port()}")
    request = msgspec.structs.replace(REQUEST, amount=Money(10005, "KWD"))
    failure = await stripe.create_checkout(request)
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.field) == (Outcome.REJECTED, "amount")


async def test_every_other_call_also_answers_with_a_failure() -> None:
    stripe = connector(f"http://127.0.0.1:{unused_port()}")
    query = AttemptQuery(attempt_id="att_1", created_at=datetime.now(UTC))
    answers = [
        await stripe.check_account(),
        await stripe.expire_checkout("cs_1", "k"),
        await stripe.look_up(query),
        await stripe.look_up(
            msgspec.structs.replace(query, provider_reference="../../v1/customers")
        ),
        await stripe.put_customer(CustomerRecord(customer_id="c"), "k", None),
        await stripe.put_customer(CustomerRecord(customer_id="c"), "k", "cus_1"),
        await stripe.register_webhook("https://pay.example/w", "k"),
        await stripe.unregister_webhook("we_1"),
    ]
    await stripe.close()
    assert all(isinstance(answer, Failure) for answer in answers)


async def test_the_connection_is_kept_between_calls_and_opened_again_after_close() -> None:
    connections = 0

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            await answering(GOOD)(reader, writer)

    async with serving(keep) as base_url:
        stripe = connector(base_url)
        first = [await stripe.create_checkout(REQUEST) for _ in range(2)]
        assert connections == 1
        await stripe.close()
        again = await stripe.create_checkout(REQUEST)
        assert connections == 2
        await stripe.close()
    assert all(isinstance(answer, Checkout) for answer in [*first, again])


def test_a_connector_may_be_used_on_one_event_loop_after_the_other() -> None:
    stripe = connector("http://127.0.0.1:1")

    async def once() -> Checkout | Failure:
        async with serving(answering(GOOD)):
            answer = await stripe.create_checkout(REQUEST)
            await stripe.close()
            return answer

    for _ in range(2):
        answer = asyncio.run(once())
        assert isinstance(answer, Failure)
        assert answer.code == "connect_failed"


async def test_a_call_that_is_cancelled_ends_as_cancelled() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await request_read(reader)
        await asyncio.sleep(2)

    async with serving(silent) as base_url:
        stripe = connector(base_url)
        call = asyncio.create_task(stripe.create_checkout(REQUEST))
        await asyncio.sleep(0.2)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await stripe.close()


async def test_nothing_about_this_machine_is_told_and_our_own_key_is_sent() -> None:
    heads: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request_read(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD))

    async with serving(record) as base_url:
        assert isinstance(await outcome_of(base_url), Checkout)
    (head,) = heads
    assert b"X-Stripe-Client" not in head
    assert b"\r\nIdempotency-Key: key-1\r\n" in head
    assert b"\r\nStripe-Version: 2026-10-28.endive\r\n" in head
    assert b"\r\nAuthorization: Bearer sk_test_12345678\r\n" in head
