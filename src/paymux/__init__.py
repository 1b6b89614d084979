"""Paymux: take payments through several providers at once.

`async with paymux.open() as px:` gives the application services without HTTP.
"""

from importlib.metadata import version
from typing import Final

from paymux.billing.application.customers import NewCustomer
from paymux.bootstrap.in_process import Paymux
from paymux.bootstrap.in_process import open_paymux as open  # noqa: A004 - read as `paymux.open`
from paymux.integrations.application.connections import NewConnection
from paymux.kernel.errors import PaymuxError
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.payments.application.drafts import NewPayment
from paymux.payments.ports.outbound import PaymentFilter

__version__: Final = version("paymux")
__all__ = [
    "Money",
    "NewConnection",
    "NewCustomer",
    "NewPayment",
    "PageRequest",
    "PaymentFilter",
    "Paymux",
    "PaymuxError",
    "open",
]
