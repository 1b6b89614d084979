"""Request bodies of registration links and charges.

There is no published schema of these; the fields are those of the tables and samples on
razorpay.com/docs/api/payments/recurring-payments/cards/create-authorization-transaction and
…/cards/create-subsequent-payments, where numbers are written as integers and as strings.
"""

from typing import Annotated, Literal

from msgspec import Meta

from paymux.sandbox.razorpay.objects import Notes
from paymux.sandbox.razorpay.params import Closed

Number = int | Annotated[str, Meta(pattern=r"^[0-9]{1,12}$")]


class RegistrationCustomer(Closed):
    """Whom a registration link is for; all of it is mandatory."""

    name: Annotated[str, Meta(min_length=1, max_length=50)]
    email: Annotated[str, Meta(min_length=3, max_length=64)]
    contact: Annotated[str, Meta(min_length=8, max_length=15)]


class RegistrationDetails(Closed):
    """What the payer agrees to; this sandbox registers cards only."""

    method: Literal["card"]
    max_amount: Number
    frequency: Literal["weekly", "monthly", "yearly", "as_presented"]
    expire_at: int | None = None


class RegistrationCreate(Closed):
    """POST /v1/subscription_registration/auth_links."""

    customer: RegistrationCustomer
    type: Literal["link"]
    amount: Number
    currency: str
    description: Annotated[str, Meta(min_length=1, max_length=2048)]
    subscription_registration: RegistrationDetails
    receipt: Annotated[str, Meta(max_length=40)] | None = None
    sms_notify: bool = True
    email_notify: bool = True
    expire_by: int | None = None
    notes: Notes = {}


class ChargeCreate(Closed):
    """POST /v1/payments/create/recurring."""

    amount: int
    currency: str
    order_id: str
    customer_id: str
    token: str
    recurring: bool
    description: Annotated[str, Meta(max_length=255)] | None = None
    email: str | None = None
    contact: str | None = None
    notes: Notes = {}
