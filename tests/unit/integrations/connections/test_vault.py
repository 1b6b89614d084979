"""What is sealed opens for the same connection of the same tenant, and for nobody else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.integrations.adapters.vault.keys import KeyRing, KeyRingIsInvalid
from paymux.integrations.adapters.vault.vault import AesVault
from paymux.integrations.domain.connection import ERASED, Sealed, Secrets
from paymux.integrations.ports.outbound import KeyVersionIsUnknown, SealIsBroken
from paymux.kernel.ids import ConnectionId, TenantId
from tests.unit.integrations.connections.fakes import BOTH_KEYS, OLD_KEY

ACME, RIVAL = TenantId("ten_acme"), TenantId("ten_rival")
ONE, OTHER = ConnectionId("con_one"), ConnectionId("con_other")
SECRETS = Secrets('{"secret_key":"sk_planted"}', ("whsec_new", "whsec_old"))

old_vault = AesVault(KeyRing(OLD_KEY))
new_vault = AesVault(KeyRing(BOTH_KEYS))


@given(st.text(), st.lists(st.text(), max_size=3))
def test_whatever_is_sealed_comes_back(credentials: str, verifiers: list[str]) -> None:
    secrets = Secrets(credentials, tuple(verifiers))

    assert new_vault.open(ACME, ONE, new_vault.seal(ACME, ONE, secrets)) == secrets


def test_the_same_secrets_never_seal_to_the_same_blob() -> None:
    assert len({old_vault.seal(ACME, ONE, SECRETS).blob for _ in range(50)}) == 50


@pytest.mark.parametrize(("tenant", "connection"), [(RIVAL, ONE), (ACME, OTHER), (RIVAL, OTHER)])
def test_a_blob_swapped_to_another_row_is_refused(
    tenant: TenantId, connection: ConnectionId
) -> None:
    sealed = old_vault.seal(ACME, ONE, SECRETS)

    with pytest.raises(SealIsBroken):
        old_vault.open(tenant, connection, sealed)


def test_ids_cannot_be_shifted_against_each_other() -> None:
    sealed = old_vault.seal(TenantId("ten_a"), ConnectionId("bcon_c"), SECRETS)

    with pytest.raises(SealIsBroken):
        old_vault.open(TenantId("ten_ab"), ConnectionId("con_c"), sealed)


def test_any_altered_byte_is_refused() -> None:
    sealed = old_vault.seal(ACME, ONE, SECRETS)

    for place in range(len(sealed.blob)):
        altered = bytearray(sealed.blob)
        altered[place] ^= 1
        with pytest.raises(SealIsBroken):
            old_vault.open(ACME, ONE, Sealed(sealed.key_version, bytes(altered)))


def test_any_truncated_or_extended_blob_is_refused() -> None:
    sealed = old_vault.seal(ACME, ONE, SECRETS)

    for blob in (sealed.blob + b"\0", *(sealed.blob[:end] for end in range(len(sealed.blob)))):
        with pytest.raises(SealIsBroken):
            old_vault.open(ACME, ONE, replace(sealed, blob=blob))


def test_a_key_version_that_the_blob_does_not_name_is_refused() -> None:
    sealed = new_vault.seal(ACME, ONE, SECRETS)

    with pytest.raises(SealIsBroken):
        new_vault.open(ACME, ONE, Sealed("v1", sealed.blob))


def test_a_blob_relabelled_to_an_older_key_is_refused() -> None:
    sealed = new_vault.seal(ACME, ONE, SECRETS)
    relabelled = sealed.blob.replace(b"v2", b"v1", 1)

    with pytest.raises(SealIsBroken):
        new_vault.open(ACME, ONE, Sealed("v1", relabelled))


def test_a_blob_of_a_foreign_key_by_the_same_name_is_refused() -> None:
    foreign = AesVault(KeyRing({"v1": b"x" * 32})).seal(ACME, ONE, SECRETS)

    with pytest.raises(SealIsBroken):
        old_vault.open(ACME, ONE, foreign)


def test_an_unknown_key_version_is_named() -> None:
    sealed = new_vault.seal(ACME, ONE, SECRETS)

    with pytest.raises(KeyVersionIsUnknown, match="'v2'"):
        old_vault.open(ACME, ONE, sealed)


def test_erased_secrets_do_not_open() -> None:
    with pytest.raises(SealIsBroken):
        old_vault.open(ACME, ONE, ERASED)


def test_the_newest_key_seals_and_the_older_still_opens() -> None:
    old = old_vault.seal(ACME, ONE, SECRETS)

    assert new_vault.newest_key == new_vault.seal(ACME, ONE, SECRETS).key_version == "v2"
    assert new_vault.open(ACME, ONE, old) == SECRETS


@pytest.mark.parametrize(
    "keys", [{}, {"v1": b"short"}, {"v1": b"x" * 33}, {"": b"x" * 32}, {"a b": b"x" * 32}]
)
def test_a_weak_or_odd_key_ring_is_refused(keys: dict[str, bytes]) -> None:
    with pytest.raises(KeyRingIsInvalid) as refused:
        KeyRing(keys)

    assert "short" not in str(refused.value)


def test_a_key_ring_shows_names_and_never_keys() -> None:
    assert repr(KeyRing(BOTH_KEYS)) == "KeyRing(v2, v1)"
