"""Invariant 3, by exhaustion: every order and every repetition of up to six reports ends alike.

To end alike in every order, it is enough that each set of reports leads to one state whichever
of them comes last, and that a report already heard changes nothing: the rest is induction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import combinations
from operator import attrgetter
from random import Random
from secrets import randbelow
from typing import TypeVar

import pytest

from paymux.kernel.ids import AttemptId, CaptureId, ConnectionId, PaymentId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import AttemptStatus, Effect, Report
from paymux.payments.domain.capture import Capture, CaptureKind, explains
from paymux.payments.domain.payment import Payment, Review
from tests.unit.payments.attempts import NOW, PRICE, attempt, payment

SEQUENCES = 10_000
LONGEST = 6
PART = Money(500, "USD")
_PAGES = (None, "ses_1")
_MOVES = (None, "mov_1", "mov_2")
_REASONS = (None, "insufficient_funds", "expired")
_WITH_MONEY = (AttemptStatus.AUTHORIZED, AttemptStatus.SUCCEEDED)
_WITHOUT = tuple(status for status in AttemptStatus if status not in _WITH_MONEY)
_AMOUNTS = (PRICE, PRICE, PART, Money(700, "USD"), Money(2000, "USD"), Money(1999, "EUR"), None)

_FIELDS = {
    kind: [field.name for field in fields(kind)] for kind in (PaymentAttempt, Payment, Capture)
}
_ALL = attrgetter(*_FIELDS[PaymentAttempt])

State = tuple[object, ...]
T = TypeVar("T", Payment, PaymentAttempt, Capture)


class Books:
    """A payment, its attempt, and a capture of a part of it that nobody has heard of yet."""

    def __init__(self, *, captures_later: bool, is_charge: bool) -> None:
        self.payment: Payment = payment()
        self.attempt: PaymentAttempt = attempt(AttemptStatus.IN_FLIGHT)
        self.attempt.captures_later = captures_later
        self.attempt.payment_method_id = PaymentMethodId("pm_1") if is_charge else None
        self.capture = Capture(
            id=CaptureId("cap_1"),
            payment_id=PaymentId("pay_1"),
            attempt_id=AttemptId("att_1"),
            connection_id=ConnectionId("con_1"),
            kind=CaptureKind.CAPTURE,
            amount=PART,
            is_final=True,
            taken_before=0,
            idempotency_key="paymux-cap_1",
            request=b"{}",
            created_at=NOW,
            replay_until=NOW,
        )

    def told(self, report: Report) -> "Books":
        """Return what they say after this report, applied as the application does it."""
        books = object.__new__(Books)
        books.payment, books.attempt = _twin(self.payment), _twin(self.attempt)
        books.capture = _twin(self.capture)
        effect = books.attempt.apply(report)
        for review in books.reviews(report, effect):
            books.payment.ask_for_review(review)
        books.payment.follow([books.attempt], NOW)
        return books

    def reviews(self, report: Report, effect: Effect) -> Iterable[Review]:
        """Say why a person has to look."""
        if effect in {Effect.AMOUNT_MISMATCH, Effect.SECOND_SUCCESS}:
            yield Review(effect.value)
        elif self.attempt.captures_later:
            self.capture.follow(self.attempt)
            if not explains([self.capture], self.attempt.taken_by(report), PRICE):
                yield Review.AMOUNT_MISMATCH

    @property
    def state(self) -> State:
        """Everything that the reports may change."""
        return (
            _ALL(self.attempt),
            self.payment.status,
            self.payment.review,
            self.payment.amount_captured,
            self.capture.status,
        )


def _twin(one: T) -> T:
    """Copy an entity; `copy.copy` takes seven times as long, and there are a million of them."""
    made = object.__new__(type(one))
    for name in _FIELDS[type(one)]:
        setattr(made, name, getattr(one, name))
    return made


def _report(chance: Random) -> Report:
    status = chance.choice(_WITH_MONEY if chance.random() < 0.5 else _WITHOUT)
    has_money = status in _WITH_MONEY
    return Report(
        status=status,
        provider_reference=chance.choice(_PAGES),
        payment_reference=chance.choice(_MOVES),
        amount=chance.choice(_AMOUNTS) if has_money else None,
        method=chance.choice((None, "card", "upi")) if has_money else None,
        reason_code=None if has_money else chance.choice(_REASONS),
        approved=status is AttemptStatus.PENDING and chance.random() < 0.5,
        is_held=status is AttemptStatus.AUTHORIZED,
        released=status is AttemptStatus.CANCELED and chance.random() < 0.5,
        answered=chance.random() < 0.5,
        needs_payer=status is AttemptStatus.DECLINED and chance.random() < 0.5,
    )


class Walk:
    """Everywhere that some reports can lead to; books that say the same are the same."""

    def __init__(
        self, reports: Sequence[Report], *, captures_later: bool, is_charge: bool
    ) -> None:
        self.reports = reports
        self.start = Books(captures_later=captures_later, is_charge=is_charge)
        self._seen = {self.start.state: self.start}
        self._steps: dict[tuple[int, int], Books] = {}

    def after(self, books: Books, number: int) -> Books:
        """Return the books after one more report."""
        step = (id(books), number)
        if step not in self._steps:
            end = books.told(self.reports[number])
            self._steps[step] = self._seen.setdefault(end.state, end)
        return self._steps[step]

    def differing(self) -> Sequence[Report] | None:
        """Return reports whose order, or whose repetition, matters; None if there are none."""
        known = {frozenset[int](): self.start}
        for size in range(1, len(self.reports) + 1):
            for heard in map(frozenset, combinations(range(len(self.reports)), size)):
                ends = [self.after(known[heard - {last}], last) for last in heard]
                again = [self.after(ends[0], number) for number in heard]
                if any(end is not ends[0] for end in (*ends, *again)):
                    return [self.reports[number] for number in heard]
                known[heard] = ends[0]
        return None


@pytest.mark.parametrize("captures_later", [False, True], ids=["taken at once", "held"])
@pytest.mark.parametrize("is_charge", [False, True], ids=["page", "charge"])
def test_ten_thousand_sequences_end_alike_in_every_order(
    captures_later: bool, is_charge: bool
) -> None:
    seed = randbelow(10**9)
    chance = Random(seed)  # noqa: S311 - it has to be repeatable
    for number in range(SEQUENCES // 4):
        reports = [_report(chance) for _ in range(chance.randint(1, LONGEST))]
        found = Walk(reports, captures_later=captures_later, is_charge=is_charge).differing()
        assert found is None, f"seed {seed}, sequence {number}: {found}"
