"""`/webhooks/{provider}/{connection_id}`: where providers deliver."""

from typing import Final

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from paymux.integrations.adapters.webhook_intake import Receipt, WebhookIntake
from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.platform.http.body_schemas import RawBody


class WebhookIsNotGenuine(PaymuxError):
    """The signature is missing, wrong or too old; nothing was stored.

    For a provider's own delivery, `POST /v1/connections/{id}/webhook` agrees on a secret anew; the
    provider delivers again.
    """

    code = "webhook_not_genuine"
    category = Category.INVALID

    def __init__(self) -> None:
        super().__init__("The webhook's signature does not hold.")


_DELIVERY: Final = RawBody(
    "The provider's own event, exactly as it was signed, with the headers that it sends.",
    {"id": "evt_1QmB7xKz", "type": "checkout.completed", "data": {"id": "co_7Hd2"}},
)


def webhook_routes(max_bytes: int) -> HTTPRouteHandler:
    """Return the door for providers, which takes bodies of at most `max_bytes`."""

    @post(
        "/webhooks/{provider:str}/{connection_id:str}",
        status_code=202,
        request_max_body_size=max_bytes,
        operation_id="receiveWebhook",
        summary="Take a provider's webhook",
        description="Called by the providers, who need no key: the signature over the raw bytes "
        "is checked with the connection's own secret. 202 once the event is on disk, also for "
        "one that was delivered before; what it means is found out afterwards. After any "
        "other answer the provider delivers again.",
        response_description="The event is on disk, now or since an earlier delivery.",
        raw_body=_DELIVERY,
        tags=["Webhooks"],
    )
    async def receive_webhook(
        provider: str,
        connection_id: str,
        request: Request[object, object, State],
        webhook_intake: WebhookIntake,
    ) -> Response[None]:
        """Take one delivery."""
        receipt = await webhook_intake.receive(
            provider, ConnectionId(connection_id), dict(request.headers), await request.body()
        )
        if receipt is Receipt.UNKNOWN_CONNECTION:
            kind = "connection"
            raise ThingIsNotFound(kind, connection_id)
        if receipt is Receipt.NOT_GENUINE:
            raise WebhookIsNotGenuine
        return Response(None, status_code=202)

    return receive_webhook
