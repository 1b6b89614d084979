"""Fields that many bodies share, with the examples that the description shows."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

Moment = Annotated[datetime, Meta(tz=True, examples=["2026-11-23T09:41:07.512904Z"])]
LaterMoment = Annotated[datetime, Meta(tz=True, examples=["2026-11-23T09:41:07.803215Z"])]
_DIGITS: Final = "01k9zv3x5w8r2m4n6p7q0s1t2v"


def identifier(prefix: str, description: str | None = None) -> Meta:
    """Say that a field is one of our ids."""
    return Meta(description=description, examples=[example_id(prefix)])


def example_id(prefix: str) -> str:
    """Return the id that stands in examples."""
    return f"{prefix}_{_DIGITS}"


def example(value: object, description: str | None = None) -> Meta:
    """Give a field an example."""
    return Meta(description=description, examples=[value])
