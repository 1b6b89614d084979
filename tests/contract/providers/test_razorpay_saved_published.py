"""What we send to save cards, charge them and defend disputes, against what Razorpay publishes.

There is a published allow-list for orders, and there are samples and a merged schema of disputes.
Of registration links, charges, contests and documents Razorpay publishes no schema: the lists
below are the tables and samples of its pages, and the SDK's own resources make the requests.
"""

import json
import os
import re
from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path

import jsonschema
import msgspec
import pytest

from paymux.integrations.adapters.providers.razorpay.dispute_reports import report
from paymux.integrations.adapters.providers.razorpay.dispute_wire import Dispute, Disputes
from paymux.integrations.adapters.providers.razorpay.recurring_wire import Invoice
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import Payer
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
    DocumentKind,
    Evidence,
    EvidenceDocument,
    EvidenceRequest,
)
from tests.contract.providers.razorpay_shop import charge_of, registration
from tests.contract.published import razorpay_entity_errors
from tests.unit.integrations.providers.razorpay.stand_in import (
    CREATED_AT,
    Asked,
    a_dispute,
    a_payment,
    a_saved_card,
    an_invoice,
    connected,
    says,
    serving,
)

SPECS = Path(os.environ.get("PAYMUX_SPECS", Path(__file__).parents[3].parent / "shared" / "specs"))
LONG = "\u0939\U0001f600" * 2000

DOCUMENTED = {
    # razorpay.com/docs/api/payments/recurring-payments/cards/create-authorization-transaction
    "POST /v1/subscription_registration/auth_links": {
        "customer": {"name", "email", "contact"},
        "type": None,
        "amount": None,
        "currency": None,
        "description": None,
        "subscription_registration": {"method", "max_amount", "expire_at", "frequency"},
        "sms_notify": None,
        "email_notify": None,
        "expire_by": None,
        "receipt": None,
        "notes": None,
    },
    # razorpay.com/docs/api/payments/recurring-payments/cards/create-subsequent-payments
    "POST /v1/payments/create/recurring": dict.fromkeys(
        (
            "email",
            "contact",
            "amount",
            "currency",
            "order_id",
            "customer_id",
            "token",
            "recurring",
            "description",
            "notes",
        )
    ),
    # razorpay.com/docs/api/disputes/contest
    "PATCH /v1/disputes/{id}/contest": dict.fromkeys(
        (
            "amount",
            "summary",
            "shipping_proof",
            "billing_proof",
            "cancellation_proof",
            "customer_communication",
            "proof_of_service",
            "explanation_letter",
            "refund_confirmation",
            "access_activity_log",
            "refund_cancellation_policy",
            "term_and_conditions",
            "others",
            "action",
        )
    ),
}
NEEDED = {
    "POST /v1/subscription_registration/auth_links": {
        "customer",
        "type",
        "amount",
        "currency",
        "description",
        "subscription_registration",
    },
    "POST /v1/payments/create/recurring": {
        "amount",
        "order_id",
        "customer_id",
        "token",
        "recurring",
    },
    "PATCH /v1/disputes/{id}/contest": set(),
}


def published(name: str) -> dict[str, object]:
    path = SPECS / name
    assert path.is_file(), f"{path} is missing: point PAYMUX_SPECS at the published descriptions"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, object])


def operation_of(asked: Asked) -> str:
    return f"{asked.method} {re.sub(r'/(disp|inv)_[A-Za-z0-9]+', '/{id}', asked.path)}"


def a_defence(**changes: object) -> EvidenceRequest:
    documents = [
        EvidenceDocument(
            kind=kind, file_name=f"{kind}.png", media_type="image/png", content=b"\x89PNG\x00"
        )
        for kind in DocumentKind
    ]
    request = EvidenceRequest(
        dispute_id="dsp_1",
        idempotency_key="key",
        provider_reference="disp_AHfqOvkldwsbqt",
        amount=Money(10000, "INR"),
        evidence=Evidence(summary="It was delivered.", documents=documents),
        created_at=CREATED_AT,
    )
    return msgspec.structs.replace(request, **changes)


@pytest.fixture
async def sent() -> AsyncIterator[list[Asked]]:
    """Every kind of request that the connector can send about saved cards and disputes."""
    card = a_saved_card()
    wordy = Evidence(summary=LONG, documents=a_defence().evidence.documents[:1])
    with serving() as stand_in, connected(stand_in.url) as connector:
        stand_in.will(says(200, an_invoice()))
        pages: list[dict[str, object]] = [
            {},
            {"description": ""},
            {"description": LONG, "max_charge": Money(100, "INR")},
            {"payer": Payer(customer_id="c", name=LONG, email="a@b.in", phone="+91 98765 43210")},
        ]
        for changes in pages:
            await connector.create_checkout(registration(**changes))
        await connector.expire_checkout("inv_FHrXGIpd3N17DX", "key")
        order = {"id": "order_1", "amount": 29900, "currency": "INR", "status": "created"}
        charges: list[dict[str, object]] = [{}, {"payer": None}, {"description": LONG}]
        for charge in charges:
            stand_in.will(
                says(200, order),
                says(200, {"razorpay_payment_id": "pay_1"}),
                says(200, a_payment(order_id="order_1", amount=29900)),
            )
            await connector.charge(charge_of(card, **charge))
        stand_in.will(says(200, {"id": "doc_EsyWjHrfzb59Re"}), says(200, a_dispute()))
        for defence in (a_defence(), a_defence(evidence=wordy)):
            stand_in.replies[:0] = [says(200, {"id": "doc_1"}) for _ in defence.evidence.documents]
            await connector.submit_evidence(defence)
        stand_in.will(says(200, a_dispute()))
        await connector.accept_dispute(
            AcceptRequest(
                dispute_id="dsp_1",
                idempotency_key="key",
                provider_reference="disp_AHfqOvkldwsbqt",
                created_at=CREATED_AT,
            )
        )
        yield stand_in.asked


