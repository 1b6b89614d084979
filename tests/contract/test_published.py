"""The checks against published descriptions do find what departs from them."""

import pytest

from tests.contract import published

SESSION = "mode=payment&success_url=https%3A%2F%2Fexample.com&metadata[a]=b&expires_at=1800000000"


def test_without_the_descriptions_ci_fails_and_others_skip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PAYMUX_SPECS", "/nowhere")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Set PAYMUX_SPECS"):
        published.specs_folder()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="Set PAYMUX_SPECS"):
        published.specs_folder()


@pytest.mark.parametrize("changed", ["&payment_method_types[0]=card", "&expires_at=soon"])
def test_a_form_that_departs_is_complained_about(changed: str) -> None:
    path = "/v1/checkout/sessions"
    assert published.stripe_request_errors("POST", path, SESSION) == []
    assert published.stripe_request_errors("POST", path, SESSION + changed) != []


def test_a_query_that_departs_is_complained_about() -> None:
    path = "/v1/events"
    assert published.stripe_request_errors("GET", path, "delivery_success=false&limit=5") == []
    assert published.stripe_request_errors("GET", path, "colour=red") != []


def test_a_reply_that_departs_is_complained_about() -> None:
    assert published.stripe_response_errors("GET", "/v1/account", 200, {"object": "account"}) != []
    assert published.paypal_response_errors("GET", "/v2/checkout/orders/X", 200, {"id": 1}) != []
    assert published.razorpay_response_errors("GET", "/v1/orders/order_1", 200, {"id": 1}) != []
    assert published.razorpay_response_errors("GET", "/v1/orders/order_1", 400, {}) != []


def test_a_paypal_body_that_departs_is_complained_about() -> None:
    amount = {"currency_code": "USD", "value": "10.00"}
    order = {"intent": "CAPTURE", "purchase_units": [{"amount": amount}]}
    path = "/v2/checkout/orders"
    assert published.paypal_request_errors("POST", path, order) == []
    assert published.paypal_request_errors("POST", path, {**order, "intent": "GIVE"}) != []
    amount["value"] = "ten"
    assert published.paypal_request_errors("POST", path, order) != []


def test_a_razorpay_body_that_departs_is_complained_about() -> None:
    assert published.razorpay_request_errors("POST", "/v1/payment_links", {"amount": 1}) == []
    assert published.razorpay_request_errors("POST", "/v1/payment_links", {"amount": "1"}) != []
    cancel = "/v1/payment_links/plink_1/cancel"
    assert published.razorpay_request_errors("POST", cancel, {}) == []
    assert published.razorpay_request_errors("POST", cancel, {"why": "x"}) != []


def test_issue_codes_are_told_by_operation_and_status() -> None:
    codes = published.paypal_issue_codes("POST /v2/checkout/orders/{id}/capture")
    assert "ORDER_ALREADY_CAPTURED" in codes[422]
    with pytest.raises(KeyError):
        published.paypal_issue_codes("POST /v2/teapots")
