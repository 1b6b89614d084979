"""The words in which scripts speak to the services; `paymux` exports them."""

from paymux.billing.application.customers import NewCustomer
from paymux.integrations.application.connections import NewConnection
from paymux.kernel.errors import PaymuxError
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.payments.application.drafts import NewPayment
from paymux.payments.application.refund_drafts import NewRefund
from paymux.payments.ports.books import PaymentFilter, RefundFilter

__all__ = [
    "Money",
    "NewConnection",
    "NewCustomer",
    "NewPayment",
    "NewRefund",
    "PageRequest",
    "PaymentFilter",
    "PaymuxError",
    "RefundFilter",
]
