"""Finding card numbers in text: runs of 13 to 19 digits, separators allowed, that pass Luhn."""

import re
from collections.abc import Iterator

# Digits as people and programs write card numbers: alone, or in groups with up to two
# separators between them.
_SEPARATOR = r"[ \t\u00a0\u2009\u202f\u2010-\u2015.\-_/]{1,2}"
_GROUPS = re.compile(rf"\d+(?:{_SEPARATOR}\d+)*")
_DIGITS = re.compile(r"\d+")
# Digits that are part of a hash or a UUID are not a card number someone wrote; a prefix such as
# `whsec_` may stand before them.
_MACHINE_MADE = re.compile(
    r"(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{24,}\b|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b",
    re.IGNORECASE,
)
_SHORTEST, _LONGEST = 13, 19
# First digits that ISO/IEC 7812 gives to card schemes; times in milliseconds begin with 1.
_SCHEMES = "234568"


def contains_card_number(text: str) -> bool:
    """Whether a payment card number stands in `text`; for refusing it as input.

    Errs on the side of yes, but not for what a merchant may well send: hashes, UUIDs, times and
    phone numbers that begin with a plus.
    """
    text = _MACHINE_MADE.sub("", text)
    return any(
        str(int(text[start])) in _SCHEMES and text[max(start - 1, 0)] != "+"
        for start, _ in _luhn_spans(text)
    )


def card_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every run that could be a card number; those that overlap are one."""
    so_far: tuple[int, int] | None = None
    for start, end in _luhn_spans(text):
        if so_far is None or start >= so_far[1]:
            if so_far is not None:
                yield so_far
            so_far = start, end
        else:
            so_far = so_far[0], max(end, so_far[1])
    if so_far is not None:
        yield so_far


def _luhn_spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans from the start of a group of digits to the end of one; the longest from each start."""
    for run in _GROUPS.finditer(text):
        groups = [each.span() for each in _DIGITS.finditer(text, run.start(), run.end())]
        for first, (start, _) in enumerate(groups):
            end = _end_of_number(text, groups[first : first + _LONGEST])
            if end is not None:
                yield start, end


def _end_of_number(text: str, groups: list[tuple[int, int]]) -> int | None:
    digits: list[int] = []
    found = None
    for begin, end in groups:
        if len(digits) + end - begin > _LONGEST:
            break
        digits += [int(each) for each in text[begin:end]]
        if len(digits) >= _SHORTEST and _passes_luhn(digits):
            found = end
    return found


def _passes_luhn(digits: list[int]) -> bool:
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return any(digits) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
