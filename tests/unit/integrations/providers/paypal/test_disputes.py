import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, NotFound, Outcome
from paymux.payments.ports.disputes import (
    DisputeAction,
    DisputePage,
    DisputeReason,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
)
from paymux.payments.ports.webhooks import Ignored, Translated
from tests.unit.integrations.providers.paypal.stand_in import (
    CAPTURE,
    GET,
    NOW,
    StandIn,
    a_capture,
    a_paid_order,
    money,
    refuses,
    says,
)

DISPUTE = "PP-R-AYP-10135034"
PATH = f"/v1/customer/disputes/{DISPUTE}"
READ = f"GET {PATH}"
GET_CAPTURE = f"GET /v2/payments/captures/{CAPTURE}"
LIST = "/v1/customer/disputes"


def links(*names: str) -> list[dict[str, str]]:
    made = [{"href": f"https://api.paypal.com{PATH}/{each}", "rel": each} for each in names]
    return [{"href": f"https://api.paypal.com{PATH}", "rel": "self"}, *made]


def a_dispute(status: str = "WAITING_FOR_SELLER_RESPONSE", **changes: object) -> dict[str, object]:
    """Return a dispute as PayPal's API gives it."""
    dispute: dict[str, object] = {
        "dispute_id": DISPUTE,
        "create_time": "2026-11-20T09:46:54.926Z",
        "update_time": "2026-11-21T09:49:53.336Z",
        "disputed_transactions": [{"seller_transaction_id": CAPTURE}],
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "status": status,
        "dispute_amount": money("20.00"),
        "dispute_life_cycle_stage": "INQUIRY",
        "seller_response_due_date": "2026-12-10T09:46:54.926Z",
        "links": links("accept_claim", "provide_evidence", "send_message"),
    }
    return dispute | changes


def resolved(code: str | None, **changes: object) -> dict[str, object]:
    outcome = None if code is None else {"outcome_code": code}
    return a_dispute("RESOLVED", dispute_outcome=outcome, **changes)


def moved(kind: str, value: str, party: str = "SELLER") -> dict[str, object]:
    return {"affected_party": party, "type": kind, "amount": money(value)}


def told(result: object) -> DisputeReport:
    assert isinstance(result, DisputeReport), result
    return result


@pytest.fixture
def contested(paypal: StandIn) -> StandIn:
    paypal.will(GET_CAPTURE, says(200, a_capture()))
    paypal.will(GET, says(200, a_paid_order()))
    return paypal


async def test_a_dispute_says_what_is_contested_and_until_when(
    contested: StandIn, connector: PayPalConnector
) -> None:
    contested.will(READ, says(200, a_dispute()))
    report = told(await connector.look_up_dispute(DISPUTE))
    assert (report.provider_reference, report.payment_reference) == (DISPUTE, CAPTURE)
    assert (report.status, report.stage) == (DisputeStatus.NEEDS_RESPONSE, DisputeStage.INQUIRY)
    assert (report.amount, report.reason) == (Money(2000, "USD"), DisputeReason.NOT_RECEIVED)
    assert report.reason_code == "merchandise_or_service_not_received"
    assert report.actions == {DisputeAction.ACCEPT, DisputeAction.SUBMIT_EVIDENCE}
    assert [str(each) for each in (report.opened_at, report.evidence_due_at)] == [
        "2026-11-20 09:46:54.926000+00:00",
        "2026-12-10 09:46:54.926000+00:00",
    ]


