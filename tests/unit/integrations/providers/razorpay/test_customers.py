import pytest

from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.integrations.adapters.providers.razorpay.customers import phone_of
from paymux.payments.ports.connectors import (
    CustomerRecord,
    CustomerReference,
    Failure,
    Outcome,
)
from tests.unit.integrations.providers.razorpay.stand_in import StandIn, refuses, says

CUSTOMER = says(200, {"id": "cust_1Aa00000000004", "entity": "customer"})
ADA = CustomerRecord(
    customer_id="cus_01", name="Ada", email="ada@b.example", phone="+91 98765 43210"
)


async def test_a_new_customer_is_created_or_the_existing_one_given_back(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(CUSTOMER)
    answer = await connector.put_customer(ADA, "key", None)
    assert answer == CustomerReference("cust_1Aa00000000004")
    (asked,) = razorpay.asked
    assert (asked.method, asked.path) == ("POST", "/v1/customers")
    assert asked.json == {
        "fail_existing": "0",
        "name": "Ada",
        "email": "ada@b.example",
        "contact": "+919876543210",
        "notes": {"customer_id": "cus_01"},
    }


async def test_a_known_customer_is_updated(
    razorpay: StandIn, connector: RazorpayConnector
) -> None:
    razorpay.will(CUSTOMER)
    answer = await connector.put_customer(ADA, "key", "cust_1Aa00000000004")
    assert answer == CustomerReference("cust_1Aa00000000004")
    (asked,) = razorpay.asked
    assert (asked.method, asked.path) == ("PUT", "/v1/customers/cust_1Aa00000000004")
    assert asked.json == {"name": "Ada", "email": "ada@b.example", "contact": "+919876543210"}


@pytest.mark.parametrize(
    ("customer", "reference", "code"),
    [
        (CustomerRecord(customer_id="cus_01", name="Ada"), None, "customer_not_reachable"),
        (CustomerRecord(customer_id="cus_01", email="a" * 65), None, "email_too_long"),
        (CustomerRecord(customer_id="cus_01", phone="+" + "1" * 15), None, "contact_too_long"),
        (ADA, "cust/../../payments", "reference_malformed"),
    ],
)
async def test_what_could_make_a_second_customer_is_refused_before_any_call(
    razorpay: StandIn,
    connector: RazorpayConnector,
    customer: CustomerRecord,
    reference: str | None,
    code: str,
) -> None:
    answer = await connector.put_customer(customer, "key", reference)
    assert isinstance(answer, Failure)
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, code)
    assert razorpay.asked == []


async def test_a_refusal_is_passed_on(razorpay: StandIn, connector: RazorpayConnector) -> None:
    razorpay.will(refuses("Contact number should be at least 8 digits, including country code."))
    answer = await connector.put_customer(ADA, "key", None)
    assert isinstance(answer, Failure)
    assert (answer.outcome, answer.code) == (Outcome.REJECTED, "contact_too_short")


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        (None, None),
        ("", None),
        ("none", None),
        ("+91 (987) 654-3210", "+919876543210"),
        ("0049 170 1", "00491701"),
        (" +1", "+1"),
    ],
)
def test_phone_numbers_are_reduced_to_digits(text: str | None, phone: str | None) -> None:
    assert phone_of(text) == phone
