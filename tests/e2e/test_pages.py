"""The payer's pages in a real browser: with and without scripts, large and small."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.e2e.sandbox import PROVIDERS
from tests.e2e.saving import WORDS, asked, new_customer
from tests.e2e.shop import Shop
from tests.e2e.talking import Json

MOST = {"amount": 5000, "currency": "USD"}
PHONE: ViewportSize = {"width": 360, "height": 640}
# What a person who does not see the page needs: https://www.w3.org/WAI/standards-guidelines/wcag/
COMPLAINTS = """() => {
  const bad = [];
  const named = e => (e.innerText || e.getAttribute("aria-label") || e.title || "").trim();
  if (!document.documentElement.lang) bad.push("the page names no language");
  if (!document.title.trim()) bad.push("the page has no title");
  if (!document.querySelector("main")) bad.push("the page has no main part");
  if (document.querySelectorAll("h1").length !== 1) bad.push("the page has not one h1");
  if (!document.querySelector("meta[name=viewport]")) bad.push("the page does not fit phones");
  for (const e of document.querySelectorAll("button, a[href]"))
    if (!named(e)) bad.push("nameless: " + e.outerHTML);
  for (const e of document.querySelectorAll("img"))
    if (!e.hasAttribute("alt")) bad.push("no alt: " + e.outerHTML);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!e.labels.length && !e.getAttribute("aria-label")) bad.push("no label: " + e.outerHTML);
  for (const e of document.querySelectorAll("[tabindex]"))
    if (e.tabIndex > 0) bad.push("jumps the queue: " + e.outerHTML);
  if (document.documentElement.scrollWidth > window.innerWidth) bad.push("scrolls sideways");
  for (const e of document.querySelectorAll("button, a.button"))
    if (e.getBoundingClientRect().height < 24) bad.push("too small to hit: " + e.outerHTML);
  return bad;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; CI must have it, everyone else is told how to get it."""
    program = Path(os.environ.get("CHROMIUM") or "/usr/bin/chromium")
    if not program.exists():
        message = f"There is no Chromium at {program}: install it (Debian: apt-get install "
        message += "chromium), or say where it is in CHROMIUM."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that containers rarely give; it only sees our pages.
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def merchant() -> Iterator[str]:
    """A merchant's own thank-you page."""

    class ThankYou(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Shop</title><h1>Thank you</h1>")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), ThankYou)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture(params=["scripts", "no scripts", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh window in each way of browsing; nothing on a page may fail unseen."""
    context = browser.new_context(
        java_script_enabled=request.param != "no scripts",
        viewport=PHONE if request.param == "phone" else None,
    )
    window = context.new_page()
    failures: list[str] = []
    window.on("pageerror", lambda error: failures.append(str(error)))
    window.on("console", lambda said: failures.extend(complaint(said)))
    yield window
    context.close()
    assert not failures


def complaint(said: ConsoleMessage) -> list[str]:
    """What the browser did not like, but for an icon that nobody links to."""
    place = str(said.location.get("url"))
    is_news = said.type == "error" and not place.endswith("/favicon.ico")
    return [f"{said.text} ({place})"] if is_news else []


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """A small window with scripts, to look into pages with."""
    context = browser.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()


def link(payment: Json) -> str:
    """What the payer is sent."""
    url: str = payment["link"]["url"]
    return url


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_payer_follows_the_link_pays_and_ends_at_the_merchants(
    shop: Shop, merchant: str, page: Page, provider: str
) -> None:
    payment = shop.new_payment(provider, return_url=f"{merchant}/thanks?order=7")
    page.goto(link(payment))
    assert page.url.startswith(shop.sandbox.url)
    expect(page.get_by_test_id("amount")).to_contain_text("19.99")
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url(f"{merchant}/thanks?order=7")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    shop.settled(payment)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_payer_without_a_merchants_page_is_thanked_by_ours(
    shop: Shop, page: Page, provider: str
) -> None:
    payment = shop.new_payment(provider)
    page.goto(link(payment))
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Paid. Thank you.")
    page.goto(link(payment))
    expect(page.get_by_role("status")).to_contain_text("Paid. Thank you.")


@pytest.mark.parametrize("provider", ["stripe", "paypal"])
def test_a_payer_who_turns_back_can_still_pay_later(
    shop: Shop, merchant: str, page: Page, provider: str
) -> None:
    payment = shop.new_payment(provider, cancel_url=f"{merchant}/basket")
    page.goto(link(payment))
    page.get_by_role("button", name="Cancel and return").click()
    page.wait_for_url(f"{merchant}/basket")
    page.goto(link(payment))
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Paid. Thank you.")


@pytest.mark.parametrize("provider", ["stripe", "razorpay"])
def test_a_payer_whose_card_is_declined_can_try_again(
    shop: Shop, page: Page, provider: str
) -> None:
    payment = shop.new_payment(provider)
    page.goto(link(payment))
    page.get_by_role("button", name="declin").click()
    page.goto(link(payment))
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Paid. Thank you.")


def test_a_payer_who_turns_back_without_a_merchants_page_finds_the_way_to_pay(
    shop: Shop, page: Page
) -> None:
    payment = shop.new_payment("stripe")
    page.goto(link(payment))
    page.get_by_role("button", name="Cancel and return").click()
    expect(page.get_by_role("status")).to_contain_text("still open")
    page.get_by_role("link", name="Pay now").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Paid. Thank you.")


def choosing(shop: Shop) -> Json:
    """A payment whose payer chooses how to pay."""
    policy = {"max_attempts": 3, "max_elapsed_seconds": 30, "payer_chooses": True}
    assert shop.api.call("PUT", "/v1/failover-policy", json=policy).ok
    order = {"amount": 1999, "currency": "USD", "description": "Pro plan, November"}
    return shop.remember(shop.api.post("/v1/payments", order))


def test_a_payer_who_may_choose_turns_back_and_pays_another_way(shop: Shop, page: Page) -> None:
    payment = choosing(shop)
    assert payment["attempts"] == []
    page.goto(link(payment))
    expect(page.get_by_role("status")).to_contain_text("How would you like to pay?")
    page.get_by_role("link", name="Pay with PayPal").click()
    assert "/paypal/" in page.url
    page.get_by_role("button", name="Cancel and return").click()
    page.get_by_role("link", name="Pay with Stripe").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Paid. Thank you.")
    settled = shop.settled(payment)
    assert [attempt["provider"] for attempt in settled["attempts"]] == ["paypal", "stripe"]


def test_a_payer_agrees_to_be_charged_later_and_pays(shop: Shop, page: Page) -> None:
    payment = asked(shop, "stripe", new_customer(shop), max_charge=MOST)
    page.goto(link(payment))
    expect(page.get_by_role("heading", level=2)).to_have_text("Saving your payment method")
    expect(page.get_by_text(WORDS)).to_be_visible()
    expect(page.get_by_text("A later charge takes 50.00 USD at most.")).to_be_visible()
    page.get_by_role("button", name="I agree, go on to pay 19.99 USD").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Paid. Thank you.")
    shop.settled(payment)


def test_the_consent_can_be_read_by_everyone_and_reached_by_the_keyboard(
    shop: Shop, window: Page
) -> None:
    payment = asked(shop, "stripe", new_customer(shop))
    window.goto(link(payment))
    assert window.evaluate(COMPLAINTS) == []
    window.keyboard.press("Tab")
    expect(window.get_by_role("button")).to_be_focused()
    window.keyboard.press("Enter")
    window.wait_for_url("**/stripe/**")
    assert shop.payment(payment["id"])["save_payment_method"]["agreed_at"]


def test_the_ways_to_pay_can_be_read_by_everyone(shop: Shop, window: Page) -> None:
    window.goto(link(choosing(shop)))
    assert window.evaluate(COMPLAINTS) == []
    ways = window.get_by_role("navigation", name="Ways to pay").get_by_role("link")
    expect(ways).to_have_text(["Pay with Stripe", "Pay with Razorpay", "Pay with PayPal"])


def test_every_page_can_be_read_by_everyone(shop: Shop, window: Page) -> None:
    paid, canceled, expired, open_ = (shop.new_payment("stripe") for _ in range(4))
    shop.pay(paid)
    shop.settled(paid)
    shop.api.post(f"/v1/payments/{canceled['id']}/cancel")
    shop.api.post(f"/v1/payments/{expired['id']}/expire")
    base = link(paid).rsplit("/", 1)[0]
    for url, heading in {
        link(paid): "Pro plan, November",
        link(canceled): "Pro plan, November",
        link(expired): "Pro plan, November",
        f"{link(open_)}/back": "Pro plan, November",
        f"{link(open_)}/return": "Pro plan, November",
        f"{base}/unknown": "Unknown payment link",
    }.items():
        window.goto(url)
        assert window.evaluate(COMPLAINTS) == [], url
        expect(window.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_sandboxs_page_can_be_read_by_everyone(
    shop: Shop, window: Page, provider: str
) -> None:
    window.goto(link(shop.new_payment(provider)))
    assert window.evaluate(COMPLAINTS) == []


def test_a_page_of_ours_loads_nothing_from_elsewhere(shop: Shop, window: Page) -> None:
    payment = shop.new_payment("stripe")
    shop.pay(payment)
    shop.settled(payment)
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto(link(payment))
    assert asked == [url for url in asked if url.startswith(shop.api.url)]
    answer = shop.api.with_key(None).call("GET", link(payment).removeprefix(shop.api.url))
    assert "default-src" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin", "strict-origin"}


def test_a_description_with_markup_is_shown_as_text(shop: Shop, window: Page) -> None:
    text = "W" * 90 + " <img src=x onerror=\"document.title='hacked'\"> & <b>bold</b>"
    payment = shop.new_payment("stripe", description=text)
    window.goto(f"{link(payment)}/back")
    expect(window.get_by_role("heading", level=1)).to_have_text(text)
    assert window.title() != "hacked"
    assert window.locator("main img").count() == 0
    assert window.evaluate(COMPLAINTS) == []
