import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.integrations.adapters.providers.paypal.events import EVENTS as ASKED_FOR
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.webhooks import RegisteredWebhook
from tests.unit.integrations.providers.paypal.stand_in import (
    WEBHOOKS,
    StandIn,
    refuses,
    says,
)

URL = "https://pay.example/webhooks/paypal/con_1"
EVENTS = [{"name": name} for name in ASKED_FOR]
OURS = {"id": "0EH40505U7160970P", "url": URL, "event_types": EVENTS}
THEIRS = {"id": "1XX", "url": URL + "0", "event_types": [{"name": "*"}]}
REGISTERED = RegisteredWebhook(provider_reference=OURS["id"], verifier=OURS["id"])  # type: ignore[arg-type]
LIST, ADD = f"GET {WEBHOOKS}", f"POST {WEBHOOKS}"
ONE = f"{WEBHOOKS}/0EH40505U7160970P"
EXISTS = says(400, {"name": "WEBHOOK_URL_ALREADY_EXISTS", "message": "Exists.", "details": []})


async def test_an_endpoint_is_registered_for_what_we_translate(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(LIST, says(200, {"webhooks": [THEIRS]}))
    paypal.will(ADD, says(201, OURS))
    assert await connector.register_webhook(URL, "key") == REGISTERED
    assert paypal.calls(ADD)[0].json == {"url": URL, "event_types": EVENTS}


async def test_an_endpoint_is_registered_once(paypal: StandIn, connector: PayPalConnector) -> None:
    paypal.will(LIST, says(200, {"webhooks": [THEIRS, OURS]}))
    assert await connector.register_webhook(URL, "key") == REGISTERED
    assert paypal.calls(ADD) == []


async def test_an_endpoint_that_asks_for_everything_is_left_alone(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(LIST, says(200, {"webhooks": [OURS | {"event_types": [{"name": "*"}]}]}))
    assert await connector.register_webhook(URL, "key") == REGISTERED


async def test_an_endpoint_that_asks_for_too_little_is_widened(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(LIST, says(200, {"webhooks": [OURS | {"event_types": EVENTS[:1]}]}))
    paypal.will(f"PATCH {ONE}", says(200, OURS))
    assert await connector.register_webhook(URL, "key") == REGISTERED
    (asked,) = paypal.calls(f"PATCH {ONE}")
    assert asked.body.startswith(b'[{"value":[{"name":"CHECKOUT.ORDER.APPROVED"}')


async def test_an_endpoint_registered_at_the_same_moment_is_found(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(LIST, says(200, {"webhooks": []}), says(200, {"webhooks": [OURS]}))
    paypal.will(ADD, EXISTS)
    assert await connector.register_webhook(URL, "key") == REGISTERED


async def test_an_endpoint_that_exists_and_is_not_listed_is_a_failure(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(LIST, says(200, {"webhooks": None}))
    paypal.will(ADD, EXISTS)
    failure = await connector.register_webhook(URL, "key")
    assert isinstance(failure, Failure)
    assert (failure.outcome, failure.code) == (Outcome.REJECTED, "webhook_url_already_exists")


@pytest.mark.parametrize(
    "endpoint", [{"id": "../x", "url": URL}, {"url": URL}, {"id": "", "url": URL}]
)
async def test_an_endpoint_without_a_proper_id_is_not_believed(
    paypal: StandIn, connector: PayPalConnector, endpoint: dict[str, str]
) -> None:
    paypal.will(LIST, says(200, {}))
    paypal.will(ADD, says(201, endpoint))
    failure = await connector.register_webhook(URL, "key")
    assert isinstance(failure, Failure)
    assert failure.code == "unreadable_reply"


async def test_a_list_that_cannot_be_read_registers_nothing(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(LIST, says(500, b""))
    assert isinstance(await connector.register_webhook(URL, "key"), Failure)
    assert paypal.calls(ADD) == []


@pytest.mark.parametrize("reply", [says(204, b""), refuses(404, "INVALID_RESOURCE_ID")])
async def test_an_endpoint_that_is_removed_or_gone_is_removed(
    paypal: StandIn, connector: PayPalConnector, reply: object
) -> None:
    paypal.will(f"DELETE {ONE}", reply)  # type: ignore[arg-type]
    assert await connector.unregister_webhook("0EH40505U7160970P") is None


async def test_an_endpoint_that_cannot_be_removed_is_still_there(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(f"DELETE {ONE}", says(500, b""))
    assert isinstance(await connector.unregister_webhook("0EH40505U7160970P"), Failure)


async def test_what_is_no_endpoint_is_not_removed(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    assert isinstance(await connector.unregister_webhook("../orders/X"), Failure)
    assert paypal.asked == []
