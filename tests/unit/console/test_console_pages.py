"""What the pages show, to whom, and what can be done there."""

import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.views import ConnectionRecord, PaymentQuery
from paymux.tenancy.role import Role
from tests.unit.console.conftest import Browser
from tests.unit.console.fakes import (
    CONNECTION,
    CUSTOMER,
    EVENT,
    NOW,
    PAYMENT,
    House,
    a_connection,
    a_customer,
    a_dispute,
    a_payment,
    a_refund,
    an_attempt,
    an_entry,
    an_event,
)
from tests.unit.tenancy.fakes import Installation

DETAILS = [
    f"/console/payments/{PAYMENT}",
    f"/console/connections/{CONNECTION}",
    f"/console/provider_events/{EVENT}",
    f"/console/customers/{CUSTOMER}",
]


def furnish(house: House) -> None:
    house.payments = [a_payment()]
    house.connections = [a_connection()]
    house.events = [an_event()]
    house.customers = [a_customer()]


@pytest.mark.parametrize(
    ("path", "next_step"),
    [
        ("/console", "POST /v1/payments"),
        ("/console", "POST /v1/connections"),
        ("/console/payments", "POST /v1/payments"),
        ("/console/payments?status=succeeded", "show all payments"),
        ("/console/connections", "POST /v1/connections"),
        ("/console/provider_events", "/console/connections"),
        ("/console/provider_events?status=parked", "show all events"),
        ("/console/customers", "POST /v1/customers"),
        ("/console/customers?external_id=x", "Show all customers"),
    ],
)
def test_an_empty_list_says_what_to_do_next(reader: Browser, path: str, next_step: str) -> None:
    assert next_step in reader.get(path).text


@pytest.mark.parametrize("path", [*DETAILS, f"/console/payments/{PAYMENT}/cancel"])
async def test_what_another_tenant_has_looks_as_if_there_were_nothing(
    browser: Browser, house: House, installation: Installation, path: str
) -> None:
    furnish(house)
    other = await installation.tenants.create(name="Rival")
    browser.sign_in(other.keys[0].text)
    answer = browser.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is nothing here" in answer.text
    assert "Pro plan" not in browser.get("/console/payments").text


