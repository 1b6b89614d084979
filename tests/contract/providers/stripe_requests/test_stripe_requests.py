"""Every request that the connector can send, against Stripe's published description."""

import json
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
from paymux.integrations.adapters.providers.stripe.event_types import PAYMENT_FAILED
from paymux.kernel.money import Money
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    AccountReport,
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    CustomerRecord,
    CustomerReference,
    Failure,
    NotFound,
    Observation,
    ObservedStatus,
    Outcome,
    Payer,
)
from paymux.payments.ports.webhooks import RegisteredWebhook, Translated
from tests.unit.integrations.providers.stripe.stand_in import (
    NOW,
    REQUEST,
    SESSION,
    URL,
    Stripe,
    endpoint,
    endpoints,
    page,
)


def requests_of_every_kind() -> Iterator[CheckoutRequest]:
    known = Payer(customer_id="cus_a", provider_reference="cus_S1")
    yield REQUEST
    yield msgspec.structs.replace(REQUEST, payer=None, expires_at=None)
    yield msgspec.structs.replace(REQUEST, payer=known, description="")
    yield msgspec.structs.replace(REQUEST, description="Ünï=&[x]\n" * 90)
    for currency, amount in (("JPY", 500), ("KWD", 10010), ("ISK", 700), ("UGX", 9), ("MGA", 500)):
        yield msgspec.structs.replace(REQUEST, amount=Money(amount, currency))


@pytest.mark.parametrize("request_", [*requests_of_every_kind()])
async def test_every_session_we_create_is_as_published(
    stripe: Stripe, connector: StripeConnector, request_: CheckoutRequest
) -> None:
    stripe.answer("POST", "/v1/checkout/sessions", SESSION)
    first = await connector.create_checkout(request_)
    again = await connector.create_checkout(msgspec.structs.replace(request_, replay=True))
    assert first == again
    assert isinstance(first, Checkout)
    assert stripe.sent[0] == stripe.sent[1]
    assert stripe.sent[0].key == "key-1"


async def test_an_open_session_is_expired(stripe: Stripe, connector: StripeConnector) -> None:
    stripe.answer(
        "POST", "/v1/checkout/sessions/cs_test_1/expire", SESSION | {"status": "expired"}
    )
    seen = await connector.expire_checkout("cs_test_1", "key-2")
    assert isinstance(seen, Observation)
    assert seen.status is ObservedStatus.EXPIRED


async def test_a_session_that_the_payer_completed_first_is_read_instead(
    stripe: Stripe, connector: StripeConnector
) -> None:
    refusal = {"error": {"type": "invalid_request_error", "message": "Only open sessions…"}}
    paid = {
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 1000,
        "currency": "usd",
    }
    stripe.answer("POST", "/v1/checkout/sessions/cs_test_1/expire", refusal, status=400)
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", SESSION | paid)
    seen = await connector.expire_checkout("cs_test_1", "key-2")
    assert isinstance(seen, Observation)
    assert (seen.status, seen.amount) == (ObservedStatus.SUCCEEDED, Money(1000, "USD"))


@pytest.mark.parametrize(("state", "known"), [("expired", True), ("open", False)])
async def test_a_server_error_about_an_expiry_is_got_past_by_looking(
    stripe: Stripe, connector: StripeConnector, state: str, known: bool
) -> None:
    error = {"error": {"type": "api_error"}}
    stripe.answer("POST", "/v1/checkout/sessions/cs_test_1/expire", error, status=500)
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", SESSION | {"status": state})
    answer = await connector.expire_checkout("cs_test_1", "key-2")
    assert isinstance(answer, Observation) is known


async def test_a_session_of_another_account_is_not_reported_as_expired(
    stripe: Stripe, connector: StripeConnector
) -> None:
    missing = {"error": {"code": "resource_missing"}}
    stripe.answer("POST", "/v1/checkout/sessions/cs_test_1/expire", missing, status=404)
    answer = await connector.expire_checkout("cs_test_1", "key-2")
    assert isinstance(answer, Failure)
    assert answer.code == "resource_missing"


