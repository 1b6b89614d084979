from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay import refunds
from paymux.integrations.adapters.providers.razorpay.refunds import SETTLING
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    Failure,
    NotFound,
    Outcome,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.refunds import RefundQuery
from tests.unit.integrations.providers.razorpay.stand_in import (
    ATTEMPT,
    CREATED_AT,
    PAYMENT,
    REFUND,
    TAKEN,
    StandIn,
    a_payment,
    a_refund,
    a_refund_request,
    connected,
    drops,
    hangs,
    refuses,
    says,
    serving,
)

PENDING = RefundReport(
    status=RefundStatus.PENDING,
    provider_reference="rfnd_FP8QHiV938haTz",
    payment_reference=TAKEN,
    refund_id=REFUND,
    amount=Money(10000, "INR"),
)


def listed(*items: object) -> dict[str, object]:
    return {"entity": "collection", "count": len(items), "items": list(items)}


def query(reference: str | None = None, payment: str = TAKEN) -> RefundQuery:
    return RefundQuery(
        refund_id=REFUND,
        payment_reference=payment,
        created_at=CREATED_AT,
        provider_reference=reference,
    )


def timeless(report: object) -> object:
    if not isinstance(report, RefundReport):
        return report
    return msgspec.structs.replace(report, occurred_at=None)


@pytest.fixture
def razorpay() -> Iterator[StandIn]:
    with serving() as stand_in:
        yield stand_in


async def refunded(razorpay: StandIn, **changes: object) -> RefundReport | Failure:
    with connected(razorpay.url, call_timeout=0.5) as connector:
        return await connector.refund(a_refund_request(**changes))  # type: ignore[arg-type]


async def looked_up(
    razorpay: StandIn, wanted: RefundQuery, late: timedelta = SETTLING
) -> RefundReport | NotFound | Failure:
    with connected(razorpay.url) as connector:
        return await refunds.look_up(connector._transport, wanted, CREATED_AT + late)


async def test_a_refund_is_asked_for_under_our_key_with_our_reference(razorpay: StandIn) -> None:
    razorpay.will(says(200, a_refund()))
    assert timeless(await refunded(razorpay)) == PENDING
    (asked,) = razorpay.asked
    assert (asked.method, asked.path) == ("POST", f"/v1/payments/{TAKEN}/refund")
    assert asked.headers["x-refund-idempotency"] == f"paymux-{REFUND}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.json == {
        "amount": 10000,
        "speed": "normal",
        "receipt": REFUND,
        "notes": {
            "refund_id": REFUND,
            "payment_id": PAYMENT,
            "attempt_id": ATTEMPT,
            "reason": "Broken on arrival",
        },
    }


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("pending", RefundStatus.PENDING),
        ("processed", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
    ],
)
async def test_each_status_of_a_refund(razorpay: StandIn, said: str, status: RefundStatus) -> None:
    razorpay.will(says(200, a_refund(said)))
    report = await refunded(razorpay)
    assert isinstance(report, RefundReport)
    assert report.status is status
    assert (report.reason_code == "refund_failed") is (status is RefundStatus.FAILED)


async def test_a_long_reason_is_cut_and_none_is_left_out(razorpay: StandIn) -> None:
    razorpay.will(says(200, a_refund()))
    await refunded(razorpay, reason="x" * 999)
    await refunded(razorpay, reason=None)
    first, second = (asked.json["notes"] for asked in razorpay.asked)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert (len(first["reason"]), "reason" in second) == (255, False)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": "short"}, "idempotency_key_malformed"),
        ({"key": "with a blank in it"}, "idempotency_key_malformed"),
        ({"key": "ten-letters\n"}, "idempotency_key_malformed"),
        ({"payment_reference": "../orders"}, "reference_malformed"),
        ({"amount": Money(99, "INR")}, "amount_not_supported"),
        ({"amount": Money(100, "LYD")}, "amount_not_supported"),
    ],
)
async def test_what_razorpay_would_refuse_is_never_sent(
    razorpay: StandIn, changes: dict[str, object], code: str
) -> None:
    failed = await refunded(razorpay, **changes)
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.REJECTED, code)
    assert razorpay.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 9999},
        {"payment_id": "pay_other"},
        {"notes": {"refund_id": "ref_other"}},
        {"notes": [], "receipt": None},
    ],
)
async def test_a_refund_that_is_not_the_one_asked_for_is_unknown(
    razorpay: StandIn, changes: dict[str, object]
) -> None:
    razorpay.will(says(200, a_refund("pending", **changes)))
    failed = await refunded(razorpay)
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.UNKNOWN, "refund_differs")


