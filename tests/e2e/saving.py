"""A customer whose payment method a shop keeps."""

from uuid import uuid4

import requests

from tests.e2e.shop import Shop
from tests.e2e.talking import Json
from tests.e2e.waiting import eventually

WORDS = "I agree that the shop saves this payment method and charges it each month."
CURRENCY = {"stripe": "USD", "razorpay": "INR", "paypal": "USD"}


def new_customer(shop: Shop) -> str:
    """A customer that providers know enough of."""
    name = uuid4().hex[:12]
    body = {"external_id": name, "name": "Ada", "email": f"{name}@example.com"}
    customer_id: str = shop.api.post("/v1/customers", {**body, "phone": "+919000090000"})["id"]
    return customer_id


def asked(shop: Shop, provider: str, customer_id: str, **more: object) -> Json:
    """A payment that asks its payer for consent."""
    saving = {"consent": WORDS, **more}
    return shop.new_payment(
        provider,
        currency=CURRENCY[provider],
        customer_id=customer_id,
        save_payment_method=saving,
    )


def visit(shop: Shop, payment: Json, method: str, path: str) -> requests.Response:
    """Do something at the payment's link, also where its own address leads nowhere."""
    token = payment["link"]["url"].rpartition("/")[2]
    return shop.api.with_key(None).call(method, f"/pay/{token}{path}")


def agree(shop: Shop, payment: Json) -> str:
    """Press the button; returns where that leads."""
    answer = visit(shop, payment, "POST", "/consent")
    assert answer.status_code == 303, f"{answer.status_code} {answer.text[:500]}"
    return answer.headers["location"]


def saved(shop: Shop, provider: str, customer_id: str, **more: object) -> Json:
    """The method of a payment that was agreed to and paid, once it can be charged."""
    payment = asked(shop, provider, customer_id, **more)
    shop.sandbox.pay(agree(shop, payment))
    visit(shop, payment, "GET", "/return")
    shop.settled(payment)

    def active() -> Json | None:
        found = shop.api.get("/v1/payment-methods", customer_id=customer_id, status="active")
        mine = [one for one in found["data"] if one["consent"]["payment_id"] == payment["id"]]
        return mine[0] if mine else None

    return eventually(active, otherwise=lambda: shop.payment(payment["id"]))


def charge(
    shop: Shop, customer_id: str, provider: str, amount: int = 1999, **more: object
) -> Json:
    """A charge of what the customer let us keep."""
    body = {
        "amount": amount,
        "currency": CURRENCY[provider],
        "description": "Pro plan, December",
        "customer_id": customer_id,
        "off_session": True,
        **more,
    }
    return shop.remember(shop.api.post("/v1/payments", body))


def behave(shop: Shop, method: Json, behaviour: str) -> None:
    """Say how later charges of a method end at its provider."""
    reference = method["provider_reference"]
    shop.sandbox.control(
        "POST",
        "/instruments",
        provider=method["provider"],
        reference=reference,
        behaviour=behaviour,
    )
