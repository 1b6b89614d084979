"""/v3/vault/payment-tokens: payers' accounts that are kept, and pay without their owners."""

import heapq

from paymux.sandbox.accounts import Account
from paymux.sandbox.control_messages import SetInstrument
from paymux.sandbox.paypal import errors, kept_accounts
from paymux.sandbox.paypal.book import KeptAccount, OrderRecord
from paymux.sandbox.paypal.params import OrderCreate
from paymux.sandbox.paypal.shop import Happening, PayPalShop
from paymux.sandbox.provider import SoldObject, UnknownAction
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, json_reply

# Where the vault is slow, the order is answered before the account is kept.
KEPT_AFTER_SECONDS = 60
REFUSED_AS = {"decline_soft": "INSTRUMENT_DECLINED", "decline_hard": "COMPLIANCE_VIOLATION"}
MOST = 20


class Vault:
    """The kept accounts of every merchant."""

    def __init__(self, shop: PayPalShop) -> None:
        self._shop = shop
        self._due: list[tuple[float, str, str]] = []

    def instrument(self, call: Call, wanted: OrderCreate) -> KeptAccount | None:
        """The kept account that an order is to be paid with; refuses what it does not pay."""
        source = wanted.payment_source
        wallet = None if source is None else source.paypal
        if wallet is None or wallet.vault_id is None:
            return None
        if not call.request.headers.get("paypal-request-id"):
            raise errors.issue(code="PAYPAL_REQUEST_ID_REQUIRED", status=400)
        kept = self._shop.book(call.account.id).kept_accounts.get(wallet.vault_id)
        if kept is None:
            field = "/payment_source/paypal/vault_id"
            raise errors.issue(code="TOKEN_ID_NOT_FOUND", field=field, value=wallet.vault_id)
        if kept.behaviour in REFUSED_AS:
            raise errors.issue(code=REFUSED_AS[kept.behaviour])
        return kept

    def keep(self, account: Account, order: OrderRecord) -> None:
        """Keep the account that an order was paid with, if its payer agreed."""
        if not order.keeps_account:
            return
        book = self._shop.book(account.id)
        if book.vault_is_slow:
            order.kept_at = self._shop.world.clock.now() + KEPT_AFTER_SECONDS
            self._watch(account.id, order)
            return
        self._keep(account.id, order)

    def kept(self) -> list[SoldObject]:
        """Every kept account, for the operator."""
        return [
            SoldObject(
                provider="paypal",
                account_id=account_id,
                kind="payment_token",
                id=kept.id,
                our_reference=None,
                status=kept.behaviour,
                created=kept.created,
            )
            for account_id, book in self._shop.books.items()
            for kept in book.kept_accounts.values()
        ]

    def get(self, call: Call) -> Reply:
        """GET /v3/vault/payment-tokens/{id}."""
        kept = self._shop.book(call.account.id).kept_accounts.get(call.arguments["id"])
        if kept is None:
            raise errors.not_found(call.arguments["id"])
        return json_reply(kept_accounts.token(kept, call.request.base_url))

    def list(self, call: Call) -> Reply:
        """GET /v3/vault/payment-tokens: those of one customer."""
        query = call.request.query_pairs()
        wanted, size = query.get("customer_id", ""), query.get("page_size", "5")
        if not wanted or not size.isdecimal() or not 1 <= int(size) <= MOST:
            raise errors.issue(code="INVALID_PARAMETER_VALUE", status=400, location="query")
        found = self._shop.book(call.account.id).kept_accounts.values()
        kept = [each for each in found if each.customer_id == wanted][: int(size)]
        tokens = [kept_accounts.token(each, call.request.base_url) for each in kept]
        return json_reply({"customer": {"id": wanted}, "payment_tokens": tokens})

    def delete(self, call: Call) -> Reply:
        """DELETE /v3/vault/payment-tokens/{id}; of one that is gone nothing is published."""
        book = self._shop.book(call.account.id)
        kept = book.kept_accounts.pop(call.arguments["id"], None)
        if kept is not None:
            self._tell(call.account.id, book.orders[kept.order_id], kept, "DELETED")
        return Reply(204)

    def behave(self, wanted: SetInstrument) -> None:
        """Settle how later charges of a kept account end."""
        for book in self._shop.books.values():
            if wanted.reference in book.kept_accounts:
                book.kept_accounts[wanted.reference].behaviour = wanted.behaviour
                return
        message = f"No account is kept as {wanted.reference!r}."
        raise UnknownAction(message)

    def sweep(self) -> None:
        """Keep what was answered for before it was kept."""
        now = self._shop.world.clock.now()
        while self._due and self._due[0][0] <= now:
            _, account_id, order_id = heapq.heappop(self._due)
            self._keep(account_id, self._shop.book(account_id).orders[order_id])
            self._shop.world.changed()

    def rebuild(self) -> None:
        """Find what is due again after a snapshot was read."""
        self._due.clear()
        for account_id, book in self._shop.books.items():
            for order in book.orders.values():
                if order.kept_id is None:
                    self._watch(account_id, order)

    def _watch(self, account_id: str, order: OrderRecord) -> None:
        if order.kept_at is not None:
            heapq.heappush(self._due, (order.kept_at, account_id, order.id))

    def _keep(self, account_id: str, order: OrderRecord) -> None:
        new = self._shop.world.identifiers
        kept = KeptAccount(
            id=new.hexadecimal(17),
            customer_id=order.customer_id or new.uppercase(10),
            payer_id=order.payer_id or "",
            order_id=order.id,
            created=self._shop.world.clock.now(),
        )
        order.kept_id, order.customer_id = kept.id, kept.customer_id
        self._shop.book(account_id).kept_accounts[kept.id] = kept
        self._tell(account_id, order, kept, "CREATED")

    def _tell(self, account_id: str, order: OrderRecord, kept: KeptAccount, what: str) -> None:
        resource = kept_accounts.token(kept, order.api_base)
        resource["metadata"] = {"order_id": order.id}
        summary = f"A payment token has been {what.lower()}."
        told = Happening(f"VAULT.PAYMENT-TOKEN.{what}", "payment_token", summary, resource, "3.0")
        self._shop.emit(account_id, order, told)