@pytest.mark.parametrize("status", [None, "reversed"])
async def test_a_status_that_is_not_documented_is_unknown(
    razorpay: StandIn, status: str | None
) -> None:
    razorpay.will(says(200, a_refund() | {"status": status}))
    failed = await refunded(razorpay)
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.UNKNOWN, "odd_status")


async def test_a_refund_without_a_currency_is_reported_without_an_amount(
    razorpay: StandIn,
) -> None:
    razorpay.will(says(200, a_refund(currency="")))
    report = await refunded(razorpay)
    assert isinstance(report, RefundReport)
    assert report.amount is None


@pytest.mark.parametrize(
    ("reply", "outcome", "code"),
    [
        (hangs, Outcome.UNKNOWN, "read_timeout"),
        (drops, Outcome.UNKNOWN, "connection_lost"),
        (says(200, b"<html>"), Outcome.UNKNOWN, "unreadable_reply"),
        (says(200, {"id": "rfnd_1"}), Outcome.UNKNOWN, "unreadable_reply"),
        (refuses("oops", 502, "GATEWAY_ERROR"), Outcome.UNKNOWN, "gateway_error"),
        (refuses("oops", 500, "SERVER_ERROR"), Outcome.UNKNOWN, "server_error"),
        (refuses("Too many requests", 429), Outcome.NOT_PROCESSED, "too_many_requests"),
        (
            refuses("Another request with the same idempotency key is still in progress.", 409),
            Outcome.IN_PROGRESS,
            "conflict",
        ),
        (
            refuses("Internal server error - Failed to fetch idempotency record", 500),
            Outcome.UNKNOWN,
            "idempotency_record_unread",
        ),
        (
            refuses("Merchant id not found in authentication", 500),
            Outcome.CREDENTIALS,
            "merchant_not_found",
        ),
        (
            refuses(
                "Refund is not supported by the bank because the payment is more than 6 months old"
            ),
            Outcome.REJECTED,
            "payment_too_old_to_refund",
        ),
    ],
)
async def test_each_way_not_to_refund(
    razorpay: StandIn, reply: object, outcome: Outcome, code: str
) -> None:
    razorpay.will(reply)  # type: ignore[arg-type]
    failed = await refunded(razorpay)
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (outcome, code)
    assert len(razorpay.asked) == 1


PERHAPS_OURS = [
    ("The payment has been fully refunded already.", 400),
    ("The refund amount provided is greater than amount captured.", 400),
    ("Different request with the same idempotency key has already been processed.", 409),
]


@pytest.mark.parametrize(("words", "status"), PERHAPS_OURS)
async def test_a_refusal_that_this_refund_caused_itself_converges_on_it(
    razorpay: StandIn, words: str, status: int
) -> None:
    razorpay.will(refuses(words, status), says(200, listed(a_refund("processed"))))
    report = await refunded(razorpay)
    assert isinstance(report, RefundReport)
    assert report.status is RefundStatus.SUCCEEDED


@pytest.mark.parametrize(("words", "status"), PERHAPS_OURS[:2])
async def test_a_refusal_that_others_caused_is_final(
    razorpay: StandIn, words: str, status: int
) -> None:
    other = a_refund(id="rfnd_2", notes=[], receipt="Receipt No. 31")
    razorpay.will(refuses(words, status), says(200, listed(other)))
    failed = await refunded(razorpay)
    assert isinstance(failed, Failure)
    assert failed.outcome is Outcome.REJECTED
    assert failed.message == words


async def test_a_key_that_stands_for_something_else_asks_for_a_person(razorpay: StandIn) -> None:
    razorpay.will(refuses(*PERHAPS_OURS[2]), says(200, listed()))
    failed = await refunded(razorpay)
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.DONE_ALREADY, "idempotency_key_reused")


@pytest.mark.parametrize(("words", "status"), PERHAPS_OURS)
async def test_a_refusal_that_cannot_be_looked_into_is_unknown(
    razorpay: StandIn, words: str, status: int
) -> None:
    razorpay.will(refuses(words, status), refuses("Too many requests", 429))
    failed = await refunded(razorpay)
    assert isinstance(failed, Failure)
    assert failed.outcome is Outcome.UNKNOWN


async def test_a_repeated_call_finds_the_refund_made_before(razorpay: StandIn) -> None:
    razorpay.will(says(200, listed(a_refund(id="rfnd_2", notes={}, receipt=None), a_refund())))
    assert timeless(await refunded(razorpay, replay=True)) == PENDING
    assert [asked.method for asked in razorpay.asked] == ["GET"]


