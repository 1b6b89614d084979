"""Paymux: take payments through several providers at once.

`async with paymux.open() as px:` gives the application services without HTTP.
"""

from importlib.metadata import version
from typing import Final

from paymux.bootstrap.in_process import Paymux
from paymux.bootstrap.in_process import open_paymux as open  # noqa: A004 - read as `paymux.open`
from paymux.bootstrap.vocabulary import (
    Money,
    NewConnection,
    NewCustomer,
    NewPayment,
    NewRefund,
    PageRequest,
    PaymentFilter,
    PaymuxError,
    RefundFilter,
)

__version__: Final = version("paymux")
__all__ = [
    "Money",
    "NewConnection",
    "NewCustomer",
    "NewPayment",
    "NewRefund",
    "PageRequest",
    "PaymentFilter",
    "Paymux",
    "PaymuxError",
    "RefundFilter",
    "open",
]
