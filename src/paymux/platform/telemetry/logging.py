"""Structured logs: one JSON object per line, with the ids of the work at hand and no secrets.

Elsewhere, code logs with the standard library: `logging.getLogger(__name__)` and `extra={...}`.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, ProcessorReturnValue, WrappedLogger

from paymux.platform.telemetry.fields import plain_field
from paymux.platform.telemetry.redaction import redact

# Everything else is heard from WARNING on: HTTP clients and SDKs write requests and bodies with
# credentials at INFO or DEBUG, and plug-ins may bring any of them.
_HEARD = ("paymux", "pgqueuer", "uvicorn.error")
_OF_EVERY_RECORD = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message", "asctime", "taskName", "color_message",
}  # fmt: skip
_OURS = frozenset({"event", "level", "logger", "timestamp", "exception"})


def configure_logging(
    level: str = "INFO",
    log_format: str = "json",
    stream: TextIO | None = None,
) -> None:
    """Route every logger of the process through one redacting handler; may be called again.

    `log_format` is `json` or `console`. uvicorn must be run with `log_config=None`.
    """
    handler = _SilentHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(log_format))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    root.setLevel(max(logging.WARNING, root.level))
    for name in list(root.manager.loggerDict):
        # A handler of its own would get round the redaction.
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)
    for name in _HEARD:
        logging.getLogger(name).setLevel(level)


def bind_log_context(**ids: str | None) -> None:
    """Put ids on every line logged from here on in this task or thread; None is left out."""
    given = {name: value for name, value in ids.items() if value is not None}
    structlog.contextvars.bind_contextvars(**given)


def clear_log_context() -> None:
    """Forget all ids of this task or thread."""
    structlog.contextvars.clear_contextvars()


@contextmanager
def bound_log_context(**ids: str | None) -> Iterator[None]:
    """Put ids on every line logged inside the block; None is left out."""
    given = {name: value for name, value in ids.items() if value is not None}
    with structlog.contextvars.bound_contextvars(**given):
        yield


class _SilentHandler(logging.StreamHandler[TextIO]):
    """The standard handler prints a record that it cannot format, secrets and all."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        self.stream.write(f'{{"event": "a log line was lost", "logger": "{record.name}"}}\n')


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Shows a message whose arguments do not fit it as it was written, without them."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            record.getMessage()
        except Exception:  # noqa: BLE001 - str() of an argument can raise anything
            record = logging.makeLogRecord(record.__dict__ | {"args": None})
        return super().format(record)


def _formatter(log_format: str) -> logging.Formatter:
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    return _RedactingFormatter(
        processors=[
            _with_extra_fields,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_secrets,
            renderer,
        ],
    )


def _with_extra_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Fields given as `extra`; one that bears a name of ours keeps its value under another."""
    record: logging.LogRecord = event["_record"]
    for name, value in record.__dict__.items():
        if name not in _OF_EVERY_RECORD:
            event[f"extra_{name}" if name in _OURS or name in event else name] = value
    return event


def _without_secrets(_: WrappedLogger, __: str, event: EventDict) -> ProcessorReturnValue:
    return {
        name: redact(str(value)) if name in _OURS else plain_field(name, value)
        for name, value in event.items()
    }
