import asyncio
from datetime import timedelta

import pytest

from paymux.integrations.adapters.providers.paypal.certificates import (
    Certificates,
    CertificateSource,
)
from paymux.integrations.adapters.providers.paypal.errors import unknown
from paymux.integrations.adapters.providers.paypal.sessions import Reply
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import Failure
from tests.unit.integrations.providers.paypal.signing import (
    CURVE_KEY,
    LEAF,
    WEAK_KEY,
    Authority,
)
from tests.unit.integrations.providers.paypal.stand_in import NOW, SetClock

CERT = "/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"
URL = f"https://api.sandbox.paypal.com{CERT}"
ROOT = Authority()
MIDDLE = Authority("Test Intermediate", ROOT, signs_certificates=True)
TEST = CertificateSource(Mode.TEST, None, ROOT.pem)
LIVE = CertificateSource(Mode.LIVE, None, ROOT.pem)


@pytest.mark.parametrize("host", ["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"])
def test_sandbox_certificates_come_from_the_sandbox(host: str) -> None:
    assert TEST.allows(f"https://{host}{CERT}")
    assert not LIVE.allows(f"https://{host}{CERT}")


@pytest.mark.parametrize("host", ["api.paypal.com", "api-m.paypal.com"])
def test_live_certificates_come_from_live(host: str) -> None:
    assert LIVE.allows(f"https://{host}{CERT}")
    assert not TEST.allows(f"https://{host}{CERT}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"http://api.paypal.com{CERT}",
        f"HTTPS://api.paypal.com{CERT}",
        f"https://api.paypal.com:443{CERT}",
        f"https://api.paypal.com.{CERT}",
        f"https://api.paypal.com:8443{CERT}",
        f"https://user@api.paypal.com{CERT}",
        f"https://api.paypal.com@evil.example{CERT}",
        f"https://evil.example/https://api.paypal.com{CERT}",
        f"https://api.paypal.com.evil.example{CERT}",
        f"https://evilapi.paypal.com{CERT}",
        f"https://www.paypal.com{CERT}",
        f"https://169.254.169.254{CERT}",
        f"https://api.paypal.com{CERT}?x=1",
        f"https://api.paypal.com{CERT}#x",
        f"https://api.paypal.com{CERT}/..",
        f"https://api.paypal.com{CERT}\n",
        f" https://api.paypal.com{CERT}",
        f"https://api.paypal.com{CERT}%2e%2e",
        "https://api.paypal.com/v1/notifications/certs/../../../evil",
        "https://api.paypal.com/v1/notifications/certs/",
        "https://api.paypal.com//v1/notifications/certs/CERT",
        "https://api.paypal.com/v1/oauth2/token",
        "https://api.paypal.com\\@evil.example/v1/notifications/certs/CERT",
        "https://api.paypal.com/v1/notifications/certs/" + "A" * 600,
        f"https://api.pаypal.com{CERT}",  # noqa: RUF001 - a Cyrillic a
        f"file:///etc/passwd{CERT}",
        CERT,
    ],
)
def test_no_other_place_is_ever_asked_for_a_certificate(url: str) -> None:
    assert not LIVE.allows(url)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        (f"http://127.0.0.1:9/paypal{CERT}", True),
        (f"http://127.0.0.1:9{CERT}", False),
        (f"http://127.0.0.1:99/paypal{CERT}", False),
        (f"https://127.0.0.1:9/paypal{CERT}", False),
        (f"http://localhost:9/paypal{CERT}", False),
        (f"https://api.sandbox.paypal.com{CERT}", False),
        (f"http://127.0.0.1:9/paypal@evil.example{CERT}", False),
    ],
)
def test_a_stand_in_has_the_certificates_and_nobody_else(url: str, allowed: bool) -> None:
    for base in ("http://127.0.0.1:9/paypal", "http://127.0.0.1:9/paypal/"):
        assert CertificateSource(Mode.TEST, base, ROOT.pem).allows(url) is allowed


@pytest.mark.parametrize(
    "pem",
    [
        ROOT.leaf(),
        ROOT.leaf(alternative=LEAF),
        ROOT.leaf("anything", alternative=LEAF),
        MIDDLE.leaf() + MIDDLE.pem,
        MIDDLE.leaf() + MIDDLE.pem + ROOT.pem,
        MIDDLE.leaf() + ROOT.pem + MIDDLE.pem,
    ],
)
def test_a_certificate_that_chains_to_a_trusted_root_is_proven(pem: bytes) -> None:
    assert TEST.prove(pem, NOW) is not None


def test_a_sandbox_certificate_is_none_in_live_mode() -> None:
    assert LIVE.prove(ROOT.leaf(), NOW) is None
    assert LIVE.prove(ROOT.leaf("messageverificationcerts.paypal.com"), NOW) is not None