@pytest.mark.parametrize(
    ("dispute", "status"),
    [
        (a_dispute("WAITING_FOR_BUYER_RESPONSE"), "under_review"),
        (a_dispute("UNDER_REVIEW"), "under_review"),
        (a_dispute("OTHER"), "under_review"),
        (a_dispute("OPEN"), "needs_response"),
        (a_dispute("OPEN", links=links(), seller_response_due_date=None), "under_review"),
        (resolved("RESOLVED_BUYER_FAVOUR"), "lost"),
        (resolved("ACCEPTED"), "lost"),
        (resolved("RESOLVED_SELLER_FAVOUR"), "won"),
        (resolved("DENIED"), "won"),
        (resolved("CANCELED_BY_BUYER"), "closed"),
        (resolved("NONE"), "closed"),
        (resolved(None), "closed"),
        (resolved(None, money_movements=[moved("DEBIT", "20.00")]), "lost"),
        (
            resolved("NONE", money_movements=[moved("DEBIT", "20.00"), moved("CREDIT", "20.00")]),
            "closed",
        ),
        (resolved("RESOLVED_WITH_PAYOUT"), "won"),
        (resolved("RESOLVED_WITH_PAYOUT", money_movements=[moved("DEBIT", "20.00")]), "lost"),
        (
            resolved("RESOLVED_WITH_PAYOUT", money_movements=[moved("CREDIT", "20.00", "BUYER")]),
            "won",
        ),
    ],
)
async def test_whose_turn_it_is_or_how_it_ended(
    contested: StandIn, connector: PayPalConnector, dispute: dict[str, object], status: str
) -> None:
    contested.will(READ, says(200, dispute))
    report = told(await connector.look_up_dispute(DISPUTE))
    assert report.status == DisputeStatus(status)
    if dispute["status"] == "RESOLVED":
        assert report.actions == frozenset()


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ("MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED", "not_as_described"),
        ("UNAUTHORISED", "fraudulent"),
        ("CREDIT_NOT_PROCESSED", "not_refunded"),
        ("DUPLICATE_TRANSACTION", "duplicate"),
        ("PAYMENT_BY_OTHER_MEANS", "duplicate"),
        ("INCORRECT_AMOUNT", "wrong_amount"),
        ("CANCELED_RECURRING_BILLING", "subscription_canceled"),
        ("PROBLEM_WITH_REMITTANCE", "other"),
        ("SOMETHING_NEW", "other"),
        ("odd reason", "other"),
        (None, "other"),
    ],
)
async def test_a_reason_is_one_of_ours(
    contested: StandIn, connector: PayPalConnector, reason: str | None, ours: str
) -> None:
    contested.will(READ, says(200, a_dispute(reason=reason)))
    report = told(await connector.look_up_dispute(DISPUTE))
    assert report.reason == DisputeReason(ours)
    assert report.reason_code in {None, (reason or "").lower()}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "NEW_STATUS"}, "unrecognised_status"),
        ({"status": None}, "unrecognised_status"),
        ({"dispute_life_cycle_stage": "NEW_STAGE"}, "unrecognised_status"),
        ({"disputed_transactions": []}, "capture_not_reported"),
        ({"disputed_transactions": [{"seller_transaction_id": "../x"}]}, "capture_not_reported"),
        ({"dispute_amount": None}, "odd_amount"),
        ({"dispute_amount": {"currency_code": "XXX", "value": "1"}}, "odd_amount"),
        ({"dispute_id": "PP-R-OTHER"}, "another_dispute"),
        ({"dispute_id": None}, "unreadable_reply"),
    ],
)
async def test_a_dispute_that_makes_no_sense_is_unknown(
    contested: StandIn, connector: PayPalConnector, changes: dict[str, object], code: str
) -> None:
    contested.will(READ, says(200, a_dispute() | changes))
    failed = await connector.look_up_dispute(DISPUTE)
    assert isinstance(failed, Failure)
    assert (failed.outcome, failed.code) == (Outcome.UNKNOWN, code)


async def test_a_dispute_of_the_whole_payment_may_leave_out_the_amount(
    contested: StandIn, connector: PayPalConnector
) -> None:
    whole = {"seller_transaction_id": CAPTURE, "gross_amount": money("100.00")}
    dispute = a_dispute(dispute_amount=None, disputed_transactions=[{}, whole])
    contested.will(READ, says(200, dispute))
    assert told(await connector.look_up_dispute(DISPUTE)).amount == Money(10000, "USD")


