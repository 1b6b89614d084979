import json
from datetime import timedelta

import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.event_lists import EventPage
from tests.unit.integrations.providers.paypal.stand_in import NOW, StandIn, says

PATH = "/v1/notifications/webhooks-events"
FIRST = "page_size=50&start_time=2026-11-23T08%3A00%3A00Z&end_time=2026-11-23T09%3A00%3A01Z"
LATER = NOW + timedelta(hours=1)
EVENT = {
    "id": "WH-1",
    "event_type": "PAYMENT.CAPTURE.REFUNDED",
    "create_time": "2026-11-23T08:30:00.000Z",
    "resource": {"id": "1JU"},
}


def a_link(query: str, rel: str = "next") -> dict[str, str]:
    return {"href": f"https://evil.example{PATH}?{query}", "rel": rel, "method": "GET"}


async def test_events_are_listed_as_they_were_told(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    others = [{"id": "WH-2", "event_type": "INVOICING.INVOICE.PAID"}, {"id": ""}, "text", None]
    paypal.will(f"GET {PATH}?{FIRST}", says(200, {"events": [EVENT, *others]}))
    page = await connector.list_events(NOW, LATER, None)
    assert isinstance(page, EventPage)
    (event,) = page.events
    assert json.loads(event.body) == EVENT
    assert (event.identity.event_id, event.identity.event_type) == (
        "WH-1",
        "PAYMENT.CAPTURE.REFUNDED",
    )
    assert event.identity.occurred_at == NOW + timedelta(minutes=30)
    assert page.next_cursor is None


async def test_the_next_page_is_read_at_paypal_whatever_host_the_link_names(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    links = [a_link("x=1", "self"), a_link("page_size=50&next_page_token=abc")]
    paypal.will(f"GET {PATH}?{FIRST}", says(200, {"events": [], "links": links}))
    paypal.will(f"GET {PATH}?page_size=50&next_page_token=abc", says(200, {"events": [EVENT]}))
    first = await connector.list_events(NOW, LATER, None)
    assert isinstance(first, EventPage)
    second = await connector.list_events(NOW, LATER, first.next_cursor)
    assert isinstance(second, EventPage)
    assert (len(second.events), second.next_cursor) == (1, None)


@pytest.mark.parametrize(
    "link",
    [a_link(FIRST), {"rel": "next"}, {"rel": "next", "href": "http://["}, a_link("a b")],
)
async def test_a_link_that_leads_nowhere_ends_the_list(
    paypal: StandIn, connector: PayPalConnector, link: dict[str, str]
) -> None:
    paypal.will(f"GET {PATH}?{FIRST}", says(200, {"events": None, "links": [link]}))
    page = await connector.list_events(NOW, LATER, None)
    assert page == EventPage(events=[], next_cursor=None)


async def test_what_is_no_cursor_is_not_sent(paypal: StandIn, connector: PayPalConnector) -> None:
    refused = await connector.list_events(NOW, LATER, "a\r\nb")
    assert isinstance(refused, Failure)
    assert refused.outcome is Outcome.REJECTED
    assert paypal.asked == []


async def test_a_list_that_cannot_be_had_is_a_failure(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    paypal.will(f"GET {PATH}?{FIRST}", says(500, b""))
    assert isinstance(await connector.list_events(NOW, LATER, None), Failure)
