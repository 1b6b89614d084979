"""Invariant 3 for disputes: reports in any order, any number of times, end in the truth."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from random import Random
from secrets import randbelow

import pytest

from paymux.kernel.ids import AttemptId, ConnectionId, DisputeId, PaymentId
from paymux.kernel.money import Money
from paymux.payments.domain.dispute import (
    Dispute,
    DisputeAction,
    DisputeNews,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
)
from tests.unit.payments.attempts import NOW, PRICE

HISTORIES = 60
ORDERS = 20
DAY = timedelta(days=1)
_BOTH = frozenset(DisputeAction)


def dispute() -> Dispute:
    return Dispute(
        id=DisputeId("dsp_1"),
        payment_id=PaymentId("pay_1"),
        attempt_id=AttemptId("att_1"),
        connection_id=ConnectionId("con_1"),
        provider="acme",
        provider_reference="dp_1",
        payment_reference="mov_1",
        created_at=NOW,
        updated_at=NOW,
    )


def news(
    status: DisputeStatus,
    at: datetime | None = None,
    *,
    stage: DisputeStage = DisputeStage.CHARGEBACK,
    due: datetime | None = None,
) -> DisputeNews:
    return DisputeNews(
        status=status,
        stage=stage,
        amount=PRICE,
        reason=DisputeReason.NOT_RECEIVED,
        evidence_due_at=due,
        actions=_BOTH if status is DisputeStatus.NEEDS_RESPONSE else frozenset(),
        at=at,
    )


def told(reports: Sequence[DisputeNews]) -> Dispute:
    known = dispute()
    for report in reports:
        known.apply(report, NOW)
    return known


def state(known: Dispute) -> object:
    return known.current, known.opened_at, known.demand, known.review, known.end


ASKED = news(DisputeStatus.NEEDS_RESPONSE, NOW, due=NOW + 7 * DAY)
REVIEWED = news(DisputeStatus.UNDER_REVIEW, NOW + DAY)
ASKED_AGAIN = news(DisputeStatus.NEEDS_RESPONSE, NOW + 2 * DAY, due=NOW + 12 * DAY)
REVIEWED_AGAIN = news(DisputeStatus.UNDER_REVIEW, NOW + 3 * DAY)
LOST = news(DisputeStatus.LOST, NOW + 4 * DAY)
TWICE_ASKED = (ASKED, REVIEWED, ASKED_AGAIN, REVIEWED_AGAIN, LOST)
"""The provider wants more evidence a second time in one stage, with a later deadline."""


@pytest.mark.parametrize("length", range(1, len(TWICE_ASKED) + 1))
def test_a_second_demand_in_one_stage_is_seen_in_every_order(length: int) -> None:
    heard = TWICE_ASKED[:length]
    for order in permutations(heard):
        assert told(order).current == heard[-1]
        assert told([*order, *order]).current == heard[-1]


@pytest.mark.parametrize("with_times", [True, False])
def test_without_times_a_later_deadline_says_which_demand_is_the_last(with_times: bool) -> None:
    heard = [
        replace(one, at=one.at if with_times else None, evidence_due_at=due)
        for one, due in zip(
            (ASKED, REVIEWED, ASKED_AGAIN),
            (NOW + 7 * DAY, NOW + 7 * DAY, NOW + 12 * DAY),
            strict=True,
        )
    ]
    for order in permutations(heard):
        assert told(order).current == heard[-1]


def test_of_two_reports_in_one_second_the_one_that_knows_more_counts() -> None:
    moment = NOW.replace(microsecond=900_000)
    asked = replace(ASKED, at=moment)
    reviewed = replace(ASKED, status=DisputeStatus.UNDER_REVIEW, at=NOW.replace(microsecond=0))
    assert told([reviewed, asked]).status is DisputeStatus.UNDER_REVIEW
    won = replace(reviewed, status=DisputeStatus.WON)
    assert told([won, reviewed, asked]).status is DisputeStatus.WON


def test_an_end_in_an_earlier_stage_is_not_the_end() -> None:
    inquiry = news(DisputeStatus.CLOSED, NOW, stage=DisputeStage.INQUIRY)
    chargeback = news(DisputeStatus.NEEDS_RESPONSE, NOW - DAY)
    for order in permutations([inquiry, chargeback]):
        assert told(order).current == replace(chargeback, at=NOW - DAY)


def test_a_chargeback_that_ends_after_an_appeal_has_ended_whatever_stage_is_named() -> None:
    appeal = news(DisputeStatus.NEEDS_RESPONSE, NOW, stage=DisputeStage.PRE_ARBITRATION)
    won = news(DisputeStatus.WON, NOW + DAY)
    for order in permutations([appeal, won]):
        assert told(order).status is DisputeStatus.WON
    again = replace(appeal, at=NOW + 2 * DAY)
    for order in permutations([appeal, won, again]):
        assert told(order).status is DisputeStatus.NEEDS_RESPONSE


def test_what_is_said_around_an_end_does_not_reopen_it_but_an_appeal_does() -> None:
    soon = news(DisputeStatus.UNDER_REVIEW, NOW + 4 * DAY + timedelta(minutes=5))
    appealed = news(DisputeStatus.UNDER_REVIEW, NOW + 9 * DAY)
    assert told([LOST, soon]).status is DisputeStatus.LOST
    for order in permutations([LOST, soon, appealed]):
        assert told(order).status is DisputeStatus.UNDER_REVIEW


def test_when_it_was_opened_is_the_earliest_that_was_said() -> None:
    late, early = replace(ASKED, opened_at=NOW), replace(REVIEWED, opened_at=NOW - DAY)
    assert told([late, early]).opened_at == told([early, late]).opened_at == NOW - DAY


@pytest.fixture
def chance() -> Random:
    seed = randbelow(2**32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    return Random(seed)  # noqa: S311 - a test's choice


def _history(chance: Random) -> list[DisputeNews]:
    """What one provider says of one dispute, as it happens."""
    history, at, due = [], NOW, NOW
    reached = chance.sample([*DisputeStage], chance.randint(1, 3))
    for stage in [one for one in DisputeStage if one in reached]:
        for _ in range(chance.randint(1, 3)):
            at, due = at + DAY, max(due, at) + 5 * DAY
            history.append(news(DisputeStatus.NEEDS_RESPONSE, at, stage=stage, due=due))
            if chance.random() < 0.8:
                at += DAY
                kept = due if chance.random() < 0.5 else None
                history.append(news(DisputeStatus.UNDER_REVIEW, at, stage=stage, due=kept))
    if chance.random() < 0.5:
        end = chance.choice([DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.CLOSED])
        history.append(news(end, at + DAY, stage=history[-1].stage))
    return history


def test_every_history_is_told_rightly_in_every_order(chance: Random) -> None:
    for _ in range(HISTORIES):
        history = _history(chance)
        truth = told(history)
        assert truth.current == history[-1]
        for _ in range(ORDERS):
            order = [*history, *chance.choices(history, k=chance.randint(0, 4))]
            chance.shuffle(order)
            assert state(told(order)) == state(truth)


def _anything(chance: Random) -> DisputeNews:
    """A report that makes no sense beside the others."""
    return DisputeNews(
        status=chance.choice([*DisputeStatus]),
        stage=chance.choice([*DisputeStage]),
        amount=chance.choice([PRICE, Money(500, "USD"), Money(1999, "EUR")]),
        reason=chance.choice([*DisputeReason]),
        reason_code=chance.choice([None, "a", "b"]),
        evidence_due_at=chance.choice([None, NOW, NOW + DAY]),
        actions=frozenset(chance.sample([*DisputeAction], chance.randint(0, 2))),
        opened_at=chance.choice([None, NOW, NOW - DAY]),
        at=chance.choice([None, NOW, NOW + DAY, NOW + timedelta(milliseconds=1)]),
    )


def test_even_nonsense_ends_alike_in_every_order(chance: Random) -> None:
    for _ in range(HISTORIES):
        heard = [_anything(chance) for _ in range(chance.randint(1, 6))]
        truth = told(heard)
        for _ in range(ORDERS):
            order = [*heard, *chance.choices(heard, k=3)]
            chance.shuffle(order)
            assert state(told(order)) == state(truth)
        assert truth.current == told([*heard, *heard]).current
