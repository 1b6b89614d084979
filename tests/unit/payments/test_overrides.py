"""Rows that a tenant reads otherwise, and why none of them can charge a payer twice."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.application.decisions import SILENT_ON_EARLIER_CALLS, decide
from paymux.payments.application.heard_codes import HeardCodes
from paymux.payments.application.overrides import (
    MAY_BECOME,
    OverriddenFailure,
    OverrideIsNotSafe,
    overridden,
)
from paymux.payments.application.reports import report_of_charge, report_of_checkout
from paymux.payments.domain.attempt_report import UNRESOLVED, AttemptStatus
from paymux.payments.domain.decision import Decision
from paymux.payments.ports.connectors import (
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
    RefundReport,
)
from paymux.payments.ports.error_maps import ErrorOverride
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.reasons import Reason
from tests.unit.payments.attempts import NOW
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.providers import CONNECTION, OpensPages, failure, usable

OPEN = [Outcome.UNKNOWN, Outcome.IN_PROGRESS, Outcome.DONE_ALREADY]
STAYS = {Decision.VERIFY, Decision.RETRY_SAME_KEY, Decision.CONVERGE}
OUTCOMES = st.sampled_from(Outcome)


def row(code: str, outcome: Outcome, reason: Reason | None = None) -> ErrorOverride:
    return ErrorOverride(
        provider="acme", code=code, outcome=outcome, reason=reason, set_by="key_1", set_at=NOW
    )


class NoRefunds:
    async def observe_refund(
        self,
        scope: Scope,  # noqa: ARG002
        connection_id: ConnectionId,  # noqa: ARG002
        report: RefundReport,  # noqa: ARG002
        source: ObservationSource,  # noqa: ARG002
    ) -> Observed:
        return Observed.SUBJECT_UNKNOWN


async def put(house: House[OpensPages], code: str, outcome: Outcome) -> None:
    await house.error_maps.put(SCOPE, "acme", code, outcome, reason=None, set_by="key_1")


@pytest.mark.parametrize("wanted", Outcome)
@pytest.mark.parametrize("open_outcome", OPEN)
def test_what_is_open_never_ends_and_never_goes_elsewhere(
    open_outcome: Outcome, wanted: Outcome
) -> None:
    said = overridden(failure(open_outcome), row(f"it_{open_outcome}", wanted))
    for replay in (False, True):
        for elsewhere, is_charge in product((False, True), repeat=2):
            decision = decide(said, replay=replay, elsewhere=elsewhere, is_charge=is_charge)
            assert decision in STAYS
            report_of = report_of_charge if is_charge else report_of_checkout
            assert report_of(said, decision, replay=replay).status in UNRESOLVED


@given(given_outcome=OUTCOMES, wanted=OUTCOMES, elsewhere=st.booleans())
def test_a_repeated_call_proves_no_more_than_without_the_row(
    given_outcome: Outcome, wanted: Outcome, elsewhere: bool
) -> None:
    """Whatever left the first sending open before leaves it open with any row."""
    plain = failure(given_outcome)
    said = overridden(plain, row(plain.code, wanted))
    if decide(plain, replay=True, elsewhere=elsewhere) in STAYS:
        assert decide(said, replay=True, elsewhere=elsewhere) in STAYS
        status = report_of_checkout(
            said, decide(said, replay=True, elsewhere=elsewhere), replay=True
        ).status
        assert status in UNRESOLVED


@given(given_outcome=OUTCOMES, wanted=OUTCOMES)
def test_a_payment_goes_elsewhere_only_after_a_call_that_took_nothing(
    given_outcome: Outcome, wanted: Outcome
) -> None:
    said = overridden(failure(given_outcome), row(f"it_{given_outcome}", wanted))
    for replay in (False, True):
        if decide(said, replay=replay, elsewhere=True) is Decision.FAIL_OVER:
            assert given_outcome in SILENT_ON_EARLIER_CALLS | {Outcome.REJECTED}
            assert not replay


Reading = Callable[[Failure, ErrorOverride | None], Failure]
FINAL = {Outcome.DECLINED_SOFT, Outcome.DECLINED_HARD, Outcome.REJECTED}


@dataclass(frozen=True)
class Sending:
    """One call: whether it gets to the provider, and what is answered either way."""

    reaches: bool
    refusal: Outcome
    lost: Outcome
    change: tuple[Outcome, Outcome] | None = None


class World:
    """Two providers of which each may take the money, whatever it then answers."""

    def __init__(self) -> None:
        self.has_taken = {"first": False, "second": False}

    def send(self, provider: str, sending: Sending) -> Outcome:
        """Answer truthfully: what is proven is so. A key that has worked works no second time."""
        if self.has_taken[provider]:
            says_nothing = not sending.reaches and sending.refusal not in FINAL
            return sending.refusal if says_nothing else sending.lost
        self.has_taken[provider] = sending.reaches
        return sending.lost if sending.reaches else sending.refusal


def taken(sendings: list[Sending], reading: Reading, *, is_charge: bool) -> int:
    """How often the payer is charged; one who is asked for another method pays elsewhere."""
    world, here, replay = World(), "first", False
    rows: dict[str, ErrorOverride] = {}
    for sending in sendings:
        if sending.change is not None:
            of, wanted = sending.change
            rows[f"it_{of}"] = row(f"it_{of}", wanted)
        said = failure(world.send(here, sending))
        said = reading(said, rows.get(said.code))
        decision = decide(said, replay=replay, elsewhere=here == "first", is_charge=is_charge)
        if decision in STAYS:
            replay = True
        elif here == "first" and decision in {Decision.FAIL_OVER, Decision.ASK_PAYER}:
            here, replay = "second", False
        else:
            break
    return sum(world.has_taken.values())


SENDINGS = st.lists(
    st.builds(
        Sending,
        reaches=st.booleans(),
        refusal=st.sampled_from(sorted(SILENT_ON_EARLIER_CALLS | FINAL)),
        lost=st.sampled_from(OPEN),
        change=st.one_of(st.none(), st.tuples(OUTCOMES, OUTCOMES)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=300)
@given(SENDINGS, st.booleans())
def test_no_sequence_of_rows_charges_a_payer_twice(
    sendings: list[Sending], is_charge: bool
) -> None:
    """Rows come and go between the calls, safe or not; the money is taken once at most."""
    assert taken(sendings, overridden, is_charge=is_charge) <= 1


@pytest.mark.parametrize(
    "sendings",
    [
        [
            Sending(
                reaches=True,
                refusal=Outcome.NOT_SENT,
                lost=Outcome.UNKNOWN,
                change=(Outcome.UNKNOWN, Outcome.NOT_SENT),
            ),
            Sending(reaches=True, refusal=Outcome.NOT_SENT, lost=Outcome.UNKNOWN),
        ],
        [
            Sending(reaches=True, refusal=Outcome.NOT_SENT, lost=Outcome.UNKNOWN),
            Sending(
                reaches=False,
                refusal=Outcome.NOT_PROCESSED,
                lost=Outcome.UNKNOWN,
                change=(Outcome.NOT_PROCESSED, Outcome.DECLINED_SOFT),
            ),
            Sending(reaches=True, refusal=Outcome.NOT_SENT, lost=Outcome.UNKNOWN),
        ],
    ],
    ids=["an open call read as not sent", "a busy provider's word on a repetition"],
)
def test_without_the_guard_rows_would_charge_twice(sendings: list[Sending]) -> None:
    def unguarded(said: Failure, override: ErrorOverride | None) -> Failure:
        return said if override is None else replace(said, outcome=override.outcome)

    for is_charge in (False, True):
        assert taken(sendings, unguarded, is_charge=is_charge) == 2
        assert taken(sendings, overridden, is_charge=is_charge) == 1


def test_the_outcome_of_the_very_reply_counts_and_not_that_of_its_row() -> None:
    """A code that is a decline mostly may come with a 500, and then nothing is proven."""
    broken = Failure(outcome=Outcome.UNKNOWN, code="it_declined_soft", message="500")
    assert overridden(broken, row("it_declined_soft", Outcome.DECLINED_HARD)) is broken


def test_a_failure_read_otherwise_keeps_all_else() -> None:
    plain = failure(Outcome.REJECTED, retry_after=3.0)
    said = overridden(plain, row(plain.code, Outcome.NOT_SENT))
    assert isinstance(said, OverriddenFailure)
    assert (said.outcome, said.given) == (Outcome.NOT_SENT, Outcome.REJECTED)
    assert (said.code, said.message, said.retry_after_seconds) == (plain.code, plain.message, 3.0)


@pytest.mark.parametrize("wanted", Outcome)
@pytest.mark.parametrize("given_outcome", Outcome)
async def test_a_row_that_is_not_safe_is_refused(
    house: House[OpensPages], given_outcome: Outcome, wanted: Outcome
) -> None:
    code = f"it_{given_outcome}"
    if wanted in MAY_BECOME[given_outcome]:
        await put(house, code, wanted)
        assert {each.code: each.outcome for each in await house.error_maps.rows(SCOPE, "acme")}[
            code
        ] is wanted
        return
    with pytest.raises(OverrideIsNotSafe) as refused:
        await put(house, code, wanted)
    assert refused.value.code == "override_not_safe"
    assert refused.value.field == "outcome"
    assert given_outcome in refused.value.detail
    assert not await house.overrides.get(SCOPE)


async def test_only_rows_there_are_can_be_read_otherwise(house: House[OpensPages]) -> None:
    with pytest.raises(ThingIsNotFound):
        await put(house, "never_heard_of", Outcome.UNKNOWN)
    with pytest.raises(ThingIsNotFound):
        await house.error_maps.rows(SCOPE, "nobody")
    with pytest.raises(ThingIsNotFound):
        await house.error_maps.unmapped(SCOPE, "nobody")


async def test_a_payment_follows_the_tenants_row_and_its_decision_says_so(
    house: House[OpensPages],
) -> None:
    house.connections.found.append(usable("con_2"))
    house.connections.connectors["con_2"] = OpensPages(house.store)
    house.provider.will("create", failure(Outcome.REJECTED))
    await put(house, "it_rejected", Outcome.NOT_SENT)
    details = await house.create()
    assert [one.status for one in details.attempts] == [
        AttemptStatus.NOT_SENT,
        AttemptStatus.PENDING,
    ]
    (entry,) = house.tables.decisions
    assert (entry.outcome, entry.given_outcome) == ("not_sent", "rejected")
    assert entry.decision is Decision.FAIL_OVER


async def test_a_row_taken_back_counts_no_more(house: House[OpensPages]) -> None:
    house.provider.will("create", failure(Outcome.REJECTED))
    await put(house, "it_rejected", Outcome.UNKNOWN)
    await house.error_maps.remove(SCOPE, "acme", "it_rejected")
    await house.create()
    assert house.attempt.status is AttemptStatus.REJECTED
    assert house.tables.decisions[0].given_outcome is None


async def test_a_look_up_is_read_as_it_is(house: House[OpensPages]) -> None:
    await house.create()
    await put(house, "it_rejected", Outcome.NOT_SENT)
    house.provider.will("look_up", failure(Outcome.REJECTED))
    found = await house.attempts.look_up(SCOPE, house.attempt)
    assert isinstance(found, Failure)
    assert found.outcome is Outcome.REJECTED


async def test_a_code_in_no_row_keeps_its_outcome_and_is_counted(
    house: House[OpensPages], caplog: pytest.LogCaptureFixture
) -> None:
    odd = Failure(outcome=Outcome.UNKNOWN, code="never_heard_of", message="?")
    house.provider.will("create", odd)
    house.provider.will("look_up", odd)
    await house.create()
    await house.attempts.look_up(SCOPE, house.attempt)
    assert house.attempt.status is AttemptStatus.UNKNOWN
    (counted,) = await house.error_maps.unmapped(SCOPE, "acme")
    assert (counted.connection_id, counted.code) == (CONNECTION, "never_heard_of")
    assert (counted.outcome, counted.times_seen) == (Outcome.UNKNOWN, 2)
    warnings = [one for one in caplog.records if "no error map" in one.message]
    assert len(warnings) == 1


async def test_a_count_that_fails_loses_no_reply(
    house: House[OpensPages], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(house.unmapped, "count", fail)
    house.provider.will(
        "create", Failure(outcome=Outcome.REJECTED, code="never_heard_of", message="?")
    )
    await house.create()
    assert house.attempt.status is AttemptStatus.REJECTED


async def test_a_code_that_a_webhook_brings_is_counted_once_for_each_piece_of_news(
    house: House[OpensPages],
) -> None:
    await house.create()
    ears = HeardCodes(
        payments=house.observations, refunds=NoRefunds(), replies=house.calls._replies
    )
    declined = Observation(
        status=ObservedStatus.DECLINED, provider_reference="ses_1", reason_code="never_heard_of"
    )
    strange = replace(declined, provider_reference="ses_other")
    for report in (strange, declined, declined):
        await ears.observe(SCOPE, CONNECTION, report, ObservationSource.WEBHOOK)
    (counted,) = await house.error_maps.unmapped(SCOPE, "acme")
    assert (counted.code, counted.outcome, counted.times_seen) == ("never_heard_of", None, 1)


async def test_a_code_of_ours_is_not_counted(house: House[OpensPages]) -> None:
    house.breakers.open.add(CONNECTION)
    house.provider.will("create", KeyError("a bug"))
    await house.create()
    assert not await house.error_maps.unmapped(SCOPE, "acme")


async def test_refused_credentials_flag_the_connection_until_a_call_works(
    house: House[OpensPages],
) -> None:
    house.provider.will("create", failure(Outcome.CREDENTIALS))
    await house.create()
    assert house.health.flagged.keys() == {CONNECTION}
    await house.attempts.look_up(SCOPE, house.attempt)
    assert not house.health.flagged


async def test_a_tenant_may_say_that_a_code_means_the_credentials(
    house: House[OpensPages],
) -> None:
    house.provider.will("create", failure(Outcome.REJECTED))
    await put(house, "it_rejected", Outcome.CREDENTIALS)
    await house.create()
    assert house.health.flagged.keys() == {CONNECTION}


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.CREDENTIALS}))
async def test_other_failures_say_nothing_of_the_credentials(
    house: House[OpensPages], outcome: Outcome
) -> None:
    house.health.flagged[CONNECTION] = failure(Outcome.CREDENTIALS)
    house.provider.will("look_up", failure(outcome))
    await house.create()
    house.health.flagged[CONNECTION] = failure(Outcome.CREDENTIALS)
    await house.attempts.look_up(SCOPE, house.attempt)
    assert house.health.flagged.keys() == {CONNECTION}


async def test_a_flag_that_cannot_be_set_loses_no_reply(
    house: House[OpensPages], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(house.health, "refused", fail)
    house.provider.will("create", failure(Outcome.CREDENTIALS))
    await house.create()
    assert house.attempt.status is AttemptStatus.NOT_SENT
