"""Which text of a request is refused as a card number."""

import re
from typing import Final

from paymux.kernel.ids import has_id_shape
from paymux.platform.telemetry.redaction import contains_card_number

MANY_DIGITS: Final = r"\d(?:\D{0,3}\d){12}"
"""Thirteen digits close to each other: text without them needs no closer look."""
_MANY_DIGITS: Final = re.compile(MANY_DIGITS)


def holds_card_number(text: str) -> bool:
    """Tell whether `text`, or a segment of a path, holds what looks like a card number.

    Not in our own ids: one in some millions has a run of digits that passes the checksum.
    """
    if _MANY_DIGITS.search(text) is None:
        return False
    segments = [one for one in text.split("/") if not has_id_shape(one)]
    return contains_card_number("/".join(segments))
