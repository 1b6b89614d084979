"""An operator's queue over a real installation: what comes into it, and how it gets out."""

from typing import Any

from tests.e2e.installation import Installation
from tests.e2e.shop import Shop
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

EVIDENCE = "Seen in the provider's dashboard by Ada."


def paid_another_amount(shop: Shop, provider: str = "stripe") -> Json:
    """A payment whose payer paid a cent less than was asked for."""
    payment = shop.new_payment(provider)
    shop.pay(payment, amount=1998)
    return eventually(
        lambda: next((one for one in queue(shop) if one["payment_id"] == payment["id"]), None)
    )


def queue(shop: Shop) -> list[Json]:
    """What waits for a person."""
    return shop.api.every("/v1/reviews")


def resolve(shop: Shop, entry: Json, **said: Any) -> Json:
    """Say what was found out."""
    path = f"/v1/reviews/{entry['payment_id']}/resolve"
    return shop.api.post(path, {"evidence": EVIDENCE, **said})


def test_another_amount_waits_for_a_person_until_one_has_looked(
    shop: Shop, installation: Installation
) -> None:
    entry = paid_another_amount(shop)
    (subject,) = entry["open"]
    assert (entry["why"], entry["verdicts"]) == ("amount_mismatch", ["handled"])
    assert (subject["kind"], subject["status"]) == ("attempt", "pending")
    payment = resolve(shop, entry, verdict="never_happened", subject_id=subject["id"])
    assert (payment["review"], payment["attempts"][0]["status"]) == (None, "canceled")
    noted = payment["timeline"][-1]
    assert (noted["source"], noted["reason_code"]) == ("operator", "never_happened")
    assert (noted["reason_message"], noted["actor"][:4]) == (EVIDENCE, "key_")
    assert queue(shop) == []
    facts = installation.query(
        "SELECT type FROM events WHERE subject_id = $1 ORDER BY id", payment["id"]
    )
    assert [fact["type"] for fact in facts] == [
        "payment.created",
        "payment.needs_review",
        "payment.review_resolved",
    ]


def test_a_webhook_said_once_more_does_not_bring_it_back(shop: Shop) -> None:
    entry = paid_another_amount(shop)
    resolve(shop, entry, verdict="never_happened", subject_id=entry["open"][0]["id"])
    for event in shop.events():
        shop.api.post(f"/v1/provider_events/{event['id']}/replay")
    eventually(lambda: all(one["status"] != "received" for one in shop.events()))
    assert queue(shop) == []


def test_what_the_provider_does_not_confirm_is_refused(shop: Shop) -> None:
    entry = paid_another_amount(shop)
    (subject,) = entry["open"]
    said = {"verdict": "accept", "subject_id": subject["id"], "evidence": EVIDENCE}
    path = f"/v1/reviews/{entry['payment_id']}/resolve"
    pointed_at = {"provider_reference": subject["provider_reference"]}
    problem = shop.api.problem("POST", path, {**said, **pointed_at})
    assert (problem["status"], problem["code"]) == (422, "evidence_not_confirmed")
    assert shop.api.problem("POST", path, said)["field"] == "provider_reference"
    assert queue(shop) == [entry]


def test_only_an_admin_is_believed_without_the_provider(shop: Shop) -> None:
    entry = paid_another_amount(shop)
    operator = shop.new_key("operator")
    path = f"/v1/reviews/{entry['payment_id']}/resolve"
    said = {"verdict": "succeeded", "subject_id": entry["open"][0]["id"], "evidence": EVIDENCE}
    assert operator.problem("POST", path, said)["code"] == "role_insufficient"
    handled = operator.post(path, {"verdict": "handled", "evidence": EVIDENCE})
    assert handled["review"] is None
    assert operator.problem("POST", path, said)["status"] == 403
    problem = shop.api.problem("POST", path, said)
    assert (problem["status"], problem["code"]) == (409, "payment_not_in_review")


def test_a_call_that_was_not_answered_is_settled_by_reading_the_payment(shop: Shop) -> None:
    account = shop.accounts["stripe"].account_id
    shop.sandbox.control(
        "POST",
        "/faults",
        account_id=account,
        operation="checkout_session.create",
        kind="drop_after",
        times=1,
    )
    payment = shop.new_payment("stripe")
    found = eventually(
        lambda: (one := shop.payment(payment["id"]))["status"] == "requires_action" and one
    )
    assert len(shop.sandbox.objects(account)) == 1
    assert found["attempts"][0]["checkout_url"]
