"""From one connection to the next: at once, by the link, and never while money may be moving."""

from dataclasses import replace
from datetime import timedelta

import pytest

from paymux.kernel.ids import AttemptId, ConnectionId, CustomerId
from paymux.payments.application.drafts import NewPayment
from paymux.payments.application.provider_calls import ProviderIsNotReady
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.decision import Decision
from paymux.payments.ports.connectors import Checkout, ObservedStatus, Outcome, Payer
from paymux.payments.ports.inbound import ObservationSource, Observed
from paymux.payments.ports.plugins import Idempotency
from tests.unit.payments.attempts import PRICE
from tests.unit.payments.house import ORDER, SCOPE, House
from tests.unit.payments.memory import Store
from tests.unit.payments.providers import (
    CONNECTION,
    PAGE,
    ClosesPages,
    TakesApprovedMoney,
    failure,
    seen,
    usable,
)

SECOND = ConnectionId("con_2")

Street = tuple[House[ClosesPages], ClosesPages]


@pytest.fixture(name="street")
def _street() -> Street:
    """A house with a second connection, over a provider of its own."""
    store = Store()
    house, second = House(ClosesPages(store), store), ClosesPages(store)
    house.connections.found.append(
        usable(SECOND, idempotency=Idempotency(key_lives_seconds=86_400))
    )
    house.connections.connectors[SECOND] = second
    second.will("create", Checkout(provider_reference="page_2", url=f"{PAGE.url}/2"))
    return house, second


def statuses(house: House[ClosesPages]) -> list[str]:
    tables = house.tables
    return [one.status.value for one in sorted(tables.attempts.values(), key=lambda one: one.id)]


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.NOT_PROCESSED, Outcome.CREDENTIALS])
async def test_what_did_nothing_goes_on_elsewhere_in_the_same_call(
    street: Street, outcome: Outcome
) -> None:
    house, second = street
    house.provider.will("create", failure(outcome))
    details = await house.create()
    assert [(a.status, a.connection_id) for a in details.attempts] == [
        (AttemptStatus.NOT_SENT, CONNECTION),
        (AttemptStatus.PENDING, SECOND),
    ]
    assert details.payment.status == "requires_action"
    (decision,) = details.decisions
    assert (decision.decision, decision.outcome, decision.next_connection_id) == (
        Decision.FAIL_OVER,
        outcome,
        SECOND,
    )
    assert decision.reason_code == f"it_{outcome}"
    assert "payment.failed" not in house.events
    assert len(second.requests) == 1


@pytest.mark.parametrize(
    ("outcome", "decision"),
    [
        (Outcome.UNKNOWN, Decision.VERIFY),
        (Outcome.IN_PROGRESS, Decision.RETRY_SAME_KEY),
        (Outcome.DONE_ALREADY, Decision.CONVERGE),
        (Outcome.DECLINED_SOFT, Decision.ASK_PAYER),
        (Outcome.DECLINED_HARD, Decision.STOP),
        (Outcome.NEEDS_PAYER, Decision.ASK_PAYER),
        (Outcome.REJECTED, Decision.STOP),
    ],
)
async def test_everything_else_never_reaches_a_second_provider(
    street: Street, outcome: Outcome, decision: Decision
) -> None:
    house, second = street
    house.provider.will("create", failure(outcome))
    details = await house.create()
    assert len(details.attempts) == 1
    assert "create" not in second.asked
    assert [one.decision for one in house.tables.decisions] == [decision]


async def test_an_open_breaker_is_not_called_and_fails_over(street: Street) -> None:
    house, _ = street
    house.breakers.open.add(CONNECTION)
    details = await house.create()
    assert "create" not in house.provider.asked
    assert [(a.status, a.reason_code) for a in details.attempts] == [
        (AttemptStatus.NOT_SENT, "breaker_open"),
        (AttemptStatus.PENDING, None),
    ]


async def test_the_connection_that_was_asked_for_is_the_only_one(street: Street) -> None:
    house, second = street
    house.provider.will("create", failure(Outcome.NOT_SENT))
    details = await house.create(
        NewPayment(amount=PRICE, description="Pro plan", connection_id=ConnectionId(CONNECTION))
    )
    assert details.payment.status == "requires_action"
    assert "create" not in second.asked


async def test_the_budget_of_the_tenant_ends_the_search(street: Street) -> None:
    house, second = street
    house.provider.will("create", failure(Outcome.NOT_SENT))
    house.policies.policy = replace(house.policies.policy, max_attempts=1)
    assert len((await house.create()).attempts) == 1
    house.policies.policy = replace(
        house.policies.policy, max_attempts=3, max_elapsed=timedelta(0)
    )
    assert len((await house.create(replace_order("again"))).attempts) == 1
    assert "create" not in second.asked


