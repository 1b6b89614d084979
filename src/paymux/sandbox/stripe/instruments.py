"""/v1/payment_methods: what payers let the merchant keep, and how charging it later ends."""

from typing import Literal

from paymux.sandbox.provider import SoldObject
from paymux.sandbox.routing import Call, Route
from paymux.sandbox.stripe import errors
from paymux.sandbox.stripe.book import StripeBook
from paymux.sandbox.stripe.dispute_params import MethodList
from paymux.sandbox.stripe.lists import list_body, page_of
from paymux.sandbox.stripe.method_objects import PaymentMethod
from paymux.sandbox.stripe.params import Retrieve
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Refusal, Reply, json_reply

Behaviour = Literal["succeed", "decline_soft", "decline_hard", "needs_payer"]


class Instruments:
    """Payment methods of every account; one that is detached can never be used again."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """What is served."""
        path, named = "/v1/payment_methods", "/v1/payment_methods/{payment_method}"
        return [
            Route("GET", path, "payment_method.list", self.list),
            Route("GET", named, "payment_method.get", self.get),
            Route("POST", f"{named}/detach", "payment_method.detach", self.detach),
        ]

    def keep(self, account_id: str, customer: str, reference: str) -> None:
        """Attach what a payer has just paid with to the customer it was paid for."""
        book = self._shop.book(account_id)
        method = PaymentMethod(
            id=reference, created=self._shop.world.clock.epoch(), customer=customer
        )
        book.payment_methods[reference] = method
        self._shop.emit(account_id, "payment_method.attached", method)

    def sold(self) -> list[SoldObject]:
        """Every method that was kept; it belongs to a customer and to no payment."""
        return [
            SoldObject(
                provider="stripe",
                account_id=account_id,
                kind="payment_method",
                id=method.id,
                our_reference=None,
                status="attached" if method.customer else "detached",
                created=method.created,
            )
            for account_id, book in self._shop.books.items()
            for method in book.payment_methods.values()
        ]

    def list(self, call: Call) -> Reply:
        """GET /v1/payment_methods."""
        wanted = self._shop.parameters(call, MethodList)
        matching = [
            method
            for method in self._shop.book(call.account.id).payment_methods.values()
            if method.customer is not None
            and wanted.customer in {None, method.customer}
            and wanted.type in {None, method.type}
        ]
        data, more = page_of(matching, wanted, "payment_method")
        return json_reply(list_body([*data], "/v1/payment_methods", has_more=more))

    def get(self, call: Call) -> Reply:
        """GET /v1/payment_methods/{payment_method}; a detached one is still told of."""
        self._shop.parameters(call, Retrieve)
        return json_reply(self._found(call))

    def detach(self, call: Call) -> Reply:
        """POST /v1/payment_methods/{payment_method}/detach."""
        self._shop.parameters(call, Retrieve)
        method = self._found(call)
        if method.customer is None:
            message = (
                "The payment method you provided is not attached to a customer so detachment is "
                "impossible."
            )
            raise errors.invalid(message)
        method.customer = None
        self._shop.emit(call.account.id, "payment_method.detached", method, call)
        return json_reply(method)

    def behave(self, reference: str, behaviour: Behaviour) -> bool:
        """Settle how later charges of a method end; false when there is no such method."""
        for book in self._shop.books.values():
            if reference in book.payment_methods:
                book.behaviours[reference] = behaviour
                return True
        return False

    def renew(self, reference: str) -> PaymentMethod | None:
        """Give the card behind a method a new date, as its bank does when it replaces it."""
        for account_id, book in self._shop.books.items():
            method = book.payment_methods.get(reference)
            if method is not None:
                method.card.exp_year += 4
                kind = "payment_method.automatically_updated"
                self._shop.emit(account_id, kind, method)
                return method
        return None

    def _found(self, call: Call) -> PaymentMethod:
        identity = call.arguments["payment_method"]
        method = self._shop.book(call.account.id).payment_methods.get(identity)
        if method is None:
            raise errors.no_such(
                resource="PaymentMethod", identity=identity, param="payment_method"
            )
        return method


def attached_to(book: StripeBook, customer: str | None, reference: str) -> PaymentMethod:
    """Return a method that can be charged for the customer, or refuse as Stripe does."""
    method = book.payment_methods.get(reference)
    if method is None:
        message = f"No such PaymentMethod: '{reference}'"
        raise _no_method(message)
    if method.customer is None or method.customer != customer:
        message = (
            f"The customer does not have a payment method with the ID {reference}. The payment "
            "method must be attached to the customer."
        )
        raise _no_method(message)
    return method


def _no_method(message: str) -> Refusal:
    return errors.invalid(message, code="resource_missing", param="payment_method")
