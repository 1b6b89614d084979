"""Our own reasons, and how a provider's code comes to one."""

import re

import pytest

from paymux.kernel.scope import Scope
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.keyed_call import CallStatus
from paymux.payments.domain.refund import RefundStatus
from paymux.payments.ports.advice import ADVICE, REASON_OF_OUTCOME
from paymux.payments.ports.connectors import ObservedStatus, Outcome
from paymux.payments.ports.error_maps import ErrorOverride
from paymux.payments.ports.reasons import NextTry, Reason, ReasonCategory
from tests.unit.payments.attempts import NOW
from tests.unit.payments.error_fakes import ERROR_MAPS
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.providers import OpensPages, seen

LONGEST = 100
HURTS = re.compile(r"fraud|stolen|thief|lost|risk|suspect|black|sanction", re.IGNORECASE)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_short_advice_for_both_sides(reason: Reason) -> None:
    advice = ADVICE[reason]
    for text in (advice.to_payer, advice.to_merchant):
        assert 10 < len(text) <= LONGEST
        assert text[0].isupper()
        assert text.endswith(".")


@pytest.mark.parametrize("reason", Reason)
def test_a_payer_is_never_told_of_a_suspicion(reason: Reason) -> None:
    assert not HURTS.search(ADVICE[reason].to_payer)


def test_every_category_and_every_next_try_is_of_use() -> None:
    assert {advice.category for advice in ADVICE.values()} == set(ReasonCategory)
    assert {advice.next_try for advice in ADVICE.values()} == set(NextTry)


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.IN_PROGRESS, Outcome.DONE_ALREADY])
def test_nobody_is_advised_to_try_again_while_money_may_be_moving(outcome: Outcome) -> None:
    assert ADVICE[REASON_OF_OUTCOME[outcome]].next_try is NextTry.NOTHING


def _override(code: str, reason: Reason | None) -> ErrorOverride:
    return ErrorOverride(
        provider="acme",
        code=code,
        outcome=Outcome.REJECTED,
        reason=reason,
        set_by="key_1",
        set_at=NOW,
    )


def test_a_tenants_own_reason_goes_before_the_providers() -> None:
    code = "it_declined_soft"
    own = {("acme", code): _override(code, Reason.SUSPECTED_FRAUD)}
    assert ReasonBook(ERROR_MAPS, own).of_status("acme", code, "declined") is (
        Reason.SUSPECTED_FRAUD
    )
    silent = ReasonBook(ERROR_MAPS, {("acme", code): _override(code, None)})
    assert silent.of_status("acme", code, "declined") is Reason.DO_NOT_HONOR


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (AttemptStatus.DECLINED, Reason.DECLINED_OTHERWISE),
        (AttemptStatus.REJECTED, Reason.REQUEST_INVALID),
        (AttemptStatus.NOT_SENT, Reason.PROVIDER_UNREACHABLE),
        (AttemptStatus.UNKNOWN, Reason.PROVIDER_ERROR),
        (RefundStatus.FAILED, Reason.DECLINED_OTHERWISE),
        (CallStatus.REJECTED, Reason.REQUEST_INVALID),
        (AttemptStatus.SUCCEEDED, None),
        (AttemptStatus.CANCELED, None),
    ],
)
def test_a_code_in_no_map_tells_only_how_it_ended(status: str, reason: Reason | None) -> None:
    book = ReasonBook(ERROR_MAPS, {})
    assert book.of_status("acme", "never_heard_of", status) is reason
    assert book.of_status("gone", "never_heard_of", status) is reason


@pytest.mark.parametrize("outcome", Outcome)
def test_a_decision_on_a_code_in_no_map_has_the_reason_of_its_outcome(outcome: Outcome) -> None:
    assert ReasonBook({}, {}).of_outcome("gone", "x", outcome) is REASON_OF_OUTCOME[outcome]


def test_what_we_did_ourselves_needs_no_reason() -> None:
    book = ReasonBook(ERROR_MAPS, {})
    assert book.of_status("acme", "closed_by_us", "declined") is None
    assert book.of_status("acme", None, "declined") is None
    assert book.of_status("acme", "breaker_open", "not_sent") is Reason.PROVIDER_UNREACHABLE


async def _decline(house: House[OpensPages], code: str, message: str) -> None:
    declined = seen(ObservedStatus.DECLINED)
    await house.observe(
        type(declined)(
            status=ObservedStatus.DECLINED,
            provider_reference=declined.provider_reference,
            reason_code=code,
            reason_message=message,
        )
    )


async def test_a_payer_who_was_declined_reads_our_advice_and_not_the_providers(
    house: House[OpensPages],
) -> None:
    await house.create()
    await _decline(house, "it_declined_soft", "pickup_card: seize it")
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.status == "failed"
    assert view.advice == ADVICE[Reason.DO_NOT_HONOR].to_payer


async def test_a_payer_who_was_not_declined_gets_no_advice(house: House[OpensPages]) -> None:
    await house.create()
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.advice is None


async def test_the_payers_advice_is_that_of_the_payments_own_tenant(
    house: House[OpensPages],
) -> None:
    await house.create()
    await _decline(house, "it_declined_soft", "no")
    other = Scope(SCOPE.tenant_id, type(SCOPE.mode)("live"))
    override = _override("it_declined_soft", Reason.EXPIRED_METHOD)
    await house.overrides.put(other, override)
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.advice == ADVICE[Reason.DO_NOT_HONOR].to_payer
    await house.overrides.put(SCOPE, override)
    view = await house.links.open(house.payment.link.token)
    assert view is not None
    assert view.advice == ADVICE[Reason.EXPIRED_METHOD].to_payer
