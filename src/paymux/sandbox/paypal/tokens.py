"""/v1/oauth2/token: client credentials for a bearer token of nine hours."""

import base64
import binascii
import hmac
from urllib.parse import parse_qs

from paymux.sandbox.accounts import Account
from paymux.sandbox.paypal import errors
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Refusal, Reply, Request, json_reply

LIFE_SECONDS = 32_400
SCOPE = (
    "https://uri.paypal.com/services/checkout/one-click-with-merchant-issued-token "
    "https://uri.paypal.com/services/payments/payment "
    "https://uri.paypal.com/services/applications/webhooks openid"
)


class Tokens:
    """Bearer tokens; several may be valid at once."""

    def __init__(self, shop: PayPalShop) -> None:
        self._shop = shop
        self._owners: dict[str, str] = {}

    def create(self, call: Call) -> Reply:
        """POST /v1/oauth2/token."""
        declared = call.request.headers.get("content-type", "")
        form = parse_qs(call.request.body.decode("utf-8", "replace"))
        wanted = form.get("grant_type", [""])[0]
        if wanted != "client_credentials" or "form" not in declared:
            message = "The grant_type is not supported or missing"
            raise errors.token_refused(
                error="unsupported_grant_type", description=message, status=400
            )
        new = self._shop.world.identifiers
        token = f"A21AA{new.alphanumeric(92)}"
        ends_at = self._shop.world.clock.now() + LIFE_SECONDS
        self._shop.book(call.account.id).tokens[token] = ends_at
        self._owners[token] = call.account.id
        body = {
            "scope": SCOPE,
            "access_token": token,
            "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T",
            "expires_in": LIFE_SECONDS,
            "nonce": f"{self._shop.world.clock.iso()}{new.alphanumeric(43)}",
        }
        return json_reply(body)

    def client(self, request: Request) -> Account:
        """The account of a token request's Basic credentials."""
        key, secret = _basic(request.headers.get("authorization", ""))
        account = self._shop.world.accounts.with_key("paypal", key)
        if account is None or not hmac.compare_digest(account.secret.encode(), secret.encode()):
            message = "Client Authentication failed"
            raise errors.token_refused(error="invalid_client", description=message)
        return account

    def bearer(self, request: Request) -> Account:
        """The account of an API request's token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise Refusal(errors.failure(401))
        account = self._shop.world.accounts.by_id.get(self._owners.get(token, ""))
        ends_at = 0.0 if account is None else self._shop.book(account.id).tokens[token]
        if account is None or account.revoked or ends_at < self._shop.world.clock.now():
            message = "The token passed in was not found in the system or has expired"
            raise errors.token_refused(error="invalid_token", description=message)
        return account

    def rebuild(self) -> None:
        """Find the owners of tokens again after a snapshot was read."""
        self._owners = {
            token: account_id
            for account_id, book in self._shop.books.items()
            for token in book.tokens
        }


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, value = authorization.partition(" ")
    try:
        decoded = base64.b64decode(value, validate=True).decode() if scheme == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    key, _, secret = decoded.partition(":")
    return key, secret
