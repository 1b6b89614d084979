"""PayPal's signing certificates: fetched from PayPal only, proven, kept a while.

The URL of the certificate comes with the delivery, so whoever sends one chooses it. It is held
to PayPal's own hosts before anything is fetched, and what is fetched must chain to a trusted
root and name PayPal: https://developer.paypal.com/api/rest/webhooks/rest/
"""

import asyncio
import contextlib
import re
import warnings
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from paymux.integrations.adapters.providers.paypal.sessions import Reply
from paymux.kernel.clock import Clock
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import Failure

_HOSTS: Final = {
    Mode.TEST: frozenset({"api.sandbox.paypal.com", "api-m.sandbox.paypal.com"}),
    Mode.LIVE: frozenset({"api.paypal.com", "api-m.paypal.com"}),
}
_PATH: Final = re.compile(r"/v1/notifications/certs/[A-Za-z0-9_-]{1,128}")
_CERTIFICATE: Final = re.compile(
    b"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)
_MAX_URL: Final = 512
_MAX_PEM: Final = 65_536
_MAX_CERTIFICATES: Final = 8
_KEPT: Final = 16
_KEPT_FOR: Final = timedelta(hours=12)
_REFUSED_FOR: Final = timedelta(seconds=15)
_FETCHES_PER_MINUTE: Final = 30
_SMALLEST_KEY: Final = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A proven public key, and the time within which its certificate is valid."""

    key: RSAPublicKey
    not_before: datetime
    not_after: datetime

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Tell whether `signature` over `message` was made with the private key."""
        try:
            self.key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class CertificateSource:
    """Where certificates may come from, and what proves them."""

    mode: Mode
    stand_in: str | None
    ca_pem: bytes | None

    def allows(self, url: str) -> bool:
        """Tell whether `url` is one of PayPal's for this mode; spelled exactly, nothing more."""
        if len(url) > _MAX_URL or not url.isascii():
            return False
        if self.stand_in is not None:
            own = self.stand_in.rstrip("/")
            return url.startswith(own) and _PATH.fullmatch(url[len(own) :]) is not None
        return any(
            url.startswith(f"https://{host}/") and _PATH.fullmatch(url[len(f"https://{host}") :])
            for host in _HOSTS[self.mode]
        )

    def prove(self, pem: bytes, now: datetime) -> SigningKey | None:
        """Return the key of the leaf if its chain, time and name hold; None otherwise."""
        if len(pem) > _MAX_PEM:
            return None
        try:
            leaf, *others = x509.load_pem_x509_certificates(pem)
            if len(others) >= _MAX_CERTIFICATES or not self._names_paypal(leaf):
                return None
            verifier = _builder(self.ca_pem).time(now).build_client_verifier()
            verifier.verify(leaf, others)
            key = leaf.public_key()
        except (ValueError, TypeError, VerificationError, x509.DuplicateExtension):
            return None
        if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
            return None
        return SigningKey(key, leaf.not_valid_before_utc, leaf.not_valid_after_utc)

    def _names_paypal(self, leaf: x509.Certificate) -> bool:
        """Live and sandbox certificates are not interchangeable."""
        names = [name.lower() for name in _names(leaf)]
        sandbox = any(_within(name, "sandbox.paypal.com") for name in names)
        paypal = any(_within(name, "paypal.com") for name in names)
        return paypal and not (sandbox and self.mode is Mode.LIVE)


class Certificates:
    """The keys in use, by URL: bounded, expiring, each fetched once however many wait for it."""

    def __init__(
        self,
        source: CertificateSource,
        clock: Clock,
        download: Callable[[str], Awaitable[Reply | Failure]],
    ) -> None:
        self._source = source
        self._clock = clock
        self._download = download
        self._kept: OrderedDict[str, tuple[SigningKey | None, datetime]] = OrderedDict()
        self._fetching: dict[str, asyncio.Task[SigningKey | None]] = {}
        self._fetched_at: deque[datetime] = deque(maxlen=_FETCHES_PER_MINUTE)

    async def key(self, url: str) -> SigningKey | None:
        """Return the key behind `url`; None when it is not PayPal's or cannot be had now."""
        if not self._source.allows(url):
            return None
        now = self._clock.now()
        key, until = self._kept.get(url, (None, now))
        if now >= until:
            key = await self._fetch_once(url)
        return key if key and key.not_before <= now <= key.not_after else None

    async def _fetch_once(self, url: str) -> SigningKey | None:
        task = self._fetching.get(url)
        if task is None:
            if self._is_busy():
                return None
            task = asyncio.create_task(self._fetch(url))
            self._fetching[url] = task
            task.add_done_callback(lambda _: self._fetching.pop(url, None))
        return await asyncio.shield(task)

    def _is_busy(self) -> bool:
        """Hold whoever makes URLs up to a rate; the keys already kept go on working."""
        now, times = self._clock.now(), self._fetched_at
        if len(times) == times.maxlen and now - times[0] < timedelta(minutes=1):
            return True
        times.append(now)
        return False

    async def _fetch(self, url: str) -> SigningKey | None:
        reply, now = await self._download(url), self._clock.now()
        if isinstance(reply, Failure):
            # The certificate behind a URL does not change: PayPal being down is no reason to
            # forget the one we have.
            key, until = self._kept.get(url, (None, now))[0], now + _REFUSED_FOR
        else:
            key = self._source.prove(reply.content, now)
            until = now + (_KEPT_FOR if key else _REFUSED_FOR)
        self._kept[url] = key, until
        self._kept.move_to_end(url)
        self._forget_the_least_useful()
        return key

    def _forget_the_least_useful(self) -> None:
        while len(self._kept) > _KEPT:
            refused = next((url for url, (key, _) in self._kept.items() if key is None), None)
            self._kept.pop(refused or next(iter(self._kept)))


def _within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _names(leaf: x509.Certificate) -> list[str]:
    """Return the names the leaf is for: its subject only where it has no alternative names."""
    try:
        san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return san.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        common = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [name.value for name in common if isinstance(name.value, str)]


@lru_cache(maxsize=8)
def _builder(ca_pem: bytes | None) -> PolicyBuilder:
    """Trust the stand-in's authority alone where there is one, else the public roots.

    The leaf signs messages and serves no site, so what the web asks of a server's certificate
    (a purpose, a name to match) is not asked; of its issuers it is.
    """
    issuers = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
        .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign_certificates)
    )
    return (
        PolicyBuilder()
        .store(Store(_roots(ca_pem or Path(DEFAULT_CA_BUNDLE_PATH).read_bytes())))
        .extension_policies(ca_policy=issuers, ee_policy=ExtensionPolicy.permit_all())
    )


def _roots(pem: bytes) -> list[x509.Certificate]:
    """Leave out the few public roots that break RFC 5280, instead of warning of them."""
    roots = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        for block in _CERTIFICATE.findall(pem):
            with contextlib.suppress(ValueError, CryptographyDeprecationWarning):
                roots.append(x509.load_pem_x509_certificate(block))
    return roots


def _may_sign_certificates(
    _policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    if usage is not None and not usage.key_cert_sign:
        message = "an issuer may not sign certificates"
        raise ValueError(message)
