"""Request bodies: the documented allow-list of each operation; extra fields are refused."""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.objects import Notes
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Refusal

Parameters = TypeVar("Parameters")
Switch = str | bool | int
MOST_NOTES = 15
LONGEST_NOTE = 256


class Closed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A body that takes no other fields."""


class OrderCreate(Closed):
    """POST /v1/orders; `payment_capture` is for charges of saved cards."""

    amount: int
    currency: str
    receipt: Annotated[str, Meta(max_length=40)] | None = None
    notes: Notes = {}
    payment_capture: bool | None = None


class LinkCustomerParams(Closed):
    """Whom the link is for."""

    name: str = ""
    email: str = ""
    contact: str = ""


class NotifyParams(Closed):
    """Which channels to use."""

    sms: bool = False
    email: bool = False
    whatsapp: bool = False


class LinkCreate(Closed):
    """POST /v1/payment_links."""

    amount: int
    currency: str = "INR"
    upi_link: bool = False
    description: Annotated[str, Meta(max_length=2048)] = ""
    reference_id: Annotated[str, Meta(max_length=40)] = ""
    customer: LinkCustomerParams = msgspec.field(default_factory=LinkCustomerParams)
    expire_by: int = 0
    notify: NotifyParams = msgspec.field(default_factory=NotifyParams)
    notes: Notes | None = None
    callback_url: str = ""
    callback_method: str = ""
    reminder_enable: bool = False
    accept_partial: bool = False
    first_min_partial_amount: int = 0
    options: dict[str, object] | None = None


class LinkUpdate(Closed):
    """PATCH /v1/payment_links/{id}."""

    reference_id: Annotated[str, Meta(max_length=40)] | None = None
    expire_by: int | None = None
    notes: Notes | None = None
    reminder_enable: bool | None = None


class CustomerUpdate(Closed):
    """PUT /v1/customers/{id}."""

    name: Annotated[str, Meta(max_length=50)] | None = None
    contact: Annotated[str, Meta(max_length=15)] | None = None
    email: Annotated[str, Meta(max_length=64)] | None = None


class CustomerCreate(CustomerUpdate):
    """POST /v1/customers."""

    fail_existing: Switch = "1"
    gstin: str | None = None
    notes: Notes = {}


class Capture(Closed):
    """POST /v1/payments/{id}/capture."""

    amount: int
    currency: str


class RefundCreate(Closed):
    """POST /v1/payments/{id}/refund; without an amount all of it."""

    amount: int | None = None
    speed: Literal["normal", "optimum"] = "normal"
    notes: Notes = {}
    receipt: str | None = None


class Nothing(Closed):
    """Operations that take no body."""


def read(call: Call, wanted: type[Parameters]) -> Parameters:
    """The body of a request; raises Refusal with Razorpay's own complaint."""
    try:
        body = msgspec.json.decode(call.request.body or b"{}", type=wanted)
    except msgspec.ValidationError as problem:
        raise _complaint(str(problem)) from problem
    except msgspec.DecodeError as problem:
        message = "The request body is not valid JSON."
        raise errors.refuse(message) from problem
    check_notes(getattr(body, "notes", None))
    return body


def check_notes(notes: Notes | None) -> None:
    """At most 15 notes of at most 256 characters."""
    if not notes:
        return
    if len(notes) > MOST_NOTES:
        message = "notes: the number of fields must not be greater than 15."
        raise errors.refuse(message, field="notes")
    if any(isinstance(value, str) and len(value) > LONGEST_NOTE for value in notes.values()):
        message = "value: the length must not be greater than 255."
        raise errors.refuse(message, field="notes")


def _complaint(problem: str) -> Refusal:
    said, _, where = problem.partition(" - at `$")
    named = said.split("`")[1] if "`" in said else ""
    field = where.rstrip("`").removeprefix(".")
    if "unknown field" in said:
        message = f"{named} is/are not required and should not be sent"
        return errors.refuse(message, field=named)
    if "missing required field" in said:
        return errors.refuse(f"The {named} field is required.", field=named)
    if named in {"int", "int | null"}:
        return errors.refuse(f"The {field} must be an integer.", field=field)
    if "length <=" in said:
        limit = said.rsplit(" ", 1)[-1]
        message = f"The {field} may not be greater than {limit} characters."
        return errors.refuse(message, field=field)
    return errors.refuse(f"The {field} format is invalid.", field=field)
