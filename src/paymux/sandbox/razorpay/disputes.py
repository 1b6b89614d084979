"""/v1/disputes, and what banks make of them (razorpay.com/docs/api/disputes)."""

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.control_messages import DecideDispute, OpenDispute
from paymux.sandbox.provider import ContestedPayment, UnknownAction
from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.book import RazorpayBook
from paymux.sandbox.razorpay.dispute_objects import Dispute, OtherProof, SubmittedEvidence
from paymux.sandbox.razorpay.dispute_params import Contest
from paymux.sandbox.razorpay.objects import Payment
from paymux.sandbox.razorpay.params import Nothing, read
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, collection, known_id, window
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

FILTERS = {"count", "skip", "expand[]"}
ANSWER_SECONDS = 7 * 24 * 3600
USUAL_REASON = "goods_or_services_not_received_or_partially_received"
ENDED = {"won", "lost", "closed"}
PHASES = {"inquiry": "retrieval", None: "chargeback"}
OVERDUE = "Action not allowed as deadline to respond has elapsed."
TOO_MUCH = "contest amount cannot be greater than dispute amount."
NO_SUCH_FILE = (
    "Invalid file id provided or merchant is unauthorized to access the fileId(s) provided"
)
# That one document is needed is documented, the words of the refusal are not.
NO_DOCUMENT = "At least one document is required to submit the evidence."


