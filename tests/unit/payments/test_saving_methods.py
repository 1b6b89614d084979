"""A method is saved while paying, with consent, and forgotten when it is deleted."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from paymux.kernel.errors import InputIsInvalid, ThingIsNotFound
from paymux.kernel.ids import CustomerId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.payments.application.drafts import CustomerIsRequired
from paymux.payments.application.jobs import FORGET_METHOD
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.provider_calls import ProviderIsNotReady
from paymux.payments.application.routing import NoConnectionTakesPayment, SavingIsNotSupported
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment_method import PaymentMethodStatus
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import (
    Observation,
    ObservedStatus,
    Outcome,
    SavedMethod,
    SavedMethodStatus,
)
from paymux.payments.ports.inbound import ObservationSource, Observed, PayerView
from paymux.payments.ports.payment_methods import PaymentMethodFilter
from paymux.payments.ports.plugins import Operation
from tests.unit.payments.attempts import NOW, PRICE
from tests.unit.payments.house import SCOPE
from tests.unit.payments.providers import CONNECTION, PAGE, failure
from tests.unit.payments.wallet import ADA, KEPT, SAVING, SECOND, WORDS, Wallet

METHOD = PaymentMethodId("pm_1")


def paid(saved: SavedMethod | None = KEPT, reference: str = "ses_1") -> Observation:
    return Observation(
        status=ObservedStatus.SUCCEEDED,
        provider_reference=reference,
        payment_reference=f"mov_{reference}",
        amount=PRICE,
        saved_method=saved,
    )


async def agreed(wallet: Wallet) -> PaymentDetails:
    details = await wallet.create(SAVING)
    await wallet.links.agree(details.payment.link.token)
    return await wallet.payments.get(SCOPE, details.payment.id)


async def visit(wallet: Wallet, details: PaymentDetails) -> PayerView:
    view = await wallet.links.open(details.payment.link.token)
    assert view is not None
    return view


async def test_no_page_is_opened_before_the_payer_has_agreed() -> None:
    wallet = Wallet()
    details = await wallet.create(SAVING)
    assert (details.payment.status, details.attempts) == ("requires_action", ())
    token = details.payment.link.token
    for view in (
        await wallet.links.open(token),
        await wallet.links.choose(token, CONNECTION),
        await wallet.links.returned(token),
    ):
        assert view is not None
        assert view.consent is not None
        assert (view.consent.words, view.consent.max_charge) == (WORDS, None)
        assert (view.checkout_url, view.choices) == (None, ())
    assert not wallet.provider.asked
    assert not wallet.tables.attempts


async def test_consent_is_noted_before_the_page_is_opened_and_stands_in_the_timeline() -> None:
    wallet = Wallet()
    details = await wallet.create(SAVING)
    view = await wallet.links.agree(details.payment.link.token)
    assert view is not None
    assert (view.checkout_url, view.consent) == (PAGE.url, None)
    assert wallet.payment.mandate == Mandate(words=WORDS, agreed_at=NOW)
    consent = wallet.tables.timeline[0]
    assert (consent.source, consent.status, consent.attempt_id) == (
        Source.PAYER,
        "consent_given",
        None,
    )
    assert consent.reason_message == WORDS
    (request,) = wallet.provider.requests
    assert request.saves_method
    assert request.payer is not None
    assert request.payer.provider_reference == "cus_there"


async def test_consent_is_noted_once() -> None:
    wallet = Wallet()
    details = await agreed(wallet)
    wallet.clock.go_on(timedelta(minutes=1))
    view = await wallet.links.agree(details.payment.link.token)
    assert view is not None
    assert view.checkout_url == PAGE.url
    assert wallet.payment.mandate == Mandate(words=WORDS, agreed_at=NOW)
    assert len([one for one in wallet.tables.timeline if one.status == "consent_given"]) == 1


async def test_consent_for_nothing_is_noted_nowhere() -> None:
    wallet = Wallet()
    assert await wallet.links.agree("unknown") is None
    details = await wallet.create()
    await wallet.links.agree(details.payment.link.token)
    assert wallet.payment.mandate is None
    assert not [one for one in wallet.tables.timeline if one.status == "consent_given"]


async def test_a_payment_that_was_canceled_takes_no_consent() -> None:
    wallet = Wallet()
    details = await wallet.create(SAVING)
    await wallet.payments.cancel(SCOPE, details.payment.id)
    view = await wallet.links.agree(details.payment.link.token)
    assert view is not None
    assert (view.status, view.consent) == ("canceled", None)
    assert not wallet.tables.attempts


async def test_the_payer_chooses_after_they_have_agreed() -> None:
    wallet = Wallet()
    wallet.policies.policy = type(wallet.policies.policy)(payer_chooses=True)
    details = await wallet.create(SAVING)
    assert (await visit(wallet, details)).choices == ()
    view = await wallet.links.agree(details.payment.link.token)
    assert view is not None
    assert [one.connection_id for one in view.choices] == [CONNECTION, SECOND]
    chosen = await wallet.links.choose(details.payment.link.token, SECOND)
    assert chosen is not None
    assert chosen.checkout_url == PAGE.url
    assert wallet.second.requests[0].saves_method


async def test_only_connections_that_can_save_are_eligible() -> None:
    wallet = Wallet()
    wallet.connections.found[0] = wallet.able(CONNECTION, Operation.CREATE_CHECKOUT)
    await agreed(wallet)
    assert "create" not in wallet.provider.asked
    assert len(wallet.second.requests) == 1
    named = msgspec.structs.replace(SAVING, connection_id=CONNECTION)
    with pytest.raises(SavingIsNotSupported) as refusal:
        await wallet.create(named)
    assert refusal.value.field == "save_payment_method"
    wallet.connections.found.pop()
    with pytest.raises(NoConnectionTakesPayment):
        await wallet.create(SAVING)


async def test_a_provider_that_saves_in_other_currencies_only_is_not_asked_to() -> None:
    wallet = Wallet()
    able = wallet.able(CONNECTION, Operation.CREATE_CHECKOUT, Operation.SAVE_METHOD)
    only_rupees = msgspec.structs.replace(able.capabilities, saving_currencies=frozenset({"INR"}))
    wallet.connections.found[0] = msgspec.structs.replace(able, capabilities=only_rupees)
    await agreed(wallet)
    assert "create" not in wallet.provider.asked
    assert len(wallet.second.requests) == 1
    with pytest.raises(SavingIsNotSupported, match=SAVING.amount.currency):
        await wallet.create(msgspec.structs.replace(SAVING, connection_id=CONNECTION))


async def test_a_page_that_fails_over_still_saves() -> None:
    wallet = Wallet()
    wallet.provider.will("create", failure(Outcome.NOT_SENT))
    await agreed(wallet)
    (request,) = wallet.second.requests
    assert (request.saves_method, request.max_charge) == (True, None)


@pytest.mark.parametrize(
    ("changed", "refusal", "field"),
    [
        ({"customer_id": None}, CustomerIsRequired, "customer_id"),
        ({"off_session": True}, InputIsInvalid, "save_payment_method"),
        ({"payment_method_id": METHOD, "mandate": None}, InputIsInvalid, "payment_method_id"),
        (
            {"mandate": Mandate(words=WORDS, max_charge=Money(1, "EUR"))},
            InputIsInvalid,
            "save_payment_method.max_charge.currency",
        ),
        ({"customer_id": CustomerId("cus_no")}, ThingIsNotFound, None),
    ],
)
async def test_what_makes_no_sense_is_refused(
    changed: dict[str, object], refusal: type[Exception], field: str | None
) -> None:
    wallet = Wallet()
    with pytest.raises(refusal) as found:
        await wallet.create(msgspec.structs.replace(SAVING, **changed))
    assert getattr(found.value, "field", None) == field
    assert not wallet.tables.payments


async def test_paying_saves_the_method_with_the_consent() -> None:
    wallet = Wallet()
    details = await agreed(wallet)
    await wallet.observe(paid())
    await wallet.observe(paid())
    (method,) = wallet.tables.payment_methods.values()
    assert (method.customer_id, method.connection_id, method.status) == (ADA, CONNECTION, "active")
    assert (method.payment_id, method.mandate.agreed_at) == (details.payment.id, NOW)
    assert (method.facts.label, method.facts.expires_on) == ("Visa 4242", "2029-04")
    assert wallet.events.count("payment_method.saved") == 1
    (entry,) = [one for one in wallet.tables.timeline if one.payment_method_id]
    assert (entry.payment_method_id, entry.status, entry.attempt_id) == (
        method.id,
        "active",
        wallet.attempt_id,
    )


async def test_the_answer_of_a_look_up_saves_it_too() -> None:
    wallet = Wallet()
    details = await agreed(wallet)
    wallet.provider.will("look_up", paid())
    await wallet.links.returned(details.payment.link.token)
    assert len(wallet.tables.payment_methods) == 1


async def test_what_nobody_agreed_to_is_not_kept() -> None:
    wallet = Wallet()
    await wallet.create()
    await wallet.observe(paid())
    assert wallet.payment.status == "succeeded"
    assert not wallet.tables.payment_methods


async def told(wallet: Wallet, report: SavedMethod) -> Observed:
    webhook = ObservationSource.WEBHOOK
    return await wallet.method_observations.observe_saved_method(
        SCOPE, CONNECTION, report, webhook
    )


async def test_a_webhook_of_its_own_finds_its_payment_by_our_reference() -> None:
    wallet = Wallet()
    await agreed(wallet)
    report = msgspec.structs.replace(KEPT, attempt_id=wallet.attempt_id)
    assert await told(wallet, report) is Observed.APPLIED
    assert await told(wallet, report) is Observed.REPEATED
    assert len(wallet.tables.payment_methods) == 1


async def test_a_webhook_of_a_method_that_is_not_ours_yet_comes_again() -> None:
    wallet = Wallet()
    assert await told(wallet, KEPT) is Observed.SUBJECT_UNKNOWN
    lost = msgspec.structs.replace(KEPT, attempt_id="att_unknown")
    assert await told(wallet, lost) is Observed.SUBJECT_UNKNOWN


async def test_a_provider_may_revoke_a_method_that_is_never_charged_again() -> None:
    wallet = Wallet()
    wallet.keep(1)
    gone = msgspec.structs.replace(KEPT, status=SavedMethodStatus.REVOKED)
    assert await told(wallet, gone) is Observed.APPLIED
    assert await told(wallet, KEPT) is Observed.REPEATED
    assert (wallet.method().status, wallet.method().revoked_at) == ("revoked", NOW)
    assert wallet.events == ["payment_method.revoked"]


async def test_reports_end_alike_in_every_order() -> None:
    later = NOW + timedelta(minutes=1)
    reports = [
        msgspec.structs.replace(KEPT, status=SavedMethodStatus.PENDING, label=None),
        msgspec.structs.replace(KEPT, expires_on="2031-01", occurred_at=later),
        msgspec.structs.replace(
            KEPT, status=SavedMethodStatus.REVOKED, occurred_at=later + timedelta(minutes=1)
        ),
    ]
    ends = set()
    for order in permutations([*reports, reports[0]]):
        wallet = Wallet()
        await agreed(wallet)
        for report in order:
            await told(wallet, msgspec.structs.replace(report, attempt_id=wallet.attempt_id))
        (method,) = wallet.tables.payment_methods.values()
        ends.add((method.status, method.facts, method.told_at, method.revoked_at))
    assert len(ends) == 1


async def test_the_same_instrument_saved_again_is_one_method_with_the_newer_consent() -> None:
    wallet = Wallet()
    first = await agreed(wallet)
    await wallet.observe(paid())
    wallet.clock.go_on(timedelta(days=30))
    wallet.provider.will("create", msgspec.structs.replace(PAGE, provider_reference="ses_2"))
    second = await wallet.create(SAVING)
    await wallet.links.agree(second.payment.link.token)
    await wallet.observe(paid(reference="ses_2"))
    (method,) = wallet.tables.payment_methods.values()
    assert (method.payment_id, method.mandate.agreed_at) == (
        second.payment.id,
        NOW + timedelta(days=30),
    )
    await wallet.observe(paid())
    assert method.payment_id != first.payment.id


async def test_an_instrument_saved_again_after_it_was_deleted_is_a_new_method() -> None:
    wallet = Wallet()
    await agreed(wallet)
    await wallet.observe(paid())
    (old,) = wallet.tables.payment_methods
    await wallet.payment_methods.delete(SCOPE, PaymentMethodId(old))
    await wallet.observe(paid())
    assert len(wallet.tables.payment_methods) == 1, "A late report revives nothing."
    wallet.clock.go_on(timedelta(days=30))
    wallet.provider.will("create", msgspec.structs.replace(PAGE, provider_reference="ses_2"))
    again = await wallet.create(SAVING)
    await wallet.links.agree(again.payment.link.token)
    await wallet.observe(paid(reference="ses_2"))
    found = sorted(wallet.tables.payment_methods.values(), key=lambda one: one.id)
    assert [one.status for one in found] == ["revoked", "active"]


async def test_a_token_that_is_another_customers_is_not_given_to_this_one() -> None:
    wallet = Wallet()
    wallet.keep(1, customer_id=CustomerId("cus_bob"))
    await agreed(wallet)
    await wallet.observe(paid())
    assert wallet.payment.status == "succeeded"
    assert wallet.method().customer_id == "cus_bob"
    assert len(wallet.tables.payment_methods) == 1


async def test_a_deleted_method_is_forgotten_at_its_provider() -> None:
    wallet = Wallet()
    wallet.keep(1)
    await wallet.payment_methods.delete(SCOPE, METHOD)
    assert wallet.provider.asked["forget"] == [("tok_1", "cus_there")]
    assert (wallet.method().status, wallet.method().is_forgotten) == ("revoked", True)
    assert wallet.events == ["payment_method.revoked"]
    await wallet.payment_methods.delete(SCOPE, METHOD)
    await wallet.payment_methods.forget(SCOPE, METHOD)
    assert len(wallet.provider.asked["forget"]) == 1


async def test_a_provider_that_does_not_answer_is_told_again_by_a_job() -> None:
    wallet = Wallet()
    wallet.keep(1)
    wallet.provider.will("forget", failure(Outcome.UNKNOWN))
    await wallet.payment_methods.delete(SCOPE, METHOD)
    assert (wallet.method().status, wallet.method().is_forgotten) == ("revoked", False)
    assert [job.subject_id for job in wallet.jobs(FORGET_METHOD)] == [METHOD]
    with pytest.raises(ProviderIsNotReady):
        await wallet.payment_methods.forget(SCOPE, METHOD)
    wallet.provider.will("forget", None)
    await wallet.payment_methods.forget(SCOPE, METHOD)
    assert wallet.method().is_forgotten


async def test_a_method_whose_connection_is_gone_needs_no_forgetting() -> None:
    wallet = Wallet()
    wallet.keep(1)
    wallet.connections.connectors.clear()
    await wallet.payment_methods.delete(SCOPE, METHOD)
    assert wallet.method().status == "revoked"


async def test_methods_are_listed_and_a_connection_knows_of_those_in_use() -> None:
    wallet = Wallet()
    wallet.keep(1)
    wallet.keep(2, SECOND, status=PaymentMethodStatus.REVOKED)
    page = await wallet.payment_methods.list(
        SCOPE, PaymentMethodFilter(customer_id=ADA), PageRequest()
    )
    assert [one.id for one in page.items] == ["pm_2", "pm_1"]
    assert await wallet.payment_methods.has_methods(SCOPE, CONNECTION)
    assert not await wallet.payment_methods.has_methods(SCOPE, SECOND)
    with pytest.raises(ThingIsNotFound):
        await wallet.payment_methods.delete(SCOPE, PaymentMethodId("pm_9"))
