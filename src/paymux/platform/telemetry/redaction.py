"""Taking secrets and card numbers out of text that is about to be logged.

Redacting too much costs a look at the source; redacting too little costs a merchant's account.
"""

import re

from paymux.platform.telemetry.cards import card_spans, contains_card_number

__all__ = ["REDACTED", "contains_card_number", "names_a_secret", "redact"]

REDACTED = "[redacted]"

_LONGEST_TEXT = 65_536
_CUT = "[cut]"

_TELLING = (
    "secret|passw|passphrase|pwd|authori[sz]ation|credential|token|signature|private|cookie"
    "|api_?key|access_?key|encryption_?key|root_?key|key_?ring|card_?number|cvv|cvc"
)
_NAMES_A_SECRET = re.compile(_TELLING)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# Keys that open nothing: what they hold helps to find a fault.
_HARMLESS = {
    "idempotency_key", "key_id", "api_key_id", "key_version", "key_versions", "primary_key",
    "public_key",
}  # fmt: skip

# What introduces a value in text: `name=`, `"name": `, `\"name\": `, `('name', `.
_NAME = rf"(?:{_TELLING})[\w.\-]{{0,60}}|(?<![a-z])(?<!idempotency[_\-])keys?"
_THEN = r"""\\*["']?\s{0,4}[:=]\s{0,4}b?|["']\s{0,2},\s{0,2}b?(?=["'])"""
_VALUE = r"""\\*"(?:[^"\\]|\\.){0,4000}\\*"|\\*'(?:[^'\\]|\\.){0,4000}\\*'|[^\s,;&"'})\]]+"""

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), replacement)
    for pattern, replacement in (
        (r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}-----|\Z)", REDACTED),
        # user:password@ in any URL, the database's first of all
        (r"(?<=://)([^\s/:@\"']{0,200}):[^\s\"'<>]{0,400}@", rf"\1:{REDACTED}@"),
        (r"(authori[sz]ation\s{0,4}[:=]\s{0,4})[^\r\n\"']+", rf"\1{REDACTED}"),
        (r"\b(basic|bearer)(?:\s+|%20)[a-z0-9+/=._~\-]{6,}", rf"\1 {REDACTED}"),
        (r"(?:sk|rk|pk)_(?:live|test)_[a-z0-9_]+", REDACTED),
        (r"whsec_[a-z0-9+/=_\-]+", REDACTED),
        (r"rzp_(?:live|test)_[a-z0-9_]+", REDACTED),
        (r"pmx_[a-z0-9_\-]{6,}", REDACTED),
        (r"A21AA[a-z0-9_\-]{12,}", REDACTED),  # OAuth access tokens of a provider
        (r"eyJ[a-z0-9_\-]+\.[a-z0-9_\-]+\.[a-z0-9_\-]*", REDACTED),  # JSON Web Tokens
        (r"(?<=/pay/)[a-z0-9_\-]{12,}", REDACTED),  # the token of a payment link
        (rf"((?:{_NAME})(?:{_THEN}))(?!\[redacted\])(?:{_VALUE})", rf"\1{REDACTED}"),
    )
)


def redact(text: str) -> str:
    """`text` without secrets and card numbers; very long text is cut."""
    if len(text) > _LONGEST_TEXT:
        # What the cut leaves of a secret would no longer be known for one.
        text = re.sub(r"[^\s,;]{0,200}\Z", _CUT, text[:_LONGEST_TEXT])
    for pattern, replacement in _SHAPES:
        text = pattern.sub(replacement, text)
    for start, end in reversed(list(card_spans(text))):
        text = f"{text[:start]}{REDACTED}{text[end:]}"
    return text


def names_a_secret(name: str) -> bool:
    """Whether a field of this name holds something to hide: `api_key`, `clientSecret`, `key`."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if "_".join(words) in _HARMLESS:
        return False
    return bool({"key", "keys"} & set(words) or _NAMES_A_SECRET.search("_".join(words)))
