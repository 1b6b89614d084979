"""Settings: what is accepted, what is refused at start, and what is never shown."""

import base64
import threading
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from secrets import token_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.platform.settings import (
    EncryptionKey,
    ProviderOverride,
    Settings,
    SettingsAreInvalid,
    load_settings,
)
from paymux.platform.settings.model import SETTINGS
from paymux.platform.settings.reference import settings_reference

GOOD_KEY = base64.b64encode(token_bytes(32)).decode()
OTHER_KEY = base64.b64encode(token_bytes(32)).decode()
LIVE = {
    "PAYMUX_LIVE": "true",
    "PAYMUX_ENCRYPTION_KEYS": f"v1:{GOOD_KEY}",
    "PAYMUX_PUBLIC_URL": "https://pay.example.com",
    "PAYMUX_DATABASE_URL": "postgresql://web:Zk3vW8uTq@db.internal/paymux",
}


def encoded(secret: bytes) -> str:
    return f"v1:{base64.b64encode(secret).decode()}"


def refused(environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsAreInvalid) as refusal:
        load_settings(environ)
    assert refusal.value.code == "settings_invalid"
    return {problem.setting: problem.reason for problem in refusal.value.problems}


def test_nothing_given_is_a_trial_installation_with_its_own_keys(tmp_path: Path) -> None:
    settings = load_settings({"PAYMUX_DATA_DIR": str(tmp_path / "new"), "HOME": "/x"})
    assert settings.is_embedded
    assert not settings.live
    assert [key.version for key in settings.encryption_keys] == [1]
    kept = tmp_path / "new/encryption-keys"
    assert kept.stat().st_mode & 0o777 == 0o600
    again = load_settings({"PAYMUX_DATA_DIR": str(tmp_path / "new")})
    assert again == settings


def test_processes_that_start_at_once_agree_on_the_generated_keys(tmp_path: Path) -> None:
    found: list[Settings] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(load_settings({"PAYMUX_DATA_DIR": str(tmp_path)}))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.encryption_keys for each in found}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["encryption-keys"]


def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "encryption-keys").write_text("v1:short")
    assert "v1" in refused({"PAYMUX_DATA_DIR": str(tmp_path)})["PAYMUX_DATA_DIR"]
    assert (tmp_path / "encryption-keys").read_text() == "v1:short"


def test_every_kind_of_value_is_read_from_text() -> None:
    settings = load_settings(
        LIVE
        | {
            "PAYMUX_ENCRYPTION_KEYS": f"v12:{GOOD_KEY}, v3:{OTHER_KEY}",
            "PAYMUX_PORT": "9001",
            "PAYMUX_PG_BIN": "/usr/lib/postgresql/18/bin",
            "PAYMUX_WORKER_IN_WEB": "0",
            "PAYMUX_PROVIDER_TIMEOUT_SECONDS": "12.5",
            "PAYMUX_POLL_SCHEDULE_SECONDS": "5, 10,600",
            "PAYMUX_PROVIDER_OVERRIDES": '{"stripe": {"base_url": "http://[::1]:9000/s"}}',
            "PAYMUX_LOG_LEVEL": "debug",
            "PAYMUX_ROOT_KEY": "kX9-" * 3 + "LzKaJsHdGfQpWoEiRuTy",
        }
    )
    assert [key.version for key in settings.encryption_keys] == [12, 3]
    assert settings.encryption_keys[0].secret == base64.b64decode(GOOD_KEY)
    assert (settings.port, settings.worker_in_web, settings.log_level) == (9001, False, "DEBUG")
    assert settings.pg_bin == Path("/usr/lib/postgresql/18/bin")
    assert settings.provider_timeout_seconds == 12.5
    assert settings.poll_schedule_seconds == (5, 10, 600)
    assert settings.provider_overrides == {"stripe": ProviderOverride("http://[::1]:9000/s")}


def test_the_public_url_follows_the_port_and_has_no_slash_at_its_end(tmp_path: Path) -> None:
    here = {"PAYMUX_DATA_DIR": str(tmp_path)}
    assert load_settings(here).public_url == "http://127.0.0.1:8000"
    assert load_settings(here | {"PAYMUX_PORT": "81"}).public_url == "http://127.0.0.1:81"
    given_url = here | {"PAYMUX_PUBLIC_URL": "https://a.example/pay/"}
    assert load_settings(given_url).public_url == "https://a.example/pay"


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    settings = load_settings({"PAYMUX_DATA_DIR": str(tmp_path), "PAYMUX_DATABASE_URL": ""})
    assert settings.is_embedded


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "paymux.toml"
    file.write_text(
        f'port = 7000\nhost = "0.0.0.0"\ndata_dir = "{tmp_path}"\n'
        'poll_schedule_seconds = [1, 2]\n[provider_overrides.paypal]\nbase_url = "http://localhost:1"'
    )
    settings = load_settings({"PAYMUX_CONFIG_FILE": str(file), "PAYMUX_PORT": "7001"})
    assert (settings.port, settings.host) == (7001, "0.0.0.0")  # noqa: S104 - only compared
    assert settings.poll_schedule_seconds == (1, 2)
    assert settings.provider_overrides["paypal"].base_url == "http://localhost:1"


