"""What an event of the vault means: what the vault says when it is asked again."""

from paymux.integrations.adapters.providers.paypal.checkouts import Checkouts
from paymux.integrations.adapters.providers.paypal.event_wire import EventResource
from paymux.integrations.adapters.providers.paypal.observations import attempt_of
from paymux.integrations.adapters.providers.paypal.saved_methods import (
    TOKEN_ID,
    kept_in,
    kept_no_more,
    was_kept_by,
)
from paymux.integrations.adapters.providers.paypal.subjects import order_id
from paymux.integrations.adapters.providers.paypal.vault import Vault
from paymux.integrations.adapters.providers.paypal.vault_wire import PaymentToken
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.webhooks import Ignored, Translated


class TokenEvents:
    """Reads the token an event is about, and the order it says the token was made with."""

    def __init__(self, checkouts: Checkouts, vault: Vault) -> None:
        self._checkouts = checkouts
        self._vault = vault

    async def translate(self, resource: EventResource) -> Translated | Ignored | Failure:
        """Report the account as the vault has it, or has it no more."""
        if resource.id is None or not TOKEN_ID.fullmatch(resource.id):
            return Ignored("the event names no payment token")
        token = await self._vault.read(resource.id)
        if token is None:
            return Translated(saved_methods=[kept_no_more(resource.id)])
        if isinstance(token, Failure):
            return token
        attempt_id = await self._attempt_of(resource, token)
        if isinstance(attempt_id, Failure):
            return attempt_id
        return Translated(saved_methods=[kept_in(token, attempt_id)])

    async def _attempt_of(
        self, resource: EventResource, token: PaymentToken
    ) -> str | Failure | None:
        """Believe the order that the event names only if it bears the token out."""
        named = order_id(resource.metadata.order_id if resource.metadata else None)
        order = await self._checkouts.read(named) if named else None
        if order is None:
            return None
        if isinstance(order, Failure):
            lost = order.code in {"invalid_resource_id", "resource_not_found"}
            return None if lost or order.outcome is Outcome.CREDENTIALS else order
        return attempt_of(order) if was_kept_by(order, token) else None
