"""What Stripe refuses before it creates a Checkout Session."""

from paymux.sandbox.stripe import errors, money
from paymux.sandbox.stripe.book import StripeBook
from paymux.sandbox.stripe.params import LineItemParams, PriceData, SessionCreate
from paymux.sandbox.wire import is_web_url

SHORTEST_SECONDS = 30 * 60
LONGEST_SECONDS = 24 * 3600
# A request takes a moment to arrive.
TOLERANCE_SECONDS = 60
MOST_LINES = 100


def check(wanted: SessionCreate, book: StripeBook, now: int) -> None:
    """Refuse what cannot become a session."""
    _check_mode(wanted)
    _check_urls(wanted)
    _check_customer(wanted, book)
    _check_expiry(wanted.expires_at, now)
    if not wanted.line_items:
        raise errors.missing_parameter(param="line_items")
    if len(wanted.line_items) > MOST_LINES:
        message = "You may only specify up to 100 line items"
        raise errors.invalid(message, param="line_items")
    for position, line in enumerate(wanted.line_items):
        _check_line(line, f"line_items[{position}]")
    _check_one_currency(wanted)


def _check_mode(wanted: SessionCreate) -> None:
    if wanted.mode is None:
        raise errors.missing_parameter(param="mode")
    if wanted.mode != "payment":
        message = f"The sandbox serves sessions in `payment` mode only, not `{wanted.mode}`."
        raise errors.invalid(message, param="mode")
    if wanted.ui_mode not in {None, "hosted_page"}:
        message = "The sandbox serves sessions with `ui_mode: hosted_page` only."
        raise errors.invalid(message, param="ui_mode")


def _check_urls(wanted: SessionCreate) -> None:
    if wanted.success_url is None:
        raise errors.missing_parameter(param="success_url")
    for name, value in (("success_url", wanted.success_url), ("cancel_url", wanted.cancel_url)):
        if value is not None:
            check_url(value, name)


def check_url(value: str, param: str) -> None:
    """Refuse what is not an absolute http or https URL."""
    if not is_web_url(value):
        message = "Not a valid URL"
        raise errors.invalid(message, code="url_invalid", param=param)


def _check_customer(wanted: SessionCreate, book: StripeBook) -> None:
    for name in ("customer_email", "customer_creation"):
        if wanted.customer is not None and getattr(wanted, name) is not None:
            message = f"You may only specify one of these parameters: customer, {name}."
            raise errors.invalid(message, param="customer")
    if wanted.customer is not None and wanted.customer not in book.customers:
        raise errors.no_such(resource="customer", identity=wanted.customer, param="customer")
    email = wanted.customer_email
    if email is not None and "@" not in email:
        message = f"Invalid email address: {email}"
        raise errors.invalid(message, code="email_invalid", param="customer_email")


def _check_expiry(expires_at: int | None, now: int) -> None:
    if expires_at is None:
        return
    if expires_at < now + SHORTEST_SECONDS - TOLERANCE_SECONDS:
        message = (
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation."
        )
        raise errors.invalid(message, param="expires_at")
    if expires_at > now + LONGEST_SECONDS + TOLERANCE_SECONDS:
        message = (
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        )
        raise errors.invalid(message, param="expires_at")


def _check_line(line: LineItemParams, at: str) -> None:
    if line.quantity is None:
        raise errors.missing_parameter(param=f"{at}[quantity]")
    if line.quantity < 1:
        message = "This value must be greater than or equal to 1."
        code = "parameter_invalid_integer"
        raise errors.invalid(message, code=code, param=f"{at}[quantity]")
    if line.price is not None:
        raise errors.no_such(resource="price", identity=line.price, param=f"{at}[price]")
    if line.price_data is None:
        message = "You must specify either `price` or `price_data` when creating a line item."
        raise errors.invalid(message, code="parameter_missing", param=f"{at}[price]")
    _check_price(line.price_data, f"{at}[price_data]")


def _check_price(price: PriceData, at: str) -> None:
    money.check_currency(price.currency.lower(), f"{at}[currency]")
    if price.product_data is None:
        raise errors.missing_parameter(param=f"{at}[product_data]")
    if price.recurring is not None:
        message = "You cannot use recurring prices in `payment` mode."
        raise errors.invalid(message, param=at)
    if (price.unit_amount is None) == (price.unit_amount_decimal is None):
        message = "You must pass exactly one of `unit_amount` and `unit_amount_decimal`."
        raise errors.invalid(message, code="parameter_missing", param=f"{at}[unit_amount]")
    money.check_unit_amount(unit_amount(price, at), price.currency.lower(), f"{at}[unit_amount]")


def unit_amount(price: PriceData, at: str) -> int:
    """The unit amount, whichever way it was given."""
    if price.unit_amount is not None:
        return price.unit_amount
    given = price.unit_amount_decimal or ""
    if not given.isdecimal():
        message = f"Invalid decimal: {given}. The sandbox takes whole minor units only."
        raise errors.invalid(message, param=f"{at}[unit_amount_decimal]")
    return int(given)


def _check_one_currency(wanted: SessionCreate) -> None:
    lines = wanted.line_items or []
    currencies = {line.price_data.currency.lower() for line in lines if line.price_data}
    if wanted.currency is not None:
        currencies.add(wanted.currency.lower())
    if len(currencies) > 1:
        message = "All line items must have the same currency."
        raise errors.invalid(message, param="line_items")
