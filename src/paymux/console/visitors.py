"""Who looks at a page, and what they may do there."""

from dataclasses import dataclass
from typing import Final

from litestar import Request
from litestar.datastructures import Cookie, State

from paymux.console.sessions import IDLE, Session, Sessions
from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.scope import Scope
from paymux.platform.telemetry.logging import bind_log_context
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.errors import ApiKeyIsInvalid, LiveModeIsOff, RoleIsInsufficient
from paymux.tenancy.principal import Principal
from paymux.tenancy.role import Role

PageRequestOf = Request[object, object, State]

COOKIE: Final = "paymux_console"
FORM_FIELD: Final = "form_token"
VISITOR: Final = "visitor"
_PATH: Final = "/console"


class SignInIsNeeded(PaymuxError):
    """Nobody is signed in, or no longer.

    The console alone answers so, and leads to its sign-in page.
    """

    code = "sign_in_needed"
    category = Category.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Sign in to see this page.")


class FormIsNotOurs(PaymuxError):
    """The form did not come from a page of this session.

    The console alone answers so: open the page again, then send the form.
    """

    code = "form_not_ours"
    category = Category.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("This form is not one of your session's: open its page again, then send.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whoever is signed in. `cookie`: to be sent along, when the session is to be prolonged."""

    principal: Principal
    session: Session
    form_token: str
    cookie: Cookie | None = None

    @property
    def scope(self) -> Scope:
        """On whose behalf use cases run."""
        return self.principal.scope

    @property
    def can_operate(self) -> bool:
        """Whether they may act, and not only look."""
        return self.principal.role.includes(Role.OPERATOR)

    @property
    def can_administer(self) -> bool:
        """Whether they may use connections' credentials."""
        return self.principal.role.includes(Role.ADMIN)

    def require(self, role: Role) -> None:
        """Raise RoleIsInsufficient for a lower role."""
        if not self.principal.role.includes(role):
            raise RoleIsInsufficient(role, self.principal.role)


class Visitors:
    """Lets people in by an API key, and knows them again."""

    def __init__(self, *, sessions: Sessions, api_keys: ApiKeys, https: bool) -> None:
        self._sessions = sessions
        self._api_keys = api_keys
        self._https = https

    async def sign_in(self, key: str) -> Cookie:
        """Return the cookie of a new session; raises what `ApiKeys.authenticate` raises."""
        principal = await self._api_keys.authenticate(key)
        return self._cookie(self._sessions.start(principal))

    async def recognise(self, request: PageRequestOf) -> Visitor:
        """Return who sent the request; raises SignInIsNeeded, and FormIsNotOurs for a POST.

        The key is asked for anew, so that revoking it ends the session at once.
        """
        session = self._sessions.read(request.cookies.get(COOKIE, ""))
        if session is None:
            raise SignInIsNeeded
        try:
            principal = await self._api_keys.recheck(session.scope, session.key_id)
        except (ApiKeyIsInvalid, LiveModeIsOff):
            raise SignInIsNeeded from None
        await self.require_form(request, session.id)
        bind_log_context(tenant_id=principal.tenant_id)
        return self._visitor(principal, session)

    async def require_form(self, request: PageRequestOf, purpose: str) -> None:
        """Raise FormIsNotOurs unless the request only reads, or brings our token."""
        if request.method == "POST":
            token = (await request.form()).get(FORM_FIELD)
            if not isinstance(token, str) or not self._sessions.is_form_token(purpose, token):
                raise FormIsNotOurs

    def form_token(self, purpose: str) -> str:
        """Return what a form for this purpose has to bring along."""
        return self._sessions.form_token(purpose)

    def new_purpose(self) -> str:
        """Return an unguessable name for a form of somebody who is not signed in yet."""
        return self._sessions.new_purpose()

    def sign_out(self, visitor: Visitor) -> Cookie:
        """End the session; return the cookie that makes the browser forget it."""
        self._sessions.end(visitor.session)
        return self.cookie(COOKIE, "", seconds=0)

    def cookie(self, name: str, value: str, seconds: int) -> Cookie:
        """Return a cookie that scripts cannot read and other sites cannot send."""
        return Cookie(
            name,
            path=_PATH,
            value=value,
            max_age=seconds,
            secure=self._https,
            httponly=True,
            samesite="strict",
        )

    def _visitor(self, principal: Principal, session: Session) -> Visitor:
        renewed = self._sessions.renewed(session)
        return Visitor(
            principal=principal,
            session=session,
            form_token=self._sessions.form_token(session.id),
            cookie=None if renewed is None else self._cookie(renewed),
        )

    def _cookie(self, session: Session) -> Cookie:
        seconds = int(IDLE.total_seconds())
        return self.cookie(COOKIE, self._sessions.write(session), seconds)


async def provide_visitor(request: PageRequestOf, visitors: Visitors) -> Visitor:
    """Return who is signed in; provided to handlers as `visitor`."""
    visitor = await visitors.recognise(request)
    request.state[VISITOR] = visitor
    return visitor


async def provide_operator(visitor: Visitor) -> Visitor:
    """Return who is signed in and may act; provided to handlers as `operator`."""
    visitor.require(Role.OPERATOR)
    return visitor


async def provide_admin(visitor: Visitor) -> Visitor:
    """Return who is signed in and may use credentials; provided to handlers as `admin`."""
    visitor.require(Role.ADMIN)
    return visitor
