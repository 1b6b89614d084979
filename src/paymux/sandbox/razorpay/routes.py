"""Which of Razorpay's URLs are served, and the names their faults go by."""

from paymux.sandbox.razorpay.charges import Charges
from paymux.sandbox.razorpay.customers import Customers
from paymux.sandbox.razorpay.disputes import Disputes
from paymux.sandbox.razorpay.documents import Documents
from paymux.sandbox.razorpay.orders import Orders
from paymux.sandbox.razorpay.payment_links import PaymentLinks
from paymux.sandbox.razorpay.payments import Payments
from paymux.sandbox.razorpay.refunds import Refunds
from paymux.sandbox.razorpay.registrations import Registrations
from paymux.sandbox.razorpay.tokens import Tokens
from paymux.sandbox.routing import Route

REGISTRATIONS = "/v1/subscription_registration/auth_links"
TOKENS = "/v1/customers/{id}/tokens"


def routes(
    *,
    payments: Payments,
    refunds: Refunds,
    links: PaymentLinks,
    orders: Orders,
    customers: Customers,
    registrations: Registrations,
    charges: Charges,
    tokens: Tokens,
    disputes: Disputes,
    documents: Documents,
) -> list[Route]:
    """Every route."""
    return [
        Route("GET", "/v1/payments", "payment.list", payments.list),
        Route("GET", "/v1/payments/{id}", "payment.get", payments.get),
        Route("POST", "/v1/payments/{id}/capture", "payment.capture", payments.capture),
        Route("POST", "/v1/payments/{id}/refund", "refund.create", refunds.create),
        Route("GET", "/v1/payments/{id}/refunds", "payment.refunds", refunds.list_of_payment),
        Route("GET", "/v1/refunds", "refund.list", refunds.list),
        Route("GET", "/v1/refunds/{id}", "refund.get", refunds.get),
        Route("POST", "/v1/orders", "order.create", orders.create),
        Route("GET", "/v1/orders", "order.list", orders.list),
        Route("GET", "/v1/orders/{id}", "order.get", orders.get),
        Route("GET", "/v1/orders/{id}/payments", "order.payments", orders.list_payments),
        Route("POST", "/v1/payment_links", "payment_link.create", links.create),
        Route("POST", "/v1/payment_links/", "payment_link.create", links.create),
        Route("GET", "/v1/payment_links", "payment_link.list", links.list),
        Route("GET", "/v1/payment_links/", "payment_link.list", links.list),
        Route("GET", "/v1/payment_links/{id}", "payment_link.get", links.get),
        Route("PATCH", "/v1/payment_links/{id}", "payment_link.update", links.update),
        Route("POST", "/v1/payment_links/{id}/cancel", "payment_link.cancel", links.cancel),
        Route("POST", "/v1/customers", "customer.create", customers.create),
        Route("GET", "/v1/customers", "customer.list", customers.list),
        Route("GET", "/v1/customers/{id}", "customer.get", customers.get),
        Route("PUT", "/v1/customers/{id}", "customer.update", customers.update),
        Route("POST", REGISTRATIONS, "registration_link.create", registrations.create),
        Route("GET", "/v1/invoices", "invoice.list", registrations.list),
        Route("GET", "/v1/invoices/{id}", "invoice.get", registrations.get),
        Route("POST", "/v1/invoices/{id}/cancel", "invoice.cancel", registrations.cancel),
        Route("POST", "/v1/payments/create/recurring", "payment.charge", charges.create),
        Route("GET", TOKENS, "token.list", tokens.list),
        Route("GET", f"{TOKENS}/{{token}}", "token.get", tokens.get),
        Route("DELETE", f"{TOKENS}/{{token}}", "token.delete", tokens.delete),
        Route("GET", "/v1/disputes", "dispute.list", disputes.list),
        Route("GET", "/v1/disputes/{id}", "dispute.get", disputes.get),
        Route("POST", "/v1/disputes/{id}/accept", "dispute.accept", disputes.accept),
        Route("PATCH", "/v1/disputes/{id}/contest", "dispute.contest", disputes.contest),
        Route("POST", "/v1/documents", "document.create", documents.create),
        Route("GET", "/v1/documents/{id}", "document.get", documents.get),
    ]
