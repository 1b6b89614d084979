"""The one place that touches PayPal's SDK, and that turns what it raises into a `Failure`.

paypalrestsdk 1.13.3 is blocking, has no timeout, returns a 400 as if it were a success, retries
a 401 until the stack is full, sends our headers to the token endpoint, keeps its token without
a lock and logs headers and bodies (all measured). Its `Api` does here what it does well: the
credentials, the headers and the mapping of statuses to exceptions.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import msgspec
import paypalrestsdk

from paymux.integrations.adapters.providers.paypal.errors import (
    classify,
    not_sent,
    unknown,
    unreadable,
)
from paymux.integrations.adapters.providers.paypal.sessions import (
    Reply,
    ReplyWasLost,
    RequestWasNotSent,
    Sessions,
)
from paymux.integrations.adapters.providers.paypal.tokens import (
    NoTokenCame,
    Tokens,
    read_token,
    token_failure,
)
from paymux.integrations.adapters.providers.paypal.turns import WITHDRAWN, Turn, in_thread
from paymux.integrations.adapters.providers.paypal.wire import Token
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.plugins import ConnectorEnvironment

T = TypeVar("T", bound=msgspec.Struct)

_HOSTS: Final = {
    Mode.TEST: "https://api-m.sandbox.paypal.com",
    Mode.LIVE: "https://api-m.paypal.com",
}
_SDK_MODES: Final = {Mode.TEST: "sandbox", Mode.LIVE: "live"}
_WHOLE: Final = {"Prefer": "return=representation"}


@dataclass(frozen=True, slots=True)
class Call:
    """One API request. `request_id` makes it idempotent; `whole` asks for the full object back.

    A request with an id always asks for the full object. `content_type`: when it is not JSON.
    """

    method: str
    path: str
    body: bytes | None = None
    request_id: str | None = None
    whole: bool = False
    content_type: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers beyond those of every request."""
        if self.content_type is not None:
            return {"Content-Type": self.content_type}
        if self.request_id is not None:
            return {"PayPal-Request-Id": self.request_id, **_WHOLE}
        return dict(_WHOLE) if self.whole else {}


class _Api(paypalrestsdk.Api):  # type: ignore[misc] # the SDK is untyped
    """The SDK for the length of one call, on a session and a token that outlive it."""

    def __init__(
        self, options: dict[str, str], sessions: Sessions, tokens: Tokens, turn: Turn
    ) -> None:
        super().__init__(options)
        self._sessions = sessions
        self._tokens = tokens
        self._turn = turn
        self._token: Token | None = None

    def perform(self, call: Call) -> Reply:
        """Send once, and once more with a fresh token if PayPal refuses the one we have."""
        try:
            return self._send(call)
        except paypalrestsdk.UnauthorizedAccess:
            self._tokens.forget(self._token)
            return self._send(call)

    def _send(self, call: Call) -> Reply:
        headers = {**self.headers(), **call.headers()}
        if not self._turn.take():
            raise RequestWasNotSent(code=WITHDRAWN.code, message=WITHDRAWN.message)
        return self.http_call(
            self.endpoint + call.path, call.method, headers=headers, data=call.body
        )

    def get_token_hash(
        self,
        authorization_code: object = None,  # noqa: ARG002 - the SDK's signature, as below
        refresh_token: object = None,  # noqa: ARG002
        headers: object = None,  # noqa: ARG002 - ours are no business of the token endpoint
    ) -> dict[str, str]:
        """Return the shared token as the SDK's `headers` wants it."""
        self._token = self._tokens.current(self._fetch_token, self._turn.deadline)
        return {"token_type": "Bearer", "access_token": self._token.access_token}

    def _fetch_token(self) -> Token:
        headers = {
            "Authorization": f"Basic {self.basic_auth()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "User-Agent": self.user_agent,
        }
        url, form = f"{self.endpoint}/v1/oauth2/token", b"grant_type=client_credentials"
        try:
            return read_token(self.http_call(url, "POST", headers=headers, data=form))
        except (ReplyWasLost, RequestWasNotSent) as error:
            raise NoTokenCame(not_sent(f"token_{error.code}", error.message)) from error
        except paypalrestsdk.exceptions.ConnectionError as error:
            raise NoTokenCame(token_failure(error.response, self.client_secret)) from error

    def http_call(
        self, url: str, method: str, *, headers: dict[str, str], data: bytes | None
    ) -> Reply:
        """Exchange without the SDK's log of headers and bodies; raise for all but a 2xx."""
        reply = self._sessions.exchange(method, url, headers, data, self._turn.deadline)
        if not reply.succeeded:
            self.handle_response(reply, None)
        return reply


class Transport:
    """PayPal's API for one connector: blocking calls in the bounded pool, failures as values."""

    def __init__(
        self, client_id: str, client_secret: str, environment: ConnectorEnvironment
    ) -> None:
        self._options = {
            "mode": _SDK_MODES[environment.mode],
            "endpoint": (environment.base_url or _HOSTS[environment.mode]).rstrip("/"),
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._environment = environment
        self._sessions = Sessions(environment.connect_timeout, environment.ca_pem)
        self._tokens = Tokens(environment.clock)

    def close(self) -> None:
        """Close the sockets."""
        self._sessions.close()

    def forget_token(self) -> None:
        """Make the next call prove the credentials anew."""
        self._tokens.forget()

    @property
    def app_id(self) -> str | None:
        """PayPal's name of the app behind the token in use, when there is one."""
        return self._tokens.app_id

    async def fetch(self, call: Call, into: type[T]) -> T | Failure:
        """Make the call and read its reply as `into`."""
        reply = await self.send(call)
        if isinstance(reply, Failure):
            return reply
        try:
            return msgspec.json.decode(reply.content, type=into)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return unreadable(reply.headers)

    async def send(self, call: Call) -> Reply | Failure:
        """Make the call; any 2xx is a reply."""
        return await self._in_thread(partial(self._perform, call))

    async def download(self, url: str) -> Reply | Failure:
        """Get something public, without credentials; any 2xx is a reply."""
        return await self._in_thread(partial(self._download, url))

    async def _in_thread(self, work: "partial[Reply | Failure]") -> Reply | Failure:
        environment = self._environment
        return await in_thread(environment.threads, environment.call_timeout, work)

    def _perform(self, call: Call, turn: Turn) -> Reply | Failure:
        api = _Api(self._options, self._sessions, self._tokens, turn)
        try:
            return api.perform(call)
        except NoTokenCame as error:
            return error.failure
        except RequestWasNotSent as error:
            return not_sent(error.code, error.message)
        except ReplyWasLost as error:
            return unknown(error.code, error.message)
        except paypalrestsdk.exceptions.ConnectionError as error:
            return _refused(error.response, self._options["client_secret"])

    def _download(self, url: str, turn: Turn) -> Reply | Failure:
        if not turn.take():
            return WITHDRAWN
        try:
            reply = self._sessions.exchange("GET", url, {}, None, turn.deadline)
        except RequestWasNotSent as error:
            return not_sent(error.code, error.message)
        except ReplyWasLost as error:
            return unknown(error.code, error.message)
        return reply if reply.succeeded else _refused(reply)


def _refused(reply: Reply, *secrets: str) -> Failure:
    return classify(reply.status_code, reply.headers, reply.content, secrets)
