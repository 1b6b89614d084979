"""Headers that keep browsers from doing what nobody asked for."""

from typing import Final

Headers = list[tuple[bytes, bytes]]

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy of our own pages: nothing from another host."""

_ALWAYS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_UNLESS_SET: Final[Headers] = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
]
_POLICY: Final = b"content-security-policy"
_OF_PAGES: Final = (_POLICY, PAGE_POLICY.encode("ascii"))
_OF_DATA: Final = (_POLICY, b"default-src 'none'; frame-ancestors 'none'")
_OVER_HTTPS: Final = (b"strict-transport-security", b"max-age=31536000")


def sealed(headers: Headers, *, https: bool) -> Headers:
    """Return `headers` with what is missing for safety."""
    present = dict(headers)
    is_page = present.get(b"content-type", b"").startswith(b"text/html")
    wanted = [*_UNLESS_SET, _OF_PAGES if is_page else _OF_DATA]
    added = [header for header in wanted if header[0] not in present]
    if https:
        added.append(_OVER_HTTPS)
    return [*headers, *_ALWAYS, *added]