async def test_a_repeated_call_that_finds_nothing_asks_under_the_same_key(
    razorpay: StandIn,
) -> None:
    razorpay.will(says(200, listed()), says(200, a_refund()))
    assert timeless(await refunded(razorpay, replay=True)) == PENDING
    looked, asked = razorpay.asked
    assert looked.path == f"/v1/payments/{TAKEN}/refunds"
    assert asked.headers["x-refund-idempotency"] == f"paymux-{REFUND}"


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_repeated_call_that_cannot_look_refunds_nothing(
    razorpay: StandIn, status: int
) -> None:
    razorpay.will(refuses("no", status))
    failed = await refunded(razorpay, replay=True)
    assert isinstance(failed, Failure)
    assert failed.outcome is Outcome.UNKNOWN
    assert [asked.method for asked in razorpay.asked] == ["GET"]


async def test_a_refund_is_looked_up_by_its_id(razorpay: StandIn) -> None:
    razorpay.will(says(200, a_refund("processed")))
    report = await looked_up(razorpay, query("rfnd_FP8QHiV938haTz"))
    assert isinstance(report, RefundReport)
    assert report.status is RefundStatus.SUCCEEDED
    assert razorpay.asked[0].path == "/v1/refunds/rfnd_FP8QHiV938haTz"


async def test_a_refund_of_another_payment_is_not_ours(razorpay: StandIn) -> None:
    stranger = a_refund(payment_id="pay_other")
    razorpay.will(says(200, stranger), says(200, listed(stranger)))
    for wanted in (query("rfnd_FP8QHiV938haTz"), query()):
        assert isinstance(await looked_up(razorpay, wanted), Failure)


@pytest.mark.parametrize("wanted", [query("../x"), query(payment="a/b"), query("x", "a?b")])
async def test_a_malformed_reference_is_never_sent(razorpay: StandIn, wanted: RefundQuery) -> None:
    failed = await looked_up(razorpay, wanted)
    assert isinstance(failed, Failure)
    assert failed.code == "reference_malformed"
    assert razorpay.asked == []


@pytest.mark.parametrize(
    "changes", [{"receipt": None}, {"notes": []}, {"notes": None}, {"notes": {"refund_id": 7}}]
)
async def test_a_refund_is_found_by_notes_or_by_receipt(
    razorpay: StandIn, changes: dict[str, object]
) -> None:
    razorpay.will(says(200, listed(a_refund("pending", **changes))))
    assert timeless(await looked_up(razorpay, query())) == PENDING


async def test_a_refund_is_found_on_a_later_page(razorpay: StandIn) -> None:
    newer = [a_refund(id=f"rfnd_{n}", notes=[], receipt=None) for n in range(100)]
    razorpay.will(says(200, listed(*newer)), says(200, listed(a_refund())))
    assert timeless(await looked_up(razorpay, query())) == PENDING
    assert [asked.query["skip"] for asked in razorpay.asked] == [["0"], ["100"]]


async def test_a_list_without_end_proves_nothing(razorpay: StandIn) -> None:
    page = [a_refund(id=f"rfnd_{n}", notes=[], receipt=None) for n in range(100)]
    razorpay.will(says(200, listed(*page)))
    failed = await looked_up(razorpay, query())
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.UNKNOWN, "odd_lookup")


async def test_absence_is_proven_when_the_list_accounts_for_all_that_was_refunded(
    razorpay: StandIn,
) -> None:
    other = a_refund(id="rfnd_2", notes=[], receipt=None, amount=300)
    razorpay.will(says(200, listed(other)), says(200, a_payment(amount_refunded=300)))
    assert await looked_up(razorpay, query()) == NotFound()
    razorpay.will(says(200, listed()), says(200, a_payment(amount_refunded=None)))
    assert await looked_up(razorpay, query()) == NotFound()


async def test_absence_is_not_proven_by_a_list_that_lags_behind(razorpay: StandIn) -> None:
    razorpay.will(says(200, listed()), says(200, a_payment(amount_refunded=10000)))
    failed = await looked_up(razorpay, query())
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.UNKNOWN, "odd_lookup")


async def test_absence_is_not_proven_while_the_request_may_be_at_work(razorpay: StandIn) -> None:
    razorpay.will(says(200, listed()))
    failed = await looked_up(razorpay, query(), SETTLING - timedelta(seconds=1))
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.IN_PROGRESS, "refund_under_way")


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": [{"id": "rfnd_1"}]}])
async def test_a_list_that_is_none_proves_nothing(
    razorpay: StandIn, body: dict[str, object]
) -> None:
    razorpay.will(says(200, body))
    failed = await looked_up(razorpay, query())
    assert isinstance(failed, Failure)
    assert failed.outcome is Outcome.UNKNOWN


async def test_the_connector_looks_up_by_its_own_clock(razorpay: StandIn) -> None:
    razorpay.will(says(200, listed(a_refund())))
    with connected(razorpay.url) as connector:
        assert timeless(await connector.look_up_refund(query())) == PENDING