def test_a_file_that_is_missing_or_broken_or_says_unknown_things_is_refused(
    tmp_path: Path,
) -> None:
    file = tmp_path / "paymux.toml"
    named = {"PAYMUX_CONFIG_FILE": str(file)}
    assert "No such file" in refused(named)["PAYMUX_CONFIG_FILE"]
    file.write_text("port = = 1")
    assert refused(named) == {"PAYMUX_CONFIG_FILE": "is not TOML"}
    file.write_text("prot = 1")
    assert refused(named) == {
        "prot in PAYMUX_CONFIG_FILE": "is no setting; did you mean port?",
    }


def test_all_problems_are_told_at_once() -> None:
    problems = refused(
        {
            "PAYMUX_DATABSE_URL": "x",
            "PAYMUX_PORT": "99999",
            "PAYMUX_LIVE": "true",
            "PAYMUX_WORKER_IN_WEB": "perhaps",
            "PAYMUX_ROOT_KEY": "short",
            "PAYMUX_PROVIDER_OVERRIDES": "{",
        }
    )
    assert problems["PAYMUX_DATABSE_URL"].endswith("did you mean PAYMUX_DATABASE_URL?")
    assert set(problems) == {
        "PAYMUX_DATABSE_URL",
        "PAYMUX_PORT",
        "PAYMUX_WORKER_IN_WEB",
        "PAYMUX_ROOT_KEY",
        "PAYMUX_PROVIDER_OVERRIDES",
        "PAYMUX_ENCRYPTION_KEYS",
        "PAYMUX_PUBLIC_URL",
    }


@pytest.mark.parametrize(
    "ring",
    [
        "change-me",
        GOOD_KEY,
        f"1:{GOOD_KEY}",
        f"v:{GOOD_KEY}",
        "v1:not base64!",
        encoded(token_bytes(31)),
        encoded(token_bytes(33)),
        f"v1:{GOOD_KEY},v1:{OTHER_KEY}",
        f"v1:{GOOD_KEY},v01:{OTHER_KEY}",
        f"v1:{GOOD_KEY},",
    ],
)
def test_malformed_keys_never_start(ring: str) -> None:
    environ = {"PAYMUX_ENCRYPTION_KEYS": ring}
    reason = refused(environ)["PAYMUX_ENCRYPTION_KEYS"]
    assert not any(part[-20:] in reason for part in ring.split(":")[1:])


@pytest.mark.parametrize(
    "secret",
    [
        bytes(32),
        b"\xff" * 32,
        bytes(range(32)),
        bytes(range(0, 96, 3)),
        token_bytes(16) * 2,
        token_bytes(4) + bytes(28),
        b"change-me-change-me-please-12345",
        b"0123456789abcdefghijklmnopqrstuv",
    ],
)
def test_keys_that_chance_did_not_make_never_start_in_live_mode(secret: bytes) -> None:
    ring = {"PAYMUX_ENCRYPTION_KEYS": encoded(secret)}
    assert set(refused(LIVE | ring)) == {"PAYMUX_ENCRYPTION_KEYS"}
    assert load_settings(ring).encryption_keys[0].secret == secret


def test_a_weak_old_key_is_refused_in_live_mode_too() -> None:
    weak = base64.b64encode(bytes(32)).decode()
    ring = {"PAYMUX_ENCRYPTION_KEYS": f"v2:{GOOD_KEY},v1:{weak}"}
    assert "v1" in refused(LIVE | ring)["PAYMUX_ENCRYPTION_KEYS"]


@given(st.binary(min_size=32, max_size=32).filter(lambda key: len(set(key)) > 24))
def test_keys_of_many_different_bytes_are_taken_as_random(secret: bytes) -> None:
    steps = {(after - before) % 256 for before, after in pairwise(secret)}
    if len(steps) > 1 and not secret.isascii() and secret[:16] != secret[16:]:
        assert load_settings(LIVE | {"PAYMUX_ENCRYPTION_KEYS": encoded(secret)}).live


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PAYMUX_ENCRYPTION_KEYS", ""),
        ("PAYMUX_PUBLIC_URL", "http://pay.example.com"),
        ("PAYMUX_PUBLIC_URL", ""),
        ("PAYMUX_DATABASE_URL", "postgresql://web:changeme@db.internal/paymux"),
        ("PAYMUX_DATABASE_URL", "postgresql://web:password@db.internal/paymux"),
    ],
)
def test_live_mode_needs_strong_secrets_and_https(variable: str, value: str) -> None:
    assert load_settings(LIVE).live
    assert set(refused(LIVE | {variable: value})) == {variable}


