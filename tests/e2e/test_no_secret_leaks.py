"""After everything else: no secret is in a log, in the database or in an answer of the API."""

import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from paymux.platform.embedded.binaries import find_binaries
from tests.e2e.installation import Installation
from tests.e2e.sandbox import PROVIDERS, Sandbox
from tests.e2e.shop import Shop
from tests.e2e.signing import signer
from tests.e2e.talking import Record, send

FAULTS = ("error_before", "error_after", "drop_after", "garbage", "throttle", "refuse")
# What the sandbox made up and only our connectors were told.
TOLD_TO_CONNECTORS = re.compile(r"whsec_[A-Za-z0-9]+|A21AA[A-Za-z0-9]+")
CARD = "4000056655665556"
CARDS = (CARD, f"{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}")
SHORTEST = 12


@pytest.fixture(scope="module", autouse=True)
def troubled(installation: Installation) -> Shop:
    """A merchant to whom everything happens that could make a program talk too much."""
    shop = installation.open_shop()
    for provider in PROVIDERS:
        signer(shop, provider)
        refuse_wrong_credentials(shop, provider)
        fail_in_every_way(shop, provider)
        account = shop.accounts[provider]
        shop.api.call("POST", account.path, data=b"{", headers={"stripe-signature": "t=1,v1=0"})
        shop.api.post(f"/v1/connections/{account.connection_id}/test")
    guess = shop.record.plant("a guessed key", "pmx_test_Gu3ssedGu3ssedGu3ssedGu3ssed")
    shop.api.with_key(guess).call("GET", "/v1/payments")
    for card in CARDS:
        shop.record.plant("card number", card)
        body = {"amount": 1999, "currency": "USD", "description": f"Card {card}"}
        assert shop.api.problem("POST", "/v1/payments", body)["code"] == "card_number_refused"
        send("GET", f"{installation.url}/pay/{card}")
    assert installation.command("settings") == 0
    return shop


def refuse_wrong_credentials(shop: Shop, provider: str) -> None:
    """Credentials of another account, one character wrong."""
    given = shop.sandbox.open_account(provider)["credentials"]
    wrong = {
        name: shop.record.plant(f"wrong {name}", _misspelt(value)) if "secret" in name else value
        for name, value in given.items()
    }
    body = {"provider": provider, "label": "wrong", "credentials": wrong}
    assert shop.api.problem("POST", "/v1/connections", body)["status"] == 422
    shop.api.problem("POST", "/v1/connections", {**body, "credentials": {**wrong, "more": 1}})


def _misspelt(secret: str) -> str:
    return f"{secret[:-1]}{'1' if secret.endswith('0') else '0'}"


def fail_in_every_way(shop: Shop, provider: str) -> None:
    """Payments whose every call to the provider goes wrong."""
    account_id = shop.accounts[provider].account_id
    for kind in FAULTS:
        fault = shop.sandbox.control(
            "POST", "/faults", kind=kind, provider=provider, account_id=account_id, times=2
        )
        shop.new_payment(provider)
        shop.sandbox.control("DELETE", f"/faults/{fault['id']}")


@pytest.fixture(scope="module")
def needles(record: Record, sandbox: Sandbox, installations: list[Installation]) -> dict[str, str]:
    """Every secret in every spelling, by what it is."""
    assert len(installations) >= 1
    secrets = dict(record.secrets)
    state = (sandbox.folder / "sandbox.json").read_text()
    secrets |= dict.fromkeys(TOLD_TO_CONNECTORS.findall(state), "told to a connector")
    assert {"root key", "encryption key 1", "stripe secret_key", "shown once"} <= {
        *secrets.values()
    }
    assert all(len(secret) >= SHORTEST for secret in secrets)
    return {spelling: what for secret, what in secrets.items() for spelling in spellings(secret)}


def spellings(secret: str) -> set[str]:
    """As text, as a dump writes bytes, and in base64 at every offset."""
    raw = secret.encode()
    encoded = {b64encode(b"x" * offset + raw).decode()[4:-4] for offset in range(3)}
    return {secret, raw.hex(), *encoded}


def found(text: str, needles: dict[str, str]) -> list[str]:
    """What of the needles is in the text; the secrets themselves are not repeated."""
    return sorted({what for needle, what in needles.items() if needle in text})


@pytest.fixture(scope="module")
def servers(installations: list[Installation]) -> set[Path]:
    """The data folders of the database servers."""
    shown = [installation.query("SHOW data_directory") for installation in installations]
    return {Path(rows[0]["data_directory"]) for rows in shown}


def logs(folder: Path, servers: set[Path]) -> Iterator[Path]:
    """Everything that a process of an installation wrote."""
    for log in sorted(folder.glob("*.log")):
        if log.name != "sandbox.log":
            yield log
    for cluster in sorted(servers):
        yield from sorted((cluster.parent / "log").glob("*"))


def test_the_search_finds_what_it_looks_for() -> None:
    secret = "Zx9-not-a-real-secret-Zx9"
    needles = dict.fromkeys(spellings(secret), "the canary")
    for hidden in (secret, f"\\x00{secret.encode().hex()}ff", b64encode(b"u:" + secret.encode())):
        text = hidden if isinstance(hidden, str) else hidden.decode()
        assert found(f"... {text} ...", needles) == ["the canary"]
    assert found("nothing here", needles) == []


def test_no_log_holds_a_secret_or_the_token_of_a_link(
    folder: Path, record: Record, needles: dict[str, str], servers: set[Path]
) -> None:
    needles = needles | dict.fromkeys(record.unlogged, "token of a link")
    searched = {log: log.read_text(errors="replace") for log in logs(folder, servers)}
    assert any(log.name.endswith(".web.log") and text for log, text in searched.items())
    leaks = {log.name: found(text, needles) for log, text in searched.items()}
    assert {name: what for name, what in leaks.items() if what} == {}


def test_no_database_holds_a_secret(
    installations: list[Installation], needles: dict[str, str]
) -> None:
    program = find_binaries() / "pg_dump"
    for installation in installations:
        command: list[str | Path] = [program, installation.database_url()]
        dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "COPY public.connections" in dump
        assert found(dump, needles) == [], installation.name


def test_no_answer_of_the_api_holds_a_secret(record: Record, needles: dict[str, str]) -> None:
    assert len(record.answers) > 20
    leaks = {
        f"{answer.method} {answer.path}": what
        for answer in record.answers
        if (what := found(answer.text, needles))
    }
    assert leaks == {}
