"""The way of every API request: route, credentials, faults, idempotency, operation, reply."""

import asyncio
from collections.abc import Awaitable, Callable

from paymux.sandbox.faults import FaultRule
from paymux.sandbox.provider import ProviderApi
from paymux.sandbox.routing import Call, Handler, Route
from paymux.sandbox.wire import ConnectionDropped, Refusal, Reply, Request
from paymux.sandbox.world import RequestRecord, World

ReadBody = Callable[[], Awaitable[bytes]]

UNRECORDED = {"authorization", "cookie"}
NOT_STARTED = {"throttle": 429, "conflict": 409}
GARBAGE = b'<html><head><title>502</title></head><body>upstream said {"id": "cut off'


async def answer(world: World, api: ProviderApi, request: Request, read_body: ReadBody) -> Reply:
    """One request to one provider, from headers to reply; raises ConnectionDropped."""
    matched = api.routes.match(request.method, request.path)
    if matched is None:
        request.body = await read_body()
        return api.unknown_route(request)
    route, arguments = matched
    try:
        account = api.authenticate(request, public=route.public)
    except Refusal as refused:
        request.body = await read_body()
        return refused.reply
    call = Call(request, account, route.operation, arguments)
    record = _record(world, api.slug, call)
    try:
        reply = await _with_faults(world, api, (call, route), read_body)
        record.status = reply.status
    finally:
        record.body = request.body.decode("utf-8", "replace")
    api.decorate(call, reply)
    return reply


def _record(world: World, slug: str, call: Call) -> RequestRecord:
    request = call.request
    record = RequestRecord(
        provider=slug,
        account_id=call.account.id,
        operation=call.operation,
        method=request.method,
        path=request.path,
        query=request.query,
        headers={k: v for k, v in request.headers.items() if k not in UNRECORDED},
        body="",
        status=None,
        at=world.clock.now(),
    )
    world.requests.append(record)
    return record


async def _with_faults(
    world: World, api: ProviderApi, target: tuple[Call, Route], read_body: ReadBody
) -> Reply:
    call, route = target
    drawn = world.faults.draw(api.slug, call.operation, call.account.id)
    if drawn.rule is not None and drawn.rule.kind == "refuse":
        raise ConnectionDropped(reset=True)
    call.request.body = await read_body()
    early = _before_key(api, drawn.rule)
    if early is not None:
        await asyncio.sleep(drawn.delay_seconds)
        return early
    early = _begun(api, call)
    if early is not None:
        return early
    if drawn.delay_seconds:
        await asyncio.sleep(drawn.delay_seconds)
    return _execute(world, api, (call, route.handler), drawn.rule)


def _begun(api: ProviderApi, call: Call) -> Reply | None:
    try:
        return api.begin(call)
    except Refusal as refused:
        return refused.reply


def _before_key(api: ProviderApi, rule: FaultRule | None) -> Reply | None:
    """Faults of the provider's front door: they never reach the idempotency layer."""
    if rule is None:
        return None
    if rule.kind == "drop_before":
        raise ConnectionDropped(reset=False)
    if rule.kind in NOT_STARTED:
        return api.failure(rule.status or NOT_STARTED[rule.kind])
    if rule.kind == "error_before" and (rule.status or 500) != 500:  # noqa: PLR2004
        return api.failure(rule.status or 500)
    return None


def _execute(
    world: World, api: ProviderApi, target: tuple[Call, Handler], rule: FaultRule | None
) -> Reply:
    call, handler = target
    if rule is not None and rule.kind == "error_before":
        failed = api.failure(500)
        api.finish(call, failed)
        return failed
    api.sweep()
    try:
        reply = handler(call)
    except Refusal as refused:
        # Card errors come after execution began and are stored; validation is not.
        api.finish(call, refused.reply if refused.reply.status == 402 else None)  # noqa: PLR2004
        return refused.reply
    if call.request.method != "GET":
        world.changed()
    return _after(api, call, reply, rule)


def _after(api: ProviderApi, call: Call, reply: Reply, rule: FaultRule | None) -> Reply:
    status = 500 if rule is None else rule.status or 500
    failing = rule is not None and rule.kind == "error_after"
    # A 500 of the API itself is what its idempotency layer stores; a 502 or 504 of the
    # edge in front of it is not, and the effect's own reply is stored instead.
    stored = api.failure(status) if failing and status == 500 else reply  # noqa: PLR2004
    api.finish(call, stored)
    if rule is None:
        return reply
    if failing:
        return stored if stored is not reply else api.failure(status)
    if rule.kind == "drop_after":
        raise ConnectionDropped(reset=False)
    if rule.kind == "garbage":
        return Reply(rule.status or 200, GARBAGE, {}, "text/html")
    return reply
