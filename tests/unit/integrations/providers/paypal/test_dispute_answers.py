import email
import email.policy
import json
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.integrations.adapters.providers.paypal.evidence import mark_of
from paymux.integrations.adapters.providers.paypal.forms import Part, form
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputeReport,
    DisputeStatus,
    DocumentKind,
    Evidence,
    EvidenceDocument,
    EvidenceRequest,
)
from tests.unit.integrations.providers.paypal.stand_in import (
    GET,
    NOW,
    Asked,
    Reply,
    StandIn,
    a_capture,
    a_paid_order,
    refuses,
    says,
)
from tests.unit.integrations.providers.paypal.test_disputes import (
    DISPUTE,
    GET_CAPTURE,
    PATH,
    READ,
    a_dispute,
    links,
    resolved,
)

ACCEPT = f"POST {PATH}/accept-claim"
PROVIDE = f"POST {PATH}/provide-evidence"
OPEN = says(200, a_dispute())
REVIEWED = says(200, a_dispute("UNDER_REVIEW", links=links()))
LOST = says(200, resolved("RESOLVED_BUYER_FAVOUR"))
DONE = says(200, {"links": []})
SHIPPED = Evidence(
    summary="We sent it.",
    product_description="Tea",
    customer_name="Jane Doe",
    customer_email="jane@example.com",
    shipping_carrier="FedEx",
    tracking_number="122533485",
    shipped_on=date(2026, 11, 1),
    service_on=date(2026, 11, 2),
)


def accepting(*, note: str | None = None, replay: bool = False) -> AcceptRequest:
    return AcceptRequest(
        dispute_id="dsp_1",
        idempotency_key="accept-key",
        provider_reference=DISPUTE,
        created_at=NOW,
        note=note,
        replay=replay,
    )


def defending(evidence: Evidence = SHIPPED, *, replay: bool = False) -> EvidenceRequest:
    return EvidenceRequest(
        dispute_id="dsp_1",
        idempotency_key="evidence-key",
        provider_reference=DISPUTE,
        amount=Money(2000, "USD"),
        evidence=evidence,
        created_at=NOW,
        replay=replay,
    )


def a_file(
    name: str = "scan.pdf",
    kind: DocumentKind = DocumentKind.OTHER,
    media_type: str = "application/pdf",
    content: bytes = b"%PDF",
) -> EvidenceDocument:
    return EvidenceDocument(kind=kind, file_name=name, media_type=media_type, content=content)


def parts_of(asked: Asked) -> list[EmailMessage]:
    """Read a form with somebody else's parser."""
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + asked.body, policy=email.policy.HTTP)
    assert isinstance(message, EmailMessage)
    return [each for each in message.iter_parts() if isinstance(each, EmailMessage)]


def said(asked: Asked) -> Any:
    first = parts_of(asked)[0]
    assert first.get_content_type() == "application/json"
    assert first.get_param("name", header="content-disposition") == "input"
    content = first.get_payload(decode=True)
    assert isinstance(content, bytes)
    return json.loads(content)


def told(result: object) -> DisputeReport:
    assert isinstance(result, DisputeReport), result
    return result


