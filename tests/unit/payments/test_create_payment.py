"""Creating a payment: durable first, then the provider, and every way that may end."""

from datetime import timedelta

import msgspec
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, CustomerId
from paymux.kernel.money import Money
from paymux.payments.application.drafts import ExpiryIsOutOfRange, NewPayment
from paymux.payments.application.routing import ConnectionIsNotUsable, NoConnectionTakesPayment
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import CheckoutRequest, Outcome, Payer
from paymux.payments.ports.currencies import AmountIsNotTaken, CurrencyIsNotTaken
from paymux.payments.ports.plugins import Operation
from tests.unit.payments.attempts import NOW, PRICE
from tests.unit.payments.house import House
from tests.unit.payments.providers import CONNECTION, Idle, OpensPages, failure, usable

_STATUSES = {
    Outcome.NOT_SENT: ("not_sent", "requires_action"),
    Outcome.NOT_PROCESSED: ("unknown", "processing"),
    Outcome.IN_PROGRESS: ("unknown", "processing"),
    Outcome.UNKNOWN: ("unknown", "processing"),
    Outcome.DONE_ALREADY: ("unknown", "processing"),
    Outcome.DECLINED_SOFT: ("declined", "failed"),
    Outcome.DECLINED_HARD: ("declined", "failed"),
    Outcome.NEEDS_PAYER: ("pending", "requires_action"),
    Outcome.CREDENTIALS: ("not_sent", "requires_action"),
    Outcome.REJECTED: ("rejected", "failed"),
}


async def test_everything_is_durable_before_the_provider_hears_of_it(
    house: House[OpensPages],
) -> None:
    details = await house.create()
    assert house.store.log == ["commit", "create", "commit"]
    assert details.payment.status == "requires_action"
    (attempt,) = details.attempts
    assert (attempt.status, attempt.provider_reference) == ("pending", "ses_1")
    assert attempt.checkout_url == "https://pay.example/ses_1"
    (entry,) = details.timeline
    assert (entry.source, entry.status, entry.effect) == (Source.REPLY, "pending", "applied")
    assert house.events == ["payment.created"]


async def test_the_request_is_ours_and_carries_no_secret_of_the_tenant(
    house: House[OpensPages],
) -> None:
    await house.create()
    (request,) = house.provider.requests
    link = f"https://us.example/pay/{house.payment.link.token}"
    assert request.payment_id == house.payment_id
    assert request.attempt_id == house.attempt_id
    assert request.idempotency_key == house.attempt.idempotency_key
    assert (request.return_url, request.cancel_url) == (f"{link}/return", f"{link}/back")
    assert not request.replay
    assert msgspec.json.decode(house.attempt.request, type=CheckoutRequest) == request


@pytest.mark.parametrize("outcome", Outcome)
async def test_a_provider_that_fails_is_no_refusal(
    house: House[OpensPages], outcome: Outcome
) -> None:
    house.provider.will("create", failure(outcome))
    details = await house.create()
    (attempt,) = details.attempts
    assert (attempt.status, details.payment.status) == _STATUSES[outcome]
    assert (attempt.reason_code, attempt.reason_message) == (f"it_{outcome}", "It did not work.")
    assert ("payment.failed" in house.events) == (details.payment.status == "failed")


async def test_a_connector_that_raises_leaves_the_outcome_open(house: House[OpensPages]) -> None:
    house.provider.will("create", RuntimeError("sk_secret"))
    details = await house.create()
    (attempt,) = details.attempts
    assert (attempt.status, details.payment.status) == ("unknown", "processing")
    assert attempt.reason_code == "connector_error"
    assert "sk_secret" not in (attempt.reason_message or "")


async def test_a_crash_between_commit_and_reply_leaves_the_attempt_in_flight(
    house: House[OpensPages],
) -> None:
    class Killed(BaseException):
        pass

    async def die(_: CheckoutRequest) -> None:
        raise Killed

    house.provider.create_checkout = die  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        await house.create()
    assert (house.attempt.status, house.payment.status) == ("in_flight", "processing")
    (check,) = house.jobs("payments.check")
    assert check.subject_id == house.attempt_id


async def test_a_check_is_planned_with_the_payment(house: House[OpensPages]) -> None:
    await house.create()
    (check,) = house.tables.jobs
    assert (check.name, check.after) == ("payments.check", timedelta(seconds=30))


