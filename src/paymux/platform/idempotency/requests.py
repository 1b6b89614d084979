"""What is known of a request under an Idempotency-Key, and of its runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from paymux.kernel.origin import Origin

PREFIX: Final = "idk"


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose key it is: two holders may use the same text without ever meeting."""

    tenant_id: str
    mode: str


ROOT: Final = KeyHolder("root", "root")
"""The installation's root key, which belongs to no tenant."""


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request as its caller named it. `digest` stands for method, path, query and body."""

    holder: KeyHolder
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """The right to do the request now. A later run, after the lease, takes it away."""

    holder: KeyHolder
    record_id: str
    number: int

    @property
    def is_first(self) -> bool:
        """Whether nobody ran this request before."""
        return self.number == 1

    @property
    def origin(self) -> Origin:
        """What the things that this request makes are named after, in every run alike."""
        return Origin(self.record_id.removeprefix(f"{PREFIX}_"), is_repeated=not self.is_first)


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What was answered, to be given again byte for byte."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Underway:
    """Another run of the same request has not ended."""


@dataclass(frozen=True, slots=True)
class Different:
    """The key stands for another request."""


Claim = Run | Answer | Underway | Different


class Seals(Protocol):
    """Seals what an answer may hold: the text of an API key, a payer's data, a link's token."""

    def seal(self, bound_to: Sequence[str], plain: bytes) -> bytes:
        """Return `plain` sealed, so that it opens only for the same binding."""
        ...

    def open(self, bound_to: Sequence[str], sealed: bytes) -> bytes:
        """Return what was sealed; raises a refusal when it cannot be opened."""
        ...


class IdempotencyKeys(Protocol):
    """Keeps one record per key, holder and mode."""

    async def claim(self, request: KeyedRequest) -> Claim:
        """Start a run, or say why not: answered already, under way, or another request."""
        ...

    async def keep(self, run: Run, answer: Answer) -> bool:
        """Store the answer for good; False when another run has taken over."""
        ...

    async def release(self, run: Run) -> None:
        """Let the next identical request run at once; what was made stays to be found."""
        ...

    async def forget(self, run: Run) -> None:
        """Free the key of a first run that was refused before it did anything."""
        ...
