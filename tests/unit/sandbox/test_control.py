"""The control API: accounts, payers, objects, requests and the pages people click."""

import requests

from tests.unit.sandbox.driver import Merchant, Sandbox


def test_objects_of_one_account_are_unknown_to_another(sandbox: Sandbox) -> None:
    for provider, path in (
        ("stripe", "/v1/checkout/sessions/"),
        ("razorpay", "/v1/payment_links/"),
        ("paypal", "/v2/checkout/orders/"),
    ):
        owner, other = sandbox.merchant(provider), sandbox.merchant(provider)
        identity, _ = owner.new_page()
        assert owner.call("GET", path + identity).ok
        assert other.call("GET", path + identity).status_code in {400, 404}


def test_revoked_credentials_are_refused_until_restored(sandbox: Sandbox) -> None:
    for provider, path in (
        ("stripe", "/v1/account"),
        ("razorpay", "/v1/payments"),
        ("paypal", "/v1/notifications/webhooks"),
    ):
        merchant = sandbox.merchant(provider)
        assert merchant.call("GET", path).ok
        sandbox.control("PATCH", f"/accounts/{merchant.account_id}", revoked=True)
        assert merchant.call("GET", path).status_code == 401
        sandbox.control("PATCH", f"/accounts/{merchant.account_id}", revoked=False)
        assert merchant.call("GET", path).ok


def test_objects_are_counted_by_our_reference(sandbox: Sandbox) -> None:
    for provider in ("stripe", "razorpay", "paypal"):
        sandbox.merchant(provider).new_page()
    found = sandbox.control("GET", "/objects")
    assert found["counts"] == {"att_1": 3}
    kinds = {each["kind"] for each in found["objects"]}
    assert kinds == {"checkout_session", "payment_link", "order"}
    assert sandbox.control("GET", "/objects?provider=paypal&kind=order")["count"] == 1


def test_requests_are_recorded_without_credentials(stripe: Merchant, sandbox: Sandbox) -> None:
    stripe.new_page()
    found = sandbox.control("GET", "/requests?operation=checkout_session.create")["requests"]
    assert "success_url" in found[0]["body"]
    assert "authorization" not in found[0]["headers"]
    assert found[0]["status"] == 200


def test_a_payer_can_be_followed_back_to_the_shop(sandbox: Sandbox) -> None:
    stripe = sandbox.merchant("stripe")
    here = f"{sandbox.base}/_control/health"
    body = {
        "mode": "payment",
        "success_url": here,
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "1000",
        "line_items[0][price_data][product_data][name]": "Tea",
        "line_items[0][quantity]": "1",
    }
    url = stripe.call("POST", "/v1/checkout/sessions", body).json()["url"]
    paid = sandbox.pay(url, follow_return=True)
    assert (paid["return_url"], paid["return_status"]) == (here, 200)


def test_a_payer_can_be_charged_another_amount(sandbox: Sandbox) -> None:
    for provider in ("stripe", "razorpay", "paypal"):
        merchant = sandbox.merchant(provider)
        identity, url = merchant.new_page()
        sandbox.pay(url, amount=777)
        if provider == "paypal":
            merchant.call("POST", f"/v2/checkout/orders/{identity}/capture", {})
        assert [each["amount_minor"] for each in sandbox.ledger(merchant)] == [777]


def test_people_can_pay_decline_and_leave_without_scripts(sandbox: Sandbox) -> None:
    for provider, returned in (
        ("stripe", "http://shop.test/done?session=cs_"),
        ("razorpay", "http://shop.test/done?from=razorpay&razorpay_payment_id="),
        ("paypal", "http://shop.test/done?from=paypal&token="),
    ):
        _, url = sandbox.merchant(provider, name="Ann & Co").new_page()
        page = requests.get(url, timeout=5)
        assert page.headers["content-type"].startswith("text/html")
        assert "Ann &amp; Co" in page.text
        assert "<script" not in page.text
        for action in ("pay", "decline", "abandon"):
            assert f'value="{action}"' in page.text
        paid = requests.post(url, data={"action": "pay"}, allow_redirects=False, timeout=5)
        assert paid.status_code == 303
        assert paid.headers["location"].startswith(returned)
        again = requests.post(url, data={"action": "pay"}, allow_redirects=False, timeout=5)
        assert again.status_code == 409


def test_a_declined_payer_stays_on_the_page_and_is_told(sandbox: Sandbox) -> None:
    for provider in ("stripe", "razorpay"):
        _, url = sandbox.merchant(provider).new_page()
        declined = requests.post(url, data={"action": "decline"}, timeout=5)
        assert declined.status_code == 200
        assert "declined" in declined.text
        assert 'value="pay"' in declined.text


def test_misuse_is_answered_with_a_reason(sandbox: Sandbox) -> None:
    assert sandbox.raw("POST", "/accounts", provider="adyen").status_code == 400
    assert sandbox.raw("POST", "/accounts", provider="stripe", colour=1).status_code == 400
    assert sandbox.raw("POST", "/pay", url="http://127.0.0.1/nothing").status_code == 404
    assert sandbox.raw("PATCH", "/accounts/none", revoked=True).status_code == 404
    unknown = sandbox.raw("GET", "/teapot")
    assert (unknown.status_code, "known" in unknown.json()) == (404, True)
    assert requests.get(f"{sandbox.base}/elsewhere", timeout=5).status_code == 404
    _, url = sandbox.merchant("stripe").new_page()
    assert sandbox.raw("POST", "/pay", url=url, action="juggle").status_code == 400


def test_operations_are_listed_for_the_fault_switches(sandbox: Sandbox) -> None:
    operations = sandbox.control("GET", "/operations")
    assert "checkout_session.create" in operations["stripe"]
    assert "payment_link.create" in operations["razorpay"]
    assert "order.capture" in operations["paypal"]