async def test_expiry_is_planned_with_the_payment(house: House[OpensPages]) -> None:
    await house.create(
        NewPayment(amount=PRICE, description="x", expires_at=NOW + timedelta(hours=2))
    )
    (expiry,) = house.jobs("payments.expire")
    assert (expiry.subject_id, expiry.after) == (house.payment_id, timedelta(hours=2))


@pytest.mark.parametrize(
    "life", [timedelta(minutes=29), timedelta(days=181), timedelta(0), timedelta(days=-1)]
)
async def test_a_life_no_provider_gives_is_refused(
    house: House[OpensPages], life: timedelta
) -> None:
    with pytest.raises(ExpiryIsOutOfRange):
        await house.create(NewPayment(amount=PRICE, description="x", expires_at=NOW + life))
    assert house.store.log == []


async def test_the_payer_is_made_known_to_the_provider_first(house: House[OpensPages]) -> None:
    house.payers.known["cus_1"] = Payer(customer_id="cus_1", email="ada@example.com")
    await house.create(NewPayment(amount=PRICE, description="x", customer_id=CustomerId("cus_1")))
    (request,) = house.provider.requests
    assert request.payer == Payer(
        customer_id="cus_1", email="ada@example.com", provider_reference="cus_there"
    )


async def test_an_unknown_customer_is_refused(house: House[OpensPages]) -> None:
    with pytest.raises(ThingIsNotFound):
        await house.create(
            NewPayment(amount=PRICE, description="x", customer_id=CustomerId("cus_9"))
        )
    assert house.store.log == []


async def test_a_connection_that_is_gone_is_found_out_before_anything_is_stored(
    house: House[OpensPages],
) -> None:
    house.connections.connectors.clear()
    with pytest.raises(ThingIsNotFound):
        await house.create()
    assert house.store.log == []


async def test_a_connector_that_opens_no_pages_is_rejected(house: House[OpensPages]) -> None:
    house.connections.connectors[CONNECTION] = Idle()
    details = await house.create()
    assert details.attempts[0].reason_code == "capability_missing"
    assert details.payment.status == "failed"


async def test_the_first_connection_that_takes_the_money_is_used(
    house: House[OpensPages],
) -> None:
    house.connections.found = [
        usable("con_0", operations=()),
        usable("con_2", currencies=msgspec.structs.replace(_NONE, provider="bank")),
        usable(),
    ]
    details = await house.create()
    assert details.attempts[0].connection_id == CONNECTION


_NONE = msgspec.structs.replace(usable().capabilities.currencies, rules={})


async def test_the_connection_asked_for_is_used_whatever_its_priority(
    house: House[OpensPages],
) -> None:
    house.connections.found.append(usable("con_2"))
    house.connections.connectors[ConnectionId("con_2")] = house.provider
    details = await house.create(
        NewPayment(amount=PRICE, description="x", connection_id=ConnectionId("con_2"))
    )
    assert details.attempts[0].connection_id == "con_2"


@pytest.mark.parametrize("wanted", ["con_9", "con_0"])
async def test_a_connection_that_cannot_be_used_is_refused(
    house: House[OpensPages], wanted: str
) -> None:
    house.connections.found.append(usable("con_0", operations=[Operation.LOOK_UP]))
    with pytest.raises(ConnectionIsNotUsable) as refusal:
        await house.create(
            NewPayment(amount=PRICE, description="x", connection_id=ConnectionId(wanted))
        )
    assert refusal.value.field == "connection_id"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(Money(1, "USD"), AmountIsNotTaken), (Money(1000, "JPY"), CurrencyIsNotTaken)],
)
async def test_money_the_asked_for_connection_does_not_take_is_refused(
    house: House[OpensPages], amount: Money, expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        await house.create(NewPayment(amount=amount, description="x", connection_id=CONNECTION))
    assert house.store.log == []


async def test_that_nobody_takes_the_money_is_said_with_every_reason(
    house: House[OpensPages],
) -> None:
    with pytest.raises(NoConnectionTakesPayment, match="acme does not take JPY"):
        await house.create(NewPayment(amount=Money(1000, "JPY"), description="x"))
    house.connections.found.clear()
    with pytest.raises(NoConnectionTakesPayment, match="no enabled connection"):
        await house.create()
    assert house.store.log == []
