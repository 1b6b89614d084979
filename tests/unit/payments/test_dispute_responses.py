"""What is answered to disputes: made once, whatever becomes of the answer's answer."""

from datetime import timedelta

import msgspec
import pytest

from paymux.kernel.errors import PaymuxError
from paymux.kernel.origin import Origin
from paymux.payments.application.dispute_drafts import (
    MOST_BYTES,
    DisputeResponseIsNotSupported,
    DocumentIsNotWhatItSays,
    DocumentsAreTooLarge,
)
from paymux.payments.application.jobs import CHECK_RESPONSE
from paymux.payments.domain.dispute_response import (
    DisputeActionIsNotOffered,
    DisputeDeadlineHasPassed,
    DisputeIsOver,
    DisputeResponseIsUnderWay,
    ResponseKind,
)
from paymux.payments.domain.keyed_call import QUIET, CallStatus
from paymux.payments.domain.payment import Review
from paymux.payments.ports.connectors import NotFound, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputeAction,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
    DocumentKind,
    Evidence,
    EvidenceDocument,
    EvidenceRequest,
)
from paymux.payments.ports.plugins import Operation
from tests.unit.payments.attempts import NOW, PRICE
from tests.unit.payments.dispute_house import (
    DUE,
    EVIDENCE,
    KEY_LIVES,
    LOST,
    UNDER_REVIEW,
    DisputeHouse,
    contesting,
    report,
)
from tests.unit.payments.house import SCHEDULE
from tests.unit.payments.providers import Idle, failure

DAY = timedelta(days=1)
STEM = "01k9zv3x5w8r2m4n6p7q0s1t2v"
USED_UP = len(SCHEDULE.rounds)
STILL_OPEN = report(at=None)


async def contested(said: DisputeReport | None = None) -> DisputeHouse:
    house = DisputeHouse()
    await house.contest(said)
    return house


async def unanswered(house: DisputeHouse, operation: str = "defend") -> None:
    house.provider.will(operation, failure(Outcome.UNKNOWN))
    house.provider.will("look_up_dispute", failure(Outcome.UNKNOWN))
    await (house.defend() if operation == "defend" else house.accept())
    assert house.response.status is CallStatus.UNKNOWN


async def test_what_is_accepted_is_lost() -> None:
    house = await contested()
    response = await house.accept("Keep it.")
    assert (response.kind, response.status) == (ResponseKind.ACCEPT, "succeeded")
    assert house.contested.status == "lost"
    assert house.told == ["opened", "needs_response", "lost"]
    (sent,) = house.provider.sent("accept")
    assert isinstance(sent, AcceptRequest)
    assert (sent.provider_reference, sent.note, sent.replay) == ("dp_1", "Keep it.", False)
    assert sent.idempotency_key == f"paymux-{response.id}"


async def test_what_is_defended_is_under_review() -> None:
    house = await contested()
    response = await house.defend()
    assert (response.kind, response.status) == (ResponseKind.EVIDENCE, "succeeded")
    assert house.contested.status == "under_review"
    (sent,) = house.provider.sent("defend")
    assert isinstance(sent, EvidenceRequest)
    assert (sent.amount, sent.evidence.summary) == (PRICE, EVIDENCE.summary)


async def test_a_response_is_durable_before_the_provider_hears_of_it() -> None:
    house = await contested()
    house.store.log.clear()
    await house.defend()
    assert house.store.log == ["commit", "defend", "commit"]
    kept = msgspec.json.decode(house.response.request, type=EvidenceRequest)
    assert kept == house.provider.sent("defend")[0]
    assert [job.name for job in house.planned].count(CHECK_RESPONSE) == 1


async def test_documents_arrive_as_they_are() -> None:
    house = await contested()
    content = b"%PDF-1.7\x00\xff"
    document = EvidenceDocument(
        kind=DocumentKind.RECEIPT,
        file_name="receipt.pdf",
        media_type="application/pdf",
        content=content,
    )
    await house.defend(Evidence(summary="See the receipt.", documents=[document]))
    (sent,) = house.provider.sent("defend")
    assert isinstance(sent, EvidenceRequest)
    assert [one.content for one in sent.evidence.documents] == [content]


