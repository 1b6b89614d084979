"""The command `paymux`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from paymux.bootstrap import commands
from paymux.bootstrap.demo import tell_demo
from paymux.bootstrap.installation import OwnerDatabaseUrlIsMissing, installed
from paymux.bootstrap.run import run_everything
from paymux.bootstrap.run_record import NothingIsRunning
from paymux.bootstrap.serving import run_on_fast_loop, serve_web, serve_worker
from paymux.kernel.errors import PaymuxError
from paymux.platform.settings import Settings, load_settings
from paymux.platform.telemetry.logging import configure_logging
from paymux.sandbox.server import run as run_sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "sandbox":
        run_sandbox(chosen.host, chosen.port, chosen.state_dir)
        return 0
    try:
        settings = load_settings(os.environ)
        configure_logging(settings.log_level, settings.log_format)
        with _stoppable():
            return run_on_fast_loop(_dispatch(chosen, settings))
    except KeyboardInterrupt:
        return 130
    except (PaymuxError, NothingIsRunning, OwnerDatabaseUrlIsMissing) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2


@contextmanager
def _stoppable() -> Iterator[None]:
    """Also while still starting, SIGTERM and SIGINT have what was started stopped first.

    A shell script's `&` has its children ignore SIGINT, which would leave nothing to stop by.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    terminate = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, terminate)
        signal.signal(signal.SIGINT, interrupt)


async def _dispatch(chosen: argparse.Namespace, settings: Settings) -> int:
    match chosen.command:
        case "run":
            await run_everything(settings)
        case "demo":
            return 0 if await tell_demo(settings.data_dir.resolve()) else 1
        case "settings":
            sys.stdout.write(commands.shown_settings(settings))
        case _:
            async with installed(settings) as installation:
                match chosen.command:
                    case "web":
                        await serve_web(installation)
                    case "worker":
                        await serve_worker(installation)
                    case "migrate":
                        await installation.migrate()
                    case _:
                        return await commands.administer(chosen, installation)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="paymux", description=__doc__)
    groups = parser.add_subparsers(dest="command", required=True)
    groups.add_parser("run", help="everything on this machine, with stand-ins for providers")
    groups.add_parser("demo", help="one paid link per provider, on what `run` started")
    groups.add_parser("web", help="serve HTTP")
    groups.add_parser("worker", help="run jobs")
    groups.add_parser("migrate", help="bring the database up to this version")
    groups.add_parser("settings", help="show the settings in force, without secrets")
    sandbox = groups.add_parser("sandbox", help="serve stand-ins for the providers")
    sandbox.add_argument("--host", default="127.0.0.1")
    sandbox.add_argument("--port", type=int, default=8001)
    sandbox.add_argument("--state-dir", type=Path, default=None)
    commands.add_parsers(groups)
    return parser


if __name__ == "__main__":
    sys.exit(main())
