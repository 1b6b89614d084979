from datetime import timedelta

import pytest

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Checkout,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
    Payer,
)
from tests.unit.integrations.providers.razorpay.stand_in import (
    ATTEMPT,
    CREATED_AT,
    PAYMENT,
    Reply,
    StandIn,
    a_link,
    a_request,
    hangs,
    refuses,
    says,
)

DUPLICATE = refuses("payment link creation with reference ID already attempted")
CREATED = int(CREATED_AT.timestamp())


def failed(answer: object) -> Failure:
    assert isinstance(answer, Failure)
    return answer


async def test_a_link_is_created_with_the_attempt_as_reference(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, a_link(expire_by=CREATED + 3600)))
    answer = await connector.create_checkout(
        a_request(
            expires_at=CREATED_AT + timedelta(hours=1),
            payer=Payer(customer_id="cus_1", email="a@b.example", phone="+91 98765-43210"),
        )
    )
    assert answer == Checkout(
        provider_reference="plink_ExjpAUN3gVHrPJ",
        url="https://rzp.io/i/nxrHnLJ",
        expires_at=CREATED_AT + timedelta(hours=1),
    )
    (asked,) = razorpay.asked
    assert (asked.method, asked.path) == ("POST", "/v1/payment_links")
    assert asked.headers["authorization"].startswith("Basic ")
    assert asked.json == {
        "amount": 50000,
        "currency": "INR",
        "accept_partial": False,
        "reference_id": ATTEMPT,
        "description": "Order 42",
        "customer": {"email": "a@b.example", "contact": "+919876543210"},
        "notify": {"sms": False, "email": False},
        "reminder_enable": False,
        "notes": {"payment_id": PAYMENT, "attempt_id": ATTEMPT},
        "callback_url": "https://pay.example/return",
        "callback_method": "get",
        "expire_by": CREATED + 3600,
    }


async def test_a_first_create_looks_nothing_up_and_a_retry_sends_the_same(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, a_link()))
    await connector.create_checkout(a_request())
    razorpay.will(says(200, {"payment_links": []}), says(200, a_link()))
    await connector.create_checkout(a_request(replay=True))
    assert [asked.method for asked in razorpay.asked] == ["POST", "GET", "POST"]
    assert razorpay.asked[0].body == razorpay.asked[2].body


@pytest.mark.parametrize("status", ["created", "paid", "expired", "cancelled"])
async def test_a_replay_returns_the_earlier_link_and_creates_none(
    razorpay: StandIn, connector: RazorpayConnector, status: str
) -> None:
    razorpay.will(says(200, {"payment_links": [a_link(status)]}))
    answer = await connector.create_checkout(a_request(replay=True))
    assert isinstance(answer, Checkout)
    (asked,) = razorpay.asked
    assert asked.query == {"reference_id": [ATTEMPT]}


