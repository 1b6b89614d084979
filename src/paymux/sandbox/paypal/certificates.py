"""The sandbox's own certificate authority and the key its PayPal webhooks are signed with."""

import base64
import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

COMMON_NAME = "messageverificationcerts.sandbox.paypal.com"
CA_FILE = "paypal-ca.pem"
KEY_FILE = "paypal-signing.pem"
YEARS = 10


class SigningIdentity:
    """A leaf certificate issued by the sandbox's CA; the CA's key is thrown away."""

    def __init__(self, key: rsa.RSAPrivateKey, leaf: bytes, authority: bytes) -> None:
        self._key = key
        self.leaf_pem = leaf
        self.authority_pem = authority
        certificate = x509.load_pem_x509_certificate(leaf)
        self.name = f"CERT-{certificate.fingerprint(hashes.SHA256()).hex()[:32]}"

    @classmethod
    def create(cls) -> "SigningIdentity":
        """A fresh authority and leaf."""
        authority_key, key = _new_key(), _new_key()
        authority = _authority(authority_key)
        leaf = _leaf(key, authority, authority_key)
        pem = serialization.Encoding.PEM
        return cls(key, leaf.public_bytes(pem), authority.public_bytes(pem))

    @classmethod
    def kept_in(cls, folder: Path) -> "SigningIdentity":
        """The identity of an earlier run, else a fresh one that is written down."""
        ca_path, key_path = folder / CA_FILE, folder / KEY_FILE
        if ca_path.exists() and key_path.exists():
            return cls._read(key_path.read_bytes(), ca_path.read_bytes())
        identity = cls.create()
        folder.mkdir(parents=True, exist_ok=True)
        key_path.touch(mode=0o600)
        key_path.write_bytes(identity.signing_pem())
        ca_path.write_bytes(identity.authority_pem)
        return identity

    def sign(self, message: bytes) -> str:
        """RSA PKCS#1 v1.5 with SHA-256, base64."""
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signature).decode()

    def verifies(self, signature: str, message: bytes) -> bool:
        """Whether a signature is ours."""
        try:
            raw = base64.b64decode(signature, validate=True)
            self._key.public_key().verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    @classmethod
    def _read(cls, signing: bytes, authority: bytes) -> "SigningIdentity":
        key = serialization.load_pem_private_key(signing, password=None)
        leaf = x509.load_pem_x509_certificate(signing)
        if not isinstance(key, rsa.RSAPrivateKey):
            message = f"{KEY_FILE} does not hold an RSA key"
            raise TypeError(message)
        return cls(key, leaf.public_bytes(serialization.Encoding.PEM), authority)

    def signing_pem(self) -> bytes:
        """Private key and leaf together, for the state folder only."""
        private = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return private + self.leaf_pem


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Paymux Sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _authority(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = _name("Paymux Sandbox PayPal CA")
    return (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: rsa.RSAPrivateKey, authority: x509.Certificate, authority_key: rsa.RSAPrivateKey
) -> x509.Certificate:
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder(_name(COMMON_NAME), authority.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(COMMON_NAME)]), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