@pytest.mark.parametrize(
    ("media_type", "content", "refusal"),
    [
        ("image/png", b"%PDF-1.7", DocumentIsNotWhatItSays),
        ("image/jpeg", b"GIF89a", DocumentIsNotWhatItSays),
        ("text/html", b"<html>", DocumentIsNotWhatItSays),
        ("application/pdf", b"", DocumentIsNotWhatItSays),
        ("application/pdf", b"%PDF-" + bytes(MOST_BYTES), DocumentsAreTooLarge),
    ],
)
async def test_odd_documents_are_refused_before_anything_is_stored(
    media_type: str, content: bytes, refusal: type[PaymuxError]
) -> None:
    house = await contested()
    document = EvidenceDocument(
        kind=DocumentKind.OTHER, file_name="a", media_type=media_type, content=content
    )
    with pytest.raises(refusal):
        await house.defend(Evidence(summary="See.", documents=[document]))
    assert not house.tables.dispute_responses


@pytest.mark.parametrize("status", [DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.CLOSED])
async def test_what_has_ended_takes_no_response(status: DisputeStatus) -> None:
    house = await contested(report(status))
    with pytest.raises(DisputeIsOver):
        await house.accept()
    with pytest.raises(DisputeIsOver):
        await house.defend()
    assert "accept" not in house.provider.asked


async def test_after_the_deadline_nothing_is_sent() -> None:
    house = await contested()
    house.clock.time = DUE
    with pytest.raises(DisputeDeadlineHasPassed) as refused:
        await house.defend()
    assert "2026-12-03T12:00:00+00:00" in refused.value.detail
    assert not house.tables.dispute_responses


async def test_what_the_provider_does_not_offer_now_is_refused() -> None:
    house = await contested(report(actions=frozenset({DisputeAction.ACCEPT})))
    with pytest.raises(DisputeActionIsNotOffered):
        await house.defend()
    assert (await house.accept()).status == "succeeded"


async def test_under_review_there_is_nothing_to_answer() -> None:
    house = await contested(report(DisputeStatus.UNDER_REVIEW))
    with pytest.raises(DisputeActionIsNotOffered):
        await house.defend()


async def test_what_the_provider_cannot_do_over_its_api_is_refused() -> None:
    house = await contested()
    house.connections.found = [contesting(Operation.ACCEPT_DISPUTE)]
    with pytest.raises(DisputeResponseIsNotSupported):
        await house.defend()
    house.connections.connectors["con_1"] = Idle()
    with pytest.raises(DisputeResponseIsNotSupported):
        await house.accept()


async def test_a_second_response_waits_until_the_first_is_known() -> None:
    house = await contested()
    await unanswered(house)
    with pytest.raises(DisputeResponseIsUnderWay):
        await house.accept()
    assert len(house.tables.dispute_responses) == 1


async def test_after_a_refusal_the_merchant_may_try_again() -> None:
    house = await contested()
    house.provider.will("defend", failure(Outcome.REJECTED), UNDER_REVIEW)
    refused = await house.defend()
    assert (refused.status, refused.reason_code) == ("rejected", "it_rejected")
    assert house.contested.status == "needs_response"
    assert (await house.defend()).status == "succeeded"
    first, second = house.provider.sent("defend")
    assert first.idempotency_key != second.idempotency_key


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.CREDENTIALS])
async def test_what_was_never_sent_is_known_not_to_be(outcome: Outcome) -> None:
    house = await contested()
    house.provider.will("defend", failure(outcome))
    assert (await house.defend()).status == "not_sent"
    assert len(house.provider.sent("defend")) == 1


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.IN_PROGRESS, Outcome.DONE_ALREADY])
async def test_what_is_not_known_is_found_out_at_once_by_the_same_call(outcome: Outcome) -> None:
    house = await contested()
    house.provider.will("defend", failure(outcome), UNDER_REVIEW)
    assert (await house.defend()).status == "succeeded"
    first, again = house.provider.sent("defend")
    assert (first.replay, again.replay) == (False, True)
    assert msgspec.structs.replace(again, replay=False) == first


