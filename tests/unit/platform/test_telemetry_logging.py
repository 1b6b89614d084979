"""Logs: one JSON object per line, with ids and extra fields, from every library, and no secret."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest

from paymux.platform.telemetry.logging import (
    bind_log_context,
    bound_log_context,
    clear_log_context,
    configure_logging,
)

SECRET = "Zk3vW8uTqLm5"


class Capture(io.StringIO):
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def logs() -> Iterator[Capture]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = Capture()
    configure_logging("DEBUG", "json", stream)
    yield stream
    clear_log_context()
    root.handlers = handlers
    root.setLevel(level)
    for name in ("paymux", "pgqueuer", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_line_is_one_json_object_with_its_extra_fields(logs: Capture) -> None:
    logging.getLogger("paymux.payments").info("Paid %s", "in full", extra={"amount": 1000})
    (line,) = logs.lines()
    assert line.pop("timestamp")
    assert line == {
        "event": "Paid in full",
        "amount": 1000,
        "level": "info",
        "logger": "paymux.payments",
    }


def test_lines_carry_the_ids_of_the_work_at_hand(logs: Capture) -> None:
    log = logging.getLogger("paymux.test")
    bind_log_context(request_id="req_1", tenant_id=None)
    with bound_log_context(payment_id="pay_1"):
        log.info("inside")
    log.info("outside")
    clear_log_context()
    log.info("after")
    inside, outside, after = logs.lines()
    assert (inside["request_id"], inside["payment_id"]) == ("req_1", "pay_1")
    assert outside["request_id"] == "req_1"
    assert not {"payment_id", "tenant_id"} & outside.keys()
    assert "request_id" not in after


async def test_tasks_do_not_see_each_others_ids(logs: Capture) -> None:
    async def work(payment_id: str) -> None:
        bind_log_context(payment_id=payment_id)
        await asyncio.sleep(0)
        await asyncio.to_thread(logging.getLogger("paymux.test").info, payment_id)

    await asyncio.gather(*(asyncio.create_task(work(f"pay_{n}")) for n in range(5)))
    assert all(line["payment_id"] == line["event"] for line in logs.lines())


def test_extra_fields_cannot_replace_the_lines_own(logs: Capture) -> None:
    bind_log_context(request_id="req_1")
    logging.getLogger("paymux.test").info("text", extra={"event": "payment.paid", "level": 9})
    (line,) = logs.lines()
    assert (line["event"], line["level"]) == ("text", "info")
    assert (line["extra_event"], line["extra_level"]) == ("payment.paid", 9)


def test_secrets_in_messages_arguments_fields_ids_and_tracebacks_do_not_survive(
    logs: Capture,
) -> None:
    log = logging.getLogger("paymux.test")
    bind_log_context(note=f"Bearer {SECRET}")
    log.info("call with sk_live_%s and %s", SECRET, {"client_secret": SECRET})
    log.info("fields", extra={"api_key": SECRET, "body": {"headers": [("cookie", SECRET)]}})
    cause = ValueError(f"cannot connect to postgresql://web:{SECRET}@db/paymux")
    failure = RuntimeError({"password": SECRET})
    failure.__cause__ = cause
    log.error("It failed", exc_info=failure, stack_info=True)
    assert SECRET not in logs.getvalue()
    assert "RuntimeError" in str(logs.lines()[-1]["exception"])
    assert "ValueError" in str(logs.lines()[-1]["exception"])


def test_card_numbers_do_not_survive(logs: Capture) -> None:
    logging.getLogger("paymux.test").info(
        "4111 1111 1111 1111", extra={"number": 4111111111111111, "note": "x4111111111111111x"}
    )
    assert "1111" not in logs.getvalue()


def test_odd_arguments_and_values_do_not_stop_or_leak(
    logs: Capture, capsys: pytest.CaptureFixture[str]
) -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError(SECRET)

    configure_logging(
        "INFO", "json", logs
    )  # without the handler of pytest, which is not odd-proof
    log = logging.getLogger("paymux.test")
    log.info("%d things", f"password={SECRET}")
    log.info("%s", Odd(), extra={"odd": Odd(), "bytes": b"\xff", "nan": float("nan")})
    log.info({"a": 1})
    assert [line["event"] for line in logs.lines()][:2] == ["%d things", "%s"]
    assert len(logs.lines()) == 3
    assert SECRET not in logs.getvalue() + "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "name", ["uvicorn.error", "pgqueuer", "paymux.anything", "sqlalchemy.engine", "urllib3.pool"]
)
def test_every_library_logs_through_the_one_handler(name: str, logs: Capture) -> None:
    configure_logging("INFO", "json", logs)
    assert not logging.getLogger(name).handlers
    logging.getLogger(name).warning("token=%s", SECRET)
    (line,) = logs.lines()
    assert line["logger"] == name
    assert SECRET not in logs.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "paypalrestsdk.api",
        "stripe",
        "urllib3.connectionpool",
        "sqlalchemy.engine",
        "aiohttp.client",
    ],
)
def test_what_providers_and_drivers_say_about_each_call_is_off(name: str, logs: Capture) -> None:
    logging.getLogger(name).info("Request[POST]")
    logging.getLogger(name).debug("body")
    assert not logs.getvalue()


def test_an_output_that_cannot_be_written_says_no_more_than_that(logs: Capture) -> None:
    configure_logging("INFO", "json", logs)
    handler = logging.getLogger().handlers[0]
    handler.handleError(logging.makeLogRecord({"name": "x", "msg": SECRET}))
    assert logs.lines() == [{"event": "a log line was lost", "logger": "x"}]


def test_the_console_format_is_for_eyes_and_as_discreet(logs: Capture) -> None:
    configure_logging("INFO", "console", logs)
    logging.getLogger("paymux.test").info("whsec_%s", SECRET, extra={"amount": 5})
    assert "amount=5" in logs.getvalue()
    assert SECRET not in logs.getvalue()
