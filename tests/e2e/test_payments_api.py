"""Payments and customers over HTTP: finding, ending, naming and paying them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.installation import Installation
from tests.e2e.sandbox import PROVIDERS
from tests.e2e.shop import Shop
from tests.e2e.talking import Json, send
from tests.e2e.waiting import eventually

AMOUNT = {"amount": 1999, "currency": "USD", "description": "Pro plan"}
# Where a customer can be made in advance; PayPal knows its payers by itself.
KNOW_CUSTOMERS = {"stripe": "customer", "razorpay": "customer"}


def in_(**ahead: float) -> str:
    """A moment from now on, as the API takes it."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


def ids(payments: list[Json]) -> list[str]:
    """Of payments, in their order."""
    return [payment["id"] for payment in payments]


def pay_on_page(shop: Shop, provider: str, page: str) -> int:
    """Try to pay on a provider's page; returns the status the payer gets."""
    answer = send("POST", f"{shop.sandbox.url}/_control/pay", json={"url": page, "action": "pay"})
    assert provider in page
    return answer.status_code


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    """Each provider in turn."""
    return str(request.param)


def test_a_list_can_be_narrowed_to_what_is_looked_for(shop: Shop) -> None:
    customer = shop.api.post("/v1/customers", {"external_id": "ada"})
    paid = shop.new_payment("stripe", reference="order-1")
    shop.pay(paid)
    shop.settled(paid)
    theirs = shop.new_payment("razorpay", customer_id=customer["id"])
    canceled = shop.new_payment("paypal")
    shop.api.post(f"/v1/payments/{canceled['id']}/cancel")
    every = shop.api.every
    assert ids(every("/v1/payments")) == ids([canceled, theirs, paid])
    assert ids(every("/v1/payments", status="succeeded")) == [paid["id"]]
    assert ids(every("/v1/payments", status="canceled")) == [canceled["id"]]
    assert ids(every("/v1/payments", status="requires_action")) == [theirs["id"]]
    assert ids(every("/v1/payments", customer_id=customer["id"])) == [theirs["id"]]
    assert ids(every("/v1/payments", reference="order-1")) == [paid["id"]]
    over = shop.accounts["paypal"].connection_id
    assert ids(every("/v1/payments", connection_id=over)) == [canceled["id"]]
    assert every("/v1/payments", status="succeeded", reference="order-2") == []


def test_a_list_read_page_by_page_shows_each_once_though_more_come_in(shop: Shop) -> None:
    made = [shop.new_payment("stripe")["id"] for _ in range(7)]
    first = shop.api.get("/v1/payments", limit=3)
    made_meanwhile = shop.new_payment("stripe")["id"]
    second = shop.api.get("/v1/payments", limit=3, cursor=first["next_cursor"])
    again = shop.api.get("/v1/payments", limit=3, cursor=first["next_cursor"])
    third = shop.api.get("/v1/payments", limit=3, cursor=second["next_cursor"])
    assert second == again
    assert third["next_cursor"] is None
    seen = ids(first["data"] + second["data"] + third["data"])
    assert seen == list(reversed(made))
    assert made_meanwhile not in seen


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=%21", "cursor="])
def test_an_odd_page_is_refused(shop: Shop, query: str) -> None:
    problem = shop.api.problem("GET", f"/v1/payments?{query}")
    assert problem["status"] == 400
    assert query.split("=", maxsplit=1)[0] in (problem.get("field") or str(problem.get("errors")))


def test_a_canceled_payment_cannot_be_paid_on_the_providers_page_any_more(
    shop: Shop, installation: Installation, provider: str
) -> None:
    payment = shop.new_payment(provider)
    page = shop.page_of(payment)
    canceled = shop.api.post(f"/v1/payments/{payment['id']}/cancel")
    assert canceled["status"] == "canceled"
    # PayPal has no call that takes an order back: its payer can still agree, and nothing is taken.
    assert pay_on_page(shop, provider, page) == (200 if provider == "paypal" else 400)
    answer = send("GET", payment["link"]["url"])
    assert (answer.status_code, "canceled" in answer.text) == (200, True)
    assert shop.come_back(payment).status_code == 200
    account_id = shop.accounts[provider].account_id
    if provider == "paypal":
        eventually(lambda: shop.sandbox.deliveries(account_id) or None)
        eventually(lambda: {event["status"] for event in shop.events()} == {"processed"})
    assert shop.taken_for(payment) == []
    assert shop.payment(payment["id"])["status"] == "canceled"
    facts = installation.query("SELECT type FROM events WHERE subject_id = $1", payment["id"])
    assert {fact["type"] for fact in facts} == {"payment.created", "payment.canceled"}


