"""Disputes where Razorpay answers oddly, and what they are in our words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.integrations.adapters.providers.razorpay.dispute_reasons import reason_of
from paymux.integrations.adapters.providers.razorpay.dispute_reports import report
from paymux.integrations.adapters.providers.razorpay.dispute_wire import Dispute
from paymux.integrations.adapters.providers.razorpay.evidence import MOST_WORDS, summary
from paymux.integrations.adapters.providers.razorpay.translations import translate
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputePage,
    DisputeReason,
    DisputeReport,
    Evidence,
)
from paymux.payments.ports.webhooks import Ignored, Translated
from tests.unit.integrations.providers.razorpay.stand_in import (
    ATTEMPT,
    CREATED_AT,
    StandIn,
    a_dispute,
    a_payment,
    says,
)

DISPUTE = "disp_AHfqOvkldwsbqt"
DUE = datetime.fromtimestamp(1796025600, UTC)


def event(**entities: object) -> bytes:
    payload = {name: {"entity": entity} for name, entity in entities.items()}
    body = {"event": "payment.dispute.created", "payload": payload, "created_at": 1795420900}
    return msgspec.json.encode(body)


def told(
    at: datetime = CREATED_AT, changes: Mapping[str, object] = MappingProxyType({})
) -> DisputeReport | Failure:
    return report(msgspec.convert(a_dispute() | dict(changes), Dispute), at)


def accepting(reference: str = DISPUTE) -> AcceptRequest:
    return AcceptRequest(
        dispute_id="dsp_1",
        idempotency_key="key",
        provider_reference=reference,
        created_at=CREATED_AT,
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("goods_or_services_not_received_or_partially_received", DisputeReason.NOT_RECEIVED),
        ("Goods/Services Not As Described", DisputeReason.NOT_AS_DESCRIBED),
        ("credit_not_processed", DisputeReason.NOT_REFUNDED),
        ("duplicate_processing", DisputeReason.DUPLICATE),
        ("paid_by_other_means", DisputeReason.DUPLICATE),
        ("cancelled_recurring_transaction", DisputeReason.SUBSCRIPTION_CANCELED),
        ("charge_amount_exceeds_authorisation_amount", DisputeReason.WRONG_AMOUNT),
        ("transaction_not_recognised", DisputeReason.UNRECOGNIZED),
        ("fraudulent_transaction", DisputeReason.FRAUDULENT),
        ("10.4", DisputeReason.FRAUDULENT),
        ("12.6.1", DisputeReason.DUPLICATE),
        ("13.1", DisputeReason.NOT_RECEIVED),
        ("1061", DisputeReason.NOT_REFUNDED),
        ("warning_bulletin_or_exception_file", DisputeReason.OTHER),
        ("pre_arbitration", DisputeReason.OTHER),
        ("", DisputeReason.OTHER),
        (None, DisputeReason.OTHER),
    ],
)
def test_the_banks_reason_is_put_into_our_words(code: str | None, reason: DisputeReason) -> None:
    assert reason_of(code) is reason


def test_a_dispute_can_be_answered_until_its_deadline() -> None:
    before, after = told(DUE - timedelta(seconds=1)), told(DUE)
    assert isinstance(before, DisputeReport)
    assert isinstance(after, DisputeReport)
    assert len(before.actions) == 2
    assert after.actions == frozenset()
    assert (before.evidence_due_at, before.opened_at) == (
        DUE,
        datetime.fromtimestamp(1795420800, UTC),
    )


@pytest.mark.parametrize("changes", [{"status": "new"}, {"phase": "new"}, {"amount": 0}])
def test_what_is_not_documented_of_a_dispute_is_unknown(changes: dict[str, object]) -> None:
    failed = told(changes=changes)
    assert isinstance(failed, Failure)
    assert failed.outcome is Outcome.UNKNOWN


def test_a_dispute_of_somebody_elses_payment_is_ignored() -> None:
    theirs = a_payment(notes=[])
    assert isinstance(translate(event(dispute=a_dispute(), payment=theirs), CREATED_AT), Ignored)
    ours = a_payment(notes={"attempt_id": ATTEMPT})
    for body in (event(dispute=a_dispute(), payment=ours), event(dispute=a_dispute())):
        translated = translate(body, CREATED_AT)
        assert isinstance(translated, Translated)
        assert translated.disputes[0].provider_reference == DISPUTE
    assert isinstance(translate(event(payment=ours), CREATED_AT), Failure)


async def test_a_reply_about_another_dispute_is_not_believed(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    razorpay.will(says(200, a_dispute(id="disp_other")))
    for answer in (
        await connector.look_up_dispute(DISPUTE),
        await connector.accept_dispute(accepting()),
    ):
        assert isinstance(answer, Failure)
        assert answer.code == "dispute_differs"


async def test_an_odd_reference_is_never_put_into_a_path(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    for answer in (
        await connector.look_up_dispute("disp_/../x"),
        await connector.accept_dispute(accepting("disp_?")),
    ):
        assert isinstance(answer, Failure)
        assert answer.code == "reference_malformed"
    assert razorpay.asked == []


async def test_pages_of_disputes_end_with_those_that_are_too_old(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    page = [a_dispute(id=f"disp_{number}") for number in range(100)]
    razorpay.will(says(200, {"items": page}))
    opened = datetime.fromtimestamp(1795420800, UTC)
    until = opened + timedelta(hours=1)
    first = await connector.list_disputes(opened, until, None)
    assert isinstance(first, DisputePage)
    assert (len(first.disputes), first.next_cursor) == (100, "100")
    last = await connector.list_disputes(opened + timedelta(minutes=1), until, "100")
    assert last == DisputePage(disputes=[])
    assert razorpay.asked[-1].query == {"count": ["100"], "skip": ["100"]}
    await connector.list_disputes(opened, until, "drop table")
    assert razorpay.asked[-1].query["skip"] == ["0"]


async def test_an_odd_dispute_on_a_page_is_not_passed_over(
    connector: RazorpayConnector, razorpay: StandIn
) -> None:
    razorpay.will(says(200, {"items": [a_dispute(), a_dispute(status="new")]}))
    opened = datetime.fromtimestamp(1795420800, UTC)
    answer = await connector.list_disputes(opened, opened, None)
    assert isinstance(answer, Failure)


def test_of_too_many_words_the_merchants_own_stay() -> None:
    long = summary(Evidence(summary="w" * 990, product_description="tea " * 50))
    assert len(long) == MOST_WORDS
    assert long.startswith("w" * 990)
    assert summary(Evidence(summary="It was right.")) == "It was right."
