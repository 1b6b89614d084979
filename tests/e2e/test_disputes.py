"""Payments that their payers contest, at every provider: heard of, answered once, and followed."""

from base64 import b64encode
from typing import Any

import pytest

from tests.e2e.installation import Installation
from tests.e2e.shop import Shop
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

CONTESTED = ("stripe", "razorpay", "paypal")
WANT_MORE = ("paypal",)
STAGE = {"stripe": "chargeback", "razorpay": "chargeback", "paypal": "inquiry"}
AMOUNT = 1999
# Where no key keeps evidence from counting twice, what did not arrive is known in minutes only.
LOST_ANSWERS = [
    ("stripe", "drop_before"),
    *[(one, kind) for one in CONTESTED for kind in ("drop_after", "error_after", "garbage")],
]
ANSWER = {
    "stripe": "dispute.update",
    "razorpay": "dispute.contest",
    "paypal": "dispute.evidence",
}
PDF = b64encode(b"%PDF-1.7\nThe seat was used.\n%%EOF\n").decode()
DOCUMENT = {
    "kind": "service",
    "file_name": "sign-ins.pdf",
    "media_type": "application/pdf",
    "content": PDF,
}
EVIDENCE = {
    "summary": "The seat was used until 20 November: see the sign-ins.",
    "customer_email": "ada@shop.example",
    "documents": [DOCUMENT],
}


def contested(shop: Shop, provider: str, **how: Any) -> Json:
    """A payment that was paid and whose payer contests it, as the provider tells of it."""
    payment = shop.new_payment(provider)
    shop.pay(payment)
    payment = shop.settled(payment)
    reference = payment["attempts"][0]["payment_reference"]
    shop.sandbox.control(
        "POST", "/disputes", provider=provider, payment_reference=reference, **how
    )
    return payment


def dispute_of(shop: Shop, payment: Json) -> Json:
    """The one dispute of a payment, once it is known."""

    def found() -> Json | None:
        disputes = shop.api.every("/v1/disputes", payment_id=payment["id"])
        return disputes[0] if disputes else None

    return eventually(found, otherwise=shop.events)


def decide(shop: Shop, dispute: Json, outcome: str, **how: Any) -> None:
    """Let the bank or the provider decide."""
    path = f"/disputes/{dispute['provider_reference']}/decide"
    shop.sandbox.control("POST", path, outcome=outcome, **how)


def stands(shop: Shop, dispute: Json, status: str) -> Json:
    """Wait until a dispute stands so in the list, which asks no provider."""

    def reached() -> Json | None:
        found: list[Json] = shop.api.every("/v1/disputes", payment_id=dispute["payment_id"])
        return found[0] if found[0]["status"] == status else None

    return eventually(reached, otherwise=lambda: shop.payment(dispute["payment_id"])["timeline"])


def answered(shop: Shop, dispute: Json, how: str, body: Json) -> Json:
    """Answer a dispute."""
    found: Json = shop.api.post(f"/v1/disputes/{dispute['id']}/{how}", body)
    return found


@pytest.mark.parametrize("provider", CONTESTED)
def test_a_dispute_is_heard_of_and_defended(shop: Shop, provider: str) -> None:
    payment = contested(shop, provider)
    dispute = dispute_of(shop, payment)
    assert (dispute["status"], dispute["stage"]) == ("needs_response", STAGE[provider])
    assert (dispute["amount"], dispute["currency"]) == (AMOUNT, "USD")
    assert dispute["evidence_due_at"] is not None
    assert dispute["actions"] == ["accept", "submit_evidence"]
    known = shop.payment(payment["id"])
    assert (known["disputed"], known["status"], known["review"]) == (True, "succeeded", None)
    assert [one["id"] for one in known["disputes"]] == [dispute["id"]]
    told = [entry for entry in known["timeline"] if entry["dispute_id"] == dispute["id"]]
    assert [(entry["source"], entry["effect"]) for entry in told] == [("webhook", "applied")]
    due = shop.api.every("/v1/disputes", due_before="2099-01-01T00:00:00Z")
    assert [one["id"] for one in due] == [dispute["id"]]

    defended = answered(shop, dispute, "evidence", EVIDENCE)
    assert [one["status"] for one in defended["responses"]] == ["succeeded"]
    assert defended["status"] == "under_review"
    path = f"/v1/disputes/{dispute['id']}/evidence"
    assert shop.api.problem("POST", path, EVIDENCE)["code"] == "dispute_action_not_offered"

    decide(shop, dispute, "won")
    assert stands(shop, dispute, "won")["actions"] == []
    assert shop.api.problem("POST", path, EVIDENCE)["code"] == "dispute_over"


