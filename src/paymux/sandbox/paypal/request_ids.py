"""What PayPal-Request-Id guards: a repeated request tells the latest state of the first.

Orders keep an id for six hours, payments for 45 days; it belongs to one operation.
"""

from paymux.sandbox.paypal import errors
from paymux.sandbox.paypal.book import Stored
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Refusal

LONGEST = 108
SIX_HOURS = 6 * 3600
FORTY_FIVE_DAYS = 45 * 86_400
KEPT_SECONDS = {
    "order.create": SIX_HOURS,
    "order.capture": SIX_HOURS,
    "order.authorize": SIX_HOURS,
    "authorization.capture": FORTY_FIVE_DAYS,
    "capture.refund": FORTY_FIVE_DAYS,
}


class RequestIds:
    """The ids of every account, and what each led to."""

    def __init__(self, shop: PayPalShop) -> None:
        self._shop = shop

    def begin(self, call: Call) -> None:
        """Refuse a second request with the same id while the first is running."""
        key = _key(call)
        if key is None:
            return
        if len(key) - len(call.operation) - 1 > LONGEST:
            raise errors.issue(code="INVALID_STRING_LENGTH", status=400, field="PayPal-Request-Id")
        requests, now = self._shop.book(call.account.id).requests, self._shop.world.clock.now()
        stored = requests.get(key)
        if stored is not None and now - stored.at <= KEPT_SECONDS[call.operation]:
            if stored.made is None:
                raise Refusal(errors.failure(409))
            return
        requests[key] = Stored(at=now)

    def finish(self, call: Call) -> None:
        """Free the id when nothing came of its request."""
        stored = self._stored(call)
        if stored is not None and stored.made is None:
            del self._shop.book(call.account.id).requests[_key(call) or ""]

    def made(self, call: Call) -> str | None:
        """The id of what the first request with this id made."""
        stored = self._stored(call)
        return None if stored is None else stored.made

    def keep(self, call: Call, identity: str) -> None:
        """Remember what the request made."""
        stored = self._stored(call)
        if stored is not None:
            stored.made = identity

    def _stored(self, call: Call) -> Stored | None:
        key = _key(call)
        return None if key is None else self._shop.book(call.account.id).requests.get(key)


def _key(call: Call) -> str | None:
    given = call.request.headers.get("paypal-request-id")
    if not given or call.operation not in KEPT_SECONDS:
        return None
    return f"{call.operation}:{given}"
