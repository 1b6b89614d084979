"""/v1/orders."""

from paymux.sandbox.razorpay import errors, money
from paymux.sandbox.razorpay.objects import Order
from paymux.sandbox.razorpay.params import OrderCreate, read
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, collection, known_id, window
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

FILTERS = {"receipt", "authorized", "count", "skip", "from", "to", "expand[]"}


class Orders:
    """Orders; a receipt used twice is not refused, as no duplicate error is documented."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def create(self, call: Call) -> Reply:
        """POST /v1/orders."""
        wanted = read(call, OrderCreate)
        money.check(wanted.amount, wanted.currency, international=call.account.international)
        order = Order(
            id=self._shop.new_id("order"),
            amount=wanted.amount,
            amount_due=wanted.amount,
            currency=wanted.currency,
            created_at=self._shop.world.clock.epoch(),
            receipt=wanted.receipt,
            notes=wanted.notes or [],
        )
        book = self._shop.book(call.account.id)
        book.orders[order.id] = order
        if wanted.payment_capture is False:
            book.uncaptured_orders.append(order.id)
        return json_reply(order)

    def get(self, call: Call) -> Reply:
        """GET /v1/orders/{id}."""
        return json_reply(self._found(call))

    def list(self, call: Call) -> Reply:
        """GET /v1/orders, also by receipt."""
        query = call.request.query_pairs()
        check_query(query, FILTERS)
        matching: list[object] = [
            order
            for order in self._shop.book(call.account.id).orders.values()
            if query.get("receipt") in {None, order.receipt}
        ]
        return json_reply(collection(window(matching, query)))

    def list_payments(self, call: Call) -> Reply:
        """GET /v1/orders/{id}/payments."""
        order = self._found(call)
        payments: list[object] = [
            payment
            for payment in self._shop.book(call.account.id).payments.values()
            if payment.order_id == order.id
        ]
        return json_reply(collection([*reversed(payments)]))

    def _found(self, call: Call) -> Order:
        identity = known_id(call.arguments["id"], "order")
        order = self._shop.book(call.account.id).orders.get(identity)
        if order is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return order
