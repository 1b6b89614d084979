"""docker-compose.yml by hand: its script, settings and commands, as processes of this machine."""

import os
import re
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from paymux.platform.embedded.binaries import find_binaries
from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer
from paymux.platform.settings.model import SETTINGS
from tests.e2e.installation import COMMAND
from tests.e2e.processes import Process, environment, free_port, run
from tests.e2e.talking import send
from tests.e2e.waiting import eventually
from tests.reachable import reachable_folder

COMPOSE = YAML(typ="safe").load(Path(__file__).parents[2] / "docker-compose.yml")
GIVEN = {
    "OWNER_PASSWORD": os.urandom(24).hex(),
    "APPLICATION_PASSWORD": os.urandom(24).hex(),
    "PAYMUX_ENCRYPTION_KEYS": f"v1:{b64encode(os.urandom(32)).decode()}",
    "PAYMUX_PUBLIC_URL": "https://pay.example.com",
}
PAYMUX = ("migrate", "web", "worker")


def filled_in(text: str) -> str:
    """What compose makes of a value with variables."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, _, default = found[1].partition(":")
        return GIVEN[name] if default == "?" else GIVEN.get(name, default.removeprefix("-"))

    return re.sub(r"\$\$|\$\{([^}]+)\}", value, text)


def settings(service: str) -> dict[str, str]:
    """The environment that compose gives a service."""
    given = COMPOSE["services"][service]["environment"]
    return {name: filled_in(str(value)) for name, value in given.items()}


class Stack:
    """The services, at addresses of this machine."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self.port = free_port()
        self.worker = self._process("worker")
        self.web = self._process("web")

    def create_database(self) -> None:
        """What the image of PostgreSQL does at its first start: a superuser, then the script.

        Its database lets every role connect, unlike the embedded server's.
        """
        postgres = settings("postgres")
        self._psql(
            f"ALTER ROLE {postgres['POSTGRES_USER']}"
            f" SUPERUSER PASSWORD '{postgres['POSTGRES_PASSWORD']}';"
            f" GRANT CONNECT ON DATABASE {postgres['POSTGRES_DB']} TO PUBLIC"
        )
        script = filled_in(COMPOSE["configs"]["application-role"]["content"])
        address = {
            "PGHOST": self._server.host,
            "PGPORT": str(self._server.port),
            "PGPASSWORD": postgres["POSTGRES_PASSWORD"],
            "PATH": f"{find_binaries()}:{os.environ['PATH']}",
        }
        subprocess.run(["bash", "-e"], input=script, text=True, check=True, env=postgres | address)

    def ask(self, sql: str) -> str:
        """Ask the database past row-level security."""
        return self._psql(sql)

    def command(self, service: str, *arguments: str) -> tuple[int, str]:
        """Run a command to its end; returns its exit code and its output."""
        log = self._folder / f"{service}-{arguments[0]}.log"
        code = run([*COMMAND, *arguments], self.environment(service), log)
        return code, log.read_text()

    def environment(self, service: str) -> Mapping[str, str]:
        """The service's settings, with the names of hosts in the network of compose resolved."""
        place = f"@{self._server.host}:{self._server.port}/"
        found = {
            name: value.replace("@postgres:5432/", place)
            for name, value in settings(service).items()
        }
        return {**found, "PAYMUX_PORT": str(self.port)}

    def is_healthy(self) -> bool:
        """Run the health check of the service web."""
        kind, _, *arguments = COMPOSE["services"]["web"]["healthcheck"]["test"]
        assert kind == "CMD"
        arguments = [each.replace(":8000/", f":{self.port}/") for each in arguments]
        ended = subprocess.run(
            [sys.executable, *arguments], env=environment({}), capture_output=True, check=False
        )
        return ended.returncode == 0

    def _process(self, service: str) -> Process:
        command = COMPOSE["services"][service]["command"]
        log = self._folder / f"{service}.log"
        return Process(service, [*COMMAND, *command], self.environment(service), log)

    def _psql(self, sql: str) -> str:
        psql = [str(find_binaries() / "psql"), "-XtA", "-c", sql, self._server.superuser_url]
        ended = subprocess.run(psql, capture_output=True, text=True, check=True)
        return ended.stdout.strip()


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with reachable_folder() as data_dir, reachable_folder() as folder:
        server = EmbeddedPostgres().start(data_dir, fsync=False)
        stack = Stack(server, folder)
        try:
            stack.create_database()
            yield stack
        finally:
            stack.worker.kill()
            stack.web.kill()
            server.discard()


@pytest.mark.parametrize("service", PAYMUX)
def test_a_service_is_given_settings_that_exist_and_a_command_that_exists(service: str) -> None:
    known = {setting.variable for setting in SETTINGS}
    assert set(settings(service)) <= known
    [command] = COMPOSE["services"][service]["command"]
    assert f"  {command} " in subprocess.run(
        [sys.executable, *COMMAND, "--help"], capture_output=True, text=True, check=True
    ).stdout.replace("\n", " \n")


def test_only_the_migration_is_told_the_owners_password() -> None:
    password = GIVEN["OWNER_PASSWORD"]
    told = [name for name in PAYMUX if any(password in each for each in settings(name).values())]
    assert told == ["migrate"]


def test_the_services_serve_in_live_mode_as_a_role_that_owns_nothing(stack: Stack) -> None:
    stack.worker.start()  # sooner than compose would
    code, said = stack.command("migrate", *COMPOSE["services"]["migrate"]["command"])
    assert code == 0, said
    stack.web.start()
    eventually(stack.is_healthy, within=40, otherwise=stack.web.log.read_text)
    eventually(lambda: "takes jobs" in stack.worker.log.read_text(), within=20)
    owned = "SELECT count(*) FROM pg_class WHERE relowner = 'paymux_login'::regrole"
    assert stack.ask(owned) == "0"
    bound = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'paymux_login'"
    assert stack.ask(bound) == "f"
    users = "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = 'paymux'"
    assert stack.ask(f"{users} AND pid <> pg_backend_pid()") == "paymux_login"
    code, said = stack.command("web", "tenants", "create", "Shop")
    assert code == 0, said
    found = re.search(r"live admin key, shown only now: (\S+)", said)
    assert found, said
    answer = send(
        "GET",
        f"http://127.0.0.1:{stack.port}/v1/providers",
        headers={"Authorization": f"Bearer {found[1]}"},
    )
    assert answer.ok, answer.text


def test_a_second_migration_changes_nothing(stack: Stack) -> None:
    code, said = stack.command("migrate", "migrate")
    assert code == 0, said


@pytest.mark.parametrize("service", ["web", "worker"])
def test_a_service_stops_within_its_grace_period(service: str, stack: Stack) -> None:
    process: Process = getattr(stack, service)
    assert process.exit_code is None
    grace: Any = COMPOSE["services"][service]["stop_grace_period"]
    began = time.monotonic()
    process.stop()
    assert time.monotonic() - began < int(str(grace).removesuffix("s")) / 2
