"""Who may call an operation. Guards run before the body is read."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from paymux.platform.http.openapi import API_KEY, ROOT_KEY
from paymux.platform.idempotency.requests import ROOT, KeyHolder
from paymux.platform.telemetry.logging import bind_log_context
from paymux.tenancy.errors import ApiKeyIsMissing, RoleIsInsufficient
from paymux.tenancy.http.authentication import Authentication, Caller
from paymux.tenancy.principal import Principal
from paymux.tenancy.role import Role

Connection = ASGIConnection[Any, object, object, State]

AUTHENTICATION: Final = "authentication"
_CALLER: Final = "caller"


async def reader(connection: Connection, _: BaseRouteHandler) -> None:
    """Let any key of a tenant pass."""
    await _admit(connection, Role.READER)


async def operator(connection: Connection, _: BaseRouteHandler) -> None:
    """Let operators and admins pass."""
    await _admit(connection, Role.OPERATOR)


async def admin(connection: Connection, _: BaseRouteHandler) -> None:
    """Let admins pass."""
    await _admit(connection, Role.ADMIN)


async def root(connection: Connection, _: BaseRouteHandler) -> None:
    """Let the installation's root key pass."""
    caller = await _authentication(connection).caller(connection.headers.get("authorization"))
    caller.require_root()
    _remember(connection, caller)


async def root_or_admin(connection: Connection, _: BaseRouteHandler) -> None:
    """Let the root key pass, and admins: which tenant they reach, the handler decides."""
    caller = await _authentication(connection).caller(connection.headers.get("authorization"))
    if caller.principal is not None:
        _require(caller.principal, Role.ADMIN)
    _remember(connection, caller)


SECURITY: Final[Mapping[Guard, Sequence[str]]] = {
    reader: (API_KEY,),
    operator: (API_KEY,),
    admin: (API_KEY,),
    root: (ROOT_KEY,),
    root_or_admin: (ROOT_KEY, API_KEY),
}
"""What OpenAPI says about each guard."""


def caller_of(connection: Connection) -> Caller:
    """Return who was let in; raises ApiKeyIsMissing where no guard asked."""
    caller = connection.scope["state"].get(_CALLER)
    if not isinstance(caller, Caller):
        raise ApiKeyIsMissing
    return caller


def principal_of(connection: Connection) -> Principal:
    """Return the tenant's key that was let in; raises ApiKeyIsMissing where there is none."""
    principal = caller_of(connection).principal
    if principal is None:
        raise ApiKeyIsMissing
    return principal


def key_holder_of(connection: Connection) -> KeyHolder:
    """Return whose the Idempotency-Keys of a request are: a tenant's in a mode, or the root's."""
    caller = caller_of(connection)
    if caller.principal is None:
        return ROOT
    return KeyHolder(caller.principal.tenant_id, caller.principal.mode)


async def _admit(connection: Connection, role: Role) -> None:
    header = connection.headers.get("authorization")
    principal = await _authentication(connection).principal(header)
    _require(principal, role)
    _remember(connection, Caller(principal))


def _require(principal: Principal, role: Role) -> None:
    if not principal.role.includes(role):
        raise RoleIsInsufficient(role, principal.role)


def _remember(connection: Connection, caller: Caller) -> None:
    connection.scope["state"][_CALLER] = caller
    if caller.principal is not None:
        bind_log_context(tenant_id=caller.principal.tenant_id)


def _authentication(connection: Connection) -> Authentication:
    authentication: Authentication = connection.app.state[AUTHENTICATION]
    return authentication
