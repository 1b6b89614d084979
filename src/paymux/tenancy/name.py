"""What people call tenants and keys."""

from typing import Final

from paymux.tenancy.errors import NameIsInvalid

LONGEST_NAME: Final = 200


def valid_name(text: str, field: str) -> str:
    """Return `text` without surrounding space; raises NameIsInvalid."""
    name = text.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise NameIsInvalid(field, LONGEST_NAME)
    return name
