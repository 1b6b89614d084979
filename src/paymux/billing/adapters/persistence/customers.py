"""Customers in PostgreSQL."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.billing.adapters.persistence.rows import CustomerRow
from paymux.billing.domain.customer import Customer
from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound
from paymux.kernel.ids import CustomerId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.platform.database.paging import fetch_page


class ExternalIdIsTaken(PaymuxError):
    """Another customer of this tenant and mode carries the external id.

    List customers with that `external_id` to find it.
    """

    code = "external_id_taken"
    category = Category.CONFLICT

    def __init__(self, external_id: str) -> None:
        super().__init__(
            f"A customer with external_id {external_id!r} exists.", field="external_id"
        )


class SqlCustomers:
    """The customers of one scope."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def add(self, customer: Customer) -> None:
        """Insert the customer; raises ExternalIdIsTaken."""
        row = CustomerRow(tenant_id=self._scope.tenant_id, id=customer.id, mode=self._scope.mode)
        write(customer, row)
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if "external_id" not in str(error.orig):
                raise
            raise ExternalIdIsTaken(customer.external_id) from None

    async def get(self, customer_id: CustomerId) -> Customer:
        """Read the customer; raises ThingIsNotFound."""
        return read(await self._row(customer_id))

    async def lock(self, customer_id: CustomerId) -> Customer:
        """Read the customer and keep its row until the transaction ends."""
        return read(await self._row(customer_id, lock=True))

    async def save(self, customer: Customer) -> None:
        """Write a locked customer back."""
        write(customer, await self._row(customer.id))
        await self._session.flush()

    async def list(self, external_id: str | None, page: PageRequest) -> Page[Customer]:
        """Read one page, newest first."""
        statement = select(CustomerRow).where(
            CustomerRow.tenant_id == self._scope.tenant_id, CustomerRow.mode == self._scope.mode
        )
        if external_id is not None:
            statement = statement.where(CustomerRow.external_id == external_id)
        return (await fetch_page(self._session, statement, CustomerRow, page)).map(read)

    async def _row(self, customer_id: CustomerId, *, lock: bool = False) -> CustomerRow:
        row = await self._session.get(
            CustomerRow,
            (self._scope.tenant_id, customer_id),
            with_for_update=lock or None,
            populate_existing=lock,
        )
        if row is None or row.mode != self._scope.mode:
            kind = "customer"
            raise ThingIsNotFound(kind, customer_id)
        return row


def write(customer: Customer, row: CustomerRow) -> None:
    """Bring the row up to the customer."""
    row.external_id = customer.external_id
    row.name, row.email, row.phone = customer.name, customer.email, customer.phone
    row.metadata_ = dict(customer.metadata)
    row.created_at, row.updated_at = customer.created_at, customer.updated_at


def read(row: CustomerRow) -> Customer:
    """Return the customer that the row keeps."""
    return Customer(
        id=CustomerId(row.id),
        external_id=row.external_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.name,
        email=row.email,
        phone=row.phone,
        metadata={key: str(value) for key, value in row.metadata_.items()},
        version=row.version,
    )