@pytest.mark.parametrize(
    ("what", "pem"),
    [
        ("another root", Authority().leaf()),
        ("another root that came along", (other := Authority()).leaf() + other.pem),
        ("a missing intermediate", MIDDLE.leaf()),
        ("a leaf that played authority", Authority("Leaf", ROOT, is_authority=False).leaf()),
        ("another name", ROOT.leaf("paypal.com.evil.example")),
        ("a name that ends alike", ROOT.leaf("evilpaypal.com")),
        ("another alternative name", ROOT.leaf(LEAF, alternative="evil.example")),
        ("no time yet", ROOT.leaf(days=(1, 2))),
        ("no time any more", ROOT.leaf(days=(-2, -1))),
        ("another kind of key", ROOT.leaf(key=CURVE_KEY)),
        ("a weak key", ROOT.leaf(key=WEAK_KEY)),
        ("no certificate", b"<html>"),
        ("nothing", b""),
        ("a broken one", ROOT.leaf().replace(b"M", b"N")),
        ("too many", ROOT.leaf() + ROOT.pem * 20),
        ("too much", ROOT.leaf() + b"\n" * 70_000),
    ],
)
def test_a_certificate_is_not_proven_by(what: str, pem: bytes) -> None:
    assert TEST.prove(pem, NOW) is None, what


@pytest.mark.parametrize("rights", [{"is_authority": False}, {"signs_certificates": False}])
def test_whoever_may_not_issue_certificates_proves_none(rights: dict[str, bool]) -> None:
    issuer = Authority("Not an issuer", ROOT, **rights)
    assert TEST.prove(issuer.leaf() + issuer.pem, NOW) is None


def test_without_a_stand_in_the_public_roots_are_trusted_and_no_others() -> None:
    assert CertificateSource(Mode.TEST, None, None).prove(ROOT.leaf(), NOW) is None


class Downloads:
    """Hands out one reply, and counts."""

    def __init__(self, reply: Reply | Failure) -> None:
        self.reply = reply
        self.urls: list[str] = []

    async def __call__(self, url: str) -> Reply | Failure:
        self.urls.append(url)
        await asyncio.sleep(0)
        return self.reply


DOWN = unknown("read_timeout", "Late.")


def a_store(reply: Reply | Failure | None = None) -> tuple[Certificates, Downloads, SetClock]:
    downloads = Downloads(reply or Reply(200, {}, ROOT.leaf()))
    clock = SetClock()
    return Certificates(TEST, clock, downloads), downloads, clock


async def test_a_certificate_is_fetched_once_however_many_wait_for_it() -> None:
    store, downloads, _ = a_store()
    keys = await asyncio.gather(*(store.key(URL) for _ in range(20)))
    assert all(key is not None for key in keys)
    assert await store.key(URL) is not None
    assert downloads.urls == [URL]


async def test_whoever_gives_up_waiting_does_not_spoil_it_for_the_others() -> None:
    store, downloads, _ = a_store()
    first, second = asyncio.create_task(store.key(URL)), asyncio.create_task(store.key(URL))
    await asyncio.sleep(0)
    first.cancel()
    assert await second is not None
    assert len(downloads.urls) == 1


async def test_a_certificate_is_fetched_again_after_a_while() -> None:
    store, downloads, clock = a_store()
    for wait in (timedelta(0), timedelta(hours=11), timedelta(hours=2)):
        clock.advance(wait)
        assert await store.key(URL) is not None
    assert len(downloads.urls) == 2


async def test_an_outage_does_not_forget_the_certificate_we_have() -> None:
    store, downloads, clock = a_store()
    assert await store.key(URL) is not None
    downloads.reply = DOWN
    clock.advance(timedelta(hours=13))
    assert await store.key(URL) is not None


async def test_an_outage_does_not_keep_a_certificate_beyond_its_time() -> None:
    store, downloads, clock = a_store()
    assert await store.key(URL) is not None
    downloads.reply = DOWN
    clock.advance(timedelta(days=366))
    assert await store.key(URL) is None


@pytest.mark.parametrize("reply", [DOWN, Reply(200, {}, b"<html>")])
async def test_a_failure_is_remembered_for_a_moment_only(reply: Reply | Failure) -> None:
    store, downloads, clock = a_store(reply)
    assert await store.key(URL) is None
    assert await store.key(URL) is None
    assert len(downloads.urls) == 1
    downloads.reply = Reply(200, {}, ROOT.leaf())
    clock.advance(timedelta(seconds=16))
    assert await store.key(URL) is not None


async def test_a_place_that_is_not_paypals_is_never_asked() -> None:
    store, downloads, _ = a_store()
    assert await store.key("https://evil.example/v1/notifications/certs/CERT") is None
    assert downloads.urls == []


async def test_made_up_urls_are_held_to_a_rate_and_do_not_push_out_what_we_have() -> None:
    store, downloads, clock = a_store()
    assert await store.key(URL) is not None
    downloads.reply = Reply(404, {}, b"")
    for each in range(200):
        assert await store.key(f"{URL}-{each}") is None
    assert len(downloads.urls) == 30
    assert len(store._kept) <= 16
    assert await store.key(URL) is not None
    clock.advance(timedelta(minutes=1))
    downloads.reply = Reply(200, {}, ROOT.leaf())
    assert await store.key(f"{URL}-new") is not None