def test_a_paid_payment_cannot_be_canceled_or_expired(shop: Shop, provider: str) -> None:
    payment = shop.new_payment(provider)
    shop.pay(payment)
    shop.settled(payment)
    for verb in ("cancel", "expire"):
        problem = shop.api.problem("POST", f"/v1/payments/{payment['id']}/{verb}")
        assert (problem["status"], problem["code"]) == (409, "payment_closed")
    assert shop.payment(payment["id"])["status"] == "succeeded"


def test_a_payment_paid_unheard_is_found_paid_when_it_is_canceled(
    shop: Shop, provider: str
) -> None:
    payment = shop.new_payment(provider)
    shop.pay(payment, webhooks=False)
    answer = shop.api.call("POST", f"/v1/payments/{payment['id']}/cancel")
    now = shop.payment(payment["id"])
    taken = shop.taken_for(payment)
    assert (answer.status_code, now["status"], len(taken)) in {
        (409, "succeeded", 1),
        (200, "canceled", 0),
    }
    if provider != "paypal":  # at PayPal the money was agreed to and not taken yet
        assert answer.status_code == 409


def test_a_second_cancel_says_that_it_has_ended(shop: Shop) -> None:
    payment = shop.new_payment("stripe")
    shop.api.post(f"/v1/payments/{payment['id']}/cancel")
    problem = shop.api.problem("POST", f"/v1/payments/{payment['id']}/cancel")
    assert (problem["status"], problem["code"]) == (409, "payment_closed")


def test_an_expired_payment_cannot_be_paid_any_more(shop: Shop, provider: str) -> None:
    payment = shop.new_payment(provider)
    page = shop.page_of(payment)
    assert shop.api.post(f"/v1/payments/{payment['id']}/expire")["status"] == "expired"
    assert "expired" in send("GET", payment["link"]["url"]).text
    assert pay_on_page(shop, provider, page) == (200 if provider == "paypal" else 400)
    assert shop.taken_for(payment) == []


@pytest.mark.parametrize("slug", ["stripe", "razorpay"])
def test_a_page_that_expires_at_the_provider_gives_way_to_a_new_one(shop: Shop, slug: str) -> None:
    payment = shop.new_payment(slug)
    expired = shop.page_of(payment)
    shop.sandbox.control("POST", "/expire", url=expired)

    def gone() -> bool:
        return bool(shop.payment(payment["id"])["attempts"][0]["status"] == "expired")

    eventually(gone)
    assert shop.payment(payment["id"])["status"] == "requires_action"
    assert shop.page_of(payment) != expired
    shop.pay(payment)
    final = shop.settled(payment)
    assert [attempt["status"] for attempt in final["attempts"]] == ["expired", "succeeded"]
    assert len(shop.taken_for(final)) == 1


def test_a_declined_try_leaves_the_page_open_for_the_next(shop: Shop, provider: str) -> None:
    payment = shop.new_payment(provider)
    shop.pay(payment, "decline")
    account_id = shop.accounts[provider].account_id
    eventually(lambda: shop.sandbox.deliveries(account_id) or None)
    eventually(lambda: all(event["status"] != "received" for event in shop.events()))
    if provider == "paypal":  # the capture was refused; the payer has to agree once more
        eventually(
            lambda: any(
                e["source"] == "reply" and e["reason_code"]
                for e in shop.payment(payment["id"])["timeline"]
            )
        )
    assert shop.payment(payment["id"])["status"] == "requires_action"
    shop.pay(payment)
    shop.settled(payment)
    assert len(shop.taken_for(payment)) == 1


