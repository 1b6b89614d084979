"""`paymux demo`: the whole story over HTTP, once per provider."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from paymux.bootstrap.api_client import ApiClient, ApiRefused
from paymux.bootstrap.demo_shop import DemoShop, open_demo_shop
from paymux.bootstrap.run_lock import somebody_is_in
from paymux.bootstrap.run_record import NothingIsRunning, RunRecord, read_record

_PATIENCE_SECONDS: Final = 30.0
# What each account of the sandbox can be paid in.
_AMOUNT: Final = {"amount": 1999, "currency": "USD", "description": "Pro plan, November"}


@dataclass(frozen=True, slots=True)
class Story:
    """How one payment went. `seconds`: from the payer's click to the settled payment."""

    provider: str
    payment_id: str
    status: str
    amount: str
    heard_by: str
    seconds: float


async def tell_demo(data_dir: Path) -> bool:
    """Drive the running installation; print a table; return whether all payments succeeded."""
    record = await _running(data_dir)
    async with (
        ApiClient(record.public_url, record.root_key) as root,
        ApiClient(record.sandbox_url) as sandbox,
    ):
        shop = await open_demo_shop(root, sandbox, record.public_url)
        _say(f"Tenant {shop.tenant_id} with {len(shop.connections)} connections.")
        async with ApiClient(record.public_url, shop.api_key) as api:
            stories = [
                await _pay(api, sandbox, provider, connection_id)
                for provider, connection_id in shop.connections.items()
            ]
    _say(_table(stories))
    return bool(stories) and all(story.status == "succeeded" for story in stories)


async def _running(data_dir: Path) -> RunRecord:
    """Return where `paymux run` is, once it is ready; one that starts is waited for."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        record = read_record(data_dir)
        if record is None or not somebody_is_in(data_dir):
            break
        with suppress(aiohttp.ClientError, ApiRefused):
            async with ApiClient(record.public_url) as api:
                await api.get("/readyz")
            return record
        await asyncio.sleep(0.2)
    raise NothingIsRunning(data_dir)


async def _pay(api: ApiClient, sandbox: ApiClient, provider: str, connection_id: str) -> Story:
    payment = await api.post("/v1/payments", {**_AMOUNT, "connection_id": connection_id})
    link = str(payment["link"]["url"])  # type: ignore[index]
    _say(f"{provider}: {link}")
    page = await api.location(link)
    started = time.monotonic()
    await sandbox.post("/_control/pay", {"url": page, "action": "pay", "follow_return": False})
    return await _settled(api, provider, str(payment["id"]), started)


async def _settled(api: ApiClient, provider: str, payment_id: str, started: float) -> Story:
    while True:
        payment = await api.get(f"/v1/payments/{payment_id}")
        seconds = time.monotonic() - started
        if payment["status"] == "succeeded" or seconds > _PATIENCE_SECONDS:
            break
        await asyncio.sleep(0.05)
    timeline = payment["timeline"] if isinstance(payment["timeline"], list) else []
    return Story(
        provider,
        payment_id,
        str(payment["status"]),
        f"{payment['amount_captured']} {payment['currency']}",
        ", ".join(f"{entry['source']}:{entry['status']}" for entry in timeline),
        seconds,
    )


def _table(stories: list[Story]) -> str:
    head = ("provider", "payment", "status", "captured", "seconds", "timeline")
    rows = [
        (s.provider, s.payment_id, s.status, s.amount, f"{s.seconds:.2f}", s.heard_by)
        for s in stories
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in [head, *rows]
    ]
    return "\n".join(["", *lines])


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's own output


__all__ = ["DemoShop", "tell_demo"]
