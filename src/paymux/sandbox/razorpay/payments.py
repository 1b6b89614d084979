"""/v1/payments: read only, as payment links capture by themselves."""

from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, collection, known_id, window
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

FILTERS = {"count", "skip", "from", "to"}


class Payments:
    """Payments made on pay pages."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def get(self, call: Call) -> Reply:
        """GET /v1/payments/{id}."""
        identity = known_id(call.arguments["id"], "pay")
        payment = self._shop.book(call.account.id).payments.get(identity)
        if payment is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return json_reply(payment)

    def list(self, call: Call) -> Reply:
        """GET /v1/payments."""
        query = call.request.query_pairs()
        check_query(query, FILTERS)
        payments: list[object] = [*self._shop.book(call.account.id).payments.values()]
        return json_reply(collection(window(payments, query)))