async def test_every_field_we_send_is_documented(sent: list[Asked]) -> None:
    for operation, fields in DOCUMENTED.items():
        bodies = [asked.json for asked in sent if operation_of(asked) == operation]
        assert bodies, operation
        for body in bodies:
            assert NEEDED[operation] <= set(body) <= set(fields)
            for field, inner in fields.items():
                if inner is not None:
                    value = msgspec.convert(body[field], dict[str, object])
                    assert set(value) <= inner


async def test_the_order_of_a_charge_is_as_published(sent: list[Asked]) -> None:
    """`payment_capture` is on the page of charges only, where it is mandatory."""
    derived = published("razorpay/derived_schemas.json")["requests"]
    schema = msgspec.convert(derived, dict[str, dict[str, object]])["POST /v1/orders"]
    orders = [asked.json for asked in sent if operation_of(asked) == "POST /v1/orders"]
    assert len(orders) == 3
    for order in orders:
        assert order.pop("payment_capture") is True
        jsonschema.validate(order, schema)


async def test_limits_are_kept(sent: list[Asked]) -> None:
    for asked in sent:
        body = {} if b"form-data" in asked.body[:200] else json.loads(asked.body or b"{}")
        assert len(body.get("summary", "")) <= 1000
        assert len(body.get("receipt", "")) <= 40
        assert len(body.get("description", "")) <= 2048
        assert len(body.get("customer", {}).get("name", "")) <= 50
        mandate = body.get("subscription_registration", {"max_amount": 100})
        assert 100 <= mandate["max_amount"] <= 100_000_000
        assert mandate.get("frequency", "as_presented") == "as_presented"


async def test_answers_that_take_no_body_get_none(sent: list[Asked]) -> None:
    bare = [a for a in sent if a.path.endswith(("/accept", "/cancel"))]
    assert [asked.json for asked in bare] == [{}, {}]


async def test_a_document_is_a_form_of_purpose_and_file(sent: list[Asked]) -> None:
    """razorpay.com/docs/api/documents/create."""
    uploads = [asked for asked in sent if asked.path == "/v1/documents"]
    assert len(uploads) == len(DocumentKind) + 1
    for asked in uploads:
        head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + asked.body).walk()
        named = {str(p.get_param("name", header="content-disposition")): p for p in parts}
        del named["None"]
        assert set(named) == {"purpose", "file"}
        assert named["purpose"].get_payload(decode=True) == b"dispute_evidence"
        assert named["file"].get_payload(decode=True) == b"\x89PNG\x00"
        assert named["file"].get_content_type() == "image/png"


@pytest.mark.parametrize(
    ("name", "status", "stage"),
    [
        ("dispute", DisputeStatus.UNDER_REVIEW, DisputeStage.CHARGEBACK),
        ("dispute_accept", DisputeStatus.LOST, DisputeStage.PRE_ARBITRATION),
        ("dispute_contest", DisputeStatus.NEEDS_RESPONSE, DisputeStage.CHARGEBACK),
    ],
)
def test_the_sdks_own_samples_of_disputes_are_understood(
    name: str, status: DisputeStatus, stage: DisputeStage
) -> None:
    raw = (SPECS / f"razorpay/sdk_mocks/{name}.json").read_bytes()
    told = report(msgspec.json.decode(raw, type=Dispute), CREATED_AT)
    assert isinstance(told, DisputeReport)
    assert (told.status, told.stage) == (status, stage)
    # Their time to answer was over years ago.
    assert told.actions == frozenset()


def test_the_sdks_own_sample_of_a_list_of_disputes_is_understood() -> None:
    raw = (SPECS / "razorpay/sdk_mocks/dispute_collection.json").read_bytes()
    disputes = msgspec.json.decode(raw, type=Disputes).items
    assert [each.evidence and each.evidence.submitted_at for each in disputes] == [
        None,
        1590604100,
    ]


@pytest.mark.parametrize("name", ["fake_invoice", "fake_invoice_cancel"])
def test_the_sdks_own_samples_of_invoices_are_understood(name: str) -> None:
    raw = (SPECS / f"razorpay/sdk_mocks/{name}.json").read_bytes()
    assert msgspec.json.decode(raw, type=Invoice).status in {"issued", "cancelled"}


@pytest.mark.parametrize(
    "phase", ["fraud", "retrieval", "chargeback", "pre_arbitration", "arbitration"]
)
def test_every_published_status_and_phase_of_disputes_is_known(phase: str) -> None:
    """The phases are listed at razorpay.com/docs/api/disputes/entity."""
    entities = msgspec.convert(
        published("razorpay/derived_schemas.json")["entities"], dict[str, dict[str, object]]
    )
    properties = msgspec.convert(entities["dispute"]["properties"], dict[str, dict[str, object]])
    statuses = msgspec.convert(properties["status"]["x-known-values"], list[str])
    assert len(statuses) == 5
    for status in statuses:
        sample = msgspec.convert(a_dispute(status=status, phase=phase), Dispute)
        assert isinstance(report(sample, CREATED_AT), DisputeReport)


def test_our_own_samples_are_shaped_as_razorpays() -> None:
    assert razorpay_entity_errors("dispute", a_dispute()) == []
    assert razorpay_entity_errors("invoice", an_invoice()) == []
