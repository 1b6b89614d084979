"""Waiting for what other processes do, never longer than told."""

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

STEP_SECONDS = 0.05


def eventually(
    question: Callable[[], Answer | None],
    *,
    within: float = 15,
    otherwise: Callable[[], object] = lambda: "",
) -> Answer:
    """Ask until the answer is neither None nor False; `otherwise` explains when it never is."""
    deadline = time.monotonic() + within
    while True:
        answer = question()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > deadline:
            message = f"Nothing came of it within {within} s. {otherwise()}"
            raise AssertionError(message)
        time.sleep(STEP_SECONDS)
