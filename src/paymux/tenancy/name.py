"""What people call tenants and keys."""

import re
from typing import Final

from paymux.tenancy.errors import NameIsInvalid

LONGEST_NAME: Final = 200
NAME_PATTERN: Final = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
"""Something to read, and no control characters."""
_NAME: Final = re.compile(NAME_PATTERN)


def valid_name(text: str, field: str) -> str:
    """Return `text` without surrounding space; raises NameIsInvalid."""
    name = text.strip()
    if len(name) > LONGEST_NAME or _NAME.fullmatch(name) is None:
        raise NameIsInvalid(field, LONGEST_NAME)
    return name