async def test_a_duplicate_reference_converges_on_the_first_link(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(DUPLICATE, says(200, {"payment_links": [a_link()]}))
    answer = await connector.create_checkout(a_request())
    assert isinstance(answer, Checkout)
    assert answer.provider_reference == "plink_ExjpAUN3gVHrPJ"


async def test_a_duplicate_that_cannot_be_seen_yet_is_in_progress(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(DUPLICATE, says(200, {"payment_links": []}))
    answer = failed(await connector.create_checkout(a_request()))
    assert answer.outcome is Outcome.IN_PROGRESS


@pytest.mark.parametrize(
    "obstacle",
    [
        hangs,
        refuses("Authentication failed", 401),
        refuses("slow down", 429),
        says(502, b"<html>"),
    ],
    ids=["hangs", "401", "429", "502"],
)
async def test_a_replay_that_cannot_look_up_stays_unknown_and_creates_nothing(
    razorpay: StandIn, connector: RazorpayConnector, obstacle: Reply
) -> None:
    razorpay.will(obstacle)
    answer = failed(await connector.create_checkout(a_request(replay=True)))
    assert answer.outcome is Outcome.UNKNOWN
    assert [asked.method for asked in razorpay.asked] == ["GET"]


async def test_a_link_under_our_reference_for_another_amount_is_not_taken_for_ours(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(DUPLICATE, says(200, {"payment_links": [a_link(amount=1)]}))
    answer = failed(await connector.create_checkout(a_request()))
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "link_differs")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", None])
async def test_a_link_without_a_web_address_is_unreadable(
    razorpay: StandIn, connector: RazorpayConnector, url: str | None
) -> None:
    razorpay.will(says(200, a_link(short_url=url)))
    answer = failed(await connector.create_checkout(a_request()))
    assert (answer.outcome, answer.code) == (Outcome.UNKNOWN, "unreadable_reply")


@pytest.mark.parametrize(
    ("asked_seconds", "sent_seconds"),
    [(60, 30 * 60), (3600, 3600), (400 * 86400, 180 * 86400)],
)
async def test_expiry_is_clamped_to_what_razorpay_takes(
    razorpay: StandIn, connector: RazorpayConnector, asked_seconds: int, sent_seconds: int
) -> None:
    razorpay.will(says(200, a_link()))
    expires_at = CREATED_AT + timedelta(seconds=asked_seconds)
    await connector.create_checkout(a_request(expires_at=expires_at))
    assert razorpay.asked[0].json["expire_by"] == CREATED + sent_seconds


async def test_a_long_description_is_cut_and_odd_payer_details_are_left_out(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, a_link()))
    payer = Payer(customer_id="cus_1", email="a" * 60 + "@b.example", phone="123")
    await connector.create_checkout(a_request(description="d" * 3000, payer=payer))
    sent = razorpay.asked[0].json
    assert sent["description"] == "d" * 2048
    assert "customer" not in sent


@pytest.mark.parametrize(
    "money", [Money(99, "INR"), Money(10005, "KWD"), Money(100, "LYD")], ids=str
)
async def test_an_amount_razorpay_does_not_take_is_refused_before_any_call(
    razorpay: StandIn, connector: RazorpayConnector, money: Money
) -> None:
    answer = failed(await connector.create_checkout(a_request(amount=money)))
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, "amount_not_supported")
    assert razorpay.asked == []


async def test_a_reference_beyond_forty_characters_is_refused_before_any_call(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    answer = failed(await connector.create_checkout(a_request(attempt_id="a" * 41)))
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, "reference_too_long")
    assert razorpay.asked == []


async def test_look_up_reads_by_id_when_it_is_known(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, a_link("paid")))
    answer = await connector.look_up(query("plink_ExjpAUN3gVHrPJ"))
    assert isinstance(answer, Observation)
    assert (answer.status, answer.amount) == (ObservedStatus.SUCCEEDED, Money(50000, "INR"))
    assert razorpay.asked[0].path == "/v1/payment_links/plink_ExjpAUN3gVHrPJ"


async def test_look_up_reads_by_reference_and_prefers_the_paid_one(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    links = [a_link("cancelled"), a_link("paid"), a_link("created")]
    razorpay.will(says(200, {"payment_links": links}))
    answer = await connector.look_up(query())
    assert isinstance(answer, Observation)
    assert answer.status is ObservedStatus.SUCCEEDED


async def test_only_a_complete_empty_list_proves_absence(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(200, {"payment_links": []}))
    assert await connector.look_up(query()) == NotFound()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (says(200, {}), "unreadable_reply"),
        (says(200, {"payment_links": None}), "unreadable_reply"),
        (says(200, {"payment_links": [a_link(reference_id="another")]}), "odd_lookup"),
        (says(200, {"payment_links": [a_link("new")]}), "odd_status"),
        (refuses("The requested URL was not found on the server.", 404), "feature_not_enabled"),
        (refuses("nothing here", 404), "not_found"),
        (says(500, {"error": {"code": "SERVER_ERROR"}}), "server_error"),
    ],
)
async def test_whatever_else_a_lookup_meets_proves_nothing(
    razorpay: StandIn, connector: RazorpayConnector, reply: Reply, code: str
) -> None:
    razorpay.will(reply)
    assert failed(await connector.look_up(query())).code == code


