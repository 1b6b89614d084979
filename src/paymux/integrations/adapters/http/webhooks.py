"""`/webhooks/{provider}/{connection_id}`: where providers deliver."""

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from paymux.integrations.adapters.webhook_intake import Receipt, WebhookIntake
from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId


class WebhookIsNotGenuine(PaymuxError):
    """The signature is missing, wrong or too old; nothing was stored."""

    code = "webhook_not_genuine"
    category = Category.INVALID

    def __init__(self) -> None:
        super().__init__("The webhook's signature does not hold.")


def webhook_routes(max_bytes: int) -> HTTPRouteHandler:
    """Return the door for providers, which takes bodies of at most `max_bytes`."""

    @post(
        "/webhooks/{provider:str}/{connection_id:str}",
        status_code=202,
        request_max_body_size=max_bytes,
        operation_id="receiveWebhook",
        summary="Take a provider's webhook",
        description="Called by the providers. 202 once the event is durable, also for one that "
        "was delivered before.",
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
