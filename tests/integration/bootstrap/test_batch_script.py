"""The batch job that `docs/in-process.md` shows runs as it stands there."""

import asyncio
import csv
import os
import sys
from pathlib import Path

import pytest

import paymux
from tests.integration.bootstrap.conftest import Sandbox

PAGE = Path(__file__).parents[3] / "docs/in-process.md"
ORDERS = 'reference,amount,currency,description\norder-1,1999,USD,"Pro plan, November"\n'


def shown(language: str, after: str) -> str:
    """The first block in a language after some words of the page."""
    rest = PAGE.read_text(encoding="utf-8").partition(after)[2]
    return rest.partition(f"```{language}\n")[2].partition("```")[0]


class Script:
    """The script in a folder of its own, for one tenant."""

    def __init__(self, folder: Path, environ: dict[str, str], tenant_id: str) -> None:
        self._folder = folder
        self._environ = os.environ | environ
        self._tenant_id = tenant_id
        (folder / "links.py").write_text(shown("python", "A test runs this script"))

    async def run(self, orders: str) -> tuple[int | None, str]:
        (self._folder / "orders.csv").write_text(orders, encoding="utf-8")
        arguments = ["links.py", self._tenant_id, "orders.csv", "links.csv"]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=self._folder,
            env=self._environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), timeout=60)
        return process.returncode, output.decode()

    def links(self) -> list[dict[str, str]]:
        with (self._folder / "links.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


@pytest.fixture
async def script(environ: dict[str, str], tmp_path: Path, sandbox: Sandbox) -> Script:
    async with paymux.open(environ) as px:
        tenant_id = (await px.tenants.create("Zebra Books")).tenant.id
        credentials = await sandbox.open_account("stripe")
        draft = paymux.NewConnection(provider="stripe", label="Main", credentials=credentials)
        await px.connections.create(px.scope(tenant_id), draft)
    return Script(tmp_path, environ, tenant_id)


async def test_the_orders_on_the_page_get_a_link_each_and_keep_it(script: Script) -> None:
    orders = shown("csv", "With an `orders.csv` such as")
    code, output = await script.run(orders)
    assert (code, output.splitlines()) == (0, ["1 of 2", "2 of 2"])
    first = script.links()
    assert [row["reference"] for row in first] == ["order-1042", "order-1043"]
    assert {row["status"] for row in first} == {"requires_action"}
    assert len({row["link"] for row in first}) == 2
    code, _ = await script.run(orders)
    assert (code, script.links()) == (0, first)


async def test_an_order_that_is_refused_is_told_of_and_fails_the_run(script: Script) -> None:
    refused = "order-2,0,USD,Nothing\n"
    code, output = await script.run(ORDERS + refused)
    assert code == 1, output
    assert [row["status"] for row in script.links()] == ["requires_action", "refused"]
