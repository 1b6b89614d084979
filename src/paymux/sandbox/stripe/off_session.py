"""POST /v1/payment_intents: a saved method is charged while its payer is away.

docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method. A decline is 402 and leaves
the PaymentIntent without a method; the reply of either kind is kept under the idempotency key.
"""

from typing import NamedTuple

import msgspec

from paymux.sandbox.provider import SoldObject
from paymux.sandbox.routing import Call, Route
from paymux.sandbox.stripe import errors, money, movements
from paymux.sandbox.stripe.holds import Holds
from paymux.sandbox.stripe.instruments import attached_to
from paymux.sandbox.stripe.intent_params import IntentCreate
from paymux.sandbox.stripe.method_objects import PaymentMethod
from paymux.sandbox.stripe.objects import Charge, LastPaymentError, PaymentIntent
from paymux.sandbox.stripe.payment_intents import PaymentIntents
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Json, Reply, json_reply


class Decline(NamedTuple):
    """What an issuer says that does not pay."""

    code: str
    decline_code: str
    message: str


DECLINES = {
    "decline_soft": Decline(
        "card_declined", "insufficient_funds", "Your card has insufficient funds."
    ),
    "decline_hard": Decline("card_declined", "stolen_card", "Your card was declined."),
    "needs_payer": Decline(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}


class OffSession:
    """Charges of saved methods."""

    def __init__(self, shop: StripeShop, intents: PaymentIntents, holds: Holds) -> None:
        self._shop = shop
        self._intents = intents
        self._holds = holds

    def routes(self) -> list[Route]:
        """What is served."""
        return [Route("POST", "/v1/payment_intents", "payment_intent.create", self.create)]

    def sold(self) -> list[SoldObject]:
        """Every charge of every account."""
        return [
            SoldObject(
                provider="stripe",
                account_id=account_id,
                kind="payment_intent",
                id=intent.id,
                our_reference=movements.merchants_own(intent),
                status=intent.status,
                created=intent.created,
            )
            for account_id, book in self._shop.books.items()
            for intent in book.payment_intents.values()
            if intent.id not in book.session_of_intent
        ]

    def create(self, call: Call) -> Reply:
        """POST /v1/payment_intents."""
        wanted = self._shop.parameters(call, IntentCreate)
        _check(wanted)
        book = self._shop.book(call.account.id)
        if wanted.customer is not None and wanted.customer not in book.customers:
            raise errors.no_such(resource="customer", identity=wanted.customer, param="customer")
        method = attached_to(book, wanted.customer, wanted.payment_method or "")
        intent = self._new(wanted, method)
        book.payment_intents[intent.id] = intent
        self._shop.emit(call.account.id, "payment_intent.created", intent, call)
        decline = DECLINES.get(book.behaviours.get(method.id, ""))
        if decline is not None:
            return self._declined(call, intent, method, decline)
        self._take(call, intent, method)
        return json_reply(self._intents.expanded(call.account.id, intent, wanted.expand))

    def _take(self, call: Call, intent: PaymentIntent, method: PaymentMethod) -> None:
        account_id = call.account.id
        charge = self._charge(account_id, intent, method)
        if intent.capture_method == "manual":
            self._holds.place(account_id, intent, charge)
            return
        charge.captured = charge.paid = True
        charge.amount_captured = charge.amount
        intent.status, intent.amount_received = "succeeded", intent.amount
        intent.latest_charge = charge.id
        movements.record(self._shop, account_id, intent, "payment", intent.amount_received)
        self._shop.emit(account_id, "charge.succeeded", charge, call)
        self._shop.emit(account_id, "payment_intent.succeeded", intent, call)

    def _declined(
        self, call: Call, intent: PaymentIntent, method: PaymentMethod, decline: Decline
    ) -> Reply:
        charge = self._charge(call.account.id, intent, method)
        charge.status = "failed"
        charge.failure_code, charge.failure_message = decline.code, decline.message
        intent.status, intent.latest_charge = "requires_payment_method", charge.id
        intent.payment_method = None
        intent.last_payment_error = LastPaymentError(
            charge=charge.id,
            code=decline.code,
            decline_code=decline.decline_code,
            message=decline.message,
            doc_url=errors.documentation(decline.code),
        )
        self._shop.emit(call.account.id, "charge.failed", charge, call)
        self._shop.emit(call.account.id, "payment_intent.payment_failed", intent, call)
        error: Json = msgspec.to_builtins(intent.last_payment_error)
        whole = error | {"payment_intent": intent, "payment_method": method}
        return json_reply({"error": whole}, 402)

    def _charge(self, account_id: str, intent: PaymentIntent, method: PaymentMethod) -> Charge:
        charge = Charge(
            id=self._shop.new_id("ch", 24),
            amount=intent.amount,
            created=self._shop.world.clock.epoch(),
            currency=intent.currency,
            payment_intent=intent.id,
            customer=intent.customer,
            description=intent.description,
            metadata=intent.metadata,
            payment_method=method.id,
        )
        self._shop.book(account_id).charges[charge.id] = charge
        return charge

    def _new(self, wanted: IntentCreate, method: PaymentMethod) -> PaymentIntent:
        identity = self._shop.new_id("pi", 24)
        return PaymentIntent(
            id=identity,
            amount=wanted.amount,
            created=self._shop.world.clock.epoch(),
            currency=wanted.currency.lower(),
            capture_method=wanted.capture_method or "automatic_async",
            client_secret=f"{identity}_secret_{self._shop.world.identifiers.alphanumeric(25)}",
            customer=wanted.customer,
            description=wanted.description,
            metadata=wanted.metadata,
            payment_method=method.id,
            receipt_email=wanted.receipt_email,
            statement_descriptor=wanted.statement_descriptor,
            statement_descriptor_suffix=wanted.statement_descriptor_suffix,
            transfer_group=wanted.transfer_group,
        )


def _check(wanted: IntentCreate) -> None:
    if not wanted.confirm or not wanted.off_session:
        message = "The sandbox serves payment intents with `confirm` and `off_session` only."
        raise errors.invalid(message, param="confirm")
    if wanted.payment_method is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. Update "
            "the PaymentIntent with a payment method and then confirm it again."
        )
        raise errors.invalid(message, code="payment_intent_unexpected_state")
    automatic = wanted.automatic_payment_methods
    if wanted.return_url is None and not (automatic and automatic.allow_redirects == "never"):
        message = (
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard."
            " Because some of these payment methods might redirect your customer off of your page,"
            " you must provide a `return_url`."
        )
        raise errors.invalid(message)
    currency = wanted.currency.lower()
    money.check_currency(currency, "currency")
    money.check_charge(wanted.amount, currency)