async def test_where_no_key_is_kept_it_is_looked_up_instead() -> None:
    house = await contested()
    house.connections.found = [contesting(key_lives=timedelta())]
    house.provider.will("defend", failure(Outcome.UNKNOWN))
    house.provider.will("look_up_dispute", UNDER_REVIEW)
    response = await house.defend()
    assert len(house.provider.sent("defend")) == 1
    assert response.status == "succeeded"
    assert house.contested.status == "under_review"


async def test_a_dispute_that_still_waits_proves_nothing_while_the_call_may_arrive() -> None:
    house = await contested()
    house.connections.found = [contesting(key_lives=timedelta())]
    house.provider.will("defend", failure(Outcome.UNKNOWN))
    house.provider.will("look_up_dispute", STILL_OPEN)
    await house.defend()
    assert house.response.status == "unknown"
    house.clock.go_on(QUIET)
    await house.check_response()
    assert (house.response.status, house.response.reason_code) == (
        "not_sent",
        "not_found_at_provider",
    )


async def test_no_dispute_at_all_at_the_provider_proves_nothing() -> None:
    house = await contested()
    await unanswered(house)
    house.provider.will("look_up_dispute", NotFound())
    house.clock.go_on(KEY_LIVES + QUIET)
    await house.check_response()
    assert house.response.status == "unknown"


async def test_a_replay_that_does_not_get_through_says_nothing_of_the_first_call() -> None:
    house = await contested()
    house.provider.will("defend", failure(Outcome.UNKNOWN), failure(Outcome.NOT_SENT))
    house.provider.will("look_up_dispute", STILL_OPEN)
    assert (await house.defend()).status == "unknown"


async def test_what_was_decided_after_a_call_is_kept_with_its_reason() -> None:
    house = await contested()
    house.provider.will("defend", failure(Outcome.UNKNOWN), failure(Outcome.REJECTED))
    response = await house.defend()
    assert [
        (one.subject_id, one.operation, one.outcome, one.decision, one.reason_code)
        for one in house.tables.decisions
    ] == [
        (response.id, "submit_evidence", "unknown", "verify", "it_unknown"),
        (response.id, "submit_evidence", "rejected", "stop", "it_rejected"),
    ]


async def test_a_webhook_says_what_became_of_an_unanswered_response() -> None:
    house = await contested()
    await unanswered(house)
    await house.contest(report(DisputeStatus.UNDER_REVIEW, NOW + timedelta(seconds=5)))
    assert house.response.status == "succeeded"


async def test_a_review_of_an_earlier_round_does_not() -> None:
    house = await contested()
    house.clock.go_on(2 * DAY)
    await house.contest(report(at=NOW + 2 * DAY, due=DUE + DAY))
    await unanswered(house)
    await house.contest(report(DisputeStatus.UNDER_REVIEW, NOW + DAY))
    assert house.response.status == "unknown"


@pytest.mark.parametrize(
    "gone_on",
    [
        report(DisputeStatus.LOST, NOW + DAY),
        report(at=NOW + DAY, stage=DisputeStage.ARBITRATION),
        report(at=NOW + DAY, due=DUE + DAY),
    ],
)
async def test_a_dispute_that_went_on_is_not_held_up_by_an_unknown_response(
    gone_on: DisputeReport,
) -> None:
    house = await contested()
    await unanswered(house)
    await house.contest(gone_on)
    assert (house.response.status, house.response.reason_code) == ("rejected", "overtaken")
    await house.contest(report(DisputeStatus.UNDER_REVIEW, NOW + timedelta(hours=1)))
    assert house.response.status == "succeeded"


async def test_a_won_dispute_was_defended() -> None:
    house = await contested()
    await unanswered(house)
    await house.contest(report(DisputeStatus.WON, NOW + DAY))
    assert house.response.status == "succeeded"