async def test_a_dispute_of_somebody_elses_payment_keeps_its_reference(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(READ, says(200, a_dispute()))
    for reply in (refuses(404, "INVALID_RESOURCE_ID"), refuses(403, "PERMISSION_DENIED")):
        paypal.will(GET_CAPTURE, reply)
        report = told(await connector.look_up_dispute(DISPUTE))
        assert report.payment_reference == CAPTURE
    paypal.will(GET_CAPTURE, says(500, b""))
    failed = await connector.look_up_dispute(DISPUTE)
    assert isinstance(failed, Failure)
    assert failed.outcome is Outcome.UNKNOWN


async def test_a_dispute_that_paypal_does_not_know_is_not_found(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    assert isinstance(await connector.look_up_dispute(DISPUTE), NotFound)
    failed = await connector.look_up_dispute("../x")
    assert isinstance(failed, Failure)
    assert failed.code == "invalid_reference"
    assert [each for each in paypal.asked if "/x" in each.path] == []


async def test_disputes_are_listed_since_a_time_that_paypal_still_lists(
    contested: StandIn, connector: PayPalConnector
) -> None:
    recent, old = NOW - timedelta(days=3), NOW - timedelta(days=400)
    for since, asked in ((recent, recent), (old, NOW - timedelta(days=179))):
        after = quote(asked.strftime("%Y-%m-%dT%H:%M:%SZ"))
        query = f"page_size=10&update_time_after={after}"
        more = {"href": f"https://evil.example{LIST}?{query}&next_page_token=a%2Fb", "rel": "next"}
        listed = {"items": [{"dispute_id": DISPUTE}, {"dispute_id": "GONE"}], "links": [more]}
        contested.will(f"GET {LIST}?{query}", says(200, listed))
        contested.will(READ, says(200, a_dispute()))
        page = await connector.list_disputes(since, NOW, None)
        assert isinstance(page, DisputePage)
        assert [each.provider_reference for each in page.disputes] == [DISPUTE]
        assert page.next_cursor == f"{query}&next_page_token=a%2Fb"
        contested.will(f"GET {LIST}?{page.next_cursor}", says(200, {}))
        last = await connector.list_disputes(since, NOW, page.next_cursor)
        assert last == DisputePage(disputes=[])


async def test_a_list_that_cannot_be_read_in_full_is_read_again(
    contested: StandIn, connector: PayPalConnector
) -> None:
    contested.will(f"GET {LIST}?x=1", says(200, {"items": [{"dispute_id": DISPUTE}]}))
    contested.will(READ, says(500, b""))
    assert isinstance(await connector.list_disputes(NOW, NOW, "x=1"), Failure)
    contested.will(f"GET {LIST}?x=1", says(500, b""))
    assert isinstance(await connector.list_disputes(NOW, NOW, "x=1"), Failure)
    refused = await connector.list_disputes(NOW, NOW, "no cursor")
    assert isinstance(refused, Failure)
    assert refused.code == "invalid_cursor"


def an_event(resource: object) -> bytes:
    kind = "CUSTOMER.DISPUTE.UPDATED"
    return json.dumps({"id": "WH-1", "event_type": kind, "resource": resource}).encode()


async def test_an_event_says_which_dispute_to_read(
    contested: StandIn, connector: PayPalConnector
) -> None:
    contested.will(READ, says(200, a_dispute("UNDER_REVIEW")))
    translated = await connector.translate_webhook(an_event(a_dispute()))
    assert isinstance(translated, Translated)
    assert [each.status for each in translated.disputes] == [DisputeStatus.UNDER_REVIEW]
    contested.will(READ, says(500, b""))
    assert isinstance(await connector.translate_webhook(an_event(a_dispute())), Failure)


@pytest.mark.parametrize("resource", [{}, {"dispute_id": "../x"}, {"dispute_id": DISPUTE}, []])
async def test_an_event_of_no_dispute_is_ignored(
    connector: PayPalConnector, resource: object
) -> None:
    assert isinstance(await connector.translate_webhook(an_event(resource)), Ignored)
