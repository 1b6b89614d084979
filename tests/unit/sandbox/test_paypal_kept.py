"""PayPal's stand-in where accounts are kept and payments contested."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.sandbox.driver import ORDER, Inbox, Merchant, Sandbox

ORDERS = "/v2/checkout/orders"
TOKENS = "/v3/vault/payment-tokens"
DISPUTES = "/v1/customer/disputes"
KEEPING: dict[str, Any] = deepcopy(ORDER)
KEEPING["payment_source"]["paypal"]["attributes"] = {
    "vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}
}


def issue_of(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["details"][0]["issue"]


def paid(paypal: Merchant, sandbox: Sandbox, order: dict[str, Any]) -> str:
    created = paypal.call("POST", ORDERS, order).json()
    sandbox.pay(created["links"][1]["href"])
    paypal.call("POST", f"{ORDERS}/{created['id']}/capture", {})
    return str(created["id"])


def vault_of(paypal: Merchant, order: str) -> dict[str, Any]:
    source = paypal.call("GET", f"{ORDERS}/{order}").json()["payment_source"]
    vault: dict[str, Any] = source["paypal"]["attributes"]["vault"]
    return vault


def captured(paypal: Merchant, order: str) -> str:
    units = paypal.call("GET", f"{ORDERS}/{order}").json()["purchase_units"]
    return str(units[0]["payments"]["captures"][0]["id"])


def charge(paypal: Merchant, token: str, invoice_id: str, key: str) -> Any:
    unit = KEEPING["purchase_units"][0] | {"invoice_id": invoice_id}
    source = {"paypal": {"vault_id": token}}
    order = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": source}
    return paypal.call("POST", ORDERS, order, {"PayPal-Request-Id": key})


def test_nothing_is_kept_unless_the_order_asks_and_is_paid(
    paypal: Merchant, sandbox: Sandbox
) -> None:
    order = paypal.call("POST", ORDERS, KEEPING).json()
    sandbox.pay(order["links"][1]["href"], "decline")
    paypal.call("POST", f"{ORDERS}/{order['id']}/capture", {})
    paid(paypal, sandbox, ORDER)
    assert sandbox.control("GET", "/objects?kind=payment_token")["count"] == 0


def test_a_customer_that_is_known_keeps_its_id(paypal: Merchant, sandbox: Sandbox) -> None:
    first = vault_of(paypal, paid(paypal, sandbox, KEEPING))
    again = deepcopy(KEEPING)
    again["purchase_units"][0]["invoice_id"] = "inv_2"
    again["payment_source"]["paypal"]["attributes"]["customer"] = first["customer"]
    second = vault_of(paypal, paid(paypal, sandbox, again))
    assert second["customer"] == first["customer"]
    assert second["id"] != first["id"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"vault": {"store_in_vault": "ON_SUCCESS"}},
        {"vault": {"store_in_vault": "ALWAYS", "usage_type": "MERCHANT"}},
        {"vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MINE"}},
        {"customer": {"id": "x" * 23}},
        {"customer": {"id": "a b"}},
    ],
)
def test_attributes_that_make_no_sense_are_refused(
    paypal: Merchant, attributes: dict[str, Any]
) -> None:
    order = deepcopy(KEEPING)
    order["payment_source"]["paypal"]["attributes"] = attributes
    assert paypal.call("POST", ORDERS, order).status_code == 400


def test_a_charge_is_made_once_per_invoice_and_counts_as_a_payment(
    paypal: Merchant, sandbox: Sandbox
) -> None:
    token = vault_of(paypal, paid(paypal, sandbox, KEEPING))["id"]
    assert charge(paypal, token, "inv_2", "one").status_code == 201
    assert charge(paypal, token, "inv_2", "one").status_code == 200
    assert issue_of(charge(paypal, token, "inv_2", "two")) == (422, "DUPLICATE_INVOICE_ID")
    assert [each["kind"] for each in sandbox.ledger(paypal)] == ["payment", "payment"]


def test_an_account_of_another_merchant_is_not_charged(paypal: Merchant, sandbox: Sandbox) -> None:
    token = vault_of(paypal, paid(paypal, sandbox, KEEPING))["id"]
    stranger = sandbox.merchant("paypal")
    assert issue_of(charge(stranger, token, "inv_2", "one")) == (422, "TOKEN_ID_NOT_FOUND")
    assert stranger.call("GET", f"{TOKENS}/{token}").status_code == 404
    stranger.call("DELETE", f"{TOKENS}/{token}")
    assert paypal.call("GET", f"{TOKENS}/{token}").status_code == 200


def test_what_is_not_there_cannot_be_switched(sandbox: Sandbox) -> None:
    for path, body in (
        ("/instruments", {"reference": "nothing", "behaviour": "succeed"}),
        ("/disputes", {"payment_reference": "nothing"}),
    ):
        assert sandbox.raw("POST", path, provider="paypal", **body).status_code == 400


def test_a_dispute_has_a_reason_that_paypal_has(paypal: Merchant, sandbox: Sandbox) -> None:
    capture = captured(paypal, paid(paypal, sandbox, ORDER))
    wanted = {"provider": "paypal", "payment_reference": capture}
    assert sandbox.raw("POST", "/disputes", reason="fraudulent", **wanted).status_code == 400
    assert sandbox.raw("POST", "/disputes", reason="UNAUTHORISED", **wanted).status_code == 201


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"page_size": "1"}, 1),
        ({"dispute_state": "RESOLVED"}, 1),
        ({"dispute_state": "REQUIRED_ACTION,RESOLVED"}, 2),
        ({"update_time_after": "2099-01-01T00:00:00Z"}, 0),
        ({"update_time_before": "2099-01-01T00:00:00Z"}, 2),
        ({"start_time": "2020-01-01T00:00:00Z"}, 2),
        ({"disputed_transaction_id": "OTHER"}, 0),
        ({"page_size": "51"}, None),
        ({"update_time_after": "yesterday"}, None),
        ({"strange": "1"}, None),
        ({"start_time": "2020-01-01T00:00:00Z", "disputed_transaction_id": "X"}, None),
    ],
)
def test_disputes_are_listed_by_what_the_query_says(
    paypal: Merchant, sandbox: Sandbox, query: dict[str, str], count: int | None
) -> None:
    capture = captured(paypal, paid(paypal, sandbox, ORDER))
    wanted = {"provider": "paypal", "payment_reference": capture}
    first, _ = (sandbox.control("POST", "/disputes", **wanted) for _ in range(2))
    sandbox.control("POST", f"/disputes/{first['reference']}/decide", outcome="won")
    listed = paypal.call("GET", DISPUTES, query)
    assert listed.status_code == (400 if count is None else 200)
    assert count is None or len(listed.json().get("items", [])) == count


def test_nobody_is_told_of_what_happens_in_silence(
    paypal: Merchant, sandbox: Sandbox, inbox: Inbox
) -> None:
    sandbox.listen(paypal, inbox.url)
    capture = captured(paypal, paid(paypal, sandbox, ORDER))
    wanted = {"provider": "paypal", "payment_reference": capture}
    sandbox.control("POST", "/disputes", webhooks=False, **wanted)
    told = sandbox.control("POST", "/disputes", **wanted)["reference"]
    inbox.wait_for(lambda got: "CUSTOMER.DISPUTE.CREATED" in [each.kind for each in got])
    disputes = [e.body["resource"] for e in inbox.received if e.kind.startswith("CUSTOMER")]
    assert [each["dispute_id"] for each in disputes] == [told]


def test_what_is_under_way_outlives_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    with running(settings) as base:
        sandbox = Sandbox(base)
        paypal = sandbox.merchant("paypal")
        sandbox.control("POST", f"/paypal/accounts/{paypal.account_id}/vault", slow=True)
        order = paid(paypal, sandbox, KEEPING)
        assert vault_of(paypal, order)["status"] == "APPROVED"
        wanted = {"provider": "paypal", "payment_reference": captured(paypal, order)}
        dispute = sandbox.control("POST", "/disputes", **wanted)["reference"]
    with running(settings) as base:
        again = Merchant(base, "paypal", paypal.account_id, paypal.credentials)
        Sandbox(base).control("POST", "/clock", advance_seconds=11 * 86_400)
        assert vault_of(again, order)["status"] == "VAULTED"
        outcome = again.call("GET", f"{DISPUTES}/{dispute}").json()["dispute_outcome"]
        assert outcome["outcome_code"] == "RESOLVED_BUYER_FAVOUR"