async def test_an_id_the_account_does_not_have_is_not_proof_of_absence(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(refuses("The id provided does not exist"))
    answer = failed(await connector.look_up(query("plink_ExjpAUN3gVHrPJ")))
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, "id_does_not_exist")


@pytest.mark.parametrize("reference", ["plink_x/../../customers", "", "a" * 65, "plink?x=1"])
async def test_a_reference_that_is_none_of_razorpays_never_reaches_a_path(
    razorpay: StandIn, connector: RazorpayConnector, reference: str
) -> None:
    for answer in (
        await connector.look_up(query(reference)),
        await connector.expire_checkout(reference, "key"),
    ):
        assert failed(answer).code == "reference_malformed"
    assert razorpay.asked == []


async def test_expiring_cancels_the_link(razorpay: StandIn, connector: RazorpayConnector) -> None:
    razorpay.will(says(200, a_link("cancelled")))
    answer = await connector.expire_checkout("plink_ExjpAUN3gVHrPJ", "key")
    assert isinstance(answer, Observation)
    assert (answer.status, answer.attempt_id) == (ObservedStatus.CANCELED, ATTEMPT)
    (asked,) = razorpay.asked
    assert (asked.method, asked.path) == (
        "POST",
        "/v1/payment_links/plink_ExjpAUN3gVHrPJ/cancel",
    )


@pytest.mark.parametrize(
    ("description", "link", "status"),
    [
        (
            "cannot cancel or expire an already paid/partially paid link",
            a_link("paid"),
            ObservedStatus.SUCCEEDED,
        ),
        (
            "cannot cancel or expire an expired link",
            a_link("expired"),
            ObservedStatus.EXPIRED,
        ),
        (
            "cannot cancel or expire an expired link",
            a_link("cancelled"),
            ObservedStatus.CANCELED,
        ),
    ],
)
async def test_expiring_too_late_reports_what_the_link_is(
    razorpay: StandIn,
    connector: RazorpayConnector,
    description: str,
    link: dict[str, object],
    status: ObservedStatus,
) -> None:
    razorpay.will(refuses(description), says(200, link))
    answer = await connector.expire_checkout("plink_ExjpAUN3gVHrPJ", "key")
    assert isinstance(answer, Observation)
    assert answer.status is status


async def test_a_refusal_in_new_words_is_checked_against_the_link(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(refuses("no, thank you"), says(200, a_link("paid")))
    answer = await connector.expire_checkout("plink_ExjpAUN3gVHrPJ", "key")
    assert isinstance(answer, Observation)
    assert answer.status is ObservedStatus.SUCCEEDED


@pytest.mark.parametrize(
    "second", [says(200, a_link()), refuses("The id provided does not exist")]
)
async def test_a_refusal_stands_while_the_link_is_open_or_not_there(
    razorpay: StandIn, connector: RazorpayConnector, second: Reply
) -> None:
    razorpay.will(refuses("no, thank you"), second)
    answer = failed(await connector.expire_checkout("plink_ExjpAUN3gVHrPJ", "key"))
    assert (answer.outcome, answer.message) == (Outcome.REJECTED, "no, thank you")


async def test_an_expiry_of_unknown_outcome_is_not_guessed_at(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(says(502, b"<html>"))
    answer = failed(await connector.expire_checkout("plink_ExjpAUN3gVHrPJ", "key"))
    assert answer.outcome is Outcome.UNKNOWN
    assert len(razorpay.asked) == 1


def query(reference: str | None = None) -> AttemptQuery:
    return AttemptQuery(attempt_id=ATTEMPT, created_at=CREATED_AT, provider_reference=reference)
