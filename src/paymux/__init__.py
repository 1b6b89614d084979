"""Paymux: take payments through several providers at once.

`async with paymux.open() as px:` gives the application services without HTTP.
"""

from typing import Final

from paymux.bootstrap.in_process import Paymux
from paymux.bootstrap.in_process import open_paymux as open  # noqa: A004 - read as `paymux.open`
from paymux.version import VERSION

__version__: Final = VERSION
__all__ = ["Paymux", "open"]
