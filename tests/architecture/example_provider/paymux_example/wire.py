"""What Acorn sends, as far as we read it."""

import msgspec


class Payment(msgspec.Struct, frozen=True):
    """`GET /payments/{id}`; also what a created payment looks like."""

    id: str
    url: str
    state: str
    amount: int
    currency: str
    reference: str


class Account(msgspec.Struct, frozen=True):
    """`GET /account`."""

    id: str


class Problem(msgspec.Struct, frozen=True):
    """The body of every reply that is not a success."""

    error: str
    message: str = ""


class Event(msgspec.Struct, frozen=True):
    """The body of a webhook."""

    id: str
    type: str
    payment: Payment
