"""/v1/payments: links and charges are captured at once, all but what a bank authorises late."""

from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.objects import Payment
from paymux.sandbox.razorpay.params import Capture, read
from paymux.sandbox.razorpay.settlement import Settlement
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, collection, known_id, window
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

FILTERS = {"count", "skip", "from", "to"}
PAID_ALREADY = (
    "Your payment has been declined as the order is already paid. Please initiate the payment "
    "with a new order."
)


class Payments:
    """Payments made on pay pages, and charges."""

    def __init__(self, shop: RazorpayShop, settlement: Settlement) -> None:
        self._shop = shop
        self._settlement = settlement

    def get(self, call: Call) -> Reply:
        """GET /v1/payments/{id}."""
        return json_reply(self.found(call))

    def capture(self, call: Call) -> Reply:
        """POST /v1/payments/{id}/capture: all that is authorised, once."""
        wanted = read(call, Capture)
        payment = self.found(call)
        order = self._shop.book(call.account.id).orders[payment.order_id or ""]
        _check_capture(wanted, payment, order.status)
        self._settlement.take(call.account, payment, "capture")
        return json_reply(payment)

    def found(self, call: Call) -> Payment:
        """Return the payment a call names."""
        identity = known_id(call.arguments["id"], "pay")
        payment = self._shop.book(call.account.id).payments.get(identity)
        if payment is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return payment

    def list(self, call: Call) -> Reply:
        """GET /v1/payments."""
        query = call.request.query_pairs()
        check_query(query, FILTERS)
        payments: list[object] = [*self._shop.book(call.account.id).payments.values()]
        return json_reply(collection(window(payments, query)))


def _check_capture(wanted: Capture, payment: Payment, order_status: str) -> None:
    if payment.captured or order_status == "paid":
        raise errors.refuse(PAID_ALREADY)
    if payment.status != "authorized":
        message = "Only payments which have been authorized and not yet captured can be captured"
        raise errors.refuse(message)
    if (wanted.amount, wanted.currency) != (payment.amount, payment.currency):
        message = "Capture amount must be equal to the amount authorized."
        raise errors.refuse(message, field="amount")
