"""The request that something comes from, so that the same request never makes it twice."""

from dataclasses import dataclass

from paymux.kernel.ids import ALPHABET, Ids


@dataclass(frozen=True, slots=True)
class Origin:
    """A request under an Idempotency-Key. What it makes is named after it.

    `stem`: the 26 characters that the ids of whatever it makes share. `is_repeated`: an earlier
    run of the same request died half-way, so what it had made is to be found and finished.
    """

    stem: str
    is_repeated: bool = False

    def id(self, prefix: str, number: int = 0) -> str:
        """Return the id of the thing of this prefix, or of one more of them."""
        last = ALPHABET[(ALPHABET.index(self.stem[-1]) + number) % len(ALPHABET)]
        return f"{prefix}_{self.stem[:-1]}{last}"


def new_id(ids: Ids, prefix: str, origin: Origin | None) -> str:
    """Return the id of what is made now: named after its origin, else fresh."""
    return ids.new(prefix) if origin is None else origin.id(prefix)
