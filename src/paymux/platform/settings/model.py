"""Every setting, once: its name, type, bounds, default and meaning.

A field `database_url` is the variable `PAYMUX_DATABASE_URL` and the key `database_url` of the
configuration file. `docs/settings.md` is generated from this table.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple, get_args

import msgspec

from paymux.platform.settings.key_ring import EncryptionKey

_DAY = 86_400


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogFormat(StrEnum):
    """For machines or for eyes."""

    JSON = "json"
    CONSOLE = "console"


class ProviderOverride(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stand-in on this machine that is talked to instead of the provider."""

    base_url: str
    ca_file: str | None = None


def _about(
    group: str, description: str, *, form: str = "", shown: str = "", secret: bool = False
) -> msgspec.Meta:
    about = {"group": group, "form": form, "shown": shown, "secret": secret}
    return msgspec.Meta(description=description, extra=about)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """An installation's settings. Its repr shows no secret."""

    database_url: Annotated[
        str | None,
        _about(
            "Database",
            "PostgreSQL 15 to 18, as the role that cannot bypass row-level security. Without it "
            "Paymux starts a server of its own in the data directory.",
            form="`postgresql://user:password@host:port/database`",
            shown="embedded server",
            secret=True,
        ),
    ] = None
    owner_database_url: Annotated[
        str | None,
        _about(
            "Database",
            "The same database as the role that owns its tables; only migrations use it.",
            form="`postgresql://user:password@host:port/database`",
            secret=True,
        ),
    ] = None
    db_pool_size: Annotated[
        int, msgspec.Meta(ge=1, le=200), _about("Database", "Connections held by one process.")
    ] = 10
    data_dir: Annotated[
        Path,
        _about(
            "Database",
            "Where the embedded server and its passwords are kept. When root starts Paymux in a "
            "folder that no other user can reach, the tables go below `/var/lib/paymux` instead.",
        ),
    ] = Path(".paymux")
    pg_bin: Annotated[
        Path | None,
        _about(
            "Database",
            "Folder with `initdb`, `pg_ctl` and `postgres` for the embedded server.",
            form="path",
            shown="the installed wheel",
        ),
    ] = None

    live: Annotated[
        bool, _about("Safety", "Whether connections that move real money are allowed here.")
    ] = False
    encryption_keys: Annotated[
        tuple[EncryptionKey, ...],
        _about(
            "Safety",
            "The keys that seal credentials, the current one first; 32 random bytes each, for "
            "example from `openssl rand -base64 32`. Required in live mode and with a database "
            "of your own; else made at first start and kept in the data directory.",
            form="`v2:base64,v1:base64`",
            shown="made in the data directory",
            secret=True,
        ),
    ] = ()
    root_key: Annotated[
        str | None,
        _about(
            "Safety",
            "Bearer token that may create tenants over HTTP, 32 characters or more. Without it "
            "tenants are created from the command line only.",
            form="text",
            secret=True,
        ),
    ] = None

    host: Annotated[str, _about("HTTP", "Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535), _about("HTTP", "Port to listen on.")] = (
        8000
    )
    public_url: Annotated[
        str,
        _about(
            "HTTP",
            "How payers and providers reach this installation; https in live mode.",
            form="`https://host`",
            shown="http://127.0.0.1:8000, with PAYMUX_PORT as the port",
        ),
    ] = "http://127.0.0.1:8000"
    request_max_bytes: Annotated[
        int, msgspec.Meta(ge=1024, le=2**26), _about("HTTP", "Largest body of an API request.")
    ] = 262_144
    webhook_max_bytes: Annotated[
        int,
        msgspec.Meta(ge=1024, le=2**26),
        _about("HTTP", "Largest body of a provider's webhook; larger ones get 413."),
    ] = 1_048_576
    webhook_tolerance_seconds: Annotated[
        int,
        msgspec.Meta(ge=1, le=_DAY),
        _about("HTTP", "How old or early a signed webhook may be, where the signature tells."),
    ] = 300

    provider_overrides: Annotated[
        dict[str, ProviderOverride],
        _about(
            "Providers",
            "Stand-ins to talk to in test mode instead of a provider; loopback hosts only.",
            form='`{"slug": {"base_url": "http://127.0.0.1:9000", "ca_file": null}}`',
            shown="none",
        ),
    ] = {}
    provider_timeout_seconds: Annotated[
        float,
        msgspec.Meta(gt=0, le=120),
        _about("Providers", "How long to wait for a provider's reply."),
    ] = 20.0
    connect_timeout_seconds: Annotated[
        float,
        msgspec.Meta(gt=0, le=60),
        _about("Providers", "How long to wait for a connection to a provider."),
    ] = 5.0
    provider_threads: Annotated[
        int,
        msgspec.Meta(ge=1, le=512),
        _about("Providers", "Threads per process for the SDKs that block."),
    ] = 32

    idempotency_kept_hours: Annotated[
        int,
        msgspec.Meta(ge=24, le=24 * 90),
        _about("HTTP", "How long the answer to a request under an `Idempotency-Key` is kept."),
    ] = 24
    idempotency_lease_seconds: Annotated[
        float,
        msgspec.Meta(ge=1, le=3600),
        _about(
            "HTTP",
            "How long a request under an `Idempotency-Key` may run before an identical one takes "
            "it for dead and finishes it; longer than the longest call of a provider.",
        ),
    ] = 60.0

    worker_in_web: Annotated[
        bool,
        _about(
            "Jobs", "Whether the web process runs jobs too; turn it off beside `paymux worker`."
        ),
    ] = True
    job_max_attempts: Annotated[
        int, msgspec.Meta(ge=1, le=100), _about("Jobs", "Tries before a failing job is held.")
    ] = 10
    job_backoff_seconds: Annotated[
        float,
        msgspec.Meta(gt=0, le=3600),
        _about("Jobs", "Wait after the first failure; it doubles, with jitter."),
    ] = 2.0
    poll_schedule_seconds: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=1, le=90 * _DAY)], ...],
        msgspec.Meta(min_length=1, max_length=50),
        _about(
            "Jobs",
            "Waits between one look-up of an open attempt and the next, in seconds, each longer "
            "than the one before; the last repeats. A payment whose attempt is still unknown when "
            "all have passed asks for review.",
            form="whole numbers, with commas",
        ),
    ] = (30, 120, 600, 3600, 21_600, 86_400)
    verify_after_seconds: Annotated[
        float,
        msgspec.Meta(gt=0, le=_DAY),
        _about(
            "Jobs",
            "How soon after an attempt began it is first looked up; a call that was not "
            "answered is also looked into at once. All waits vary by a fifth.",
        ),
    ] = 30.0
    recover_events_seconds: Annotated[
        float,
        msgspec.Meta(ge=1, le=_DAY),
        _about(
            "Jobs",
            "How often each connection's provider is asked for events that never reached us, "
            "where it keeps them.",
        ),
    ] = 900.0

    log_level: Annotated[LogLevel, _about("Logs", "How much is logged.")] = LogLevel.INFO
    log_format: Annotated[LogFormat, _about("Logs", "For machines, or for eyes.")] = LogFormat.JSON

    @property
    def is_embedded(self) -> bool:
        """Whether Paymux starts its own database server."""
        return self.database_url is None

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Settings({', '.join(f'{name}={shown}' for name, shown in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        """As `repr`; msgspec's own would show all."""
        values = [(each, getattr(self, each.name)) for each in SETTINGS]
        return [
            (each.name, "***" if each.is_secret and value else repr(value))
            for each, value in values
        ]


class Setting(NamedTuple):
    """One row of the table, for those who read settings or write about them."""

    name: str
    variable: str
    type: object
    default: object
    description: str
    group: str
    form: str
    shown_default: str
    is_secret: bool


def _setting(field: msgspec.structs.FieldInfo) -> Setting:
    metas = [each for each in get_args(field.type) if isinstance(each, msgspec.Meta)]
    about = next(each for each in metas if each.extra)
    extra = about.extra or {}
    return Setting(
        name=field.name,
        variable=f"PAYMUX_{field.name.upper()}",
        type=field.type,
        default=field.default,
        description=about.description or "",
        group=extra["group"],
        form=extra["form"],
        shown_default=extra["shown"],
        is_secret=extra["secret"],
    )


SETTINGS = tuple(_setting(field) for field in msgspec.structs.fields(Settings))
