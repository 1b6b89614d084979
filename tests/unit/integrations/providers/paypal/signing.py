"""A certificate authority of the tests' own, and deliveries signed under it."""

import base64
import datetime
import ssl
import zlib
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.unit.integrations.providers.paypal.stand_in import NOW

LEAF = "messageverificationcerts.sandbox.paypal.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to be refused
CURVE_KEY = ec.generate_private_key(ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: str, issuer: str, days: tuple[int, int] = (-30, 3650)
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + datetime.timedelta(days=days[0]))
        .not_valid_after(NOW + datetime.timedelta(days=days[1]))
    )


class Authority:
    """A root, or an intermediate under one."""

    def __init__(
        self,
        name: str = "Test Root",
        parent: "Authority | None" = None,
        *,
        is_authority: bool = True,
        signs_certificates: bool | None = None,
    ) -> None:
        self.name = name
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        issuer = parent or self
        builder = (
            _builder(name, issuer.name)
            .public_key(self.key.public_key())
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if signs_certificates is not None:
            usage = x509.KeyUsage(
                digital_signature=not signs_certificates,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=signs_certificates,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            )
            builder = builder.add_extension(usage, critical=True)
        if parent is not None:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
            builder = builder.add_extension(purpose, critical=False)
        self.certificate = builder.sign(issuer.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(Encoding.PEM)

    def leaf(
        self,
        name: str = LEAF,
        *,
        days: tuple[int, int] = (-1, 365),
        alternative: str | None = None,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY,
    ) -> bytes:
        builder = _builder(name, self.name, days).public_key(key.public_key())
        if alternative is not None:
            names = x509.SubjectAlternativeName([x509.DNSName(alternative)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def server_context(self, folder: Path) -> ssl.SSLContext:
        now = datetime.datetime.now(datetime.UTC)
        address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = (
            _builder("stand-in", self.name)
            .public_key(KEY.public_key())
            .add_extension(address, critical=False)
            .add_extension(issuer_key, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        assert certificate.not_valid_before_utc < now < certificate.not_valid_after_utc
        file = folder / "server.pem"
        private = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def sign(
    body: bytes,
    webhook_id: str,
    cert_url: str,
    *,
    at: str = "2026-11-23T07:59:00Z",
    transmission_id: str = "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
    key: rsa.RSAPrivateKey = KEY,
) -> dict[str, str]:
    """Return the headers PayPal would send with `body`."""
    message = f"{transmission_id}|{at}|{webhook_id}|{zlib.crc32(body)}".encode()
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return {
        "paypal-transmission-id": transmission_id,
        "paypal-transmission-time": at,
        "paypal-transmission-sig": base64.b64encode(signature).decode(),
        "paypal-cert-url": cert_url,
        "paypal-auth-algo": "SHA256withRSA",
    }
