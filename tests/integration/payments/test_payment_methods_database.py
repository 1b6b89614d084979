"""Saved methods in a real PostgreSQL: what goes in comes out, to its own scope only."""

import asyncio
from dataclasses import asdict, replace
from typing import Any

import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import CustomerId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment_method import MethodFacts, PaymentMethod, PaymentMethodStatus
from paymux.payments.ports.events import PaymentMethodEvent, PaymentMethodEventType
from paymux.payments.ports.payment_methods import PaymentMethodFilter
from paymux.platform.database.statements import KeyIsTaken
from tests.integration.payments.records import (
    BANK,
    CUSTOMER,
    LATER,
    LIVE,
    MINE,
    NOW,
    OTHER_BANK,
    RIVAL,
    Books,
    attempt,
    entry,
    numbered,
    payment,
)

REVOKED, ACTIVE = PaymentMethodStatus.REVOKED, PaymentMethodStatus.ACTIVE
OTHERS = pytest.mark.parametrize("scope", [LIVE, RIVAL], ids=["other mode", "other tenant"])
MANDATE = Mandate(words="I agree. Größe 🛒", agreed_at=NOW)


def method(number: int = 1, **given: Any) -> PaymentMethod:
    least = PaymentMethod(
        id=PaymentMethodId(numbered("pm", number)),
        customer_id=CUSTOMER,
        connection_id=BANK,
        provider="bank",
        provider_reference=f"tok_{number}",
        payment_id=payment().id,
        mandate=MANDATE,
        created_at=NOW,
        status=ACTIVE,
    )
    return replace(least, **given)


FULL = method(
    mandate=replace(MANDATE, max_charge=Money(5000, "USD")),
    facts=MethodFacts(
        customer_reference="cus_there",
        mandate_reference="man_1",
        kind="card",
        label="Visa 4242",
        expires_on="2029-04",
        max_amount=Money(9000, "EUR"),
    ),
    status=REVOKED,
    told_at=LATER,
    revoked_at=LATER,
    is_forgotten=True,
)


async def keep(ledger: Books, *methods: PaymentMethod, scope: Scope = MINE) -> None:
    async with ledger.work(scope) as work:
        for one in methods:
            await work.payment_methods.add(one)
        await work.commit()


@pytest.mark.parametrize("kept", [FULL, method()], ids=["all of it", "the least of it"])
async def test_a_method_comes_back_as_it_was(ledger: Books, kept: PaymentMethod) -> None:
    await keep(ledger, kept)
    async with ledger.work() as work:
        assert asdict(await work.payment_methods.get(kept.id)) == asdict(kept)
        locked = await work.payment_methods.lock(kept.id)
        locked.status, locked.revoked_at = REVOKED, LATER
        await work.payment_methods.save(locked)
        await work.commit()
    async with ledger.work() as work:
        assert asdict(await work.payment_methods.get(kept.id)) == asdict(locked)


@OTHERS
async def test_nobody_else_finds_it(ledger: Books, scope: Scope) -> None:
    await keep(ledger, method())
    async with ledger.work(scope) as work:
        with pytest.raises(ThingIsNotFound):
            await work.payment_methods.get(method().id)
        assert await work.payment_methods.find(BANK, "tok_1") is None
        assert await work.payment_methods.of_customer(CUSTOMER) == []
        assert not await work.payment_methods.any_kept(BANK)
        page = await work.payment_methods.list(PaymentMethodFilter(), PageRequest())
        assert page.items == []


async def test_a_token_is_in_use_once_and_the_one_in_use_is_found(ledger: Books) -> None:
    same = {"provider_reference": "tok"}
    await keep(ledger, method(1, status=REVOKED, **same), method(2, **same))
    await keep(ledger, method(3, connection_id=OTHER_BANK, **same))
    with pytest.raises(KeyIsTaken):
        await keep(ledger, method(4, **same))
    await keep(ledger, method(5, status=REVOKED, **same))
    async with ledger.work() as work:
        found = await work.payment_methods.find(BANK, "tok")
        assert found is not None
        assert found.id == method(2).id


async def test_a_method_that_is_locked_waits_for_the_other_to_commit(ledger: Books) -> None:
    await keep(ledger, method())
    async with ledger.work() as work:
        await work.payment_methods.lock(method().id)
        async with ledger.work() as other:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await other.payment_methods.find(BANK, "tok_1")


async def test_a_customers_methods_in_use_are_listed_newest_first(ledger: Books) -> None:
    bob = CustomerId(numbered("cus", 2))
    await keep(ledger, method(1), method(2, status=REVOKED), method(3), method(4, customer_id=bob))
    async with ledger.work() as work:
        mine = await work.payment_methods.of_customer(CUSTOMER)
        assert [one.id for one in mine] == [method(3).id, method(1).id]
        which = PaymentMethodFilter(customer_id=CUSTOMER)
        page = await work.payment_methods.list(which, PageRequest(limit=2))
        assert [one.id for one in page.items] == [method(3).id, method(2).id]
        assert page.next_cursor == method(2).id
        revoked = await work.payment_methods.list(
            PaymentMethodFilter(status=REVOKED), PageRequest()
        )
        assert [one.id for one in revoked.items] == [method(2).id]
        assert await work.payment_methods.any_kept(BANK)
        assert not await work.payment_methods.any_kept(OTHER_BANK)


async def test_payments_attempts_and_timeline_keep_what_saving_and_charging_add(
    ledger: Books,
) -> None:
    most = Money(5000, "USD")
    asked = payment(1, customer_id=CUSTOMER, mandate=replace(MANDATE, max_charge=most))
    charged = payment(2, off_session=True, payment_method_id=method().id)
    charge = attempt(
        2,
        AttemptStatus.DECLINED,
        payment_id=charged.id,
        payment_method_id=method().id,
        answered=True,
        needs_payer=True,
    )
    await ledger.keep(asked, charged, charge)
    consent = entry(1, attempt_id=None, status="consent_given")
    saved = entry(2, payment_method_id=method().id)
    async with ledger.work() as work:
        assert await work.timeline.add(consent)
        assert await work.timeline.add(saved)
        assert (await work.payments.get(asked.id)).mandate == asked.mandate
        found = await work.payments.get(charged.id)
        assert (found.off_session, found.payment_method_id) == (True, method().id)
        again = await work.attempts.get(charge.id)
        assert (again.payment_method_id, again.answered, again.needs_payer) == (
            method().id,
            True,
            True,
        )
        told = await work.timeline.of_payment(asked.id)
        assert [(one.attempt_id, one.payment_method_id) for one in told] == [
            (None, None),
            (saved.attempt_id, method().id),
        ]


@pytest.mark.parametrize(("answered", "is_open"), [(False, True), (True, False)])
async def test_a_decline_that_is_not_decided_yet_keeps_its_connection_in_use(
    ledger: Books, answered: bool, is_open: bool
) -> None:
    charge = attempt(1, AttemptStatus.DECLINED, payment_method_id=method().id, answered=answered)
    await ledger.keep(payment(), charge)
    async with ledger.work() as work:
        assert await work.attempts.any_open(BANK) is is_open


async def test_each_fact_of_a_method_is_stored_once(ledger: Books) -> None:
    event = PaymentMethodEvent(
        type=PaymentMethodEventType.SAVED,
        payment_method_id=method().id,
        payment_id=payment().id,
        customer_id=CUSTOMER,
        connection_id=BANK,
        provider="bank",
        kind="card",
        label=None,
        occurred_at=NOW,
    )
    async with ledger.work() as work:
        await work.events.add(event)
        await work.events.add(event)
        await work.commit()
