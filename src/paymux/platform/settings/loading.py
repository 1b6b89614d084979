"""From an environment to settings that may be started with."""

from collections.abc import Mapping

import msgspec

from paymux.platform.settings.errors import Problem, SettingsAreInvalid, ValueIsMalformed
from paymux.platform.settings.key_ring import key_ring_in
from paymux.platform.settings.model import Settings
from paymux.platform.settings.sources import parse, read_sources
from paymux.platform.settings.strength import find_problems


def load_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ` and in the file it names; an empty variable counts as unset.

    Raises `SettingsAreInvalid` with every problem at once. A trial installation (not live, with
    the embedded server) without encryption keys gets its own, made once in the data directory.
    """
    raw, problems = read_sources(environ)
    values, malformed = parse(raw)
    problems += malformed
    settings = _with_public_url(Settings(), values)
    reported = {problem.setting for problem in problems}
    problems += [each for each in find_problems(settings) if each.setting not in reported]
    if problems:
        raise SettingsAreInvalid(problems)
    return settings if settings.encryption_keys else _with_own_key_ring(settings)


def _with_public_url(defaults: Settings, values: dict[str, object]) -> Settings:
    settings = msgspec.structs.replace(defaults, **values)
    url = values.get("public_url", f"http://127.0.0.1:{settings.port}")
    return msgspec.structs.replace(settings, public_url=str(url).rstrip("/"))


def _with_own_key_ring(settings: Settings) -> Settings:
    try:
        keys = key_ring_in(settings.data_dir)
    except ValueIsMalformed as failure:
        problem = Problem("PAYMUX_DATA_DIR", f"has an unusable key file: {failure}")
        raise SettingsAreInvalid([problem]) from None
    return msgspec.structs.replace(settings, encryption_keys=keys)
