"""`/v1/customers`."""

from typing import Annotated

import msgspec
from litestar import Controller, get, patch, post
from litestar.params import Parameter
from msgspec import UNSET, Meta, Struct, UnsetType

from paymux.billing.application.customers import CustomerChanges, Customers, NewCustomer
from paymux.billing.domain.customer import Customer
from paymux.kernel.ids import CustomerId
from paymux.kernel.origin import Origin
from paymux.kernel.pages import PageRequest
from paymux.platform.http.fields import LaterMoment, Moment, example, identifier
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.tenancy.http import operator, reader
from paymux.tenancy.principal import Principal

Name = Annotated[str, Meta(min_length=1, max_length=200, examples=["Ada Lovelace"])]
Email = Annotated[
    str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254, examples=["ada@example.com"])
]
Phone = Annotated[str, Meta(pattern=r"^\+?[0-9 ()-]{6,20}$", examples=["+4915112345678"])]
Key = Annotated[str, Meta(min_length=1, max_length=40)]
Value = Annotated[str, Meta(max_length=500)]
Metadata = Annotated[
    dict[Key, Value],
    Meta(max_length=20, description="Yours; given back as it is.", examples=[{"tier": "gold"}]),
]


class CreateCustomerBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer to create."""

    external_id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            description="Your own id, unique per mode.",
            examples=["user-42"],
        ),
    ]
    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    metadata: Metadata = msgspec.field(default_factory=dict)

    def to_command(self) -> NewCustomer:
        """Return the request as the application takes it."""
        return NewCustomer(**msgspec.structs.asdict(self))


class UpdateCustomerBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; null empties a field."""

    name: Name | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET

    def to_command(self) -> CustomerChanges:
        """Return the request as the application takes it."""
        return CustomerChanges(**msgspec.structs.asdict(self))


class CustomerBody(Struct, frozen=True, kw_only=True):
    """A customer."""

    id: Annotated[str, identifier("cus")]
    external_id: Annotated[str, example("user-42")]
    name: Annotated[str, example("Ada Lovelace")] | None
    email: Annotated[str, example("ada@example.com")] | None
    phone: Annotated[str, example("+4915112345678")] | None
    metadata: Annotated[dict[str, str], example({"tier": "gold"})]
    created_at: Moment
    updated_at: LaterMoment


class CustomersController(Controller):
    """Whom you bill."""

    path = "/v1/customers"
    tags = ("Customers",)

    @post(
        "/",
        guards=[operator],
        operation_id="createCustomer",
        summary="Create a customer",
        description="Known to you by `external_id`; enough to pay with. Refused when the id is "
        "taken.",
    )
    async def create_customer(
        self,
        data: CreateCustomerBody,
        principal: Principal,
        customers: Customers,
        origin: Origin | None,
    ) -> CustomerBody:
        """Create a customer."""
        return _body(await customers.create(principal.scope, data.to_command(), origin))

    @get(
        "/",
        guards=[reader],
        operation_id="listCustomers",
        summary="List customers, newest first",
        description="`external_id` finds the one that is yours.",
    )
    async def list_customers(
        self,
        principal: Principal,
        customers: Customers,
        page: PageRequest,
        external_id: Annotated[str | None, Parameter(max_length=100)] = None,
    ) -> PageResponse[CustomerBody]:
        """List customers."""
        return page_response(await customers.list(principal.scope, external_id, page), _body)

    @get(
        "/{customer_id:str}",
        guards=[reader],
        operation_id="getCustomer",
        summary="Get a customer",
        description="By our id; your own is the `external_id` of the list.",
    )
    async def get_customer(
        self, customer_id: str, principal: Principal, customers: Customers
    ) -> CustomerBody:
        """Get one customer."""
        return _body(await customers.get(principal.scope, CustomerId(customer_id)))

    @patch(
        "/{customer_id:str}",
        guards=[operator],
        operation_id="updateCustomer",
        summary="Change a customer",
        description="What is left out stays as it is; null empties a field. The `external_id` "
        "never changes.",
    )
    async def update_customer(
        self,
        customer_id: str,
        data: UpdateCustomerBody,
        principal: Principal,
        customers: Customers,
    ) -> CustomerBody:
        """Change one customer."""
        changed = await customers.update(
            principal.scope, CustomerId(customer_id), data.to_command()
        )
        return _body(changed)


def _body(customer: Customer) -> CustomerBody:
    return msgspec.convert(customer, CustomerBody, from_attributes=True)
