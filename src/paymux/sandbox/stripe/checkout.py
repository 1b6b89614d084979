"""Stripe's hosted Checkout page: what paying, declining and leaving do."""

from paymux.sandbox.provider import PageAction, PayOrder, PayPage, SoldObject, UnknownAction
from paymux.sandbox.stripe import money, movements
from paymux.sandbox.stripe.book import SessionRecord
from paymux.sandbox.stripe.holds import Holds
from paymux.sandbox.stripe.instruments import Instruments
from paymux.sandbox.stripe.objects import (
    Charge,
    Customer,
    CustomerDetails,
    LastPaymentError,
    PaymentIntent,
)
from paymux.sandbox.stripe.sessions import Sessions
from paymux.sandbox.stripe.shop import StripeShop

PATH = "/c/pay/"
ACTIONS = [
    PageAction("pay", "Pay", "primary"),
    PageAction("pay_async", "Pay by bank debit (settles later)"),
    PageAction("decline", "Pay with a card that is declined", "danger"),
    PageAction("abandon", "Cancel and return"),
]
HOLDING = [action for action in ACTIONS if action.name != "pay_async"]
SETTLING = [
    PageAction("async_succeed", "Bank debit arrives", "primary"),
    PageAction("async_fail", "Bank debit fails", "danger"),
]
PAYER_EMAIL = "payer@example.com"


