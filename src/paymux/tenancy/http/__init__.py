"""Tenancy over HTTP; other contexts use the guards, and `principal` by its name."""

from paymux.tenancy.http.guards import SECURITY, admin, key_holder_of, operator, reader, root
from paymux.tenancy.http.routes import TENANCY_DEPENDENCIES, TENANCY_ROUTES, tenancy_state

__all__ = [
    "SECURITY",
    "TENANCY_DEPENDENCIES",
    "TENANCY_ROUTES",
    "admin",
    "key_holder_of",
    "operator",
    "reader",
    "root",
    "tenancy_state",
]