@pytest.mark.parametrize(
    "path", ["/console/nowhere", "/console/payments/a/b", "/console/payments/a/b/c/d"]
)
def test_a_page_there_is_not_is_refused_as_a_page(reader: Browser, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>There is nothing here</h1>" in answer.text


def test_a_forms_address_typed_by_hand_is_refused_as_a_page(reader: Browser) -> None:
    answer = reader.get("/console/logout")
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/consoles", "/v1/nowhere"])
def test_outside_the_console_what_there_is_not_stays_a_problem(reader: Browser, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_not_found_is_said_in_the_frame_of_the_signed_in(reader: Browser) -> None:
    assert "Sign out" in reader.get("/console/payments/pay_unknown").text


@pytest.mark.parametrize(
    "query", ["cursor=x", "reference=4242424242424242", "reference=%00", "status=%FF"]
)
def test_a_malformed_address_is_refused_as_a_page(reader: Browser, query: str) -> None:
    answer = reader.get(f"/console/payments?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")


def test_what_somebody_else_wrote_is_shown_as_text(reader: Browser, house: House) -> None:
    furnish(house)
    house.payments = [a_payment(description="<script>alert(1)</script>")]
    for path in ("/console/payments", DETAILS[0]):
        html = reader.get(path).text
        assert "&lt;script&gt;" in html
        assert "<script" not in html


def test_the_overview_counts_and_shows_shares(reader: Browser, house: House) -> None:
    furnish(house)
    house.by_status = {"succeeded": 3, "requires_action": 2, "failed": 1}
    house.records = [
        ConnectionRecord(connection_id=CONNECTION, succeeded=3, ended_otherwise=1, open=2),
        ConnectionRecord(connection_id="con_gone", succeeded=0, ended_otherwise=0, open=1),
    ]
    html = reader.get("/console").text
    for said in ("<strong>3</strong> paid", "<strong>2</strong> still open", "75 %", "(3 of 4)"):
        assert said in html
    assert "none ended yet" in html
    assert 'role="img"' in html
    assert "Last 7 days" in reader.get("/console?period=7d").text


def test_the_overview_leads_to_what_waits_for_a_person(reader: Browser, house: House) -> None:
    house.payments = [a_payment(review="amount_mismatch")]
    house.events = [an_event(status="parked", reason="subject_unknown")]
    html = reader.get("/console").text
    assert "review: amount mismatch" in html
    assert f"/console/provider_events/{EVENT}" in html
    assert "subject_unknown" in html


@pytest.mark.parametrize(
    ("money", "shown"),
    [
        (Money(1999, "USD"), "19.99 USD"),
        (Money(500, "JPY"), "500 JPY"),
        (Money(10005, "KWD"), "10.005 KWD"),
    ],
)
def test_money_is_shown_in_major_units(
    reader: Browser, house: House, money: Money, shown: str
) -> None:
    house.payments = [a_payment(amount=money)]
    assert shown in reader.get("/console/payments").text
    assert shown in reader.get(DETAILS[0]).text


def test_filters_reach_the_query_and_stay_filled_in(reader: Browser, house: House) -> None:
    html = reader.get("/console/payments?status=succeeded&reference=+a%22b+&review=yes").text
    assert house.queries[-1] == PaymentQuery(
        status="succeeded", reference='a"b', needs_review=True
    )
    assert '<option value="succeeded" selected>' in html
    assert "a&#34;b" in html


def test_a_payment_is_found_by_its_id(reader: Browser) -> None:
    answer = reader.get(f"/console/payments?reference={PAYMENT}")
    assert answer.headers["location"] == f"/console/payments/{PAYMENT}"


def test_a_long_list_goes_on_with_its_filters(reader: Browser, house: House) -> None:
    house.payments = [a_payment(id=f"pay_{number:026d}") for number in range(30, 0, -1)]
    html = reader.get("/console/payments?status=requires_action").text
    address = html.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "status=requires_action" in address
    last = reader.get(address).text
    assert f"pay_{1:026d}" in last
    assert f"pay_{30:026d}" not in last
    assert 'rel="next"' not in last
    assert 'rel="first" href="/console/payments?status=requires_action"' in last
    assert 'rel="first"' not in html


def test_a_payment_shows_its_attempts_and_its_timeline(reader: Browser, house: House) -> None:
    furnish(house)
    house.payments = [
        a_payment(
            status="succeeded",
            amount_captured=Money(1999, "USD"),
            review="second_success",
            attempts=[
                an_attempt(
                    status="declined", reason_code="card_declined", advice="Ask for another card."
                )
            ],
            timeline=[
                an_entry(),
                an_entry(source="webhook", status="succeeded", effect="repeated", times_seen=3),
                an_entry(source="operator", status="review_resolved", actor="key_1"),
            ],
        )
    ]
    html = reader.get(DETAILS[0]).text
    for said in (
        "https://pay.example/pay/t0ken",
        "Cards, Germany",
        "card_declined",
        "Ask for another card.",
        "The provider&#39;s reply to our call" if "&#39;" in html else "The provider's reply",
        "Heard 3 times",
        "To review: second success.",
        "A person</strong> <code>key_1</code>",
        '<time datetime="2026-11-23T12:00:00+00:00">23 Nov 2026, 12:00:00 UTC</time>',
    ):
        assert said in html


def test_an_operator_cancels_a_payment_after_being_asked(operator: Browser, house: House) -> None:
    furnish(house)
    action = f"{DETAILS[0]}/cancel"
    assert action in operator.get(DETAILS[0]).text
    answer = operator.send_form(action, action)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DETAILS[0]}?done=canceled")
    assert house.payments[0].status == "canceled"
    html = operator.get(answer.headers["location"]).text
    assert "The payment was canceled" in html
    assert "Cancel this payment" not in html
    assert "This payment has ended" in operator.get(action).text


def test_a_cancel_that_comes_too_late_is_refused_as_a_page(
    operator: Browser, house: House
) -> None:
    furnish(house)
    token = operator.get(DETAILS[0]).text.partition('form_token" value="')[2].partition('"')[0]
    house.payments = [a_payment(status="succeeded", can_cancel=False)]
    answer = operator.post(f"{DETAILS[0]}/cancel", form_token=token)
    assert answer.status_code == 409
    assert "already canceled" in answer.text


def test_a_reader_sees_and_does_not_act(reader: Browser, house: House) -> None:
    furnish(house)
    pages = {path: reader.get(path).text for path in DETAILS}
    token = pages[DETAILS[0]].partition('form_token" value="')[2].partition('"')[0]
    for action in (
        f"{DETAILS[0]}/cancel",
        f"{DETAILS[1]}/test",
        f"{DETAILS[2]}/replay",
    ):
        assert not [path for path, html in pages.items() if action in html]
        assert reader.post(action, form_token=token).status_code == 403
    assert reader.get(f"{DETAILS[0]}/cancel").status_code == 403
    assert "Bodies are shown to operators only" in pages[DETAILS[2]]
    assert "client_secret" not in pages[DETAILS[2]]
    assert not house.replayed


def test_an_admin_tests_a_connection(admin: Browser, house: House) -> None:
    furnish(house)
    works = admin.send_form(DETAILS[1], f"{DETAILS[1]}/test")
    assert works.status_code == 200
    assert "It works." in works.text
    house.problem = "Bank refuses the credentials: key expired"
    assert "key expired" in admin.send_form(DETAILS[1], f"{DETAILS[1]}/test").text


def test_the_result_of_a_test_opened_again_leads_to_the_connection(admin: Browser) -> None:
    answer = admin.get(f"{DETAILS[1]}/test")
    assert (answer.status_code, answer.headers["location"]) == (303, DETAILS[1])


def test_testing_a_connection_takes_an_admin_as_over_the_api(
    operator: Browser, house: House
) -> None:
    furnish(house)
    html = operator.get(DETAILS[1]).text
    assert "Test this connection" not in html
    token = html.partition('form_token" value="')[2].partition('"')[0]
    assert operator.post(f"{DETAILS[1]}/test", form_token=token).status_code == 403


def test_a_connection_shows_its_state_and_only_the_end_of_its_secrets(
    reader: Browser, house: House
) -> None:
    house.connections = [
        a_connection(
            enabled=False,
            webhook_status="manual",
            webhook_steps=["Open the dashboard", "Paste the URL"],
        )
    ]
    html = reader.get(DETAILS[1]).text
    for said in ("disabled", "****wxyz", "manual", "<li>Paste the URL</li>", "acct_1"):
        assert said in html
    assert "****wxyz" in reader.get("/console/connections").text


def test_a_connection_whose_credentials_are_refused_says_so(reader: Browser, house: House) -> None:
    house.connections = [a_connection(refused_since=NOW, refused_because="Expired API key.")]
    assert "credentials refused" in reader.get("/console/connections").text
    html = reader.get(DETAILS[1]).text
    assert "Its credentials are refused" in html
    assert "Expired API key." in html


def test_parked_events_come_first_and_can_be_replayed(operator: Browser, house: House) -> None:
    furnish(house)
    parked = an_event(id="pev_00000000000000000000000000", status="parked")
    house.events = [an_event(), parked]
    html = operator.get("/console/provider_events").text
    assert html.index(parked.id) < html.index(EVENT)
    assert "these wait for you" not in operator.get("/console/provider_events?status=parked").text
    page = f"/console/provider_events/{parked.id}"
    answer = operator.send_form(page, f"{page}/replay")
    assert house.replayed == [parked.id]
    assert "processed once more" in operator.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    "body",
    [
        b'{"client_secret": "sh-planted-secret", "card": "4242424242424242", "x": "<b>"}',
        b"client_secret=sh-planted-secret&card=4242 4242 4242 4242&x=<b>",
        b"\xff\xfe client_secret='sh-planted-secret' <b>",
    ],
)
def test_an_events_body_is_shown_without_secrets(
    operator: Browser, house: House, body: bytes
) -> None:
    furnish(house)
    house.body = body
    html = operator.get(DETAILS[2]).text
    assert "sh-planted-secret" not in html
    assert "4242" not in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_a_customer_is_shown_with_their_payments(reader: Browser, house: House) -> None:
    furnish(house)
    assert "Ada Lovelace" in reader.get("/console/customers?external_id=user-42").text
    html = reader.get(DETAILS[3]).text
    for said in ("ada@example.com", "gold", "Pro plan", f"customer_id={CUSTOMER}"):
        assert said in html