@pytest.mark.parametrize("provider", CONTESTED)
def test_a_dispute_that_is_accepted_is_lost(shop: Shop, provider: str) -> None:
    dispute = dispute_of(shop, contested(shop, provider))
    accepted = answered(shop, dispute, "accept", {})
    assert [(one["kind"], one["status"]) for one in accepted["responses"]] == [
        ("accept", "succeeded")
    ]
    assert accepted["status"] == "lost"
    assert shop.payment(dispute["payment_id"])["review"] is None


def test_what_is_taken_up_again_may_have_to_be_answered_elsewhere(shop: Shop) -> None:
    dispute = dispute_of(shop, contested(shop, "stripe"))
    answered(shop, dispute, "evidence", EVIDENCE)
    decide(shop, dispute, "more_evidence")
    again = stands(shop, dispute, "needs_response")
    assert again["actions"] == []
    path = f"/v1/disputes/{dispute['id']}/evidence"
    assert shop.api.problem("POST", path, EVIDENCE)["code"] == "dispute_action_not_offered"


@pytest.mark.parametrize("provider", WANT_MORE)
def test_more_evidence_may_be_wanted_in_the_same_stage(shop: Shop, provider: str) -> None:
    dispute = dispute_of(shop, contested(shop, provider))
    assert answered(shop, dispute, "evidence", EVIDENCE)["status"] == "under_review"
    decide(shop, dispute, "more_evidence")
    again = stands(shop, dispute, "needs_response")
    assert "submit_evidence" in again["actions"]
    assert answered(shop, dispute, "evidence", EVIDENCE)["status"] == "under_review"
    decide(shop, dispute, "lost")
    found = shop.api.get(f"/v1/disputes/{stands(shop, dispute, 'lost')['id']}")
    assert [one["status"] for one in found["responses"]] == ["succeeded", "succeeded"]


@pytest.mark.parametrize(("provider", "kind"), LOST_ANSWERS)
def test_evidence_whose_answer_is_lost_is_handed_in_once(
    polling: Installation, provider: str, kind: str
) -> None:
    shop = polling.open_shop(providers=(provider,))
    dispute = dispute_of(shop, contested(shop, provider))
    account_id = shop.accounts[provider].account_id
    fault = {"kind": kind, "operation": ANSWER[provider], "account_id": account_id, "times": 1}
    shop.sandbox.control("POST", "/faults", **fault)
    answered(shop, dispute, "evidence", EVIDENCE)

    def ended() -> Json | None:
        found = shop.api.get(f"/v1/disputes/{dispute['id']}")
        known = found["responses"][0]["status"] not in {"in_flight", "unknown"}
        return found if known else None

    found = eventually(ended, otherwise=lambda: shop.api.get(f"/v1/disputes/{dispute['id']}"))
    assert found["responses"][0]["status"] == "succeeded"
    assert found["status"] == "under_review"


@pytest.mark.parametrize("provider", CONTESTED)
def test_whoever_reads_a_dispute_sees_what_no_webhook_told(shop: Shop, provider: str) -> None:
    dispute = dispute_of(shop, contested(shop, provider))
    decide(shop, dispute, "lost", webhooks=False)
    assert shop.api.get(f"/v1/disputes/{dispute['id']}")["status"] == "lost"


@pytest.mark.parametrize("provider", CONTESTED)
def test_a_dispute_whose_webhook_was_lost_is_recovered(shop: Shop, provider: str) -> None:
    account = shop.accounts[provider]
    payment = shop.new_payment(provider)
    shop.pay(payment)
    payment = shop.settled(payment)
    shop.sandbox.webhooks(account.account_id, lose_next=1000)
    reference = payment["attempts"][0]["payment_reference"]
    shop.sandbox.control("POST", "/disputes", provider=provider, payment_reference=reference)
    assert shop.api.every("/v1/disputes") == []
    report = shop.api.post(f"/v1/connections/{account.connection_id}/recover-events")
    assert report["recovered"] >= 1
    assert dispute_of(shop, payment)["status"] == "needs_response"


def test_what_is_no_document_is_refused(shop: Shop) -> None:
    dispute = dispute_of(shop, contested(shop, "stripe"))
    path = f"/v1/disputes/{dispute['id']}/evidence"
    for changed, code in (
        ({"content": "!!!!"}, "invalid_request"),
        ({"content": b64encode(b"GIF89a").decode()}, "document_not_what_it_says"),
        ({"content": "A" * 6 * 1024 * 1024}, "body_too_large"),
        ({"media_type": "text/html"}, "invalid_request"),
    ):
        body = {**EVIDENCE, "documents": [{**DOCUMENT, **changed}]}
        assert shop.api.problem("POST", path, body)["code"] == code
    card = {**EVIDENCE, "summary": "Paid with 4242 4242 4242 4242."}
    assert shop.api.problem("POST", path, card)["code"] == "card_number_refused"
    large = {**DOCUMENT, "content": b64encode(b"%PDF-" + bytes(3 * 1024 * 1024)).decode()}
    assert answered(shop, dispute, "evidence", {**EVIDENCE, "documents": [large]})["responses"]
