"""Reasons and error maps as a merchant meets them."""

from html import unescape

from tests.e2e.shop import Shop
from tests.e2e.talking import Json, send

MAP = "/v1/error-maps/stripe"


def row(shop: Shop, code: str) -> Json:
    """One row of the map."""
    found: Json = next(each for each in shop.api.get(MAP)["data"] if each["code"] == code)
    return found


def test_every_reason_comes_with_its_advice(shop: Shop) -> None:
    reasons = shop.api.get("/v1/reasons")["data"]
    assert {"insufficient_funds", "provider_error"} <= {each["code"] for each in reasons}
    assert all(each["advice_to_payer"] and each["advice_to_merchant"] for each in reasons)


def test_a_row_is_read_otherwise_until_it_is_taken_back(shop: Shop) -> None:
    plain = row(shop, "generic_decline")
    assert plain["overrides"] is None
    body = {"outcome": "declined_hard", "reason": "suspected_fraud"}
    changed = shop.api.call("PUT", f"{MAP}/codes/generic_decline", json=body).json()
    assert row(shop, "generic_decline") == changed
    assert (changed["outcome"], changed["reason"]["code"]) == ("declined_hard", "suspected_fraud")
    assert changed["overrides"]["outcome"] == plain["outcome"]
    assert changed["overrides"]["set_by"].startswith("key_")
    assert shop.api.call("DELETE", f"{MAP}/codes/generic_decline").status_code == 204
    assert row(shop, "generic_decline") == plain


def test_a_row_that_could_charge_twice_is_refused(shop: Shop) -> None:
    for code in ("read_timeout", "idempotency_key_in_use"):
        for outcome in ("not_sent", "not_processed", "credentials", "rejected", "declined_hard"):
            body = {"outcome": outcome}
            problem = shop.api.problem("PUT", f"{MAP}/codes/{code}", body)
            assert (problem["status"], problem["code"]) == (422, "override_not_safe")
            assert problem["field"] == "outcome"
    assert shop.api.problem("PUT", f"{MAP}/codes/no_such", {"outcome": "unknown"})["status"] == 404
    assert shop.api.problem("PUT", f"{MAP}/codes/api_error", {"outcome": "fine"})["status"] == 400
    assert shop.api.call("GET", "/v1/error-maps/nobody").status_code == 404


def test_a_call_follows_the_tenants_row_and_the_decision_says_so(shop: Shop) -> None:
    account = shop.accounts["stripe"]
    fault = {"kind": "throttle", "provider": "stripe", "operation": "checkout_session.create"}

    def refused() -> Json:
        shop.sandbox.control("POST", "/faults", **fault, account_id=account.account_id, times=1)
        decisions: list[Json] = shop.payment(shop.new_payment("stripe")["id"])["decisions"]
        return decisions[0]

    plain = refused()
    assert (plain["decision"], plain["outcome"]) == ("retry_same_key", "not_processed")
    assert plain["given_outcome"] is None
    assert plain["reason"]["code"] == "provider_busy"

    path = f"{MAP}/codes/{plain['reason_code']}"
    assert shop.api.call("PUT", path, json={"outcome": "not_sent"}).ok
    read = refused()
    assert (read["decision"], read["outcome"]) == ("fail_over", "not_sent")
    assert read["given_outcome"] == "not_processed"
    assert shop.api.call("DELETE", path).ok
    assert refused()["outcome"] == "not_processed"
    assert shop.api.get(f"{MAP}/unmapped")["data"] == []


def test_refused_credentials_flag_the_connection_until_they_work_again(shop: Shop) -> None:
    account = shop.accounts["stripe"]
    path = f"/v1/connections/{account.connection_id}"
    assert shop.api.get(path)["needs_attention"] is None
    fault = {"kind": "error_before", "provider": "stripe", "operation": "checkout_session.create"}
    shop.sandbox.control(
        "POST", "/faults", **fault, account_id=account.account_id, status=401, times=1
    )
    (attempt,) = shop.new_payment("stripe")["attempts"]
    assert attempt["reason"]["code"] == "credentials_invalid"
    wanted = shop.api.get(path)["needs_attention"]
    assert wanted["code"] == attempt["reason_code"]
    assert shop.api.get(path)["enabled"]
    assert shop.api.post(f"{path}/test")["succeeded"]
    assert shop.api.get(path)["needs_attention"] is None


def test_a_payer_who_was_declined_reads_our_advice(shop: Shop) -> None:
    payment = shop.new_payment("stripe")
    shop.pay(payment, "decline")
    page = send("GET", f"{payment['link']['url']}/return").text
    (attempt,) = shop.payment(payment["id"])["attempts"]
    assert attempt["reason"]["category"] in {"issuer", "payer"}
    assert attempt["reason"]["advice_to_payer"] in unescape(page)
    assert attempt["reason_message"] not in unescape(page)
