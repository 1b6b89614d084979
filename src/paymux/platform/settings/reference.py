"""The reference page: `python -m paymux.platform.settings.reference > docs/settings.md`."""

import sys
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import get_args

from paymux.platform.settings.model import SETTINGS, Setting

_INTRODUCTION = """\
# Settings

<!-- Generated from the table in src/paymux/platform/settings/model.py by
     `python -m paymux.platform.settings.reference > docs/settings.md`; edit it there. -->

Every setting is an environment variable. The same settings, without `PAYMUX_` and in lower case,
may stand in a TOML file named by `PAYMUX_CONFIG_FILE`; the environment wins. An empty variable
counts as unset. Paymux refuses to start with a `PAYMUX_` variable that is not listed here, with a
value that cannot be read, or with a missing or weak secret, and then names every problem at once.

Settings marked 🔒 are secrets: they are never logged or shown.

In live mode (`PAYMUX_LIVE=true`) encryption keys must be given and must be 32 random bytes each,
`PAYMUX_PUBLIC_URL` must be https, and a database password must not be a placeholder.
"""
_OTHERS = """
## Not settings

| variable | what |
|---|---|
| `PAYMUX_CONFIG_FILE` | path of a TOML file with settings |
| `PAYMUX_SPECS` | where Paymux's own tests find the providers' API descriptions |
"""
_FORMS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}


def settings_reference() -> str:
    """The text of `docs/settings.md`."""
    groups = groupby(SETTINGS, key=lambda setting: setting.group)
    tables = "".join(f"\n## {name}\n\n{_table(list(settings))}" for name, settings in groups)
    return _INTRODUCTION + tables + _OTHERS


def _table(settings: list[Setting]) -> str:
    rows = "".join(f"{_row(setting)}\n" for setting in settings)
    return f"| variable | form | default | what |\n|---|---|---|---|\n{rows}"


def _row(setting: Setting) -> str:
    variable = f"`{setting.variable}`{' 🔒' if setting.is_secret else ''}"
    return f"| {variable} | {_form(setting)} | {_default(setting)} | {setting.description} |"


def _form(setting: Setting) -> str:
    if setting.form:
        return setting.form
    plain = get_args(setting.type)[0]
    if issubclass(plain, StrEnum):
        return ", ".join(f"`{member.value}`" for member in plain)
    return _FORMS[plain]


def _default(setting: Setting) -> str:
    value = setting.default
    if setting.shown_default or value is None:
        return setting.shown_default or "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{','.join(str(each) for each in value)}`"
    return f"`{value.value if isinstance(value, StrEnum) else value}`"


if __name__ == "__main__":
    sys.stdout.write(settings_reference())
