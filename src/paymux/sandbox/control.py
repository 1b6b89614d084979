"""`/_control`: accounts, payers, faults, webhook switches, and what really happened."""

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from paymux.sandbox import banks
from paymux.sandbox.banks import Banks
from paymux.sandbox.control_messages import (
    Advance,
    ChangeAccount,
    Expire,
    OpenAccount,
    Pay,
    Redeliver,
    WebhookTravel,
)
from paymux.sandbox.faults import FaultRule
from paymux.sandbox.pages import Pages
from paymux.sandbox.payer import NotAPayPage, Payer
from paymux.sandbox.provider import ProviderApi, UnknownAction
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Reply, Request, json_reply
from paymux.sandbox.world import World

Message = TypeVar("Message")
Answer = Callable[[Request], Reply | Awaitable[Reply]]

HOME_COUNTRY = {"stripe": "US", "razorpay": "IN", "paypal": "US"}


class Control:
    """The operator's side of the sandbox; it takes no credentials, so it listens on loopback."""

    def __init__(self, world: World, apis: dict[str, ProviderApi], pages: Pages) -> None:
        self._world = world
        self._apis = apis
        self._payer = Payer(apis, pages)
        self._banks = Banks(world, apis)
        self._answers: dict[tuple[str, str], Answer] = {
            ("GET", "/health"): lambda _: json_reply({"ok": True}),
            ("GET", "/operations"): self._operations,
            ("POST", "/accounts"): self._open_account,
            ("GET", "/accounts"): self._list_accounts,
            ("POST", "/pay"): self._pay,
            ("POST", "/expire"): self._expire,
            ("POST", "/clock"): self._advance,
            ("POST", "/faults"): self._add_fault,
            ("GET", "/faults"): lambda _: json_reply({"faults": self._world.faults.active}),
            ("DELETE", "/faults"): self._clear_faults,
            ("GET", "/ledger"): self._ledger,
            ("GET", "/objects"): self._objects,
            ("GET", "/requests"): self._requests,
            ("POST", "/webhooks"): self._configure_webhooks,
            ("GET", "/webhooks/deliveries"): self._deliveries,
            ("GET", "/webhooks/notices"): self._notices,
            ("POST", "/webhooks/redeliver"): self._redeliver,
            ("POST", "/reset"): self._reset,
        }

    async def answer(self, request: Request) -> Reply:
        """One control request."""
        try:
            found = self._route(request)
            reply = await found if inspect.isawaitable(found) else found
        except (msgspec.ValidationError, msgspec.DecodeError, UnknownAction) as refused:
            return json_reply({"error": str(refused)}, 400)
        except NotAPayPage as missing:
            return json_reply({"error": f"Not a pay page of this sandbox: {missing}"}, 404)
        if request.method != "GET":
            self._world.changed()
        return reply

    def _route(self, request: Request) -> Reply | Awaitable[Reply]:
        exact = self._answers.get((request.method, request.path))
        if exact is not None:
            return exact(request)
        head, _, rest = request.path[1:].partition("/")
        if head == "accounts" and request.method == "PATCH":
            return self._change_account(rest, request)
        if head == "faults" and request.method == "DELETE" and rest.isdecimal():
            self._world.faults.clear(int(rest))
            return Reply(204)
        api = self._apis.get(head)
        reply = self._banks.answer(request) if api is None else api.control(f"/{rest}", request)
        return reply or json_reply({"error": "No such control", "known": self._known()}, 404)

    def _known(self) -> list[str]:
        exact = [f"{method} /_control{path}" for method, path in self._answers]
        return [*exact, *banks.ROUTES]

    def _operations(self, _: Request) -> Reply:
        return json_reply({slug: api.routes.operations for slug, api in self._apis.items()})

    def _open_account(self, request: Request) -> Reply:
        wanted = _read(request, OpenAccount)
        account = self._world.accounts.open(
            wanted.provider,
            wanted.country or HOME_COUNTRY[wanted.provider],
            international=wanted.international,
            name=wanted.name,
        )
        return json_reply(
            {
                "provider": account.provider,
                "account_id": account.id,
                "credentials": account.credentials(),
                "base_url": f"{request.base_url.removesuffix('_control')}{account.provider}",
            },
            201,
        )

    def _list_accounts(self, _: Request) -> Reply:
        accounts = [
            {"provider": a.provider, "account_id": a.id, "revoked": a.revoked}
            for a in self._world.accounts.by_id.values()
        ]
        return json_reply({"accounts": accounts})

    def _change_account(self, account_id: str, request: Request) -> Reply:
        account = self._world.accounts.by_id.get(account_id)
        if account is None:
            return json_reply({"error": "No such account"}, 404)
        account.revoked = _read(request, ChangeAccount).revoked
        return json_reply({"account_id": account.id, "revoked": account.revoked})

    async def _pay(self, request: Request) -> Reply:
        return json_reply(await self._payer.pay(_read(request, Pay)))

    def _expire(self, request: Request) -> Reply:
        wanted = _read(request, Expire)
        self._world.silent = not wanted.webhooks
        try:
            return json_reply(self._payer.expire(wanted.url))
        finally:
            self._world.silent = False

    def _advance(self, request: Request) -> Reply:
        self._world.clock.advance(_read(request, Advance).advance_seconds)
        for api in self._apis.values():
            api.sweep()
        return json_reply({"now": self._world.clock.now(), "offset": self._world.clock.offset})

    def _add_fault(self, request: Request) -> Reply:
        return json_reply(self._world.faults.add(_read(request, FaultRule)), 201)

    def _clear_faults(self, _: Request) -> Reply:
        self._world.faults.clear()
        return Reply(204)

    def _ledger(self, request: Request) -> Reply:
        query = request.query_pairs()
        entries = self._world.ledger.listed(query.get("provider"), query.get("account_id"))
        return json_reply({"count": len(entries), "entries": entries})

    def _objects(self, request: Request) -> Reply:
        query = request.query_pairs()
        objects = [
            sold
            for api in self._apis.values()
            for sold in api.sold()
            if query.get("provider") in {None, sold.provider}
            and query.get("kind") in {None, sold.kind}
            and query.get("account_id") in {None, sold.account_id}
        ]
        counts = Counter(sold.our_reference or "" for sold in objects)
        return json_reply({"count": len(objects), "counts": counts, "objects": objects})

    def _requests(self, request: Request) -> Reply:
        query = request.query_pairs()
        records = [
            record
            for record in self._world.requests
            if query.get("provider") in {None, record.provider}
            and query.get("account_id") in {None, record.account_id}
            and query.get("operation") in {None, record.operation}
        ]
        return json_reply({"count": len(records), "requests": records})

    def _configure_webhooks(self, request: Request) -> Reply:
        wanted = _read(request, WebhookTravel)
        changes = {
            name: value
            for name, value in msgspec.structs.asdict(wanted).items()
            if name != "account_id" and value is not None
        }
        current = self._world.outbox.settings_for(wanted.account_id)
        settings = msgspec.structs.replace(current, **changes)
        self._world.outbox.configure(wanted.account_id, settings)
        return json_reply(settings)

    def _deliveries(self, request: Request) -> Reply:
        query = request.query_pairs()
        deliveries = [
            delivery
            for delivery in self._world.outbox.deliveries
            if query.get("account_id") in {None, delivery.account_id}
            and query.get("provider") in {None, delivery.provider}
            and query.get("event_id") in {None, delivery.event_id}
        ]
        return json_reply({"count": len(deliveries), "deliveries": deliveries})

    def _notices(self, request: Request) -> Reply:
        wanted = msgspec.convert(request.query_pairs(), Redeliver, strict=False)
        notices = self._matching(wanted)
        return json_reply({"count": len(notices), "notices": notices})

    def _redeliver(self, request: Request) -> Reply:
        notices = self._matching(_read(request, Redeliver))
        return json_reply({"redelivered": self._world.outbox.resend(notices)})

    def _matching(self, wanted: Redeliver) -> list[Notice]:
        filters = {
            name: value
            for name, value in msgspec.structs.asdict(wanted).items()
            if value is not None
        }
        return [
            notice
            for notice in self._world.outbox.notices.values()
            if all(getattr(notice, name) == value for name, value in filters.items())
        ]

    def _reset(self, _: Request) -> Reply:
        for api in self._apis.values():
            api.clear()
        self._world.clear()
        return Reply(204)


def _read(request: Request, message: type[Message]) -> Message:
    return msgspec.json.decode(request.body or b"{}", type=message)
