"""/v1/disputes: payers contest payments, merchants accept or answer, banks decide.

docs.stripe.com/disputes/how-disputes-work. A chargeback takes the money at once, an inquiry
(`warning_…`) does not; either can be answered once, until its time is over.
"""

import msgspec

from paymux.sandbox.routing import Call, Route
from paymux.sandbox.stripe import errors
from paymux.sandbox.stripe.contests import Contests
from paymux.sandbox.stripe.dispute_object import Dispute
from paymux.sandbox.stripe.dispute_params import (
    FILE_FIELDS,
    LONGEST_EVIDENCE,
    DisputeList,
    DisputeUpdate,
    EvidenceParams,
)
from paymux.sandbox.stripe.lists import list_body, page_of, within
from paymux.sandbox.stripe.params import Retrieve
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Refusal, Reply, json_reply

ANSWERABLE = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}


class Disputes:
    """What a merchant can do about the disputes of its account."""

    def __init__(self, shop: StripeShop, contests: Contests) -> None:
        self._shop = shop
        self._contests = contests

    def routes(self) -> list[Route]:
        """What is served."""
        path, named = "/v1/disputes", "/v1/disputes/{dispute}"
        return [
            Route("GET", path, "dispute.list", self.list),
            Route("GET", named, "dispute.get", self.get),
            Route("POST", named, "dispute.update", self.update),
            Route("POST", f"{named}/close", "dispute.close", self.close),
        ]

    def list(self, call: Call) -> Reply:
        """GET /v1/disputes."""
        wanted = self._shop.parameters(call, DisputeList)
        matching = [
            dispute
            for dispute in self._shop.book(call.account.id).disputes.values()
            if wanted.payment_intent in {None, dispute.payment_intent}
            and wanted.charge in {None, dispute.charge}
            and within(dispute.created, wanted.created)
        ]
        data, more = page_of(matching, wanted, "dispute")
        return json_reply(list_body([*data], "/v1/disputes", has_more=more))

    def get(self, call: Call) -> Reply:
        """GET /v1/disputes/{dispute}."""
        self._shop.parameters(call, Retrieve)
        return json_reply(self._found(call))

    def update(self, call: Call) -> Reply:
        """POST /v1/disputes/{dispute}: stage evidence, or hand it in when nothing else is said."""
        wanted = self._shop.parameters(call, DisputeUpdate)
        dispute = self._found(call)
        if wanted.evidence is not None:
            self._stage(call, dispute, wanted.evidence, submitted=wanted.submit is not False)
        if wanted.metadata is not None:
            kept = dispute.metadata | wanted.metadata if wanted.metadata else {}
            dispute.metadata = {name: value for name, value in kept.items() if value}
        self._shop.emit(call.account.id, "charge.dispute.updated", dispute, call)
        return json_reply(dispute)

    def close(self, call: Call) -> Reply:
        """POST /v1/disputes/{dispute}/close: the merchant gives in."""
        self._shop.parameters(call, Retrieve)
        dispute = self._found(call)
        if dispute.status != "needs_response":
            message = f"This dispute cannot be closed as its status is {dispute.status}."
            raise errors.invalid(message)
        self._contests.end(call.account.id, dispute, "lost", call)
        return json_reply(dispute)

    def _stage(
        self, call: Call, dispute: Dispute, given: EvidenceParams, *, submitted: bool
    ) -> None:
        if dispute.status not in ANSWERABLE:
            message = f"This dispute cannot be updated as its status is {dispute.status}."
            raise errors.invalid(message)
        said = {name: text for name, text in msgspec.structs.asdict(given).items() if text}
        self._check(call, said)
        for name, text in said.items():
            if isinstance(text, str):
                setattr(dispute.evidence, name, text)
        details = dispute.evidence_details
        details.has_evidence = True
        if submitted:
            details.submission_count += 1
            details.submission_method = "manual"
            dispute.status = ANSWERABLE[dispute.status]

    def _check(self, call: Call, said: dict[str, object]) -> None:
        files = self._shop.book(call.account.id).files
        texts = [text for name, text in said.items() if name not in FILE_FIELDS]
        if sum(len(str(text)) for text in texts) > LONGEST_EVIDENCE:
            message = "The combined character count of all evidence is more than 150,000."
            raise errors.invalid(message, param="evidence")
        for name in FILE_FIELDS & said.keys():
            if said[name] not in files:
                raise _no_file(str(said[name]), f"evidence[{name}]")

    def _found(self, call: Call) -> Dispute:
        identity = call.arguments["dispute"]
        dispute = self._shop.book(call.account.id).disputes.get(identity)
        if dispute is None:
            raise errors.no_such(resource="dispute", identity=identity, param="dispute")
        return dispute


def _no_file(identity: str, param: str) -> Refusal:
    message = f"No such file upload: '{identity}'"
    return errors.invalid(message, code="resource_missing", param=param)
