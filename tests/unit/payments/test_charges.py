"""A charge of a saved method is made once, goes on where that is safe, and stops where not."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, CustomerId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.kernel.origin import Origin
from paymux.payments.application.drafts import CustomerIsRequired
from paymux.payments.application.jobs import GIVE_BACK, VERIFY
from paymux.payments.application.method_routing import (
    ConnectionCannotCharge,
    NoPaymentMethodCanBeCharged,
)
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.decision import Decision
from paymux.payments.domain.payment import CaptureMode, PaymentIsUnresolved
from paymux.payments.domain.payment_method import (
    ChargeExceedsMandate,
    MethodFacts,
    PaymentMethodHasExpired,
    PaymentMethodIsNotActive,
    PaymentMethodIsOfAnotherCustomer,
    PaymentMethodStatus,
)
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import NotFound, Observation, ObservedStatus, Outcome, Payer
from paymux.payments.ports.inbound import ObservationSource
from paymux.payments.ports.plugins import Idempotency, Operation
from paymux.payments.ports.saved_methods import ChargeRequest
from tests.unit.payments.attempts import NOW, PRICE
from tests.unit.payments.house import SCOPE
from tests.unit.payments.providers import CONNECTION, PAGE, failure
from tests.unit.payments.refund_house import RefundHouse
from tests.unit.payments.wallet import ADA, CHARGE, SECOND, Wallet, charged

NAMED = msgspec.structs.replace(CHARGE, payment_method_id=PaymentMethodId("pm_1"))
SOFT, HARD = failure(Outcome.DECLINED_SOFT), failure(Outcome.DECLINED_HARD)
LOST = failure(Outcome.UNKNOWN)


@pytest.fixture(name="wallet")
def _wallet() -> Wallet:
    """Two methods at two connections."""
    wallet = Wallet()
    wallet.keep(1)
    wallet.keep(2, SECOND)
    return wallet


def from_attempt(wallet: Wallet, observation: Observation, number: int = 0) -> Observation:
    attempts = sorted(wallet.tables.attempts)
    return msgspec.structs.replace(observation, attempt_id=attempts[number])


async def test_a_charge_succeeds_at_once_without_a_page(wallet: Wallet) -> None:
    details = await wallet.charge()
    (attempt,) = details.attempts
    assert (details.payment.status, details.payment.amount_captured) == ("succeeded", PRICE.amount)
    assert (attempt.payment_method_id, attempt.provider_reference) == ("pm_1", "chg_1")
    assert attempt.checkout_url is None
    assert "create" not in wallet.provider.asked
    assert wallet.events == ["payment.created", "payment.succeeded"]


async def test_the_exact_request_and_its_key_are_stored_before_the_call(wallet: Wallet) -> None:
    await wallet.charge()
    (sent,) = wallet.provider.charges
    stored = wallet.attempt
    assert wallet.store.log[:2] == ["commit", "charge"]
    assert msgspec.json.decode(stored.request, type=ChargeRequest) == sent
    assert (sent.idempotency_key, sent.attempt_id) == (stored.idempotency_key, stored.id)
    assert (sent.method_reference, sent.customer_reference) == ("tok_1", "cus_there")
    assert sent.payer == Payer(
        customer_id=ADA, email="ada@example.com", provider_reference="cus_there"
    )


async def test_a_soft_decline_goes_on_to_the_next_method_and_stays_declined(
    wallet: Wallet,
) -> None:
    wallet.provider.will("charge", SOFT)
    details = await wallet.charge()
    assert details.payment.status == "succeeded"
    assert wallet.statuses == ["declined", "succeeded"]
    (decision,) = wallet.tables.decisions
    assert (decision.operation, decision.decision) == (Operation.CHARGE, Decision.FAIL_OVER)
    assert (decision.outcome, decision.next_connection_id) == (Outcome.DECLINED_SOFT, SECOND)
    assert "payment.failed" not in wallet.events


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.NOT_PROCESSED, Outcome.CREDENTIALS])
async def test_what_did_nothing_goes_on_too(wallet: Wallet, outcome: Outcome) -> None:
    wallet.provider.will("charge", failure(outcome))
    assert (await wallet.charge()).payment.status == "succeeded"
    assert wallet.statuses == ["not_sent", "succeeded"]


@pytest.mark.parametrize(
    ("outcome", "status", "decision"),
    [
        (Outcome.DECLINED_HARD, "failed", Decision.STOP),
        (Outcome.REJECTED, "failed", Decision.STOP),
        (Outcome.NEEDS_PAYER, "requires_action", Decision.ASK_PAYER),
        (Outcome.UNKNOWN, "processing", Decision.VERIFY),
        (Outcome.IN_PROGRESS, "processing", Decision.RETRY_SAME_KEY),
        (Outcome.DONE_ALREADY, "processing", Decision.CONVERGE),
    ],
)
async def test_everything_else_never_reaches_a_second_method(
    wallet: Wallet, outcome: Outcome, status: str, decision: Decision
) -> None:
    wallet.provider.will("charge", failure(outcome))
    details = await wallet.charge()
    assert (details.payment.status, wallet.decided) == (status, [decision])
    assert len(details.attempts) == 1
    assert not wallet.second.charges


async def test_the_last_soft_decline_fails_the_payment(wallet: Wallet) -> None:
    wallet.provider.will("charge", SOFT)
    wallet.second.will("charge", SOFT)
    assert (await wallet.charge()).payment.status == "failed"
    assert wallet.statuses == ["declined", "declined"]
    assert wallet.decided == [Decision.FAIL_OVER, Decision.STOP]
    assert wallet.events == ["payment.created", "payment.failed"]


async def test_a_charge_that_reached_nobody_has_failed(wallet: Wallet) -> None:
    wallet.provider.will("charge", failure(Outcome.NOT_SENT))
    assert (await wallet.charge(NAMED)).payment.status == "failed"
    assert wallet.statuses == ["not_sent"]


async def test_the_method_that_was_named_is_the_only_one(wallet: Wallet) -> None:
    wallet.provider.will("charge", SOFT)
    details = await wallet.charge(NAMED)
    assert details.payment.status == "failed"
    assert not wallet.second.charges


@pytest.mark.parametrize("budget", [{"max_attempts": 1}, {"max_elapsed": timedelta(0)}])
async def test_the_budget_of_the_tenant_ends_the_search(
    wallet: Wallet, budget: dict[str, object]
) -> None:
    wallet.policies.policy = replace(wallet.policies.policy, **budget)  # type: ignore[arg-type]
    wallet.provider.will("charge", SOFT)
    assert (await wallet.charge()).payment.status == "failed"
    assert not wallet.second.charges


async def test_only_connections_that_can_charge_are_gone_on_to(wallet: Wallet) -> None:
    wallet.connections.found[1] = wallet.able(SECOND, Operation.CREATE_CHECKOUT)
    wallet.provider.will("charge", SOFT)
    assert (await wallet.charge()).payment.status == "failed"
    assert not wallet.second.charges


async def test_an_unknown_charge_is_looked_into_by_the_same_call_at_the_same_provider(
    wallet: Wallet,
) -> None:
    wallet.provider.will("charge", LOST, charged())
    details = await wallet.charge()
    assert details.payment.status == "processing"
    assert [job.subject_id for job in wallet.jobs(VERIFY)] == [wallet.attempt_id]
    await wallet.attempts.verify(SCOPE, wallet.attempt_id)
    first, again = wallet.provider.charges
    assert again == msgspec.structs.replace(first, replay=True)
    assert wallet.payment.status == "succeeded"
    assert not wallet.second.charges


async def test_an_unknown_charge_that_turns_out_declined_stops_there(wallet: Wallet) -> None:
    wallet.provider.will("charge", LOST, SOFT)
    await wallet.charge()
    await wallet.check()
    assert (wallet.payment.status, wallet.statuses) == ("failed", ["declined"])
    assert not wallet.second.charges


async def test_an_unknown_charge_whose_key_is_dead_is_only_looked_up(wallet: Wallet) -> None:
    wallet.provider.will("charge", LOST)
    await wallet.charge()
    wallet.provider.will("look_up", NotFound())
    wallet.clock.go_on(timedelta(days=2))
    await wallet.check()
    assert len(wallet.provider.charges) == 1
    ((query,),) = wallet.provider.asked["look_up"]
    assert (query.is_charge, query.customer_reference) == (True, "cus_there")  # type: ignore[attr-defined]
    assert (wallet.payment.status, wallet.statuses) == ("failed", ["not_sent"])


async def test_a_charge_that_never_arrived_is_not_made_days_later(wallet: Wallet) -> None:
    found = Idempotency(looks_up_by_reference=True)
    wallet.connections.found = [wallet.able(CONNECTION, kept=found)]
    wallet.provider.will("charge", LOST)
    wallet.provider.will("look_up", NotFound())
    await wallet.charge(NAMED)
    await wallet.check()
    assert (len(wallet.provider.charges), wallet.payment.status) == (2, "processing")
    wallet.clock.go_on(timedelta(days=1))
    await wallet.check()
    assert (len(wallet.provider.charges), wallet.payment.status) == (2, "failed")


async def test_who_follows_the_link_while_a_charge_is_unknown_waits(wallet: Wallet) -> None:
    wallet.provider.will("charge", LOST)
    details = await wallet.charge()
    view = await wallet.links.open(details.payment.link.token)
    assert view is not None
    assert (view.status, view.checkout_url, view.choices) == ("processing", None, ())
    assert "create" not in wallet.provider.asked


async def test_a_charge_that_wants_its_payer_is_paid_by_the_link(wallet: Wallet) -> None:
    wallet.provider.will("charge", failure(Outcome.NEEDS_PAYER))
    details = await wallet.charge()
    assert details.payment.status == "requires_action"
    view = await wallet.links.open(details.payment.link.token)
    assert view is not None
    assert (view.checkout_url, view.consent) == (PAGE.url, None)
    (page,) = wallet.provider.requests
    assert not page.saves_method
    await wallet.observe(from_attempt(wallet, paid_page(), 1))
    assert wallet.payment.status == "succeeded"


def paid_page() -> Observation:
    return Observation(
        status=ObservedStatus.SUCCEEDED,
        provider_reference=PAGE.provider_reference,
        payment_reference="mov_page",
        amount=PRICE,
    )


async def test_a_charge_that_wants_its_payer_can_be_canceled(wallet: Wallet) -> None:
    wallet.provider.will("charge", failure(Outcome.NEEDS_PAYER))
    details = await wallet.charge()
    canceled = await wallet.payments.cancel(SCOPE, details.payment.id)
    assert canceled.payment.status == "canceled"


async def test_a_charge_under_way_can_not_be_canceled(wallet: Wallet) -> None:
    wallet.provider.will("charge", charged(ObservedStatus.PENDING))
    wallet.provider.will("look_up", charged(ObservedStatus.PENDING))
    details = await wallet.charge()
    assert details.payment.status == "processing"
    with pytest.raises(PaymentIsUnresolved):
        await wallet.payments.cancel(SCOPE, details.payment.id)
    assert "expire" not in wallet.provider.asked
    await wallet.observe(from_attempt(wallet, charged(ObservedStatus.DECLINED)))
    assert wallet.payment.status == "failed"


async def test_a_webhook_of_the_decline_that_is_quicker_than_the_answer_fails_nothing(
    wallet: Wallet,
) -> None:
    """Whether another method may do is in the answer; until then nobody is told that it failed."""
    wallet.provider.will("charge", LOST, SOFT)
    details = await wallet.charge()
    await wallet.observe(from_attempt(wallet, charged(ObservedStatus.DECLINED)))
    assert (wallet.statuses, wallet.payment.status) == (["declined"], "processing")
    assert wallet.events == ["payment.created"]
    view = await wallet.links.open(details.payment.link.token)
    assert view is not None
    assert view.checkout_url is None
    await wallet.check()
    assert (wallet.statuses, wallet.payment.status) == (["declined"], "failed")


async def test_a_charge_goes_on_though_a_webhook_told_of_its_decline_first(
    wallet: Wallet,
) -> None:
    async def webhook() -> None:
        await wallet.observe(from_attempt(wallet, charged(ObservedStatus.DECLINED)))
        assert wallet.payment.status == "processing"

    wallet.provider.will("charge", SOFT)
    wallet.provider.before_answering = webhook
    assert (await wallet.charge()).payment.status == "succeeded"
    assert wallet.statuses == ["declined", "succeeded"]
    assert "payment.failed" not in wallet.events


async def test_who_reads_or_returns_while_a_charge_is_made_does_not_interfere(
    wallet: Wallet,
) -> None:
    """Were its answer taken from them, the charge would not go on to the next method."""
    reconciliation = Reconciliation(
        payments=wallet.payments,
        attempts=wallet.attempts,
        capture_calls=wallet.capture_calls,
        refund_calls=RefundHouse().calls,
        disputes=wallet.dispute.disputes,
        dispute_calls=wallet.dispute.calls,
        breakers=wallet.breakers,
        clock=wallet.clock,
    )

    async def meanwhile() -> None:
        wallet.provider.before_answering = None
        await wallet.observe(from_attempt(wallet, charged(ObservedStatus.DECLINED)))
        await reconciliation.get(SCOPE, wallet.payment_id)
        await wallet.links.returned(wallet.payment.link.token)

    wallet.provider.will("charge", SOFT)
    wallet.provider.before_answering = meanwhile
    assert (await wallet.charge()).payment.status == "succeeded"
    assert len(wallet.provider.charges) == 1
    assert "payment.failed" not in wallet.events


async def test_a_decline_that_only_a_webhook_told_of_counts_once_the_key_is_dead(
    wallet: Wallet,
) -> None:
    wallet.provider.will("charge", LOST)
    await wallet.charge()
    await wallet.observe(from_attempt(wallet, charged(ObservedStatus.DECLINED)))
    wallet.provider.will("look_up", charged(ObservedStatus.DECLINED))
    wallet.clock.go_on(timedelta(days=2))
    await wallet.check()
    assert (wallet.statuses, wallet.payment.status) == (["declined"], "failed")
    assert len(wallet.provider.charges) == 1


@pytest.mark.parametrize("answer", [SOFT, HARD, failure(Outcome.NEEDS_PAYER), charged()])
async def test_answer_webhook_and_look_up_end_alike_in_every_order(answer: object) -> None:
    wants_payer = isinstance(answer, type(SOFT)) and answer.outcome is Outcome.NEEDS_PAYER
    takes = isinstance(answer, Observation)
    told = charged(ObservedStatus.SUCCEEDED if takes else ObservedStatus.DECLINED)
    told = msgspec.structs.replace(told, needs_payer=wants_payer)
    ends = set()
    for order in permutations(("answer", "webhook", "look_up")):
        wallet = Wallet()
        wallet.keep(1)
        wallet.provider.will("charge", LOST, answer)
        wallet.provider.will("look_up", LOST)
        await wallet.charge(NAMED)
        report = from_attempt(wallet, told)
        for step in order:
            if step == "answer":
                await wallet.attempts.make(SCOPE, wallet.attempt, replay=True)
            source = ObservationSource.WEBHOOK if step == "webhook" else ObservationSource.POLL
            await wallet.observe(report, source)
        ends.add((wallet.payment.status, wallet.attempt.status, wallet.attempt.needs_payer))
    assert len(ends) == 1


async def test_a_decline_that_takes_money_late_is_given_back(wallet: Wallet) -> None:
    wallet.provider.will("charge", SOFT)
    await wallet.charge()
    assert wallet.statuses == ["declined", "succeeded"]
    await wallet.observe(from_attempt(wallet, charged()))
    assert wallet.statuses == ["duplicate", "succeeded"]
    first = min(wallet.tables.attempts)
    assert [job.subject_id for job in wallet.jobs(GIVE_BACK)] == [first]
    assert (wallet.payment.review, wallet.payment.amount_captured) == (
        "second_success",
        PRICE.amount,
    )


async def test_a_decline_that_takes_money_while_the_next_is_under_way_wins(
    wallet: Wallet,
) -> None:
    wallet.provider.will("charge", SOFT)
    wallet.second.will("charge", LOST, charged(reference="chg_2"))
    await wallet.charge()
    await wallet.observe(from_attempt(wallet, charged()))
    assert wallet.statuses == ["succeeded", "superseded"]
    second = AttemptId(max(wallet.tables.attempts))
    await wallet.pages.close_superseded(SCOPE, second)
    assert len(wallet.second.charges) == 1, "Nobody charges once more what nobody wants."
    wallet.second.will("look_up", charged(reference="chg_2"))
    await wallet.attempts.check(SCOPE, second)
    assert wallet.statuses == ["succeeded", "duplicate"]
    assert [job.subject_id for job in wallet.jobs(GIVE_BACK)] == [second]


async def test_a_superseded_charge_that_never_arrived_is_watched_until_its_key_is_dead(
    wallet: Wallet,
) -> None:
    wallet.provider.will("charge", SOFT)
    wallet.second.will("charge", LOST)
    await wallet.charge()
    await wallet.observe(from_attempt(wallet, charged()))
    second = AttemptId(max(wallet.tables.attempts))
    wallet.second.will("look_up", NotFound())
    await wallet.attempts.check(SCOPE, second)
    assert wallet.statuses == ["succeeded", "superseded"]
    wallet.clock.go_on(timedelta(days=2))
    await wallet.attempts.check(SCOPE, second)
    assert wallet.statuses == ["succeeded", "canceled"]
    assert wallet.payment.status == "succeeded"


async def test_a_request_that_died_is_finished_and_goes_on_within_the_budget(
    wallet: Wallet,
) -> None:
    wallet.provider.will("charge", RuntimeError("power cut"))
    origin = Origin("0" * 26)
    await wallet.payments.create(SCOPE, CHARGE, origin)
    wallet.provider.will("charge", SOFT)
    details = await wallet.payments.create(SCOPE, CHARGE, Origin("0" * 26, is_repeated=True))
    assert wallet.statuses == ["declined", "succeeded"]
    assert details.payment.status == "succeeded"
    first, again = wallet.provider.charges
    assert (again.idempotency_key, again.replay) == (first.idempotency_key, True)


async def test_a_request_that_died_long_ago_goes_on_nowhere(wallet: Wallet) -> None:
    wallet.provider.will("charge", LOST, SOFT)
    await wallet.payments.create(SCOPE, CHARGE, Origin("0" * 26))
    wallet.clock.go_on(timedelta(minutes=5))
    details = await wallet.payments.create(SCOPE, CHARGE, Origin("0" * 26, is_repeated=True))
    assert (details.payment.status, wallet.statuses) == ("failed", ["declined"])


async def test_a_repeated_request_charges_nothing_more(wallet: Wallet) -> None:
    await wallet.payments.create(SCOPE, CHARGE, Origin("0" * 26))
    await wallet.payments.create(SCOPE, CHARGE, Origin("0" * 26, is_repeated=True))
    assert len(wallet.provider.charges) == len(wallet.tables.payments) == 1


async def test_the_best_connection_is_charged_first_and_there_the_newest_method() -> None:
    wallet = Wallet()
    wallet.keep(1, SECOND)
    wallet.keep(2)
    wallet.keep(3)
    wallet.provider.will("charge", SOFT)
    await wallet.charge()
    charged_in_order = sorted(wallet.tables.attempts.values(), key=lambda one: one.id)
    assert [one.payment_method_id for one in charged_in_order] == ["pm_3", "pm_2", "pm_1"]


async def test_manual_capture_only_holds_the_money(wallet: Wallet) -> None:
    wallet.connections.found = [
        wallet.able(CONNECTION, Operation.CHARGE),
        wallet.able(SECOND, Operation.CHARGE, Operation.CAPTURE),
    ]
    wallet.second.will("charge", charged(ObservedStatus.AUTHORIZED, "chg_2"))
    order = msgspec.structs.replace(CHARGE, capture=CaptureMode.MANUAL)
    details = await wallet.charge(order)
    assert (details.payment.status, details.payment.amount_captured) == ("authorized", 0)
    assert wallet.second.charges[0].captures_later
    assert not wallet.provider.charges


@pytest.mark.parametrize(
    ("facts", "max_charge", "refusal"),
    [
        ({"expires_on": "2026-10"}, None, PaymentMethodHasExpired),
        ({}, Money(1998, "USD"), ChargeExceedsMandate),
        ({}, Money(9999, "EUR"), ChargeExceedsMandate),
        ({"max_amount": Money(1998, "USD")}, Money(5000, "USD"), ChargeExceedsMandate),
    ],
)
async def test_what_the_mandate_does_not_allow_is_refused_before_anything_is_stored(
    facts: dict[str, object], max_charge: Money | None, refusal: type[Exception]
) -> None:
    wallet = Wallet()
    wallet.keep(1, facts=MethodFacts(**facts), max_charge=max_charge)  # type: ignore[arg-type]
    with pytest.raises(refusal) as found:
        await wallet.charge(NAMED)
    with pytest.raises(NoPaymentMethodCanBeCharged) as none:
        await wallet.charge()
    assert str(found.value) in none.value.detail
    assert not wallet.tables.payments


async def test_a_method_that_ends_this_month_is_charged() -> None:
    wallet = Wallet()
    wallet.keep(1, facts=MethodFacts(expires_on=f"{NOW:%Y-%m}"), max_charge=PRICE)
    assert (await wallet.charge(NAMED)).payment.status == "succeeded"


@pytest.mark.parametrize("status", [PaymentMethodStatus.PENDING, PaymentMethodStatus.REVOKED])
async def test_a_method_that_is_not_active_is_refused(status: PaymentMethodStatus) -> None:
    wallet = Wallet()
    wallet.keep(1, status=status)
    with pytest.raises(PaymentMethodIsNotActive) as refusal:
        await wallet.charge(NAMED)
    assert (refusal.value.code, refusal.value.field) == (
        "payment_method_not_active",
        "payment_method_id",
    )
    with pytest.raises(NoPaymentMethodCanBeCharged):
        await wallet.charge()


async def test_whose_method_it_is_not_is_refused(wallet: Wallet) -> None:
    wallet.payers.known["cus_bob"] = Payer(customer_id="cus_bob")
    order = msgspec.structs.replace(NAMED, customer_id=CustomerId("cus_bob"))
    with pytest.raises(PaymentMethodIsOfAnotherCustomer):
        await wallet.charge(order)
    with pytest.raises(ThingIsNotFound):
        await wallet.charge(
            msgspec.structs.replace(NAMED, payment_method_id=PaymentMethodId("pm_9"))
        )
    with pytest.raises(NoPaymentMethodCanBeCharged):
        await wallet.charge(msgspec.structs.replace(order, payment_method_id=None))
    assert not wallet.tables.payments


async def test_a_charge_needs_a_customer(wallet: Wallet) -> None:
    with pytest.raises(CustomerIsRequired) as refusal:
        await wallet.charge(msgspec.structs.replace(CHARGE, customer_id=None))
    assert refusal.value.field == "customer_id"
    with pytest.raises(ThingIsNotFound):
        await wallet.charge(msgspec.structs.replace(CHARGE, customer_id=CustomerId("cus_no")))


async def test_a_method_of_a_connection_that_cannot_be_used_is_refused(wallet: Wallet) -> None:
    wallet.connections.found = [wallet.able(SECOND)]
    with pytest.raises(ConnectionCannotCharge):
        await wallet.charge(NAMED)
    elsewhere = msgspec.structs.replace(NAMED, connection_id=ConnectionId(SECOND))
    with pytest.raises(ConnectionCannotCharge):
        await wallet.charge(elsewhere)


async def test_the_connection_that_was_asked_for_is_charged_only(wallet: Wallet) -> None:
    wallet.second.will("charge", SOFT)
    order = msgspec.structs.replace(CHARGE, connection_id=ConnectionId(SECOND))
    assert (await wallet.charge(order)).payment.status == "failed"
    assert not wallet.provider.charges


async def test_the_answer_stands_in_the_timeline(wallet: Wallet) -> None:
    await wallet.charge()
    (entry,) = wallet.tables.timeline
    assert (entry.source, entry.status) == (Source.REPLY, AttemptStatus.SUCCEEDED)