def replace_order(reference: str) -> NewPayment:
    return NewPayment(amount=ORDER.amount, description="x", reference=reference)


async def test_a_page_that_has_ended_is_followed_by_another_at_the_same_link(
    street: Street,
) -> None:
    house, second = street
    await house.create()
    await house.observe(seen(ObservedStatus.EXPIRED))
    assert house.payment.status == "requires_action"
    house.provider.will("create", failure(Outcome.NOT_SENT))
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.checkout_url == f"{PAGE.url}/2"
    assert statuses(house) == ["expired", "not_sent", "pending"]
    assert len(second.requests) == 1


async def test_an_outage_sends_the_payer_elsewhere_and_the_old_page_is_closed_later(
    street: Street,
) -> None:
    house, _ = street
    await house.create()
    house.provider.will("look_up", failure(Outcome.NOT_SENT))
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.checkout_url == f"{PAGE.url}/2"
    assert statuses(house) == ["superseded", "pending"]
    (job,) = house.jobs("payments.close")
    assert house.tables.attempts[job.subject_id].connection_id == CONNECTION
    await house.pages.close_superseded(SCOPE, house.tables.attempts[job.subject_id].id)
    assert statuses(house) == ["expired", "pending"]
    assert house.payment.status == "requires_action"


async def test_a_good_page_is_kept(street: Street) -> None:
    house, second = street
    await house.create()
    for _ in range(3):
        view = await house.links.open(house.payment.link.token)
        assert view is not None
        assert view.checkout_url == PAGE.url
    assert "create" not in second.asked


async def test_an_unknown_outcome_keeps_the_payer_waiting(street: Street) -> None:
    house, second = street
    house.provider.will("create", failure(Outcome.UNKNOWN))
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    await house.create()
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert (view.status, view.checkout_url) == ("processing", None)
    assert "create" not in second.asked


async def test_with_nowhere_else_to_go_the_page_is_kept_through_an_outage(
    street: Street,
) -> None:
    house, _ = street
    house.connections.found.pop()
    await house.create()
    house.provider.will("look_up", failure(Outcome.NOT_SENT))
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.checkout_url == PAGE.url
    assert statuses(house) == ["pending"]


async def _elsewhere(house: House[ClosesPages]) -> None:
    """Leave a superseded attempt behind and a live one elsewhere."""
    await house.create()
    house.provider.will("look_up", failure(Outcome.NOT_SENT))
    await house.links.open(house.payment.link.token)
    assert statuses(house) == ["superseded", "pending"]


async def test_late_money_that_is_the_only_money_settles_the_payment(street: Street) -> None:
    house, _ = street
    await _elsewhere(house)
    assert await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_1")) is Observed.APPLIED
    assert statuses(house) == ["succeeded", "superseded"]
    assert house.payment.status == "succeeded"
    assert house.payment.amount_captured == PRICE.amount
    assert len(house.jobs("payments.close")) == 2
    assert house.jobs("payments.give_back") == []


async def test_late_money_that_comes_second_is_given_back(street: Street) -> None:
    house, _ = street
    await _elsewhere(house)
    await house.observations.observe(
        SCOPE,
        SECOND,
        seen(ObservedStatus.SUCCEEDED, "mov_2", provider_reference="page_2"),
        ObservationSource.WEBHOOK,
    )
    assert house.payment.status == "succeeded"
    for _ in range(3):
        await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_1"))
    assert statuses(house) == ["duplicate", "succeeded"]
    assert house.payment.amount_captured == PRICE.amount
    assert house.payment.review == "second_success"
    assert len(house.jobs("payments.give_back")) == 1


async def test_the_payer_may_choose_when_the_tenant_says_so(street: Street) -> None:
    house, second = street
    house.policies.policy = replace(house.policies.policy, payer_chooses=True)
    details = await house.create()
    assert (details.payment.status, details.attempts) == ("requires_action", ())
    token = house.payment.link.token
    view = await house.links.open(token)
    assert view is not None
    assert [one.connection_id for one in view.choices] == [CONNECTION, SECOND]
    chosen = await house.links.choose(token, SECOND)
    assert chosen is not None
    assert chosen.checkout_url == f"{PAGE.url}/2"
    assert len(second.requests) == 1
    again = await house.links.open(token)
    assert again is not None
    assert (again.checkout_url, again.choices) == (f"{PAGE.url}/2", ())


