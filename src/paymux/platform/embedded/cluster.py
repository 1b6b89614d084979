"""Making a database cluster with its roles, in a way that a crash cannot leave half done."""

import shutil
from pathlib import Path

from paymux.platform.embedded.account import Account
from paymux.platform.embedded.binaries import major_version
from paymux.platform.embedded.errors import DatabaseHasAnotherVersion
from paymux.platform.embedded.layout import Home
from paymux.platform.embedded.record import Record

SUPERUSER = "postgres"
OWNER = "paymux_owner"
WEB = "paymux_web"
DATABASE = "paymux"

_FIRST_WITH_BUILTIN_LOCALES = 17


def ensure_cluster(
    home: Home, binaries: Path, account: Account, record: Record, *, fsync: bool
) -> None:
    """Make the cluster unless it is there; raises `DatabaseHasAnotherVersion` if unusable."""
    version = major_version(binaries)
    if not home.cluster.exists():
        _make(home, binaries, account, record, version, fsync=fsync)
    made_by = (home.cluster / "PG_VERSION").read_text().strip()
    if made_by != str(version):
        raise DatabaseHasAnotherVersion(made_by, version)


def _make(
    home: Home, binaries: Path, account: Account, record: Record, version: int, *, fsync: bool
) -> None:
    unfinished = home.unfinished_cluster
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account.give(unfinished)
    password_file = _password_file(home, account, record.superuser_password)
    initdb: list[str | Path] = [
        binaries / "initdb", "-D", unfinished, "-U", SUPERUSER, f"--pwfile={password_file}",
        "--auth=scram-sha-256", "--encoding=UTF8", *_locale(version),
    ]  # fmt: skip
    try:
        account.run("initdb", initdb if fsync else [*initdb, "--no-sync"], folder=unfinished)
    finally:
        password_file.unlink()
    _make_roles(unfinished, binaries, account, record)
    unfinished.rename(home.cluster)


def _password_file(home: Home, account: Account, password: str) -> Path:
    """Written by the account itself: root must not write where another user could plant a link."""
    folder = home.log.parent
    (folder / "initial").unlink(missing_ok=True)
    command = ["/bin/sh", "-c", "umask 077; cat > initial"]
    account.run("Storing the first password", command, folder=folder, told=password)
    return folder / "initial"


def _locale(version: int) -> list[str]:
    if version < _FIRST_WITH_BUILTIN_LOCALES:
        return ["--locale=C"]
    return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]


def _make_roles(cluster: Path, binaries: Path, account: Account, record: Record) -> None:
    """In single-user mode: no server is reachable before its roles are as they should be.

    The passwords go through standard input, not through arguments that `ps` shows, and failing
    statements are kept out of the log.
    """
    command: list[str | Path] = [
        binaries / "postgres", "--single", "-D", cluster,
        "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "postgres",
    ]  # fmt: skip
    account.run("Making the roles", command, folder=cluster, told=_role_statements(record))


def _role_statements(record: Record) -> str:
    statements = (
        f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB CREATEROLE"
        f" PASSWORD '{record.owner_password}'",
        f"CREATE ROLE {WEB} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
        f" PASSWORD '{record.web_password}'",
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        f"REVOKE ALL ON DATABASE {DATABASE}, postgres, template1 FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {DATABASE} TO {WEB}",
    )
    return "".join(f"{statement};\n" for statement in statements)
