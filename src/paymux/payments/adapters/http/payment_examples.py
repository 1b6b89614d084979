"""How a payment looks after each operation, where it differs from a new one."""

from typing import Final

from paymux.platform.http.fields import example_id

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
