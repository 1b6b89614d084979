"""What a key may do."""

from enum import StrEnum


class Role(StrEnum):
    """An admin may do all that an operator may, and an operator all that a reader may."""

    READER = "reader"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Tell whether this role may do what `other` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)
