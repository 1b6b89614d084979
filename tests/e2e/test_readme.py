"""What the README tells a newcomer to type does what the README says, against `paymux run`."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from paymux.platform.embedded.server import EmbeddedPostgres
from tests.e2e.installation import COMMAND
from tests.e2e.processes import Process, environment, free_port
from tests.e2e.talking import send
from tests.e2e.waiting import eventually

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
# For machines without it: as much of curl as the README uses.
CURL = """\
#!{python}
import argparse, sys, requests
words = argparse.ArgumentParser()
words.add_argument("url")
words.add_argument("-s", action="store_true")
words.add_argument("-H", action="append", default=[])
words.add_argument("-d")
said = words.parse_args()
headers = dict(header.split(": ", 1) for header in said.H)
method = "GET" if said.d is None else "POST"
print(requests.request(method, said.url, headers=headers, data=said.d, timeout=30).text)
"""


class Trial:
    """A running `paymux run`, as somebody sees it who has just typed `make run`."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._folder = folder
        port = str(free_port())
        self.settings = {"PAYMUX_DATA_DIR": str(self.data), "PAYMUX_PORT": port}
        self.url = f"http://127.0.0.1:{port}"
        self.process = Process("run", [*COMMAND, "run"], self.settings, folder / "run.log")
        self.greeting = ""

    def start(self) -> "Trial":
        self.process.start()
        self.greeting = eventually(self._greeted, within=90)
        return self

    def _greeted(self) -> str | None:
        printed = self.process.log.read_text()
        assert self.process.exit_code is None, printed[-3000:]
        return printed if "make demo" in printed else None

    def told(self, name: str) -> str:
        """What stands behind a name in the greeting."""
        found = re.search(rf"{name} +(\S+)", self.greeting)
        assert found, self.greeting
        return found[1]

    def type(self, script: str) -> Any:
        """Give a script to the shell; returns the JSON that it prints."""
        path = os.pathsep.join([str(self._folder), os.environ["PATH"]])
        return json.loads(_output(["sh", "-euc", script], {"PATH": path}))

    def python(self, program: str) -> str:
        """Run a program beside it, on the same data; returns what it prints."""
        return _output([sys.executable, "-c", program], environment(self.settings))


def _output(command: Sequence[str], variables: dict[str, str]) -> str:
    done = subprocess.run(
        command, env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Paymux, just started in an empty folder."""
    folder = tmp_path_factory.mktemp("readme")
    if shutil.which("curl") is None:
        (folder / "curl").write_text(CURL.format(python=sys.executable))
        (folder / "curl").chmod(0o755)
    trial = Trial(folder)
    try:
        yield trial.start()
        trial.process.stop()
    finally:
        trial.process.kill()
        EmbeddedPostgres().start(trial.data).discard()


def block(language: str, after: str) -> str:
    """The first block of code in a language after some words."""
    found = re.search(rf"```{language}\n(.*?)```", README.partition(after)[2], re.DOTALL)
    assert found, after
    return found[1]


def test_a_payment_takes_two_calls(trial: Trial) -> None:
    key, create, look = block("sh", "## A payment in two calls").strip().split("\n\n")
    assert (create + look).count("curl -s http://127.0.0.1:8000/v1/payments") == 2

    def typed(call: str, payment_id: str = "pay_…") -> Any:
        own = f"{key}\n{call}".replace("pmx_test_…", trial.told("Demo key"))
        own = own.replace("http://127.0.0.1:8000", trial.url)
        return trial.type(own.replace("/pay_…", f"/{payment_id}"))

    created = typed(create)
    assert created["id"].startswith("pay_")
    assert created["status"] == "requires_action"
    assert created["link"]["url"].startswith(f"{trial.url}/pay/")
    assert len(created["attempts"]) == 1

    page = send("GET", created["link"]["url"]).headers["location"]
    sandbox = trial.told("Sandbox").removesuffix("/health")
    assert send("POST", f"{sandbox}/pay", json={"url": page, "action": "pay"}).ok

    def paid() -> Any:
        found = typed(look, created["id"])
        told = [(entry["source"], entry["status"]) for entry in found["timeline"]]
        return found if ("webhook", "succeeded") in told else None

    found = eventually(paid, within=30, otherwise=lambda: typed(look, created["id"]))
    assert (found["status"], found["amount_captured"]) == ("succeeded", 1999)


def test_the_curl_lines_that_are_printed_at_start_work_as_they_stand(trial: Trial) -> None:
    _, _, tried = trial.greeting.partition("Try it:\n")
    lines = tried.partition("\n\n")[0].replace("\\\n", " ").splitlines()
    providers, payment = (trial.type(textwrap.dedent(line)) for line in lines)
    assert [one["slug"] for one in providers["data"]] == ["paypal", "razorpay", "stripe"]
    assert payment["status"] == "requires_action"


@pytest.mark.parametrize("page", ["/docs", "/console"])
def test_the_pages_that_are_named_open(trial: Trial, page: str) -> None:
    assert f"http://127.0.0.1:8000{page}" in README
    assert f"{trial.url}{page}" in trial.greeting
    assert send("GET", f"{trial.url}{page}", allow_redirects=True).ok


def test_the_same_is_there_without_http(trial: Trial) -> None:
    record = json.loads((trial.data / "run.json").read_text())
    root = {"Authorization": f"Bearer {record['root_key']}"}
    tenant = send("GET", f"{trial.url}/v1/tenants", headers=root).json()["data"][0]
    own = {"Authorization": f"Bearer {trial.told('Demo key')}"}
    payment = send("GET", f"{trial.url}/v1/payments", headers=own).json()["data"][0]
    shown = block("python", "The same services without HTTP")
    first, _, rest = shown.partition("\n")
    assert first == "import paymux"
    body = rest.replace("ten_…", tenant["id"]).replace("pay_…", payment["id"])
    program = (
        f"import asyncio\n{first}\nasync def main():\n{textwrap.indent(body, '    ')}\n"
        "    print(details.payment.status)\nasyncio.run(main())\n"
    )
    assert trial.python(program).strip() == payment["status"]
