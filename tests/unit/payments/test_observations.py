"""The one function that every report goes through."""

import pytest

from paymux.kernel.ids import ConnectionId
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.payments.domain.payment import PaymentStatus, Review
from paymux.payments.ports.books import PaymentFilter
from paymux.payments.ports.connectors import Observation, ObservedStatus
from paymux.payments.ports.inbound import ObservationSource, Observed
from tests.unit.payments.attempts import NOW
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.providers import OpensPages, seen

_PAID = seen(ObservedStatus.SUCCEEDED, "mov_1")


@pytest.mark.parametrize("source", ObservationSource)
async def test_each_door_leads_to_the_same_state(
    house: House[OpensPages], source: ObservationSource
) -> None:
    await house.create()
    assert await house.observe(_PAID, source) is Observed.APPLIED
    assert await house.observe(_PAID, source) is Observed.REPEATED
    assert house.payment.status == "succeeded"
    assert house.payment.amount_captured == house.payment.amount.amount
    assert house.events == ["payment.created", "payment.succeeded"]


async def test_a_report_is_found_by_our_id_before_the_reply_names_the_page(
    house: House[OpensPages],
) -> None:
    await house.create()
    house.attempt.provider_reference = None
    report = seen(ObservedStatus.SUCCEEDED, "mov_1", attempt_id=house.attempt_id)
    assert await house.observe(report) is Observed.APPLIED
    assert house.attempt.provider_reference == "ses_1"


async def test_a_report_over_another_connection_is_not_ours(house: House[OpensPages]) -> None:
    await house.create()
    report = seen(ObservedStatus.SUCCEEDED, "mov_1", attempt_id=house.attempt_id)
    commits = len(house.store.log)
    observed = await house.observations.observe(
        SCOPE, ConnectionId("con_2"), report, ObservationSource.WEBHOOK
    )
    assert observed is Observed.SUBJECT_UNKNOWN
    assert house.payment.status == "requires_action"
    assert len(house.store.log) == commits


@pytest.mark.parametrize(
    "report",
    [
        seen(ObservedStatus.SUCCEEDED, "mov_1", provider_reference="ses_9"),
        Observation(status=ObservedStatus.EXPIRED, attempt_id="att_9"),
        Observation(status=ObservedStatus.EXPIRED),
    ],
)
async def test_a_report_on_something_else_is_not_ours(
    house: House[OpensPages], report: Observation
) -> None:
    await house.create()
    assert await house.observe(report) is Observed.SUBJECT_UNKNOWN


async def test_other_money_never_settles_and_asks_for_review(house: House[OpensPages]) -> None:
    await house.create()
    for amount in (Money(1, "USD"), Money(1999, "EUR"), None):
        report = Observation(
            status=ObservedStatus.SUCCEEDED, provider_reference="ses_1", amount=amount
        )
        assert await house.observe(report) is Observed.AMOUNT_MISMATCH
    assert (house.payment.status, house.payment.amount_captured) == ("requires_action", 0)
    assert house.payment.review is Review.AMOUNT_MISMATCH
    assert house.events == ["payment.created", "payment.needs_review"]


async def test_a_second_movement_of_money_asks_for_review(house: House[OpensPages]) -> None:
    await house.create()
    await house.observe(_PAID)
    second = seen(ObservedStatus.SUCCEEDED, "mov_2")
    assert await house.observe(second) is Observed.SECOND_SUCCESS
    assert house.payment.review is Review.SECOND_SUCCESS
    assert house.events == ["payment.created", "payment.succeeded", "payment.needs_review"]


async def test_the_timeline_keeps_what_was_said_when_and_by_whom(
    house: House[OpensPages],
) -> None:
    await house.create()
    report = Observation(
        status=ObservedStatus.APPROVED, provider_reference="ses_1", occurred_at=NOW
    )
    await house.observe(report)
    await house.observe(report)
    await house.observe(report, ObservationSource.POLL)
    details = await house.payments.get(SCOPE, house.payment_id)
    assert [(one.source, one.status, one.effect) for one in details.timeline] == [
        ("reply", "pending", "applied"),
        ("webhook", "approved", "applied"),
        ("poll", "approved", "repeated"),
    ]
    assert details.timeline[1].occurred_at == NOW


async def test_payments_are_listed(house: House[OpensPages]) -> None:
    await house.create()
    found = await house.payments.list(SCOPE, PaymentFilter(), PageRequest())
    assert [one.id for one in found.items] == [house.payment_id]
    wanted = PaymentFilter(status=PaymentStatus.SUCCEEDED)
    assert (await house.payments.list(SCOPE, wanted, PageRequest())).items == []
