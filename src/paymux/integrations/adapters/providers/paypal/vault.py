"""PayPal's vault: what is kept there is read, and deleted.

https://developer.paypal.com/docs/api/payment-tokens/v3/
"""

from typing import Final

from paymux.integrations.adapters.providers.paypal.errors import rejected, unknown
from paymux.integrations.adapters.providers.paypal.saved_methods import TOKEN_ID
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.vault_wire import PaymentToken
from paymux.payments.ports.connectors import Failure

_TOKENS: Final = "/v3/vault/payment-tokens"
_GONE: Final = frozenset({"http_404", "invalid_resource_id", "resource_not_found"})


class Vault:
    """Reads and deletes payment tokens. Neither needs a request id."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def read(self, token_id: str) -> PaymentToken | Failure | None:
        """Get the token, and nothing but that token; None when there is none, or no longer."""
        if not TOKEN_ID.fullmatch(token_id):
            return _not_a_token()
        token = await self._transport.fetch(Call("GET", f"{_TOKENS}/{token_id}"), PaymentToken)
        if isinstance(token, Failure):
            return None if token.code in _GONE else token
        if token.id != token_id:
            return unknown("another_token", "PayPal answered with another payment token.")
        return token

    async def forget(self, token_id: str) -> Failure | None:
        """Delete the token; made twice it does no harm."""
        if not TOKEN_ID.fullmatch(token_id):
            return _not_a_token()
        reply = await self._transport.send(Call("DELETE", f"{_TOKENS}/{token_id}"))
        return reply if isinstance(reply, Failure) and reply.code not in _GONE else None


def _not_a_token() -> Failure:
    return rejected("invalid_reference", "This is not the id of a payment token at PayPal.")
