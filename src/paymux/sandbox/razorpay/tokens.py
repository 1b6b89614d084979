"""/v1/customers/{id}/tokens: cards that payers let be charged again."""

from typing import Literal

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.control_messages import SetInstrument
from paymux.sandbox.provider import UnknownAction
from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.recurring_objects import Invoice, KeptCard, Token, TokenCard
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, collection
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, Request, json_reply

LISTED = {"confirmed", "paused"}


class ChangeToken(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /_control/razorpay/tokens/{id}: what its bank or its payer says.

    `charges`: those that need time `wait`, as they do in India for 36 hours; those that `fail`
    do so without a reason, and may be authorised late.
    """

    status: Literal["confirmed", "rejected", "cancelled", "paused"] | None = None
    charges: Literal["now", "wait", "fail"] | None = None


class Tokens:
    """Tokens of every account."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def keep(self, account: Account, invoice: Invoice, max_amount: int) -> Token:
        """Keep the card a registration link is paid with; its bank has not agreed yet."""
        now = self._shop.world.clock.epoch()
        token = Token(
            id=self._shop.new_id("token"),
            token=self._shop.world.identifiers.alphanumeric(14),
            card=TokenCard(name=invoice.customer_details.name),
            used_at=now,
            created_at=now,
            max_amount=max_amount,
        )
        kept = KeptCard(token=token, customer_id=invoice.customer_id)
        self._shop.book(account.id).tokens[token.id] = kept
        return token

    def say(self, account: Account, token: Token, status: str) -> None:
        """Tell what became of a token."""
        token.recurring_details.status = status
        token.recurring = status != "rejected"
        if status == "rejected":
            token.recurring_details.failure_reason = "Rejected by bank"
        self._shop.emit(account, f"token.{status}", {"token": token})

    def get(self, call: Call) -> Reply:
        """GET /v1/customers/{id}/tokens/{token}."""
        return json_reply(self._found(call).token)

    def list(self, call: Call) -> Reply:
        """GET /v1/customers/{id}/tokens: not those unused, rejected or over."""
        check_query(call.request.query_pairs(), set())
        tokens: list[object] = [
            kept.token
            for kept in self._shop.book(call.account.id).tokens.values()
            if kept.customer_id == call.arguments["id"]
            and kept.token.recurring_details.status in LISTED
        ]
        return json_reply(collection(tokens))

    def delete(self, call: Call) -> Reply:
        """DELETE /v1/customers/{id}/tokens/{token}."""
        kept = self._found(call)
        del self._shop.book(call.account.id).tokens[kept.token.id]
        return json_reply({"deleted": True})

    def control(self, path: str, request: Request) -> Reply | None:
        """Confirm, reject, cancel or pause a token, and let its charges wait or fail."""
        match request.method, path.strip("/").split("/"):
            case "POST", ["tokens", identity]:
                wanted = msgspec.json.decode(request.body, type=ChangeToken)
                return self._change(identity, wanted)
        return None

    def set(self, wanted: SetInstrument) -> None:
        """How later charges of a token end."""
        self._kept(wanted.reference)[1].behaviour = wanted.behaviour

    def _change(self, identity: str, wanted: ChangeToken) -> Reply:
        account, kept = self._kept(identity)
        if wanted.status is not None:
            self.say(account, kept.token, wanted.status)
        if wanted.charges is not None:
            kept.behaviour = "succeed" if wanted.charges == "now" else wanted.charges
        return json_reply(kept)

    def _kept(self, identity: str) -> tuple[Account, KeptCard]:
        for account_id, book in self._shop.books.items():
            kept = book.tokens.get(identity)
            if kept is not None:
                return self._shop.world.accounts.by_id[account_id], kept
        message = f"There is no token {identity}."
        raise UnknownAction(message)

    def _found(self, call: Call) -> KeptCard:
        kept = self._shop.book(call.account.id).tokens.get(call.arguments["token"])
        if kept is None or kept.customer_id != call.arguments["id"]:
            raise errors.refuse(errors.NO_SUCH_ID)
        return kept