def failure(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


@pytest.fixture
def contested(paypal: StandIn) -> StandIn:
    paypal.will(GET_CAPTURE, says(200, a_capture()))
    paypal.will(GET, says(200, a_paid_order()))
    return paypal


@pytest.mark.parametrize(
    ("note", "sent"),
    [
        (None, "The merchant accepts the claim."),
        (" \n", "The merchant accepts the claim."),
        ("Sorry!", "Sorry!"),
        ("x" * 3000, "x" * 2000),
    ],
)
async def test_a_claim_is_accepted_with_a_note(
    contested: StandIn, connector: PayPalConnector, note: str | None, sent: str
) -> None:
    contested.will(READ, OPEN, LOST)
    contested.will(ACCEPT, DONE)
    report = told(await connector.accept_dispute(accepting(note=note)))
    assert report.status is DisputeStatus.LOST
    (asked,) = contested.calls(ACCEPT)
    assert said(asked) == {"note": sent}
    assert "paypal-request-id" not in asked.headers


@pytest.mark.parametrize("replay", [True, False])
async def test_a_claim_that_is_lost_already_is_not_accepted_again(
    contested: StandIn, connector: PayPalConnector, *, replay: bool
) -> None:
    contested.will(READ, LOST)
    report = told(await connector.accept_dispute(accepting(replay=replay)))
    assert report.status is DisputeStatus.LOST
    assert contested.calls(ACCEPT) == []


@pytest.mark.parametrize("dispute", [REVIEWED, says(200, resolved("RESOLVED_SELLER_FAVOUR"))])
async def test_what_paypal_does_not_offer_is_not_tried(
    contested: StandIn, connector: PayPalConnector, dispute: Reply
) -> None:
    contested.will(READ, dispute)
    for result in (
        await connector.accept_dispute(accepting()),
        await connector.submit_evidence(defending()),
    ):
        refused = failure(result)
        assert refused.outcome is Outcome.REJECTED
        assert refused.code == "action_not_allowed_in_current_dispute_state"
    assert contested.calls(ACCEPT) == contested.calls(PROVIDE) == []


@pytest.mark.parametrize(
    ("replay", "reply", "outcome"),
    [
        (False, says(500, b""), Outcome.NOT_SENT),
        (True, says(500, b""), Outcome.UNKNOWN),
        (False, refuses(403, "PERMISSION_DENIED"), Outcome.CREDENTIALS),
        (True, says(429, b""), Outcome.NOT_PROCESSED),
        (False, refuses(404, "INVALID_RESOURCE_ID"), Outcome.REJECTED),
    ],
)
async def test_a_dispute_that_cannot_be_read_is_not_answered(
    contested: StandIn, connector: PayPalConnector, reply: Reply, outcome: Outcome, *, replay: bool
) -> None:
    contested.will(READ, reply)
    for result in (
        await connector.accept_dispute(accepting(replay=replay)),
        await connector.submit_evidence(defending(replay=replay)),
    ):
        assert failure(result).outcome is outcome
    assert contested.calls(ACCEPT) == contested.calls(PROVIDE) == []


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (refuses(422, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE"), Outcome.REJECTED),
        (refuses(400, "MANDATORY_PARAMETER_MISSING"), Outcome.REJECTED),
        (says(500, b""), Outcome.UNKNOWN),
        (says(429, b""), Outcome.NOT_PROCESSED),
    ],
)
async def test_an_answer_that_paypal_does_not_take_says_why(
    contested: StandIn, connector: PayPalConnector, reply: Reply, outcome: Outcome
) -> None:
    contested.will(READ, OPEN)
    contested.will(ACCEPT, reply)
    contested.will(PROVIDE, reply)
    assert failure(await connector.accept_dispute(accepting())).outcome is outcome
    assert failure(await connector.submit_evidence(defending())).outcome is outcome


async def test_an_answer_whose_effect_cannot_be_read_is_unknown(
    contested: StandIn, connector: PayPalConnector
) -> None:
    contested.will(ACCEPT, DONE)
    for after in (says(500, b""), refuses(404, "INVALID_RESOURCE_ID")):
        contested.will(READ, OPEN, after)
        unknown = failure(await connector.accept_dispute(accepting()))
        assert (unknown.outcome, unknown.code) == (Outcome.UNKNOWN, "answer_not_shown")


async def test_a_defence_proves_that_the_goods_were_sent(
    contested: StandIn, connector: PayPalConnector
) -> None:
    contested.will(READ, OPEN, REVIEWED)
    contested.will(PROVIDE, DONE)
    report = told(await connector.submit_evidence(defending()))
    assert report.status is DisputeStatus.UNDER_REVIEW
    (asked,) = contested.calls(PROVIDE)
    tracking = {"carrier_name": "FEDEX", "tracking_number": "122533485"}
    words = (
        "We sent it.\nProduct: Tea\nCustomer: Jane Doe, jane@example.com\n"
        "Shipped on 2026-11-01\nService provided on 2026-11-02\n" + mark_of("evidence-key")
    )
    assert said(asked) == {
        "evidences": [
            {
                "evidence_type": "PROOF_OF_FULFILLMENT",
                "evidence_info": {"tracking_info": [tracking]},
                "notes": words,
            }
        ]
    }


@pytest.mark.parametrize(
    ("carrier", "name", "other"),
    [
        ("dhl", "DHL", None),
        ("Royal Mail", "ROYAL_MAIL", None),
        ("Bike & Sons", "OTHER", "Bike & Sons"),
        (None, "OTHER", "Unknown"),
    ],
)
async def test_a_carrier_is_one_that_paypal_lists_or_spelled_out(
    contested: StandIn,
    connector: PayPalConnector,
    carrier: str | None,
    name: str,
    other: str | None,
) -> None:
    contested.will(READ, OPEN, REVIEWED)
    contested.will(PROVIDE, DONE)
    evidence = msgspec.structs.replace(SHIPPED, shipping_carrier=carrier)
    await connector.submit_evidence(defending(evidence))
    proof = said(contested.calls(PROVIDE)[0])["evidences"][0]
    (tracking,) = proof["evidence_info"]["tracking_info"]
    assert (tracking["carrier_name"], tracking.get("carrier_name_other")) == (name, other)


@pytest.mark.parametrize(
    ("asked_for", "kind"),
    [
        ([], "OTHER"),
        (["PROOF_OF_FULFILLMENT", "PROOF_OF_REFUND"], "OTHER"),
        (["PROOF_OF_FULFILLMENT", "COPY_OF_CONTRACT", "AFFIDAVIT"], "COPY_OF_CONTRACT"),
        (["odd type"], "OTHER"),
    ],
)
async def test_words_answer_what_paypal_asked_for(
    contested: StandIn, connector: PayPalConnector, asked_for: list[str], kind: str
) -> None:
    evidences = [{"evidence_type": each, "source": "REQUESTED_FROM_SELLER"} for each in asked_for]
    evidences.append({"evidence_type": "AFFIDAVIT", "source": "SUBMITTED_BY_BUYER"})
    contested.will(READ, says(200, a_dispute(evidences=evidences)), REVIEWED)
    contested.will(PROVIDE, DONE)
    await connector.submit_evidence(defending(Evidence(summary="x" * 4000)))
    first, *rest = said(contested.calls(PROVIDE)[0])["evidences"]
    assert first["evidence_type"] == kind
    assert [each["evidence_type"] for each in rest] == ["OTHER", "OTHER"]
    assert all(len(each["notes"]) <= 2000 for each in (first, *rest))


async def test_every_document_is_named_as_paypal_takes_it(
    contested: StandIn, connector: PayPalConnector
) -> None:
    contested.will(READ, OPEN, REVIEWED)
    contested.will(PROVIDE, DONE)
    documents = [
        a_file('a"b\r\n.png', DocumentKind.RECEIPT, "image/png", b"\x89PNG\r\n--x\r\n"),
        a_file("../../etc/passwd", DocumentKind.COMMUNICATION, "image/jpeg", b""),
        a_file("ünïcode", DocumentKind.CANCELLATION),
        a_file("", DocumentKind.REFUND_POLICY),
    ]
    await connector.submit_evidence(defending(Evidence(summary="See.", documents=documents)))
    (asked,) = contested.calls(PROVIDE)
    files = parts_of(asked)[1:]
    names = ["1-a-b.png", "2-etc-passwd.jpg", "3-n-code.pdf", "4-document.pdf"]
    assert [each.get_filename() for each in files] == names
    assert [each.get_payload(decode=True) for each in files] == [d.content for d in documents]
    assert [each.get_content_type() for each in files] == [d.media_type for d in documents]
    evidences = said(asked)["evidences"][1:]
    assert [each["documents"] for each in evidences] == [[{"name": name}] for name in names]
    assert [each["evidence_type"] for each in evidences] == [
        "PROOF_OF_RECEIPT_COPY",
        "MERCHANT_RESPONSE",
        "OTHER",
        "RETURN_POLICY",
    ]


async def test_a_media_type_adds_no_header_to_its_part(
    contested: StandIn, connector: PayPalConnector
) -> None:
    contested.will(READ, OPEN, REVIEWED)
    contested.will(PROVIDE, DONE)
    odd = a_file(media_type="text/html\r\nX-Evil: 1")
    await connector.submit_evidence(defending(Evidence(summary="See.", documents=[odd])))
    (file,) = parts_of(contested.calls(PROVIDE)[0])[1:]
    assert (file.get_content_type(), file["X-Evil"]) == ("application/octet-stream", None)
    assert file.get_filename() == "1-scan.bin"


@pytest.mark.parametrize("sizes", [[10_000_000], [9_000_000] * 6])
async def test_documents_that_paypal_would_refuse_are_not_sent(
    contested: StandIn, connector: PayPalConnector, sizes: list[int]
) -> None:
    contested.will(READ, OPEN)
    documents = [a_file(content=bytes(size)) for size in sizes]
    result = await connector.submit_evidence(
        defending(Evidence(summary="See.", documents=documents))
    )
    refused = failure(result)
    assert (refused.outcome, refused.field) == (Outcome.REJECTED, "documents")
    assert contested.calls(PROVIDE) == []


def submitted(notes: str, at: str) -> list[dict[str, str]]:
    return [{"source": "SUBMITTED_BY_SELLER", "notes": notes, "date": at}]


@pytest.mark.parametrize(
    ("dispute", "evidences", "found"),
    [
        (a_dispute(), submitted(f"x\n{mark_of('evidence-key')}", "odd"), True),
        (a_dispute(links=links()), submitted("y", "2026-11-23T08:00:01Z"), True),
        (a_dispute(links=links()), submitted("y", "2026-11-23T07:59:59Z"), False),
        (a_dispute(links=links()), submitted("y", "odd"), False),
        (a_dispute(links=links()), [], False),
    ],
)
async def test_evidence_that_was_given_before_is_found(
    contested: StandIn,
    connector: PayPalConnector,
    dispute: dict[str, object],
    evidences: list[dict[str, str]],
    *,
    found: bool,
) -> None:
    contested.will(READ, says(200, dispute | {"evidences": evidences}))
    result = await connector.submit_evidence(defending(replay=True))
    assert isinstance(result, DisputeReport) is found
    assert contested.calls(PROVIDE) == []


async def test_another_answer_is_given_where_the_first_was_not(
    contested: StandIn, connector: PayPalConnector
) -> None:
    theirs = submitted(mark_of("an earlier key"), str(NOW + timedelta(hours=1)))
    contested.will(READ, says(200, a_dispute(evidences=theirs)), REVIEWED)
    contested.will(PROVIDE, DONE)
    await connector.submit_evidence(defending(replay=True))
    assert len(contested.calls(PROVIDE)) == 1


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_whatever_a_file_holds_it_is_read_back(contents: list[bytes]) -> None:
    parts = [
        Part(name=f"file{at}", media_type="image/png", content=each, file_name=f"{at}.png")
        for at, each in enumerate(contents)
    ]
    made = form(parts, "seed")
    boundary = made.content_type.rpartition("=")[2].encode()
    assert form(parts, "seed") == made
    assert made.body.count(b"--" + boundary) == len(parts) + 1
    asked = Asked("POST", "/", {"content-type": made.content_type}, made.body, 0)
    assert [each.get_payload(decode=True) for each in parts_of(asked)] == contents


def test_a_boundary_that_a_file_holds_is_not_used() -> None:
    made = form([Part(name="a", media_type="b", content=b"")], "seed")
    boundary = made.content_type.rpartition("=")[2].encode()
    again = form([Part(name="a", media_type="b", content=boundary)], "seed")
    assert again.content_type != made.content_type