def test_a_reference_is_unique_within_a_tenant(shop: Shop, installation: Installation) -> None:
    shop.new_payment("stripe", reference="order-1")
    body = {**AMOUNT, "reference": "order-1"}
    problem = shop.api.problem("POST", "/v1/payments", body)
    assert (problem["status"], problem["field"]) == (409, "reference")
    assert len(shop.sandbox.objects(shop.accounts["stripe"].account_id)) == 1
    other = installation.open_shop(providers=("stripe",))
    assert other.new_payment("stripe", reference="order-1")["reference"] == "order-1"


@pytest.mark.parametrize(
    "expires_at", [in_(minutes=29), in_(days=181), in_(days=-1), "9999-12-31T23:59:59Z"]
)
def test_an_expiry_out_of_bounds_is_refused(shop: Shop, expires_at: str) -> None:
    problem = shop.api.problem("POST", "/v1/payments", {**AMOUNT, "expires_at": expires_at})
    assert (problem["status"], problem["code"], problem["field"]) == (
        400,
        "expiry_out_of_range",
        "expires_at",
    )


@pytest.mark.parametrize("ahead", [{"minutes": 31}, {"days": 3}, {"days": 179}])
def test_an_expiry_within_bounds_is_taken_whatever_the_provider_allows(
    shop: Shop, provider: str, ahead: dict[str, float]
) -> None:
    wanted = in_(**ahead)
    payment = shop.new_payment(provider, expires_at=wanted)
    assert payment["status"] == "requires_action"
    given = datetime.fromisoformat(payment["expires_at"])
    assert abs(given - datetime.fromisoformat(wanted)) < timedelta(seconds=1)
    shop.pay(payment)
    shop.settled(payment)


def test_a_customers_external_id_is_unique_within_a_tenant(shop: Shop) -> None:
    shop.api.post("/v1/customers", {"external_id": "ada", "email": "ada@shop.example"})
    problem = shop.api.problem("POST", "/v1/customers", {"external_id": "ada"})
    assert (problem["status"], problem["field"]) == (409, "external_id")
    assert len(shop.api.every("/v1/customers", external_id="ada")) == 1


def test_a_customer_is_made_once_at_each_provider_and_used_again(
    shop: Shop, provider: str
) -> None:
    body = {"external_id": "ada", "name": "Ada Lovelace", "email": "ada@shop.example"}
    customer = shop.api.post("/v1/customers", body)
    for _ in range(2):
        payment = shop.new_payment(provider, customer_id=customer["id"])
        assert payment["customer_id"] == customer["id"]
        shop.pay(payment)
        shop.settled(payment)
    asked = shop.sandbox.requests(shop.accounts[provider].account_id)
    made = [a for a in asked if a["method"] == "POST" and a["path"].endswith("/customers")]
    assert len(made) == (1 if provider in KNOW_CUSTOMERS else 0), [a["path"] for a in asked]
    if made:
        assert "ada" in made[0]["body"]


def test_an_unknown_customer_is_not_found_and_no_payment_made(shop: Shop) -> None:
    unknown = "cus_00000000000000000000000000"
    problem = shop.api.problem("POST", "/v1/payments", {**AMOUNT, "customer_id": unknown})
    assert (problem["status"], problem["code"]) == (404, "not_found")
    assert shop.api.every("/v1/payments") == []


def test_without_a_connection_named_the_one_of_highest_priority_that_takes_it_is_used(
    shop: Shop,
) -> None:
    for priority, slug in enumerate(("stripe", "razorpay", "paypal")):
        path = f"/v1/connections/{shop.accounts[slug].connection_id}"
        shop.api.patch(path, {"priority": 100 * priority})
    assert used(shop, "USD") == "paypal"
    assert used(shop, "KWD") == "razorpay"
    shop.api.post(f"/v1/connections/{shop.accounts['razorpay'].connection_id}/disable")
    assert used(shop, "KWD") == "stripe"


def used(shop: Shop, currency: str) -> str:
    """Over which provider a payment goes when the merchant does not say."""
    body = {"amount": 19990, "currency": currency, "description": "Pro plan"}
    payment = shop.remember(shop.api.post("/v1/payments", body))
    provider: str = payment["attempts"][0]["provider"]
    return provider
