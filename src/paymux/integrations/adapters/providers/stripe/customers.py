"""Customers. https://docs.stripe.com/api/customers; nothing there is unique but the id."""

from paymux.integrations.adapters.providers.stripe.transport import (
    ChangedCustomer,
    NewCustomer,
    Transport,
)
from paymux.payments.ports.connectors import CustomerRecord, CustomerReference, Failure


class Customers:
    """Creates and updates customers."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def put(
        self, customer: CustomerRecord, key: str, reference: str | None
    ) -> CustomerReference | Failure:
        """Update the customer when its reference is known, else create it under the key."""
        ours = {"customer_id": customer.customer_id}
        if reference is None:
            new: NewCustomer = {"metadata": ours}
            _fill(new, customer)
            stored = await self._transport.create_customer(new, key)
        else:
            changed: ChangedCustomer = {"metadata": ours}
            _fill(changed, customer)
            stored = await self._transport.update_customer(reference, changed, key)
        return stored if isinstance(stored, Failure) else CustomerReference(stored.id)


def _fill(params: NewCustomer | ChangedCustomer, customer: CustomerRecord) -> None:
    """Say what is known; what is not stays as it is at Stripe."""
    if customer.name:
        params["name"] = customer.name
    if customer.email:
        params["email"] = customer.email
    if customer.phone:
        params["phone"] = customer.phone
