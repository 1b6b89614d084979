"""Reading settings from the environment and from a TOML file; the environment wins."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

import msgspec

from paymux.platform.settings.errors import Problem, ValueIsMalformed
from paymux.platform.settings.key_ring import parse_key_ring
from paymux.platform.settings.model import SETTINGS, Setting

CONFIG_FILE = "PAYMUX_CONFIG_FILE"
# Variables that are no settings: where the file is, and what only our own tests read.
OTHER_VARIABLES = (CONFIG_FILE, "PAYMUX_SPECS")


def read_sources(environ: Mapping[str, str]) -> tuple[dict[str, object], list[Problem]]:
    """Raw values by setting name, and what is wrong with the names."""
    given = {name: text for name, text in environ.items() if name.startswith("PAYMUX_") and text}
    from_file, problems = _read_file(given.get(CONFIG_FILE))
    known = {each.variable: each.name for each in SETTINGS}
    problems += _unknown(given, [*known, *OTHER_VARIABLES])
    from_environment = {known[name]: text for name, text in given.items() if name in known}
    return {**from_file, **from_environment}, problems


def parse(raw: Mapping[str, object]) -> tuple[dict[str, object], list[Problem]]:
    """Typed values by setting name, and what is wrong with the rest."""
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for setting in SETTINGS:
        if setting.name not in raw:
            continue
        try:
            values[setting.name] = _parse_one(setting, raw[setting.name])
        except (ValueIsMalformed, msgspec.MsgspecError) as failure:
            problems.append(Problem(setting.variable, str(failure)))
    return values, problems


def _parse_one(setting: Setting, raw: object) -> object:
    if setting.name == "encryption_keys":
        if not isinstance(raw, str):
            reason = "must be text"
            raise ValueIsMalformed(reason)
        return parse_key_ring(raw)
    if isinstance(raw, str) and setting.name in _FROM_TEXT:
        raw = _FROM_TEXT[setting.name](raw)
    return msgspec.convert(raw, setting.type, strict=False, dec_hook=_path)


def _path(kind: type, raw: object) -> Path:
    if kind is not Path or not isinstance(raw, str):
        reason = "must be a path"
        raise ValueIsMalformed(reason)
    try:
        return Path(raw).expanduser()
    except RuntimeError:
        reason = "begins with the home directory of a user who has none here"
        raise ValueIsMalformed(reason) from None


def _comma_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _json(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        reason = "must be a JSON object"
        raise ValueIsMalformed(reason) from None


_FROM_TEXT: Mapping[str, Callable[[str], object]] = {
    "log_level": str.upper,
    "log_format": str.lower,
    "poll_schedule_seconds": _comma_list,
    "provider_overrides": _json,
}


def _read_file(name: str | None) -> tuple[dict[str, object], list[Problem]]:
    if name is None:
        return {}, []
    try:
        content: dict[str, object] = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as failure:
        return {}, [Problem(CONFIG_FILE, f"cannot be read: {failure.strerror}")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}, [Problem(CONFIG_FILE, "is not TOML")]
    known = [each.name for each in SETTINGS]
    values = {key: value for key, value in content.items() if key in known}
    return values, [
        Problem(f"{key} in {CONFIG_FILE}", reason) for key, reason in _unknown(content, known)
    ]


def _unknown(given: Iterable[str], known: list[str]) -> list[Problem]:
    return [Problem(name, _unknown_reason(name, known)) for name in given if name not in known]


def _unknown_reason(name: str, known: list[str]) -> str:
    similar = get_close_matches(name, known, n=1)
    return f"is no setting; did you mean {similar[0]}?" if similar else "is no setting"