class Disputes:
    """Disputes of every account."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def get(self, call: Call) -> Reply:
        """GET /v1/disputes/{id}."""
        return json_reply(self._found(call))

    def list(self, call: Call) -> Reply:
        """GET /v1/disputes, newest first."""
        query = call.request.query_pairs()
        check_query(query, FILTERS)
        disputes: list[object] = [*self._shop.book(call.account.id).disputes.values()]
        return json_reply(collection(window(disputes, query)))

    def accept(self, call: Call) -> Reply:
        """POST /v1/disputes/{id}/accept: lost, for good."""
        read(call, Nothing)
        dispute = self._answerable(call)
        self._end(call.account, dispute, "lost")
        return json_reply(dispute)

    def contest(self, call: Call) -> Reply:
        """PATCH /v1/disputes/{id}/contest: a draft, or the defence itself."""
        wanted = read(call, Contest)
        dispute = self._answerable(call)
        _check(wanted, dispute, self._shop.book(call.account.id))
        _put(wanted, dispute.evidence)
        if wanted.action == "submit":
            dispute.status = "under_review"
            dispute.evidence.submitted_at = self._shop.world.clock.epoch()
            self._emit(call.account, dispute, "under_review")
        return json_reply(dispute)

    def open(self, wanted: OpenDispute) -> ContestedPayment:
        """A bank contests a payment."""
        account, payment = self._payment(wanted.payment_reference)
        amount = wanted.amount or payment.amount
        if not payment.captured or amount > payment.amount:
            message = f"{payment.id} has no such amount to contest."
            raise UnknownAction(message)
        now = self._shop.world.clock.epoch()
        dispute = Dispute(
            id=self._shop.new_id("disp"),
            payment_id=payment.id,
            amount=amount,
            currency=payment.currency,
            reason_code=wanted.reason or USUAL_REASON,
            respond_by=now + (wanted.due_in_seconds or ANSWER_SECONDS),
            phase=PHASES.get(wanted.stage) or str(wanted.stage),
            created_at=now,
            evidence=SubmittedEvidence(amount=amount),
        )
        self._shop.book(account.id).disputes[dispute.id] = dispute
        self._emit(account, dispute, "created")
        return _shown(account, dispute)

    def decide(self, reference: str, wanted: DecideDispute) -> ContestedPayment | None:
        """A bank decides, or asks for more."""
        for account_id, book in self._shop.books.items():
            dispute = book.disputes.get(reference)
            if dispute is not None:
                account = self._shop.world.accounts.by_id[account_id]
                self._decide(account, dispute, wanted.outcome)
                return _shown(account, dispute)
        return None

    def sweep(self) -> None:
        """What is not answered in time is lost."""
        now = self._shop.world.clock.epoch()
        for account_id, book in self._shop.books.items():
            for dispute in book.disputes.values():
                if dispute.status == "open" and dispute.respond_by <= now:
                    self._end(self._shop.world.accounts.by_id[account_id], dispute, "lost")
                    self._shop.world.changed()

    def _decide(self, account: Account, dispute: Dispute, outcome: str) -> None:
        if dispute.status in ENDED:
            message = f"{dispute.id} is {dispute.status}."
            raise UnknownAction(message)
        if outcome != "more_evidence":
            self._end(account, dispute, outcome)
            return
        if dispute.status != "under_review":
            message = f"{dispute.id} waits for evidence already."
            raise UnknownAction(message)
        dispute.status = "open"
        dispute.respond_by = self._shop.world.clock.epoch() + ANSWER_SECONDS
        self._emit(account, dispute, "action_required")

    def _end(self, account: Account, dispute: Dispute, outcome: str) -> None:
        dispute.status = outcome
        dispute.amount_deducted = dispute.amount if outcome == "lost" else 0
        self._emit(account, dispute, outcome)

    def _emit(self, account: Account, dispute: Dispute, event: str) -> None:
        payment = self._shop.book(account.id).payments[dispute.payment_id]
        subjects = {"payment": payment, "dispute": dispute}
        self._shop.emit(account, f"payment.dispute.{event}", {**subjects})

    def _payment(self, payment_id: str) -> tuple[Account, Payment]:
        for account_id, book in self._shop.books.items():
            if payment_id in book.payments:
                return self._shop.world.accounts.by_id[account_id], book.payments[payment_id]
        message = f"There is no payment {payment_id}."
        raise UnknownAction(message)

    def _answerable(self, call: Call) -> Dispute:
        dispute = self._found(call)
        if dispute.status != "open":
            message = f"Action not allowed when dispute is in {dispute.status} status."
            raise errors.refuse(message)
        if dispute.respond_by <= self._shop.world.clock.epoch():
            raise errors.refuse(OVERDUE)
        return dispute

    def _found(self, call: Call) -> Dispute:
        identity = known_id(call.arguments["id"], "disp")
        dispute = self._shop.book(call.account.id).disputes.get(identity)
        if dispute is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return dispute


def _check(wanted: Contest, dispute: Dispute, book: RazorpayBook) -> None:
    if wanted.action not in {"draft", "submit"}:
        message = "The selected action is invalid."
        raise errors.refuse(message, field="action")
    if (wanted.amount or 0) > dispute.amount:
        raise errors.refuse(TOO_MUCH, field="amount")
    named = _documents(wanted)
    if any(each not in book.documents for each in named):
        raise errors.refuse(NO_SUCH_FILE)
    if wanted.action == "submit" and not named:
        raise errors.refuse(NO_DOCUMENT)


def _documents(wanted: Contest) -> list[str]:
    lists = [each for each in msgspec.structs.astuple(wanted) if isinstance(each, list)]
    lists = [each for each in lists if each is not wanted.others]
    others = [each.document_ids for each in wanted.others or []]
    return [str(document) for each in (*lists, *others) for document in each]


def _put(wanted: Contest, evidence: SubmittedEvidence) -> None:
    for name, value in msgspec.structs.asdict(wanted).items():
        if name not in {"action", "others"} and value is not None:
            setattr(evidence, name, value)
    if wanted.others is not None:
        evidence.others = [
            OtherProof(type=each.type, document_ids=each.document_ids) for each in wanted.others
        ]


def _shown(account: Account, dispute: Dispute) -> ContestedPayment:
    return ContestedPayment(
        provider="razorpay",
        account_id=account.id,
        reference=dispute.id,
        payment_reference=dispute.payment_id,
        status=dispute.status,
    )
