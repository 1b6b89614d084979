"""/v1/customers."""

from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.objects import Customer
from paymux.sandbox.razorpay.params import CustomerCreate, CustomerUpdate, read
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, collection, known_id, window
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

EXISTS = "Customer already exists for the merchant"
LEAST_DIGITS = 8


class Customers:
    """Customers; e-mail address and contact together are unique."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def create(self, call: Call) -> Reply:
        """POST /v1/customers; `fail_existing: "0"` returns the one that exists."""
        wanted = read(call, CustomerCreate)
        _check_contact(wanted.contact)
        existing = self._existing(call, wanted)
        if existing is not None:
            if str(wanted.fail_existing).lower() in {"1", "true"}:
                raise errors.refuse(EXISTS)
            return json_reply(existing)
        customer = Customer(
            id=self._shop.new_id("cust"),
            created_at=self._shop.world.clock.epoch(),
            name=wanted.name or "",
            email=wanted.email or "",
            contact=wanted.contact or "",
            gstin=wanted.gstin,
            notes=wanted.notes or [],
        )
        self._shop.book(call.account.id).customers[customer.id] = customer
        return json_reply(customer)

    def get(self, call: Call) -> Reply:
        """GET /v1/customers/{id}."""
        return json_reply(self._found(call))

    def update(self, call: Call) -> Reply:
        """PUT /v1/customers/{id}."""
        wanted = read(call, CustomerUpdate)
        _check_contact(wanted.contact)
        customer = self._found(call)
        customer.name = customer.name if wanted.name is None else wanted.name
        customer.email = customer.email if wanted.email is None else wanted.email
        customer.contact = customer.contact if wanted.contact is None else wanted.contact
        return json_reply(customer)

    def list(self, call: Call) -> Reply:
        """GET /v1/customers."""
        query = call.request.query_pairs()
        check_query(query, {"count", "skip"})
        customers: list[object] = [*self._shop.book(call.account.id).customers.values()]
        return json_reply(collection(window(customers, query)))

    def _existing(self, call: Call, wanted: CustomerCreate) -> Customer | None:
        key = (wanted.email or "", wanted.contact or "")
        customers = self._shop.book(call.account.id).customers.values()
        return next((c for c in customers if (c.email, c.contact) == key), None)

    def _found(self, call: Call) -> Customer:
        identity = known_id(call.arguments["id"], "cust")
        customer = self._shop.book(call.account.id).customers.get(identity)
        if customer is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return customer


def _check_contact(contact: str | None) -> None:
    if contact and sum(letter.isdigit() for letter in contact) < LEAST_DIGITS:
        message = "Contact number should be at least 8 digits, including country code."
        raise errors.refuse(message, field="contact")
