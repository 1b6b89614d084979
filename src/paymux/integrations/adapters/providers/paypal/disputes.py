"""Disputes are read, one by one or listed, and told by the reference their payment has with us.

https://developer.paypal.com/docs/api/customer-disputes/v1/
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec

from paymux.integrations.adapters.providers.paypal.dispute_reports import DISPUTE_ID, report
from paymux.integrations.adapters.providers.paypal.dispute_wire import (
    Dispute,
    DisputeList,
    DisputeSummary,
)
from paymux.integrations.adapters.providers.paypal.errors import rejected, unknown
from paymux.integrations.adapters.providers.paypal.observations import observe
from paymux.integrations.adapters.providers.paypal.pages import CURSOR, next_query
from paymux.integrations.adapters.providers.paypal.subjects import Subjects
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.wire import Order
from paymux.kernel.clock import Clock
from paymux.payments.ports.connectors import Failure, NotFound, Observation, Outcome
from paymux.payments.ports.disputes import DisputePage, DisputeReport

DISPUTES: Final = "/v1/customer/disputes"
_PAGE_SIZE: Final = 10
_LISTED_FOR: Final = timedelta(days=179)
_MISSING: Final = frozenset({"http_404", "invalid_resource_id", "resource_not_found"})


class Disputes:
    """Reads disputes."""

    def __init__(self, transport: Transport, subjects: Subjects, clock: Clock) -> None:
        self._transport = transport
        self._subjects = subjects
        self._clock = clock

    async def look_up(self, dispute_id: str) -> DisputeReport | NotFound | Failure:
        """Read the dispute as it stands."""
        dispute = await self.read(dispute_id)
        return await self.told(dispute) if isinstance(dispute, Dispute) else dispute

    async def page(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> DisputePage | Failure:
        """Read a page of what was opened or changed since; PayPal lists it for 180 days.

        What was opened before `until` may have changed after, so that bounds nothing here.
        """
        del until
        if cursor is not None and not CURSOR.fullmatch(cursor):
            return rejected("invalid_cursor", "This is not a cursor of a list of disputes.")
        query = cursor or self._query(since)
        call = Call("GET", f"{DISPUTES}?{query}")
        listed = await self._transport.fetch(call, DisputeList)
        if isinstance(listed, Failure):
            return listed
        reports = await self._each(listed.items or ())
        if isinstance(reports, Failure):
            return reports
        return DisputePage(disputes=reports, next_cursor=next_query(listed.links, query))

    async def read(self, dispute_id: str) -> Dispute | NotFound | Failure:
        """Get the dispute, and nothing but that dispute."""
        if not DISPUTE_ID.fullmatch(dispute_id):
            return rejected("invalid_reference", "This is not the id of a dispute at PayPal.")
        dispute = await self._transport.fetch(Call("GET", f"{DISPUTES}/{dispute_id}"), Dispute)
        if isinstance(dispute, Failure):
            return NotFound() if dispute.code in _MISSING else dispute
        if dispute.dispute_id != dispute_id:
            return unknown("another_dispute", "PayPal answered with another dispute.")
        return dispute

    async def told(self, dispute: Dispute) -> DisputeReport | Failure:
        """Report it under the reference of its payment: of several captures, that is the first.

        What is not of an order we can read keeps the id that PayPal tells.
        """
        reported = report(dispute)
        if isinstance(reported, Failure):
            return reported
        order = await self._subjects.order_around(reported.payment_reference)
        if isinstance(order, Failure):
            foreign = order.code in _MISSING or order.outcome is Outcome.CREDENTIALS
            return reported if foreign else unknown(order.code, order.message)
        reference = _reference(order) if order is not None else None
        return msgspec.structs.replace(
            reported, payment_reference=reference or reported.payment_reference
        )

    async def _each(self, listed: Sequence[DisputeSummary]) -> list[DisputeReport] | Failure:
        """Read what a list leaves out: which payment is disputed, and what can be done."""
        reports: list[DisputeReport] = []
        for each in listed:
            found = await self.look_up(each.dispute_id)
            if isinstance(found, Failure):
                return found
            if isinstance(found, DisputeReport):
                reports.append(found)
        return reports

    def _query(self, since: datetime) -> str:
        earliest = max(since, self._clock.now() - _LISTED_FOR).astimezone(UTC)
        after = earliest.strftime("%Y-%m-%dT%H:%M:%SZ")
        return urlencode({"page_size": str(_PAGE_SIZE), "update_time_after": after})


def _reference(order: Order) -> str | None:
    observed = observe(order)
    return observed.payment_reference if isinstance(observed, Observation) else None