class CheckoutPage:
    """Carries out what a payer does with a session."""

    def __init__(
        self, shop: StripeShop, sessions: Sessions, holds: Holds, instruments: Instruments
    ) -> None:
        self._shop = shop
        self._sessions = sessions
        self._holds = holds
        self._instruments = instruments

    def find(self, path: str) -> PayPage | None:
        """The page at `/c/pay/{session}`."""
        if not path.startswith(PATH):
            return None
        found = self._sessions.by_id(path.removeprefix(PATH))
        if found is None:
            return None
        account_id, record = found
        session = record.session
        actions = _actions(record)
        failed = self._intent(account_id, record)
        error = (
            failed.last_payment_error
            if failed is not None and failed.status == "requires_payment_method"
            else None
        )
        return PayPage(
            provider="stripe",
            account_id=account_id,
            reference=session.id,
            merchant=self._shop.world.accounts.by_id[account_id].merchant_name,
            description=", ".join(line.description for line in record.lines),
            amount=money.shown(session.amount_total, session.currency),
            status=session.status,
            payable=bool(actions),
            actions=actions,
            message=error.message if error is not None else None,
            back_url=_success_url(record) if session.status == "complete" else session.cancel_url,
        )

    def pay(self, page: PayPage, order: PayOrder) -> str | None:
        """Do what the payer chose; the merchant's URL the payer is sent to, if any."""
        found = self._sessions.by_id(page.reference)
        if found is None or not page.payable:
            message = f"This session is {page.status}: nothing can be paid here any more."
            raise UnknownAction(message)
        if order.action not in {action.name for action in page.actions}:
            message = f"This page has no action {order.action!r} now."
            raise UnknownAction(message)
        account_id, record = found
        if order.amount is not None:
            record.session.amount_subtotal = record.session.amount_total = order.amount
        return self._act(account_id, record, order.action)

    def sold(self) -> list[SoldObject]:
        """Every session of every account."""
        return [
            SoldObject(
                provider="stripe",
                account_id=account_id,
                kind="checkout_session",
                id=record.session.id,
                our_reference=record.session.client_reference_id,
                status=record.session.status,
                created=record.session.created,
            )
            for account_id, record in self._sessions.every()
        ]

    def _act(self, account_id: str, record: SessionRecord, action: str) -> str | None:
        match action:
            case "pay" if _holds_only(record):
                self._complete(account_id, record)
                intent = self._intent_of(account_id, record)
                charge = self._charge(account_id, record, intent)
                self._holds.place(account_id, intent, charge)
                self._keep(account_id, intent, charge)
                self._shop.emit(account_id, "checkout.session.completed", record.session)
            case "pay":
                self._complete(account_id, record)
                self._settle(account_id, record, "checkout.session.completed")
            case "pay_async":
                self._complete(account_id, record)
                intent = self._intent_of(account_id, record)
                intent.status, record.delayed = "processing", True
                self._shop.emit(account_id, "payment_intent.processing", intent)
                self._shop.emit(account_id, "checkout.session.completed", record.session)
            case "async_succeed":
                self._settle(account_id, record, "checkout.session.async_payment_succeeded")
            case "async_fail":
                self._fail(account_id, record)
                kind = "checkout.session.async_payment_failed"
                self._shop.emit(account_id, kind, record.session)
            case "decline":
                self._fail(account_id, record)
                return None
            case _:
                return record.session.cancel_url
        return _success_url(record)

    def _complete(self, account_id: str, record: SessionRecord) -> None:
        session = record.session
        intent = self._intent_of(account_id, record)
        intent.amount = session.amount_total
        session.status, session.url = "complete", None
        if session.customer_details is None:
            session.customer_details = CustomerDetails(email=PAYER_EMAIL, name="Pat Payer")
        if session.customer is None and session.customer_creation == "always":
            self._create_customer(account_id, record)

    def _create_customer(self, account_id: str, record: SessionRecord) -> None:
        details = record.session.customer_details
        customer = Customer(
            id=self._shop.new_id("cus", 14),
            created=self._shop.world.clock.epoch(),
            email=details.email if details else None,
            name=details.name if details else None,
        )
        self._shop.book(account_id).customers[customer.id] = customer
        record.session.customer = customer.id
        self._intent_of(account_id, record).customer = customer.id
        self._shop.emit(account_id, "customer.created", customer)

    def _settle(self, account_id: str, record: SessionRecord, session_event: str) -> None:
        session, intent = record.session, self._intent_of(account_id, record)
        charge = self._charge(account_id, record, intent)
        charge.captured = charge.paid = True
        charge.amount_captured = charge.amount
        intent.status, intent.amount_received = "succeeded", intent.amount
        intent.latest_charge, intent.last_payment_error = charge.id, None
        intent.payment_method = charge.payment_method
        session.payment_status = "paid"
        movements.record(self._shop, account_id, intent, "payment", intent.amount_received)
        self._keep(account_id, intent, charge)
        self._shop.emit(account_id, "charge.succeeded", charge)
        self._shop.emit(account_id, "payment_intent.succeeded", intent)
        self._shop.emit(account_id, session_event, session)

    def _keep(self, account_id: str, intent: PaymentIntent, charge: Charge) -> None:
        """Attach the method to the customer for whom the session said to."""
        if intent.setup_future_usage and charge.customer and charge.payment_method:
            self._instruments.keep(account_id, charge.customer, charge.payment_method)

    def _fail(self, account_id: str, record: SessionRecord) -> None:
        intent = self._intent_of(account_id, record)
        charge = self._charge(account_id, record, intent)
        charge.status = "failed"
        charge.failure_code, charge.failure_message = "card_declined", "Your card was declined."
        intent.status = "requires_payment_method"
        intent.latest_charge = charge.id
        intent.last_payment_error = LastPaymentError(charge=charge.id)
        self._shop.emit(account_id, "charge.failed", charge)
        self._shop.emit(account_id, "payment_intent.payment_failed", intent)

    def _intent(self, account_id: str, record: SessionRecord) -> PaymentIntent | None:
        identity = record.session.payment_intent
        return self._shop.book(account_id).payment_intents.get(identity or "")

    def _intent_of(self, account_id: str, record: SessionRecord) -> PaymentIntent:
        """The session's intent; made at the payer's first try, as Stripe does since 2022-08-01."""
        intent = self._intent(account_id, record)
        if intent is not None:
            return intent
        session, data = record.session, record.intent_data
        identity = self._shop.new_id("pi", 24)
        intent = PaymentIntent(
            id=identity,
            amount=session.amount_total,
            created=self._shop.world.clock.epoch(),
            currency=session.currency,
            capture_method=data.capture_method or "automatic_async",
            client_secret=f"{identity}_secret_{self._shop.world.identifiers.alphanumeric(25)}",
            customer=session.customer,
            description=data.description,
            metadata=data.metadata,
            receipt_email=data.receipt_email,
            setup_future_usage=data.setup_future_usage,
            statement_descriptor=data.statement_descriptor,
            statement_descriptor_suffix=data.statement_descriptor_suffix,
            transfer_group=data.transfer_group,
        )
        self._shop.book(account_id).payment_intents[identity] = intent
        self._shop.book(account_id).session_of_intent[identity] = session.id
        session.payment_intent = identity
        self._shop.emit(account_id, "payment_intent.created", intent)
        return intent

    def _charge(self, account_id: str, record: SessionRecord, intent: PaymentIntent) -> Charge:
        charge = Charge(
            id=self._shop.new_id("ch", 24),
            amount=intent.amount,
            created=self._shop.world.clock.epoch(),
            currency=intent.currency,
            payment_intent=intent.id,
            customer=record.session.customer,
            description=intent.description,
            metadata=intent.metadata,
            payment_method=self._shop.new_id("pm", 24),
        )
        self._shop.book(account_id).charges[charge.id] = charge
        return charge


def _holds_only(record: SessionRecord) -> bool:
    return record.intent_data.capture_method == "manual"


def _actions(record: SessionRecord) -> list[PageAction]:
    session = record.session
    if session.status == "open":
        return HOLDING if _holds_only(record) else ACTIONS
    settling = session.status == "complete" and session.payment_status == "unpaid"
    return SETTLING if settling and record.delayed else []


def _success_url(record: SessionRecord) -> str:
    return record.session.success_url.replace("{CHECKOUT_SESSION_ID}", record.session.id)
