"""What settings must be beyond well-formed: complete, consistent, and strong where it counts."""

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from paymux.platform.settings.errors import Problem
from paymux.platform.settings.key_ring import weakness
from paymux.platform.settings.model import Settings

_PLACEHOLDER = re.compile(
    r"change.?me|replace.?me|placeholder|example|secret.?key|your.?(?:key|secret|token)"
    r"|password|default|insecure|dummy|xxxxxxxx|12345678|abcdefgh|qwerty",
    re.IGNORECASE,
)
_SHORTEST_ROOT_KEY = 32
_FEWEST_DIFFERENT_CHARACTERS = 10


def find_problems(settings: Settings) -> list[Problem]:
    """Everything that is missing, contradictory or too weak."""
    return [Problem(*found) for check in _CHECKS for found in check(settings)]


_Found = Iterator[tuple[str, str]]


def _database(settings: Settings) -> _Found:
    urls = {
        "PAYMUX_DATABASE_URL": settings.database_url,
        "PAYMUX_OWNER_DATABASE_URL": settings.owner_database_url,
    }
    for variable, url in urls.items():
        if url is not None and (reason := _wrong_with_database_url(url, live=settings.live)):
            yield variable, reason
    if settings.owner_database_url is not None and settings.database_url is None:
        yield "PAYMUX_OWNER_DATABASE_URL", "needs PAYMUX_DATABASE_URL beside it"


def _wrong_with_database_url(url: str, *, live: bool) -> str | None:
    parts = _split(url)
    if parts is None or parts.scheme not in {"postgresql", "postgres"}:
        return "must be a postgresql:// URL"
    if not parts.username or not parts.path.strip("/"):
        return "must name a user and a database"
    if live and parts.password is not None and _PLACEHOLDER.search(parts.password):
        return "has a placeholder for a password"
    return None


def _keys(settings: Settings) -> _Found:
    variable = "PAYMUX_ENCRYPTION_KEYS"
    if not settings.encryption_keys and settings.live:
        yield variable, "is required in live mode"
    elif not settings.encryption_keys and not settings.is_embedded:
        yield variable, "is required with a database of your own"
    if settings.live:
        for key in settings.encryption_keys:
            if reason := weakness(key):
                yield variable, f"v{key.version} {reason}; live mode needs 32 random bytes"


def _root_key(settings: Settings) -> _Found:
    key = settings.root_key
    if key is None:
        return
    if len(key) < _SHORTEST_ROOT_KEY:
        yield "PAYMUX_ROOT_KEY", f"must have {_SHORTEST_ROOT_KEY} characters or more"
    elif _PLACEHOLDER.search(key) or len(set(key)) < _FEWEST_DIFFERENT_CHARACTERS:
        yield "PAYMUX_ROOT_KEY", "looks like a placeholder; use random characters"


def _public_url(settings: Settings) -> _Found:
    parts = _split(settings.public_url)
    if parts is None or parts.scheme not in {"http", "https"} or parts.username is not None:
        yield "PAYMUX_PUBLIC_URL", "must be an http:// or https:// URL"
    elif parts.query or parts.fragment:
        yield "PAYMUX_PUBLIC_URL", "must have no query and no fragment"
    elif settings.live and parts.scheme != "https":
        yield "PAYMUX_PUBLIC_URL", "must be https in live mode"


def _providers(settings: Settings) -> _Found:
    variable = "PAYMUX_PROVIDER_OVERRIDES"
    for slug, override in settings.provider_overrides.items():
        parts = _split(override.base_url)
        if parts is None or parts.scheme not in {"http", "https"} or parts.username is not None:
            yield variable, f"{slug} needs an http:// or https:// base_url"
        elif not _is_loopback(parts.hostname or ""):
            yield variable, f"{slug} may only point at this machine (127.0.0.1, ::1, localhost)"
        if override.ca_file is not None and not Path(override.ca_file).is_file():
            yield variable, f"{slug} names a ca_file that is not there"
    if settings.connect_timeout_seconds > settings.provider_timeout_seconds:
        yield "PAYMUX_CONNECT_TIMEOUT_SECONDS", "must not exceed PAYMUX_PROVIDER_TIMEOUT_SECONDS"


def _jobs(settings: Settings) -> _Found:
    if any(later <= earlier for earlier, later in pairwise(settings.poll_schedule_seconds)):
        yield "PAYMUX_POLL_SCHEDULE_SECONDS", "must rise from one to the next"


def _split(url: str) -> SplitResult | None:
    """The parts of a URL with a host and a sound port, or None."""
    try:
        parts = urlsplit(url)
        is_sound = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_sound else None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_CHECKS: tuple[Callable[[Settings], _Found], ...] = (
    _database,
    _keys,
    _root_key,
    _public_url,
    _providers,
    _jobs,
)
