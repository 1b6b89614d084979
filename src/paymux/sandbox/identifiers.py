"""Object ids in the shapes the providers give them."""

import random
import secrets
import string

ALPHANUMERIC = string.ascii_letters + string.digits
UPPERCASE = string.ascii_uppercase + string.digits
# PayPal's account ids leave out 0, 1, I and O.
PAYPAL_ACCOUNT = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Identifiers:
    """A source of ids that repeats itself when given the same seed."""

    def __init__(self, seed: int | None = None) -> None:
        # Ids of a stand-in are no secrets: being able to replay them matters more.
        self._random = random.Random(secrets.randbits(64) if seed is None else seed)  # noqa: S311

    def alphanumeric(self, length: int) -> str:
        """Letters of both cases and digits."""
        return "".join(self._random.choices(ALPHANUMERIC, k=length))

    def uppercase(self, length: int) -> str:
        """Capital letters and digits."""
        return "".join(self._random.choices(UPPERCASE, k=length))

    def paypal_account(self) -> str:
        """PayPal's 13-character account id."""
        return "".join(self._random.choices(PAYPAL_ACCOUNT, k=13))

    def hexadecimal(self, length: int) -> str:
        """Lower-case hexadecimal digits."""
        return "".join(self._random.choices("0123456789abcdef", k=length))

    def uuid(self) -> str:
        """The shape of a UUID, from the same seeded source."""
        digits = self.hexadecimal(32)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def fraction(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()
