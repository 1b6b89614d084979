"""/v1/customers."""

from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import errors
from paymux.sandbox.stripe.lists import list_body, page_of, within
from paymux.sandbox.stripe.objects import Address, Customer
from paymux.sandbox.stripe.params import (
    CustomerCreate,
    CustomerFields,
    CustomerList,
    CustomerUpdate,
    Retrieve,
    Strict,
)
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Reply, json_reply

PLAIN_FIELDS = ("description", "email", "name", "phone")


class Customers:
    """Customers; nothing makes an e-mail address unique."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop

    def create(self, call: Call) -> Reply:
        """POST /v1/customers."""
        wanted = self._shop.parameters(call, CustomerCreate)
        customer = Customer(
            id=self._shop.new_id("cus", 14),
            created=self._shop.world.clock.epoch(),
            invoice_prefix=self._shop.world.identifiers.uppercase(8),
        )
        _apply(customer, wanted)
        self._shop.book(call.account.id).customers[customer.id] = customer
        self._shop.emit(call.account.id, "customer.created", customer, call)
        return json_reply(customer)

    def get(self, call: Call) -> Reply:
        """GET /v1/customers/{customer}; a deleted one is still told of."""
        self._shop.parameters(call, Retrieve)
        identity = call.arguments["customer"]
        if identity in self._shop.book(call.account.id).deleted_customers:
            return json_reply({"id": identity, "object": "customer", "deleted": True})
        return json_reply(self._found(call))

    def update(self, call: Call) -> Reply:
        """POST /v1/customers/{customer}."""
        wanted = self._shop.parameters(call, CustomerUpdate)
        customer = self._found(call)
        _apply(customer, wanted)
        self._shop.emit(call.account.id, "customer.updated", customer, call)
        return json_reply(customer)

    def delete(self, call: Call) -> Reply:
        """DELETE /v1/customers/{customer}."""
        self._shop.parameters(call, Strict)
        customer = self._found(call)
        book = self._shop.book(call.account.id)
        del book.customers[customer.id]
        book.deleted_customers.add(customer.id)
        self._shop.emit(call.account.id, "customer.deleted", customer, call)
        return json_reply({"id": customer.id, "object": "customer", "deleted": True})

    def list(self, call: Call) -> Reply:
        """GET /v1/customers."""
        wanted = self._shop.parameters(call, CustomerList)
        matching = [
            customer
            for customer in self._shop.book(call.account.id).customers.values()
            if wanted.email in {None, customer.email} and within(customer.created, wanted.created)
        ]
        data, more = page_of(matching, wanted, "customer")
        return json_reply(list_body([*data], "/v1/customers", has_more=more))

    def _found(self, call: Call) -> Customer:
        identity = call.arguments["customer"]
        customer = self._shop.book(call.account.id).customers.get(identity)
        if customer is None:
            raise errors.no_such(resource="customer", identity=identity, param="id")
        return customer


def _apply(customer: Customer, wanted: CustomerFields) -> None:
    for name in PLAIN_FIELDS:
        value = getattr(wanted, name)
        if value is not None:
            setattr(customer, name, value or None)
    if wanted.metadata == "":
        customer.metadata = {}
    elif wanted.metadata:
        merged = customer.metadata | wanted.metadata
        customer.metadata = {key: value for key, value in merged.items() if value}
    if wanted.address is not None:
        customer.address = _address(wanted)
    if wanted.tax_exempt is not None:
        customer.tax_exempt = wanted.tax_exempt or "none"
    if wanted.preferred_locales is not None:
        customer.preferred_locales = wanted.preferred_locales


def _address(wanted: CustomerFields) -> Address | None:
    given = wanted.address
    if given is None or given == "":
        return None
    return Address(
        city=given.city,
        country=given.country,
        line1=given.line1,
        line2=given.line2,
        postal_code=given.postal_code,
        state=given.state,
    )
