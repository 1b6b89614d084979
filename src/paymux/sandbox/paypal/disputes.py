"""/v1/customer/disputes: what payers contest, and how merchants answer. None has a request id."""

from collections.abc import Sequence

from paymux.sandbox.paypal import dispute_object, errors
from paymux.sandbox.paypal.book import DisputeRecord
from paymux.sandbox.paypal.contests import Contests
from paymux.sandbox.paypal.dispute_object import WAITING
from paymux.sandbox.paypal.dispute_params import (
    Acceptance,
    EvidenceParams,
    Evidences,
    check,
    decoded,
    read_form,
)
from paymux.sandbox.paypal.events import time_of
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Json, Reply, json_reply

MOST = 50
QUERY = {
    "start_time",
    "disputed_transaction_id",
    "page_size",
    "next_page_token",
    "dispute_state",
    "update_time_before",
    "update_time_after",
}


class Disputes:
    """Disputes of every account, newest first."""

    def __init__(self, shop: PayPalShop, contests: Contests) -> None:
        self._shop = shop
        self._contests = contests

    def list(self, call: Call) -> Reply:
        """GET /v1/customer/disputes."""
        query = call.request.query_pairs()
        size = query.get("page_size", "10")
        strange = set(query) - QUERY or {"start_time", "disputed_transaction_id"} <= set(query)
        if strange or not size.isdecimal() or not 1 <= int(size) <= MOST:
            raise errors.issue(code="INVALID_PARAMETER_VALUE", status=400, location="query")
        found = [each for each in self._newest(call) if _matches(each, query)]
        at = query.pop("next_page_token", "")
        start = int(at) if at.isdecimal() else 0
        page = found[start : start + int(size)]
        href = f"{call.request.base_url}/v1/customer/disputes"
        links = [{"href": href, "rel": "self", "method": "GET"}]
        if start + len(page) < len(found):
            more = "&".join(f"{name}={value}" for name, value in query.items())
            token = f"next_page_token={start + len(page)}"
            links.append({"href": f"{href}?{more}&{token}", "rel": "next", "method": "GET"})
        body: Json = {"links": links}
        if page:
            body["items"] = [dispute_object.summary(each) for each in page]
        return json_reply(body)

    def get(self, call: Call) -> Reply:
        """GET /v1/customer/disputes/{id}."""
        return json_reply(dispute_object.whole(self._found(call)))

    def accept(self, call: Call) -> Reply:
        """POST /v1/customer/disputes/{id}/accept-claim: the payer is refunded."""
        dispute = self._waiting(call)
        decoded(read_form(call).said, Acceptance)
        self._contests.resolve(dispute, "RESOLVED_BUYER_FAVOUR")
        return _answered(dispute)

    def provide_evidence(self, call: Call) -> Reply:
        """POST /v1/customer/disputes/{id}/provide-evidence: PayPal reviews it."""
        dispute = self._waiting(call)
        form = read_form(call)
        evidences = decoded(form.said, Evidences).evidences
        for each in evidences:
            check(each, form)
        now = dispute_object.iso(self._shop.world.clock.now())
        dispute.evidences += [_given(each, now, dispute) for each in evidences]
        self._contests.review(dispute)
        return _answered(dispute)

    def _newest(self, call: Call) -> Sequence[DisputeRecord]:
        disputes = self._shop.book(call.account.id).disputes.values()
        return sorted(disputes, key=lambda each: each.created, reverse=True)

    def _waiting(self, call: Call) -> DisputeRecord:
        dispute = self._found(call)
        if dispute.status != WAITING:
            raise errors.issue(code="ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE")
        return dispute

    def _found(self, call: Call) -> DisputeRecord:
        dispute = self._shop.book(call.account.id).disputes.get(call.arguments["id"])
        if dispute is None:
            raise errors.not_found(call.arguments["id"])
        return dispute


def _matches(dispute: DisputeRecord, query: dict[str, str]) -> bool:
    after, before = time_of(query, "update_time_after"), time_of(query, "update_time_before")
    since, capture = time_of(query, "start_time"), query.get("disputed_transaction_id")
    state = query.get("dispute_state")
    return (
        (after is None or dispute.updated >= after)
        and (before is None or dispute.updated <= before)
        and (since is None or dispute.created >= since)
        and capture in {None, dispute.capture_id}
        and (state is None or dispute_object.STATES[dispute.status] in state.split(","))
    )


def _given(evidence: EvidenceParams, now: str, dispute: DisputeRecord) -> Json:
    given: Json = {
        "evidence_type": evidence.evidence_type,
        "source": "SUBMITTED_BY_SELLER",
        "date": now,
        "dispute_life_cycle_stage": dispute.stage,
    }
    if evidence.notes is not None:
        given["notes"] = evidence.notes
    if evidence.documents is not None:
        given["documents"] = [{"name": each.name} for each in evidence.documents]
    return given


def _answered(dispute: DisputeRecord) -> Reply:
    href = f"{dispute.api_base}/v1/customer/disputes/{dispute.id}"
    return json_reply({"links": [{"rel": "self", "method": "GET", "href": href}]})
