"""How far a tenant wants a payment to be carried from one connection to the next."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverPolicy:
    """The budget of one opening of a page, and who chooses.

    `max_attempts`: connections tried, the first included. `max_elapsed`: no further one is
    begun after so long. `payer_chooses`: the link offers every eligible connection.
    """

    max_attempts: int = 3
    max_elapsed: timedelta = timedelta(seconds=30)
    payer_chooses: bool = False