@pytest.mark.parametrize(
    ("end", "status"), [(DisputeStatus.LOST, "succeeded"), (DisputeStatus.WON, "rejected")]
)
async def test_an_unanswered_acceptance_follows_the_end(end: DisputeStatus, status: str) -> None:
    house = await contested()
    await unanswered(house, "accept")
    await house.contest(report(end, NOW + DAY))
    assert house.response.status == status


async def test_an_acceptance_may_be_repeated_without_a_key() -> None:
    house = await contested()
    house.connections.found = [contesting(key_lives=timedelta())]
    house.provider.will("accept", failure(Outcome.UNKNOWN), LOST)
    assert (await house.accept()).status == "succeeded"
    assert len(house.provider.sent("accept")) == 2


async def test_what_stays_unknown_is_checked_and_then_goes_before_a_person() -> None:
    house = await contested()
    await unanswered(house)
    checks = [job for job in house.planned if job.name == CHECK_RESPONSE]
    await house.check_response()
    assert house.payment.review is None
    await house.check_response(USED_UP)
    assert house.payment.review is Review.UNRESOLVED
    assert house.response.status == "unknown"
    again = [job for job in house.planned if job.name == CHECK_RESPONSE]
    assert [job.detail for job in again[len(checks) :]] == [
        {"round": 1},
        {"round": USED_UP + 1},
    ]
    house.provider.will("defend", UNDER_REVIEW)
    await house.check_response(USED_UP + 1)
    assert house.response.status == "succeeded"
    await house.check_response(USED_UP + 2)
    assert len([job for job in house.planned if job.name == CHECK_RESPONSE]) == len(again)


async def test_a_check_that_runs_twice_goes_on_once() -> None:
    house = await contested()
    await unanswered(house)
    for _ in range(2):
        await house.check_response(1)
    rounds = [job.detail.get("round") for job in house.planned if job.name == CHECK_RESPONSE]
    assert rounds == [None, 2]


async def test_a_connection_that_is_gone_does_not_end_the_checks() -> None:
    house = await contested()
    await unanswered(house)
    house.connections.connectors.clear()
    await house.check_response()
    assert house.planned[-1].name == CHECK_RESPONSE


async def test_a_request_that_died_half_way_is_finished() -> None:
    house = await contested()
    await unanswered_under(house, Origin(STEM))
    house.provider.will("defend", UNDER_REVIEW)
    again = await house.defend(origin=Origin(STEM, is_repeated=True))
    assert (again.id, again.status) == (f"dre_{STEM}", "succeeded")
    assert len(house.tables.dispute_responses) == 1
    once_more = await house.defend(origin=Origin(STEM, is_repeated=True))
    assert once_more.id == again.id


async def unanswered_under(house: DisputeHouse, origin: Origin) -> None:
    house.provider.will("defend", failure(Outcome.UNKNOWN))
    house.provider.will("look_up_dispute", failure(Outcome.UNKNOWN))
    await house.defend(origin=origin)


async def test_a_request_that_died_before_it_began_begins() -> None:
    house = await contested()
    assert (await house.accept(origin=Origin(STEM, is_repeated=True))).status == "succeeded"


async def test_a_connector_that_breaks_leaves_the_outcome_open() -> None:
    house = await contested()
    house.provider.will("defend", RuntimeError("bug"))
    house.provider.will("look_up_dispute", failure(Outcome.UNKNOWN))
    assert (await house.defend()).status == "unknown"


async def test_a_defence_may_be_added_to_while_the_provider_offers_it() -> None:
    house = await contested()
    offered = msgspec.structs.replace(
        UNDER_REVIEW, actions=frozenset({DisputeAction.SUBMIT_EVIDENCE})
    )
    house.provider.will("defend", offered)
    await house.defend()
    house.clock.go_on(DAY)
    house.provider.will("defend", failure(Outcome.UNKNOWN))
    house.provider.will("look_up_dispute", offered)
    assert (await house.defend()).status == "unknown"
