"""The operator console in a real browser: with and without scripts, large and small."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from tests.e2e.sandbox import PROVIDERS
from tests.e2e.shop import Shop
from tests.e2e.test_pages import COMPLAINTS, PHONE, browser  # noqa: F401 - a fixture

LARGE: ViewportSize = {"width": 1280, "height": 800}
# Contrast of text against what lies behind it: https://www.w3.org/TR/WCAG22/#contrast-minimum
FAINT = """() => {
  const rgba = text => text.match(/[\\d.]+/g).map(Number);
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) =>
    .2126 * linear(r / 255) + .7152 * linear(g / 255) + .0722 * linear(b / 255);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour.length === 3) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll("body *:not(svg *):not(option)")) {
    const says = [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
    if (!says || !e.checkVisibility()) continue;
    const both = [light(rgba(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(...both) + .05) / (Math.min(...both) + .05);
    if (ratio < 4.5) faint.push("faint " + ratio.toFixed(2) + ": " + e.outerHTML.slice(0, 120));
  }
  return faint;
}"""


@pytest.fixture(params=["scripts", "no scripts", "phone"])
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:  # noqa: F811
    """A fresh window in each way of browsing; nothing on a page may fail unseen."""
    context = browser.new_context(
        java_script_enabled=request.param != "no scripts",
        viewport=PHONE if request.param == "phone" else LARGE,
    )
    page = context.new_page()
    failures: list[str] = []
    page.on("console", lambda said: failures.extend(complaint(said)))
    yield page
    context.close()
    assert not failures


def complaint(said: ConsoleMessage) -> list[str]:
    """What the browser blocked or could not read; a refusal we ask for is no failure."""
    is_news = said.type == "error" and "status of 40" not in said.text
    return [said.text] if is_news else []


def sign_in(shop: Shop, window: Page, role: str = "admin") -> None:
    """Sign in with a fresh key of a role."""
    window.goto(f"{shop.api.url}/console")
    window.get_by_label("API key").fill(key_of(shop, role))
    window.get_by_role("button", name="Sign in").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Overview")


def key_of(shop: Shop, role: str) -> str:
    """A fresh key; it may show up nowhere else."""
    issued = shop.api.post("/v1/api_keys", {"label": role, "role": role})
    return str(issued["key"])


def test_an_operator_signs_in_finds_a_payment_cancels_it_and_signs_out(
    shop: Shop, window: Page
) -> None:
    payment = shop.new_payment("stripe", reference="order-7")
    sign_in(shop, window, "operator")
    window.get_by_role("link", name="Payments", exact=True).click()
    window.get_by_label("Your reference").fill("order-7")
    window.get_by_role("button", name="Filter").click()
    window.get_by_role("link", name="Pro plan, November").click()
    expect(window.get_by_text("19.99 USD").first).to_be_visible()
    expect(window.get_by_text(payment["link"]["url"])).to_be_visible()
    window.get_by_role("link", name="Cancel this payment").click()
    window.get_by_role("link", name="Keep it").click()
    assert shop.payment(payment["id"])["status"] == "requires_action"
    window.get_by_role("link", name="Cancel this payment").click()
    window.get_by_role("button", name="Cancel the payment").click()
    expect(window.get_by_role("status")).to_contain_text("was canceled")
    assert shop.payment(payment["id"])["status"] == "canceled"
    window.get_by_role("button", name="Sign out").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Sign in to Paymux")
    window.goto(f"{shop.api.url}/console/payments")
    expect(window.get_by_role("heading", level=1)).to_have_text("Sign in to Paymux")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_paid_payment_tells_its_story_and_its_event_can_be_replayed(
    shop: Shop, window: Page, provider: str
) -> None:
    payment = shop.new_payment(provider)
    shop.pay(payment)
    shop.settled(payment)
    sign_in(shop, window, "operator")
    expect(window.get_by_role("img").first).to_be_attached()
    expect(window.locator(".figures li").first).to_contain_text("1 paid")
    window.goto(f"{shop.api.url}/console/payments/{payment['id']}")
    expect(window.get_by_role("list").filter(has_text="The provider's webhook")).to_be_visible()
    expect(window.locator(".amount")).to_contain_text("succeeded")
    assert window.get_by_role("link", name="Cancel this payment").count() == 0
    window.get_by_role("link", name="Provider events").click()
    window.locator("tbody th a").first.click()
    assert provider in window.locator("main").inner_text()
    window.get_by_role("button", name="Replay this event").click()
    expect(window.get_by_role("status")).to_contain_text("once more")
    assert len(shop.taken_for(shop.settled(payment))) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_admin_tests_a_connection(shop: Shop, window: Page, provider: str) -> None:
    sign_in(shop, window)
    window.get_by_role("link", name="Connections", exact=True).click()
    window.get_by_role("link", name=f"{provider} sandbox").click()
    window.get_by_role("button", name="Test this connection").click()
    expect(window.get_by_role("status")).to_contain_text("It works.")


def test_a_wrong_key_is_refused_where_it_was_typed(shop: Shop, window: Page) -> None:
    window.goto(f"{shop.api.url}/console")
    window.get_by_label("API key").fill(
        shop.record.plant("mistyped", "pmx_test_M1styped" + 20 * "x")
    )
    window.get_by_role("button", name="Sign in").click()
    expect(window.get_by_role("alert")).to_contain_text("unknown or revoked")
    expect(window.get_by_label("API key")).to_have_value("")


def test_revoking_the_key_closes_the_console_at_once(shop: Shop, window: Page) -> None:
    issued = shop.api.post("/v1/api_keys", {"label": "lost", "role": "reader"})
    window.goto(f"{shop.api.url}/console/customers")
    window.get_by_label("API key").fill(issued["key"])
    window.get_by_role("button", name="Sign in").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Customers")
    shop.api.call("DELETE", f"/v1/api_keys/{issued['id']}")
    window.reload()
    expect(window.get_by_role("heading", level=1)).to_have_text("Sign in to Paymux")


def test_filters_narrow_the_lists_and_nonsense_is_explained(shop: Shop, window: Page) -> None:
    customer = shop.api.post("/v1/customers", {"external_id": "u-7"})
    shop.new_payment("paypal", description="By Ada", customer_id=customer["id"])
    shop.new_payment("stripe", description="By nobody")
    sign_in(shop, window, "reader")
    for query, found in {
        "status=requires_action": ["By nobody", "By Ada"],
        "status=succeeded": [],
        f"connection_id={shop.accounts['stripe'].connection_id}": ["By nobody"],
        f"customer_id={customer['id']}": ["By Ada"],
        "review=yes": [],
        "reference=nobody-7": [],
    }.items():
        window.goto(f"{shop.api.url}/console/payments?{query}")
        assert window.locator("tbody th").all_inner_texts() == found, query
    for path in ("payments?status=odd", "provider_events?status=odd", "payments?cursor=odd"):
        answer = window.goto(f"{shop.api.url}/console/{path}")
        assert answer is not None
        assert answer.status == 400, path


def test_another_tenants_payment_is_not_there(shop: Shop, window: Page) -> None:
    payment = shop.new_payment("stripe")
    other = shop.root.post("/v1/tenants", {"name": "Rival"})
    window.goto(f"{shop.api.url}/console")
    window.get_by_label("API key").fill(other["api_keys"][0]["key"])
    window.get_by_role("button", name="Sign in").click()
    answer = window.goto(f"{shop.api.url}/console/payments/{payment['id']}")
    assert answer is not None
    assert answer.status == 404
    expect(window.get_by_role("heading", level=1)).to_have_text("There is nothing here")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LARGE], ids=["phone", "large"])
def test_every_page_can_be_read_by_everyone_and_loads_nothing_from_elsewhere(
    shop: Shop,
    browser: Browser,  # noqa: F811
    scheme: Literal["light", "dark"],
    size: ViewportSize,
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme)
    window = context.new_page()
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.goto(f"{shop.api.url}/console/login")
    assert readable(window) == []
    paid, open_ = shop.new_payment("stripe"), shop.new_payment("paypal")
    shop.pay(paid)
    shop.settled(paid)
    customer = shop.api.post("/v1/customers", {"external_id": "u-1", "name": "Ada Lovelace"})
    sign_in(shop, window)
    for path in (
        "",
        "?period=7d",
        "/payments",
        "/payments?status=failed",
        f"/payments/{paid['id']}",
        f"/payments/{open_['id']}/cancel",
        "/connections",
        f"/connections/{shop.accounts['razorpay'].connection_id}",
        "/provider_events",
        f"/provider_events/{shop.events()[0]['id']}",
        "/customers",
        f"/customers/{customer['id']}",
        "/nowhere",
    ):
        window.goto(f"{shop.api.url}/console{path}")
        assert readable(window) == [], path
    assert not [url for url in asked if not url.startswith((shop.api.url, "data:"))]
    context.close()


def readable(window: Page) -> list[str]:
    """What is wrong with a page for somebody; unlabelled, too small or too faint."""
    return [*window.evaluate(COMPLAINTS), *window.evaluate(FAINT)]


def test_the_keyboard_reaches_the_content_first_of_all(shop: Shop, browser: Browser) -> None:  # noqa: F811
    context = browser.new_context()
    window = context.new_page()
    sign_in(shop, window)
    window.goto(f"{shop.api.url}/console/payments")
    window.keyboard.press("Tab")
    expect(window.get_by_role("link", name="Skip to the content")).to_be_focused()
    window.keyboard.press("Enter")
    window.keyboard.press("Tab")
    expect(window.get_by_label("Status")).to_be_focused()
    context.close()
