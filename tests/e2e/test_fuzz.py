"""Whatever arrives, the answer is never a fault of ours. FUZZ_SEED=… repeats a run."""

import json
import os
import random
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Install
from tests.e2e.installation import Installation
from tests.e2e.processes import environment
from tests.e2e.sandbox import PROVIDERS
from tests.e2e.shop import Shop
from tests.e2e.signing import signer
from tests.e2e.talking import Json, send
from tests.e2e.waiting import eventually

SEED = int(os.environ.get("FUZZ_SEED") or secrets.randbelow(10**9))
FEWEST_CASES = 2000
SECONDS = {"admin": 45, "root": 20}
MOST_ROUNDS = 12
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ensure_resource_availability",
    "ignored_auth",
]
ODD: list[Any] = [
    None, True, 0, -1, 2**63, 1e308, "", "x", "\u0000", "😀" * 50, "a" * 5000, [], {}, [[]],
    "9999-12-31T23:59:59Z", "1999", {"id": None}, -0.0, "../..", "%00",
]  # fmt: skip
MUTANTS = 80
ODD_HEADERS = ["", "t=1,v1=0", "t=99999999999999999999,v1=" + "a" * 64, "x" * 9000, "é", "t=,v1="]


@pytest.fixture(scope="module")
def fuzzed(install: Install) -> Installation:
    """An installation of its own: much is made and broken here."""
    print(f"FUZZ_SEED={SEED}")  # noqa: T201 - to repeat a failure
    quick = {"PAYMUX_LOG_LEVEL": "INFO", "PAYMUX_JOB_BACKOFF_SECONDS": "0.05"}
    return install("fuzzed", **quick).start()


@pytest.fixture(scope="module")
def shop(fuzzed: Installation) -> Shop:
    """A merchant whose webhook door is tried."""
    return furnished(fuzzed)


def furnished(fuzzed: Installation) -> Shop:
    """A merchant with one of everything."""
    shop = fuzzed.open_shop()
    shop.api.post("/v1/customers", {"external_id": "ada"})
    for provider in PROVIDERS:
        payment = shop.new_payment(provider)
        shop.pay(payment)
        shop.settled(payment)
    return shop


def schemathesis(folder: Path, url: str, key: str, seconds: int, seed: int) -> Json:
    """Generate requests from /openapi.json for so long; returns what its report counts."""
    report = folder / "fuzz.json"
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent)) or "schemathesis"
    chosen = {
        "header": f"Authorization: Bearer {key}",
        "seed": seed,
        "max-examples": 30,
        "max-time": seconds,
        "workers": 1,  # CPython 3.11's ast, which it uses, fails in threads: python/cpython#106905
        "checks": ",".join(CHECKS),
        "request-timeout": 20,
        "report": "json",
        "report-json-path": report,
    }
    options = [text for name, value in chosen.items() for text in (f"--{name}", str(value))]
    run = subprocess.run(
        [program, "run", f"{url}/openapi.json", "--no-color", "--continue-on-failure", *options],
        cwd=folder,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=seconds * 3 + 60,
        check=False,
    )
    assert run.returncode == 0, f"FUZZ_SEED={SEED}\n{run.stdout[-12_000:]}{run.stderr[-3000:]}"
    found: Json = json.loads(report.read_text())
    return found


def test_requests_made_from_the_description_never_end_in_a_fault(
    fuzzed: Installation, folder: Path
) -> None:
    keys = {"admin": str(furnished(fuzzed).api.key), "root": str(fuzzed.root.key)}
    cases = 0
    for number in range(MOST_ROUNDS):  # one does on a quick machine
        for who, key in keys.items():
            report = schemathesis(folder, fuzzed.url, key, SECONDS[who], SEED + number)
            cases += counted(report)
        if cases >= FEWEST_CASES:
            break
    assert cases >= FEWEST_CASES
    assert fuzzed.web.exit_code is None
    assert faults(fuzzed) == []


def counted(report: Json) -> int:
    """How many requests a report tells of."""
    count: int = report["test_cases"]["generated"]
    return count


def faults(installation: Installation) -> list[str]:
    """What the log says went wrong, job or request."""
    lines = installation.log("web").read_text().splitlines()
    return [line[:2000] for line in lines if '"level": "error"' in line or "Traceback" in line]


def mutated(document: Any, chance: random.Random) -> Any:
    """The document with one of its values gone or odd."""
    places: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in pairs:
            places.append((node, key))
            if isinstance(value, dict | list):
                collect(value)

    copy = json.loads(json.dumps(document))
    collect(copy)
    node, key = chance.choice(places)
    if isinstance(node, dict) and chance.random() < 0.3:
        del node[key]
    else:
        node[key] = chance.choice(ODD)
    return copy


@pytest.mark.parametrize("provider", PROVIDERS)
def test_odd_events_with_a_genuine_signature_never_end_in_a_fault(
    fuzzed: Installation, shop: Shop, provider: str
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - chance, not secrecy
    account = shop.accounts[provider]
    bodies = [json.loads(d["request_body"]) for d in shop.sandbox.deliveries(account.account_id)]
    assert bodies
    sign = signer(shop, provider)
    for _ in range(MUTANTS):
        delivery = sign.over(json.dumps(mutated(chance.choice(bodies), chance)).encode())
        answer = deliver(shop, account.path, delivery.body, delivery.headers)
        assert answer.status_code in {202, 400}, (SEED, delivery.body, answer.text)

    def done() -> bool:
        return not [event for event in shop.events() if event["status"] == "received"]

    eventually(done, within=60, otherwise=lambda: [e["reason"] for e in shop.events()][:20])
    assert faults(fuzzed) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_random_bytes_at_the_webhook_door_never_end_in_a_fault(shop: Shop, provider: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 - chance, not secrecy
    account = shop.accounts[provider]
    names = list(signer(shop, provider).over(b"{}").headers)
    before = len(shop.events())
    for _ in range(MUTANTS):
        headers = {name: chance.choice(ODD_HEADERS).encode() for name in names}
        answer = deliver(shop, account.path, chance.randbytes(chance.randrange(2000)), headers)
        assert 400 <= answer.status_code < 500, (SEED, headers, answer.text)
    assert len(shop.events()) == before


@pytest.mark.parametrize("page", ["", "/return", "/back"])
def test_odd_links_never_end_in_a_fault(fuzzed: Installation, page: str) -> None:
    for token in ("x", "%00", "%ff", "..%2f..", "a" * 4000, "%F0%9F%98%80", "'--", "{{7*7}}"):
        answer = send("GET", f"{fuzzed.url}/pay/{token}{page}")
        assert 400 <= answer.status_code < 500, (token, answer.status_code, answer.text)


def deliver(shop: Shop, path: str, body: bytes, headers: Any) -> requests.Response:
    """Post to the webhook door."""
    return shop.api.with_key(None).call("POST", path, data=body, headers=headers)