def test_a_database_of_ones_own_needs_keys_of_ones_own() -> None:
    environ = {"PAYMUX_DATABASE_URL": "postgresql://web:x@127.0.0.1:5432/paymux"}
    assert set(refused(environ)) == {"PAYMUX_ENCRYPTION_KEYS"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PAYMUX_DATABASE_URL", "mysql://u:p@h/d"),
        ("PAYMUX_DATABASE_URL", "postgresql://u:p@h:port/d"),
        ("PAYMUX_DATABASE_URL", "postgresql://h/d"),
        ("PAYMUX_DATABASE_URL", "postgresql://u:p@h/"),
        ("PAYMUX_OWNER_DATABASE_URL", "postgresql://"),
        ("PAYMUX_ROOT_KEY", "a" * 64),
        ("PAYMUX_ROOT_KEY", "change-me-" * 5),
        ("PAYMUX_PUBLIC_URL", "pay.example.com"),
        ("PAYMUX_PUBLIC_URL", "ftp://pay.example.com"),
        ("PAYMUX_PUBLIC_URL", "https://pay.example.com/?a=b"),
        ("PAYMUX_PUBLIC_URL", "https://me:pw@pay.example.com"),
        ("PAYMUX_PROVIDER_OVERRIDES", "[]"),
        ("PAYMUX_PROVIDER_OVERRIDES", '{"stripe": "http://127.0.0.1"}'),
        ("PAYMUX_PROVIDER_OVERRIDES", '{"stripe": {"base_url": "http://10.0.0.1"}}'),
        ("PAYMUX_PROVIDER_OVERRIDES", '{"stripe": {"base_url": "http://127.0.0.1.evil.com"}}'),
        ("PAYMUX_PROVIDER_OVERRIDES", '{"stripe": {"base_url": "http://127.0.0.1@evil.com"}}'),
        ("PAYMUX_PROVIDER_OVERRIDES", '{"stripe": {"base_url": "file:///etc/passwd"}}'),
        ("PAYMUX_PROVIDER_OVERRIDES", '{"s": {"base_url": "http://localhost", "ca_file": "/no"}}'),
        ("PAYMUX_PROVIDER_OVERRIDES", '{"s": {"base_url": "http://localhost", "url": "x"}}'),
        ("PAYMUX_CONNECT_TIMEOUT_SECONDS", "21"),
        ("PAYMUX_PROVIDER_TIMEOUT_SECONDS", "nan"),
        ("PAYMUX_PROVIDER_TIMEOUT_SECONDS", "inf"),
        ("PAYMUX_POLL_SCHEDULE_SECONDS", "30,20"),
        ("PAYMUX_POLL_SCHEDULE_SECONDS", ","),
        ("PAYMUX_POLL_SCHEDULE_SECONDS", "0,1"),
        ("PAYMUX_DB_POOL_SIZE", "0"),
        ("PAYMUX_LOG_FORMAT", "xml"),
        ("PAYMUX_DATA_DIR", "~nobody-of-this-name/paymux"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(variable: str, value: str) -> None:
    assert set(refused(LIVE | {"PAYMUX_LIVE": "false", variable: value})) == {variable}


def test_an_owner_url_alone_is_refused() -> None:
    alone = {"PAYMUX_OWNER_DATABASE_URL": "postgresql://owner:x@h/d"}
    assert set(refused(alone)) == {"PAYMUX_OWNER_DATABASE_URL"}


@given(st.sampled_from([each.variable for each in SETTINGS]), st.text(min_size=1, max_size=40))
def test_no_text_does_anything_but_start_or_be_refused(variable: str, text: str) -> None:
    environ = {"PAYMUX_ENCRYPTION_KEYS": f"v1:{GOOD_KEY}", variable: text}
    with suppress(SettingsAreInvalid):
        load_settings(environ)


def test_no_secret_is_shown_by_settings_or_by_a_refusal() -> None:
    root_key = "kX9-vB7_Lq2+" * 4
    settings = load_settings(LIVE | {"PAYMUX_ROOT_KEY": root_key})
    shown = f"{settings} {settings!r} {settings.__rich_repr__()} {settings.encryption_keys}"
    secret = EncryptionKey(1, base64.b64decode(GOOD_KEY)).secret
    for hidden in (root_key, GOOD_KEY, repr(secret)[2:-1], "Zk3vW8uTq"):
        assert hidden not in shown
    assert "public_url='https://pay.example.com'" in shown
    with pytest.raises(SettingsAreInvalid) as refusal:
        load_settings({"PAYMUX_ROOT_KEY": "hunter2", "PAYMUX_DATABASE_URL": "hunter2"})
    assert "hunter2" not in str(refusal.value)


def test_the_reference_page_is_current() -> None:
    page = Path(__file__).parents[3] / "docs/settings.md"
    assert page.read_text(encoding="utf-8") == settings_reference()
    assert all(f"`{each.variable}`" in settings_reference() for each in SETTINGS)
