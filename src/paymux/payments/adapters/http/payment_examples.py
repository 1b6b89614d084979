"""How a payment looks after each operation, where it differs from a new one."""

from datetime import UTC, datetime, timedelta
from typing import Final

from paymux.platform.http.fields import example_id

# An example has to be accepted on the day that somebody tries it.
_A_MONTH_AHEAD: Final = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT00:00:00Z")
_SHORTEST: Final = {"amount": 1999, "currency": "USD", "description": "Pro plan, November"}
_OF_CUSTOMER: Final = {**_SHORTEST, "customer_id": example_id("cus")}
NEW_PAYMENTS: Final = {
    "shortest": _SHORTEST,
    "page": {
        **_OF_CUSTOMER,
        "connection_id": example_id("con"),
        "reference": "order-1042",
        "return_url": "https://shop.example/thanks",
        "cancel_url": "https://shop.example/cart",
        "expires_at": _A_MONTH_AHEAD,
        "capture": "automatic",
        "metadata": {"plan": "pro"},
    },
    "saving": {
        **_OF_CUSTOMER,
        "save_payment_method": {
            "consent": "I agree that Shop Ltd saves this payment method and charges it monthly.",
            "max_charge": {"amount": 5000, "currency": "USD"},
        },
    },
    "charge": {**_OF_CUSTOMER, "off_session": True, "payment_method_id": example_id("pm")},
}
"""Each of these has what the others must not have; none could have it all."""

_WHEN: Final = "2026-11-23T09:43:22.104518Z"


def _ended(status: str) -> dict[str, object]:
    observed = {"status": status, "recorded_at": _WHEN, "last_seen_at": _WHEN}
    later = {"id": example_id("obs")[:-1] + "w", **observed}
    return {
        "status": status,
        "updated_at": _WHEN,
        "attempts": [{"status": status}],
        "timeline": [{}, later],
    }


CANCELED: Final = _ended("canceled")
EXPIRED: Final = _ended("expired")
_ENDED: Final = _ended("succeeded")
_PAID: Final = {"payment_reference": "pi_test_7RkWb2Lq"}
SUCCEEDED: Final = {
    **_ENDED,
    "amount_captured": 1999,
    "attempts": [{"status": "succeeded", "method": "card", **_PAID}],
    "timeline": [
        {},
        {
            "id": example_id("obs")[:-1] + "w",
            "source": "webhook",
            "status": "succeeded",
            "amount": 1999,
            "currency": "USD",
            "occurred_at": "2026-11-23T09:43:21Z",
            "recorded_at": _WHEN,
            "last_seen_at": _WHEN,
            **_PAID,
        },
    ],
}

_CAPTURE: Final = {
    "id": example_id("cap"),
    "kind": "capture",
    "attempt_id": example_id("att"),
    "amount": 1500,
    "currency": "USD",
    "final": True,
    "status": "succeeded",
    "reason_code": None,
    "reason_message": None,
    "reason": None,
    "created_at": _WHEN,
}
_HELD: Final = {
    "id": example_id("obs")[:-1] + "w",
    "source": "webhook",
    "status": "authorized",
    "amount": 1999,
    "currency": "USD",
    "recorded_at": _WHEN,
    "last_seen_at": _WHEN,
    **_PAID,
}
CAPTURED: Final = {
    **SUCCEEDED,
    "capture": "manual",
    "amount_captured": 1500,
    "attempts": [{"status": "succeeded", "amount_captured": 1500, "method": "card", **_PAID}],
    "captures": [_CAPTURE],
    "timeline": [
        {},
        _HELD,
        {
            **_HELD,
            "id": example_id("obs")[:-1] + "x",
            "source": "reply",
            "status": "succeeded",
            "amount": 1500,
        },
    ],
}
VOIDED: Final = {
    **CANCELED,
    "capture": "manual",
    "captures": [{**_CAPTURE, "kind": "void", "amount": 1999}],
    "timeline": [
        {},
        _HELD,
        {
            "id": example_id("obs")[:-1] + "x",
            "status": "canceled",
            "recorded_at": _WHEN,
            "last_seen_at": _WHEN,
            **_PAID,
        },
    ],
}