async def test_a_session_is_found_by_our_reference_over_several_pages(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer(
        "GET",
        "/v1/checkout/sessions",
        page(("cs_9", "other"), ("cs_8", "other"), more=True),
        page(("cs_test_1", "att_1")),
    )
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", SESSION)
    seen = await connector.look_up(AttemptQuery(attempt_id="att_1", created_at=NOW))
    assert isinstance(seen, Observation)
    assert seen.provider_reference == "cs_test_1"
    assert "starting_after=cs_8" in stripe.sent[1].parameters


@pytest.mark.parametrize(
    ("age", "listed", "code"),
    [
        (timedelta(hours=1), page(("cs_9", "other")), None),
        (timedelta(days=3), page(), None),
        (timedelta(seconds=30), page(), "not_found_yet"),
        (timedelta(hours=1), page(("cs_9", "other"), more=True), "look_up_incomplete"),
    ],
)
async def test_absence_is_claimed_only_when_all_was_searched_and_nothing_can_be_late(
    stripe: Stripe,
    connector: StripeConnector,
    age: timedelta,
    listed: dict[str, object],
    code: str | None,
) -> None:
    stripe.answer("GET", "/v1/checkout/sessions", listed)
    answer = await connector.look_up(AttemptQuery(attempt_id="att_1", created_at=NOW - age))
    if code is None:
        assert isinstance(answer, NotFound)
    else:
        assert isinstance(answer, Failure)
        assert answer.code == code


async def test_a_failed_page_proves_nothing(stripe: Stripe, connector: StripeConnector) -> None:
    stripe.answer("GET", "/v1/checkout/sessions", {"error": {"type": "api_error"}}, status=500)
    query = AttemptQuery(attempt_id="att_1", created_at=NOW - timedelta(hours=1))
    assert isinstance(await connector.look_up(query), Failure)


async def test_a_known_session_that_is_gone_does_not_prove_absence(
    stripe: Stripe, connector: StripeConnector
) -> None:
    missing = {"error": {"code": "resource_missing"}}
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", missing, status=404)
    query = AttemptQuery(attempt_id="att_1", created_at=NOW, provider_reference="cs_test_1")
    assert isinstance(await connector.look_up(query), Failure)


@pytest.mark.parametrize("reference", [None, "cus_S1"])
async def test_customers_are_created_and_updated_as_published(
    stripe: Stripe, connector: StripeConnector, reference: str | None
) -> None:
    stripe.answer("POST", "/v1/customers", {"id": "cus_S1", "object": "customer"})
    stripe.answer("POST", "/v1/customers/cus_S1", {"id": "cus_S1", "object": "customer"})
    full = CustomerRecord(customer_id="cus_a", name="A", email="a@example.com", phone="+4912345")
    for record in (full, CustomerRecord(customer_id="cus_a")):
        stored = await connector.put_customer(record, "key-3", reference)
        assert stored == CustomerReference("cus_S1")


async def test_a_restricted_key_is_checked_by_what_it_may_read(
    stripe: Stripe, connector: StripeConnector
) -> None:
    refusal = {"error": {"type": "invalid_request_error", "message": "No permission"}}
    stripe.answer("GET", "/v1/account", refusal, status=403)
    stripe.answer("GET", "/v1/balance", {"object": "balance", "livemode": False})
    assert await connector.check_account() == AccountReport(mode=Mode.TEST)


async def test_an_account_is_reported_with_its_name_and_country(
    stripe: Stripe, connector: StripeConnector
) -> None:
    account = {
        "id": "acct_1",
        "object": "account",
        "country": "DE",
        "business_profile": {"name": "Shop"},
    }
    stripe.answer("GET", "/v1/account", account)
    assert await connector.check_account() == AccountReport(
        account_reference="acct_1", display_name="Shop", country="DE", mode=Mode.TEST
    )


async def test_an_endpoint_replaces_older_ones_of_the_same_url_only(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", "/v1/webhook_endpoints", endpoint("we_2", secret="whsec_2"))
    other = endpoint("we_3", "https://elsewhere.example")
    stripe.answer(
        "GET", "/v1/webhook_endpoints", endpoints(endpoint("we_1"), endpoint("we_2"), other)
    )
    stripe.answer(
        "DELETE", "/v1/webhook_endpoints/we_1", {"id": "we_1", "object": "webhook_endpoint"}
    )
    registered = await connector.register_webhook(URL, "key-4")
    assert registered == RegisteredWebhook(provider_reference="we_2", verifier="whsec_2")
    assert [sent.method for sent in stripe.sent] == ["POST", "GET", "DELETE"]


async def test_a_replayed_answer_about_an_endpoint_that_is_gone_is_not_believed(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer(
        "POST",
        "/v1/webhook_endpoints",
        endpoint("we_1", secret="whsec_1"),
        endpoint("we_2", secret="whsec_2"),
    )
    stripe.answer("GET", "/v1/webhook_endpoints", endpoints())
    registered = await connector.register_webhook(URL, "key-4")
    assert registered == RegisteredWebhook(provider_reference="we_2", verifier="whsec_2")
    assert [sent.key for sent in stripe.sent if sent.method == "POST"] == ["key-4", "key-4:again"]


async def test_removing_an_endpoint_that_is_gone_is_done_already(
    stripe: Stripe, connector: StripeConnector
) -> None:
    missing = {"error": {"code": "resource_missing"}}
    stripe.answer("DELETE", "/v1/webhook_endpoints/we_1", missing, status=404)
    assert await connector.unregister_webhook("we_1") is None


async def test_a_failed_payment_of_another_version_is_read_by_its_payment(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("GET", "/v1/checkout/sessions", page(("cs_test_1", "att_1")))
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", SESSION)
    subject = {"id": "pi_1", "object": "payment_intent", "metadata": {"attempt_id": "att_1"}}
    event = {
        "id": "evt_1",
        "object": "event",
        "type": PAYMENT_FAILED,
        "api_version": "2019-02-11",
        "created": 1,
        "livemode": False,
        "data": {"object": subject},
    }
    translated = await connector.translate_webhook(json.dumps(event).encode())
    assert isinstance(translated, Translated)
    assert "payment_intent=pi_1" in stripe.sent[0].parameters


@pytest.mark.parametrize(
    ("listed", "state", "code"),
    [
        (page(("cs_test_1", "att_1")), {}, None),
        (page(("cs_test_1", "att_1")), {"status": "expired", "url": None}, "never_opened"),
        (page(("cs_test_1", "att_1")), {"status": "complete", "url": None}, "paid_already"),
        (page(("cs_9", "other")), {}, "never_opened"),
        (page(("cs_9", "other"), more=True), {}, "api_error"),
    ],
)
async def test_a_server_error_that_stripe_repeats_for_the_key_is_got_past_by_looking(
    stripe: Stripe,
    connector: StripeConnector,
    listed: dict[str, object],
    state: dict[str, object],
    code: str | None,
) -> None:
    stripe.answer("POST", "/v1/checkout/sessions", {"error": {"type": "api_error"}}, status=500)
    stripe.answer("GET", "/v1/checkout/sessions", listed)
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", SESSION | state)
    asked = msgspec.structs.replace(REQUEST, created_at=NOW - timedelta(hours=1))
    first = await connector.create_checkout(asked)
    assert isinstance(first, Failure)
    assert first.outcome is Outcome.UNKNOWN
    assert len(stripe.sent) == 1
    again = await connector.create_checkout(msgspec.structs.replace(asked, replay=True))
    if code is None:
        assert isinstance(again, Checkout)
    else:
        assert isinstance(again, Failure)
        assert again.code == code


async def test_a_replay_too_young_to_prove_anything_stays_unknown(
    stripe: Stripe, connector: StripeConnector
) -> None:
    stripe.answer("POST", "/v1/checkout/sessions", {"error": {"type": "api_error"}}, status=500)
    stripe.answer("GET", "/v1/checkout/sessions", page())
    again = await connector.create_checkout(msgspec.structs.replace(REQUEST, replay=True))
    assert isinstance(again, Failure)
    assert (again.outcome, again.code) == (Outcome.UNKNOWN, "api_error")


@pytest.mark.parametrize(("reference", "found"), [("att_1", True), ("other", False)])
async def test_once_stripe_may_have_forgotten_the_key_nothing_is_created_any_more(
    stripe: Stripe, connector: StripeConnector, reference: str, found: bool
) -> None:
    stripe.answer("GET", "/v1/checkout/sessions", page(("cs_test_1", reference)))
    stripe.answer("GET", "/v1/checkout/sessions/cs_test_1", SESSION)
    old = msgspec.structs.replace(REQUEST, created_at=NOW - timedelta(hours=24), replay=True)
    answer = await connector.create_checkout(old)
    assert isinstance(answer, Checkout) is found
    assert all(sent.method == "GET" for sent in stripe.sent)


async def test_a_replay_that_comes_too_late_for_its_own_end_was_never_opened(
    stripe: Stripe, connector: StripeConnector
) -> None:
    refusal = {"error": {"type": "invalid_request_error", "param": "expires_at"}}
    stripe.answer("POST", "/v1/checkout/sessions", refusal, status=400)
    first = await connector.create_checkout(REQUEST)
    again = await connector.create_checkout(msgspec.structs.replace(REQUEST, replay=True))
    assert isinstance(first, Failure)
    assert isinstance(again, Failure)
    assert (first.outcome, again.outcome) == (Outcome.REJECTED, Outcome.NOT_SENT)
