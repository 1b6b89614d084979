"""/v1/subscription_registration/auth_links and the invoices that they are."""

from collections.abc import Iterator

from paymux.sandbox.accounts import Account
from paymux.sandbox.razorpay import errors, money
from paymux.sandbox.razorpay.objects import Customer, Order
from paymux.sandbox.razorpay.params import Nothing, read
from paymux.sandbox.razorpay.payment_links import LATEST_SECONDS, SOONEST_SECONDS
from paymux.sandbox.razorpay.recurring_objects import Invoice, InvoiceCustomer
from paymux.sandbox.razorpay.recurring_params import RegistrationCreate, RegistrationCustomer
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, collection, known_id, window
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

FILTERS = {"type", "payment_id", "receipt", "customer_id", "count", "skip", "from", "to"}
MANDATES = range(100, 100_000_001)
OPEN = "issued"


class Registrations:
    """Registration links; a receipt used twice is not refused, as no such error is documented."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def create(self, call: Call) -> Reply:
        """POST /v1/subscription_registration/auth_links."""
        wanted = read(call, RegistrationCreate)
        now = self._shop.world.clock.epoch()
        _check(wanted, now)
        invoice = self._new(call, wanted, self._customer(call.account.id, wanted.customer), now)
        book = self._shop.book(call.account.id)
        book.invoices[invoice.id] = invoice
        book.mandates[invoice.id] = int(wanted.subscription_registration.max_amount)
        return json_reply(invoice)

    def get(self, call: Call) -> Reply:
        """GET /v1/invoices/{id}."""
        return json_reply(self._found(call))

    def list(self, call: Call) -> Reply:
        """GET /v1/invoices, also by receipt, payment or customer."""
        query = call.request.query_pairs()
        check_query(query, FILTERS)
        matching: list[object] = [
            invoice
            for invoice in self._shop.book(call.account.id).invoices.values()
            if query.get("receipt") in {None, invoice.receipt}
            and query.get("payment_id") in {None, invoice.payment_id}
            and query.get("customer_id") in {None, invoice.customer_id}
        ]
        return json_reply(collection(window(matching, query)))

    def cancel(self, call: Call) -> Reply:
        """POST /v1/invoices/{id}/cancel: only while it is issued; no webhook tells."""
        read(call, Nothing)
        invoice = self._found(call)
        if invoice.status != OPEN:
            message = f"Operation not allowed for Invoice in {invoice.status} status."
            raise errors.refuse(message)
        invoice.status, invoice.cancelled_at = "cancelled", self._shop.world.clock.epoch()
        return json_reply(invoice)

    def expire_now(self, account: Account, invoice: Invoice) -> None:
        """End an unpaid link."""
        if invoice.status == OPEN:
            invoice.status, invoice.expired_at = "expired", self._shop.world.clock.epoch()
            self._shop.emit(account, "invoice.expired", {"invoice": invoice})

    def sweep(self) -> None:
        """Expire the links whose time is over."""
        now = self._shop.world.clock.epoch()
        for account_id, invoice in self.every():
            if invoice.status == OPEN and 0 < (invoice.expire_by or 0) <= now:
                self.expire_now(self._shop.world.accounts.by_id[account_id], invoice)
                self._shop.world.changed()

    def every(self) -> Iterator[tuple[str, Invoice]]:
        """Every link with its account's id."""
        for account_id, book in self._shop.books.items():
            for invoice in book.invoices.values():
                yield account_id, invoice

    def by_id(self, invoice_id: str) -> tuple[Account, Invoice] | None:
        """A link of whichever account, for its pay page."""
        for account_id, book in self._shop.books.items():
            if invoice_id in book.invoices:
                return self._shop.world.accounts.by_id[account_id], book.invoices[invoice_id]
        return None

    def _customer(self, account_id: str, wanted: RegistrationCustomer) -> Customer:
        """Find the customer by e-mail and contact, or create one."""
        customers = self._shop.book(account_id).customers
        key = (wanted.email, wanted.contact)
        known = next((c for c in customers.values() if (c.email, c.contact) == key), None)
        if known is not None:
            return known
        customer = Customer(
            id=self._shop.new_id("cust"),
            created_at=self._shop.world.clock.epoch(),
            name=wanted.name,
            email=wanted.email,
            contact=wanted.contact,
        )
        customers[customer.id] = customer
        return customer

    def _new(self, call: Call, wanted: RegistrationCreate, whose: Customer, now: int) -> Invoice:
        amount = int(wanted.amount)
        identity = self._shop.new_id("inv")
        return Invoice(
            id=identity,
            receipt=wanted.receipt,
            invoice_number=wanted.receipt,
            customer_id=whose.id,
            customer_details=_details(whose),
            order_id=self._order(call.account.id, amount, wanted.currency, now).id,
            expire_by=wanted.expire_by,
            issued_at=now,
            sms_status="pending" if wanted.sms_notify else None,
            email_status="pending" if wanted.email_notify else None,
            date=now,
            gross_amount=amount,
            amount=amount,
            amount_due=amount,
            currency=wanted.currency,
            description=wanted.description,
            notes=wanted.notes or [],
            short_url=f"{call.request.base_url}/a/{identity.removeprefix('inv_')}",
            created_at=now,
        )

    def _order(self, account_id: str, amount: int, currency: str, now: int) -> Order:
        order = Order(
            id=self._shop.new_id("order"),
            amount=amount,
            amount_due=amount,
            currency=currency,
            created_at=now,
        )
        self._shop.book(account_id).orders[order.id] = order
        return order

    def _found(self, call: Call) -> Invoice:
        identity = known_id(call.arguments["id"], "inv")
        invoice = self._shop.book(call.account.id).invoices.get(identity)
        if invoice is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return invoice


def _details(customer: Customer) -> InvoiceCustomer:
    return InvoiceCustomer(
        id=customer.id,
        name=customer.name,
        email=customer.email,
        contact=customer.contact,
        customer_name=customer.name,
        customer_email=customer.email,
        customer_contact=customer.contact,
    )


def _check(wanted: RegistrationCreate, now: int) -> None:
    money.check(int(wanted.amount), wanted.currency, international=False)
    if int(wanted.subscription_registration.max_amount) not in MANDATES:
        message = "The max amount must be between 100 and 100000000."
        raise errors.refuse(message, field="max_amount")
    expire_by = wanted.expire_by
    if expire_by is not None and not now + SOONEST_SECONDS <= expire_by <= now + LATEST_SECONDS:
        message = "expire_by should be at least 15 minutes after current time"
        raise errors.refuse(message, field="expire_by")