async def test_a_payer_who_turns_back_may_choose_another_way(street: Street) -> None:
    house, _ = street
    house.policies.policy = replace(house.policies.policy, payer_chooses=True)
    await house.create()
    token = house.payment.link.token
    await house.links.choose(token, SECOND)
    back = await house.links.returned(token)
    assert back is not None
    assert len(back.choices) == 2
    chosen = await house.links.choose(token, CONNECTION)
    assert chosen is not None
    assert chosen.checkout_url == PAGE.url
    assert statuses(house) == ["superseded", "pending"]
    nonsense = await house.links.choose(token, "con_nonsense")
    assert nonsense is not None
    assert nonsense.checkout_url == PAGE.url


async def test_a_page_that_is_found_to_have_ended_is_not_shown_once_more(street: Street) -> None:
    house, _ = street
    await house.create()
    house.provider.will("look_up", seen(ObservedStatus.EXPIRED))
    house.provider.will("create", failure(Outcome.NOT_SENT))
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.checkout_url == f"{PAGE.url}/2"
    assert statuses(house) == ["expired", "not_sent", "pending"]


async def test_a_payment_that_is_found_to_be_paid_leads_nowhere(street: Street) -> None:
    house, second = street
    await house.create()
    house.provider.will("look_up", seen(ObservedStatus.SUCCEEDED, "mov_1"))
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert (view.status, view.checkout_url) == ("succeeded", None)
    assert "create" not in second.asked


async def test_the_second_provider_is_not_told_what_the_first_calls_the_payer(
    street: Street,
) -> None:
    house, second = street
    house.payers.known["cus_1"] = Payer(customer_id="cus_1", name="Ada")
    house.provider.will("create", failure(Outcome.NOT_SENT))
    await house.create(
        NewPayment(amount=PRICE, description="Pro plan", customer_id=CustomerId("cus_1"))
    )
    (request,) = second.requests
    assert request.payer == Payer(customer_id="cus_1", name="Ada")


async def test_a_payment_whose_time_is_over_gets_no_other_page(street: Street) -> None:
    house, second = street
    later = house.clock.now() + timedelta(hours=1)
    await house.create(NewPayment(amount=PRICE, description="Pro plan", expires_at=later))
    await house.observe(seen(ObservedStatus.EXPIRED))
    house.clock.go_on(timedelta(hours=2))
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.checkout_url is None
    assert "create" not in second.asked


async def test_a_later_page_counts_its_time_from_when_it_was_asked_for(street: Street) -> None:
    house, _ = street
    await house.create()
    await house.observe(seen(ObservedStatus.EXPIRED))
    house.clock.go_on(timedelta(days=3))
    await house.links.open(house.payment.link.token)
    again = house.provider.requests[-1]
    assert again.created_at == house.clock.now()
    newest = max(house.tables.attempts.values(), key=lambda one: one.id)
    assert newest.created_at == house.clock.now()
    assert newest.replay_until > house.clock.now()


async def _unanswered_and_superseded(house: House[ClosesPages]) -> AttemptId:
    """An unanswered call whose payment was paid elsewhere meanwhile."""
    house.provider.will("create", failure(Outcome.UNKNOWN))
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    await house.create()
    (attempt,) = house.tables.attempts.values()
    async with house.store.unit_of_work(SCOPE) as work:
        await house.observations.supersede(work, attempt, "paid_elsewhere")
        await work.commit()
    return attempt.id


async def test_a_page_that_was_never_answered_for_is_found_by_its_key_and_closed(
    street: Street,
) -> None:
    house, _ = street
    attempt_id = await _unanswered_and_superseded(house)
    house.provider.will("create", PAGE)
    await house.pages.close_superseded(SCOPE, attempt_id)
    assert house.provider.requests[-1].replay
    assert len(house.provider.asked["expire"]) == 1
    assert statuses(house) == ["expired"]


async def test_a_page_that_cannot_be_found_is_looked_for_again(street: Street) -> None:
    house, _ = street
    attempt_id = await _unanswered_and_superseded(house)
    house.clock.go_on(timedelta(days=2))
    with pytest.raises(ProviderIsNotReady):
        await house.pages.close_superseded(SCOPE, attempt_id)
    assert statuses(house) == ["superseded"]


async def test_a_lost_page_whose_money_only_we_could_take_is_let_go_with_its_key() -> None:
    store = Store()
    house = House(TakesApprovedMoney(store), store)
    house.provider.will("create", failure(Outcome.UNKNOWN))
    house.provider.will("look_up", failure(Outcome.REJECTED))
    await house.create()
    (attempt,) = house.tables.attempts.values()
    async with store.unit_of_work(SCOPE) as work:
        await house.observations.supersede(work, attempt, "paid_elsewhere")
        await work.commit()
    house.clock.go_on(timedelta(days=2))
    await house.pages.close_superseded(SCOPE, attempt.id)
    assert [one.status for one in house.tables.attempts.values()] == ["canceled"]
