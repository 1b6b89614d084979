"""`python -m paymux.sandbox --port N --state-dir D`."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from paymux.sandbox.server import run


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(prog="paymux-sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--state-dir", type=Path, default=None)
    parser.add_argument("--seed", type=int, default=None, help="same seed, same ids")
    parser.add_argument("--public-url", default=None, help="how payers reach this sandbox")
    parser.add_argument(
        "--until-stdin-ends", action="store_true", help="stop with whoever holds the other end"
    )
    chosen = parser.parse_args()
    if chosen.until_stdin_ends:
        threading.Thread(target=_stop_at_end_of_stdin, daemon=True).start()
    run(chosen.host, chosen.port, chosen.state_dir, seed=chosen.seed, public_url=chosen.public_url)


def _stop_at_end_of_stdin() -> None:
    """Wait for the parent's end, of which a kill -9 of it tells nobody otherwise."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
