"""What is wrong with the settings: all of it at once, and never a value."""

from collections.abc import Iterable
from typing import NamedTuple

from paymux.kernel.errors import Category, StartIsRefused


class Problem(NamedTuple):
    """One thing wrong with one setting."""

    setting: str
    reason: str


class SettingsAreInvalid(StartIsRefused):
    """Paymux does not start with settings that are unknown, malformed, missing or weak."""

    code = "settings_invalid"
    category = Category.INVALID

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  {setting}: {reason}" for setting, reason in self.problems)
        super().__init__(f"Paymux does not start with these settings:{lines}")


class ValueIsMalformed(Exception):
    """The text of one setting cannot be read; the message does not repeat it."""