def test_the_frame_says_mode_and_role_and_where_one_is(
    browser: Browser, keys: dict[Role, str]
) -> None:
    browser.sign_in(keys[Role.OPERATOR])
    html = browser.get("/console/customers").text
    assert "test mode" in html
    assert "operator" in html
    assert '<a href="/console/customers" aria-current="page">' in html
    for landmark in ("<header", "<nav", "<main", 'lang="en"', "Skip to the content"):
        assert landmark in html


def test_a_payment_shows_what_was_given_back_by_whom_and_why(
    reader: Browser, house: House
) -> None:
    house.payments = [
        a_payment(
            status="succeeded",
            review="second_refund",
            refunds=[
                a_refund(reason="Ordered <twice>"),
                a_refund(cause="provider", status="failed", reason_code="lost_card"),
                a_refund(cause="second_success", status="pending", provider_reference=None),
            ],
            timeline=[an_entry(refund_id="ref_1", status="succeeded")],
        )
    ]
    text = reader.get(DETAILS[0]).text
    for shown in ("5.00 USD", "Ordered &lt;twice&gt;", "lost_card", "re_1"):
        assert shown in text
    assert "provider&#39;s dashboard" in text or "provider's dashboard" in text
    assert "given back by Paymux itself" in text
    assert "made two refunds where one was asked for" in text


def test_a_payment_without_refunds_says_nothing_of_them(reader: Browser, house: House) -> None:
    house.payments = [a_payment()]
    assert "refunds-heading" not in reader.get(DETAILS[0]).text


def test_a_payment_shows_what_is_contested_and_until_when_to_answer(
    reader: Browser, house: House
) -> None:
    house.payments = [
        a_payment(
            status="succeeded",
            disputes=[
                a_dispute(),
                a_dispute(
                    id="dsp_2", status="lost", reason_code=None, response="accept succeeded"
                ),
            ],
            timeline=[an_entry(dispute_id="dsp_1", status="needs_response")],
        )
    ]
    text = reader.get(DETAILS[0]).text
    for shown in ("7.00 USD", "dsp_1", "pre arbitration", "not received", "13.1", "dp_1"):
        assert shown in text
    assert "Our answer: accept succeeded" in text
    assert text.count("23 Nov 2026") > 1
    assert '<span class="soft">Dispute</span>' in text


def test_a_payment_that_nobody_contests_says_nothing_of_it(reader: Browser, house: House) -> None:
    house.payments = [a_payment()]
    assert "disputes-heading" not in reader.get(DETAILS[0]).text
