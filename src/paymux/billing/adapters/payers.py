"""Customers as payments knows them: payers."""

from paymux.billing.application.customers import Customers
from paymux.kernel.ids import CustomerId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Payer


class CustomersAsPayers:
    """Answers payments' outbound port `Payers`."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    async def find(self, scope: Scope, customer_id: CustomerId) -> Payer:
        """Return the customer as a payer; raises ThingIsNotFound."""
        customer = await self._customers.get(scope, customer_id)
        return Payer(
            customer_id=customer.id,
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
        )
