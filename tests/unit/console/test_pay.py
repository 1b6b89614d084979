"""What a payer is told, and where a payer is sent."""

from base64 import b64encode
from hashlib import sha256

import pytest

from paymux.kernel.money import Money
from paymux.payments.ports.inbound import Consent, PayerChoice
from tests.unit.console.conftest import Browser
from tests.unit.console.fakes import FakePaymentLinks, a_payer_view

WAITING = ["requires_action", "processing"]
ENDED = ["succeeded", "authorized", "canceled", "expired", "failed"]


def test_an_open_payment_leads_straight_to_the_providers_page(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view(checkout_url="https://bank.example/c/1")
    answer = browser.get("/pay/known")
    assert (answer.status_code, answer.headers["location"]) == (303, "https://bank.example/c/1")
    assert not payment_links.asked


@pytest.mark.parametrize("path", ["/pay/unknown", "/pay/unknown/return", "/pay/unknown/back"])
def test_an_unknown_link_is_a_page_that_says_so(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "<h1>Unknown payment link</h1>" in answer.text


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("succeeded", "Paid. Thank you."),
        ("authorized", "reserved"),
        ("canceled", "was canceled. Nothing was taken."),
        ("expired", "has expired. Nothing was taken."),
        ("failed", "could not be started. Nothing was taken."),
        ("processing", "being prepared"),
    ],
)
def test_the_payer_is_told_how_it_stands(
    browser: Browser, payment_links: FakePaymentLinks, status: str, said: str
) -> None:
    payment_links.view = a_payer_view(status=status)
    html = browser.get("/pay/known").text
    assert '<p role="status">' in html
    assert said in html.partition('<p role="status">')[2].partition("</p>")[0]
    assert "19.99 USD</title>" in html
    assert '<html lang="en">' in html


@pytest.mark.parametrize("status", ENDED)
def test_a_page_that_will_not_change_does_not_refresh(
    browser: Browser, payment_links: FakePaymentLinks, status: str
) -> None:
    payment_links.view = a_payer_view(status=status)
    for path in ("/pay/known", "/pay/known/return", "/pay/known/back"):
        html = browser.get(path).text
        assert 'http-equiv="refresh"' not in html
        assert "Check again" not in html


@pytest.mark.parametrize("status", WAITING)
def test_a_page_that_waits_looks_again_ever_more_seldom_then_leaves_it_to_the_payer(
    browser: Browser, payment_links: FakePaymentLinks, status: str
) -> None:
    payment_links.view = a_payer_view(status=status)
    address, waited = "/pay/known/return", []
    html = browser.get(address).text
    while 'http-equiv="refresh"' in html:
        seconds, _, query = html.partition('content="')[2].partition("http-equiv")[0], "", ""
        refresh = html.partition('http-equiv="refresh" content="')[2].partition('"')[0]
        seconds, _, query = refresh.partition("; url=")
        waited.append(int(seconds))
        html = browser.get(f"{address}{query}").text
    assert waited == sorted(waited)
    assert 60 < sum(waited) < 180
    assert "Check again" in html


@pytest.mark.parametrize("look", ["", "x", "-1", "99", "999999999999999999", "%C2%B2"])
def test_any_count_of_looks_is_borne(browser: Browser, look: str) -> None:
    assert browser.get(f"/pay/known?look={look}").status_code == 200


def test_a_payer_who_comes_back_is_asked_for_at_the_provider_and_sent_on(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view(status="succeeded", return_url="https://shop.example/ok")
    assert browser.get("/pay/known/return").headers["location"] == "https://shop.example/ok"
    assert payment_links.asked == ["known"]
    assert "Back to the merchant" in browser.get("/pay/known").text


def test_a_payer_who_turns_back_goes_to_the_merchant_or_may_pay_after_all(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view(checkout_url="https://bank.example/c/1")
    html = browser.get("/pay/known/back").text
    assert "still open" in html
    assert 'href="https://bank.example/c/1"' in html
    assert 'http-equiv="refresh"' not in html
    payment_links.view = a_payer_view(cancel_url="https://shop.example/basket")
    assert browser.get("/pay/known/back").headers["location"] == "https://shop.example/basket"


def test_a_payers_page_is_unlisted_tells_nobody_and_is_complete_in_itself(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view(status="succeeded")
    answer = browser.get("/pay/known")
    assert 'name="robots" content="noindex' in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "src=" not in answer.text
    assert "set-cookie" not in answer.headers


def test_what_the_merchant_wrote_is_shown_as_text(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view(description='<img src=x onerror="1">', status="succeeded")
    assert "<img" not in browser.get("/pay/known").text


def test_a_payer_who_may_choose_is_shown_every_way_to_pay(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    ways = (PayerChoice(connection_id="con_1", name="Bank & Co"),)
    payment_links.view = a_payer_view(choices=ways)
    html = browser.get("/pay/known").text
    assert "How would you like to pay?" in html
    assert '<nav aria-label="Ways to pay">' in html
    assert 'href="/pay/known/via/con_1"' in html
    assert "Pay with Bank &amp; Co" in html
    assert 'http-equiv="refresh"' not in html
    assert "<script" not in html


def test_a_choice_leads_to_the_page_of_that_provider(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view(checkout_url="https://bank.example/c/2")
    answer = browser.get("/pay/known/via/con_1")
    assert (answer.status_code, answer.headers["location"]) == (303, "https://bank.example/c/2")
    assert payment_links.asked == ["con_1"]
    assert browser.get("/pay/unknown/via/con_1").status_code == 404


def test_with_no_way_to_pay_the_page_says_so_and_tries_again(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view()
    html = browser.get("/pay/known").text
    assert "Payment is not possible just now. Nothing was taken." in html
    assert 'http-equiv="refresh"' in html


ASKED = Consent(words="I agree <b>to be charged</b>.", max_charge=Money(5000, "USD"))


def test_a_payer_is_asked_for_consent_before_anything_else(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view(consent=ASKED)
    answer = browser.get("/pay/known")
    assert answer.status_code == 200
    for said in ("I agree &lt;b&gt;to be charged&lt;/b&gt;.", "50.00 USD", "19.99 USD"):
        assert said in answer.text
    assert '<form method="post" action="/pay/known/consent">' in answer.text
    assert answer.text.count("<button") == 1
    assert 'http-equiv="refresh"' not in answer.text
    assert "Check again" not in answer.text
    assert "form-action *" in answer.headers["content-security-policy"]
    assert "agreed" not in payment_links.asked


def test_agreeing_leads_to_the_providers_page(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    url = "https://bank.example/c/1"
    payment_links.view = a_payer_view(consent=ASKED, checkout_url=url)
    answer = browser.post("/pay/known/consent")
    assert (answer.status_code, answer.headers["location"]) == (303, url)
    assert payment_links.asked == ["agreed"]


def test_agreeing_leads_back_to_the_link_where_no_page_is_open(
    browser: Browser, payment_links: FakePaymentLinks
) -> None:
    payment_links.view = a_payer_view(consent=ASKED)
    answer = browser.post("/pay/known/consent")
    assert (answer.status_code, answer.headers["location"]) == (303, "/pay/known")
    assert browser.post("/pay/unknown/consent").status_code == 404
