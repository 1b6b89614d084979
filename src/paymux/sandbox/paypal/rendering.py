"""How an order looks in replies and webhooks, whole (`return=representation`) or minimal."""

from paymux.sandbox.accounts import Account
from paymux.sandbox.paypal.book import Link, OrderRecord, PayPalBook
from paymux.sandbox.paypal.kept_accounts import PAYER_EMAIL, PAYER_NAME, in_order
from paymux.sandbox.paypal.params import PurchaseUnitParams
from paymux.sandbox.wire import Json

OPEN = {"CREATED", "PAYER_ACTION_REQUIRED", "APPROVED"}


def minimal(order: OrderRecord, book: PayPalBook) -> Json:
    """Id, status and links; the captures too once there are any."""
    body: Json = {"id": order.id, "status": order.status}
    if order.has_source or order.payer_id is not None:
        body["payment_source"] = _source(order)
    if order.captures or order.authorizations:
        body["purchase_units"] = [
            {
                "reference_id": unit.reference_id or "default",
                "payments": _payments(order, book, at),
            }
            for at, unit in enumerate(order.units)
        ]
    if order.payer_id is not None:
        body["payer"] = _payer(order)
    body["links"] = links(order)
    return body


def whole(order: OrderRecord, book: PayPalBook, account: Account) -> Json:
    """Everything known about an order."""
    body: Json = {"id": order.id, "intent": order.intent, "status": order.status}
    if order.has_source or order.payer_id is not None:
        body["payment_source"] = _source(order)
    body["purchase_units"] = [
        _unit(order, unit, book, account, at) for at, unit in enumerate(order.units)
    ]
    if order.payer_id is not None:
        body["payer"] = _payer(order)
    body["create_time"] = order.create_time
    if order.update_time is not None:
        body["update_time"] = order.update_time
    body["links"] = links(order)
    return body


def links(order: OrderRecord) -> list[Link]:
    """Where to read, approve and capture the order."""
    href = f"{order.api_base}/v2/checkout/orders/{order.id}"
    found = [Link(href, "self", "GET")]
    if order.status in {"CREATED", "PAYER_ACTION_REQUIRED"}:
        relation = "payer-action" if order.has_source else "approve"
        found.append(Link(approval_url(order), relation, "GET"))
    if order.status in {"CREATED", "APPROVED"} or (
        order.status == "PAYER_ACTION_REQUIRED" and not order.has_source
    ):
        step = "authorize" if order.intent == "AUTHORIZE" else "capture"
        found.append(Link(f"{href}/{step}", step, "POST"))
    return found


def approval_url(order: OrderRecord) -> str:
    """The hosted page the payer is sent to."""
    return f"{order.api_base}/checkoutnow?token={order.id}"


def _unit(
    order: OrderRecord, unit: PurchaseUnitParams, book: PayPalBook, account: Account, at: int
) -> Json:
    body: Json = {
        "reference_id": unit.reference_id or "default",
        "amount": unit.amount,
        "payee": {"email_address": "merchant@example.com", "merchant_id": account.id},
    }
    named = ("description", "custom_id", "invoice_id", "soft_descriptor", "items")
    body |= {name: value for name in named if (value := getattr(unit, name)) is not None}
    if order.captures or order.authorizations:
        body["payments"] = _payments(order, book, at)
    return body


def _payments(order: OrderRecord, book: PayPalBook, at: int) -> Json:
    # One capture per purchase unit and try; the units' captures lie one after another. What is
    # authorised has one unit.
    captures = order.captures if order.authorizations else order.captures[at :: len(order.units)]
    refunds = [book.refunds[i] for i in order.refunds if book.refunded_of[i] in captures]
    payments: Json = {}
    if order.authorizations:
        payments["authorizations"] = [book.authorizations[i] for i in order.authorizations]
    if captures:
        payments["captures"] = [book.captures[i] for i in captures]
    if refunds:
        payments["refunds"] = refunds
    return payments


def _source(order: OrderRecord) -> Json:
    if order.payer_id is None:
        return {"paypal": {}}
    wallet: Json = {
        "email_address": PAYER_EMAIL,
        "account_id": order.payer_id,
        "account_status": "VERIFIED",
        "name": PAYER_NAME,
        "address": {"country_code": "US"},
    }
    kept = in_order(order)
    if kept is not None:
        wallet["attributes"] = {"vault": kept}
    return {"paypal": wallet}


def _payer(order: OrderRecord) -> Json:
    return {
        "name": PAYER_NAME,
        "email_address": PAYER_EMAIL,
        "payer_id": order.payer_id,
        "address": {"country_code": "US"},
    }
