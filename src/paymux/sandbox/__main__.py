"""`python -m paymux.sandbox --port N --state-dir D`."""

import argparse
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
    chosen = parser.parse_args()
    run(chosen.host, chosen.port, chosen.state_dir, seed=chosen.seed, public_url=chosen.public_url)


if __name__ == "__main__":
    main()
