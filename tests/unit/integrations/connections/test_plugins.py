"""What is installed, and what of it is published."""

import logging
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from paymux.integrations.adapters.credentials import accept
from paymux.integrations.adapters.plugins import (
    ProviderSlugIsTaken,
    credentials_schema,
    described,
    installed_plugins,
)
from paymux.integrations.application.providers import Providers
from paymux.integrations.domain.account import CredentialIsInvalid
from paymux.integrations.ports.outbound import CredentialValue
from paymux.kernel.errors import ThingIsNotFound
from paymux.payments.ports.plugins import SECRET, ProviderPlugin
from tests.unit.integrations.connections.fakes import Bank, House, Store, bank_plugin

HERE = "tests.unit.integrations.connections.test_plugins"
BANK = bank_plugin(Bank(Store()))
OTHER_BANK = bank_plugin(Bank(Store()))
NOT_A_PLUGIN = "surprise"


class Nested(msgspec.Struct):
    token: str


class OddCredentials(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    secret: Annotated[str, SECRET]
    region: Literal["eu", "us"] = "eu"
    sandbox: bool = False
    nested: Nested | None = None


def entry(value: str, name: str = "any") -> EntryPoint:
    return EntryPoint(name, value, "paymux.providers")


def odd() -> ProviderPlugin[OddCredentials]:
    return ProviderPlugin(
        slug="odd",
        display_name="Odd",
        credentials=OddCredentials,
        capabilities=BANK.capabilities,
        error_map={},
        connect=lambda _credentials, _environment: NotImplemented,
    )


def test_a_plug_in_that_does_not_load_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        found = installed_plugins(
            [
                entry("no.such.module:PLUGIN"),
                entry(f"{HERE}:MISSING"),
                entry(f"{HERE}:NOT_A_PLUGIN"),
                entry(f"{HERE}:BANK"),
            ]
        )

    assert list(found) == ["bank"]
    assert len(caplog.records) == 3


def test_two_packages_may_not_claim_one_provider() -> None:
    with pytest.raises(ProviderSlugIsTaken, match="bank"):
        installed_plugins([entry(f"{HERE}:BANK"), entry(f"{HERE}:OTHER_BANK")])


def test_the_same_plug_in_seen_twice_is_one() -> None:
    assert list(installed_plugins([entry(f"{HERE}:BANK"), entry(f"{HERE}:BANK")])) == ["bank"]


def test_every_installed_provider_publishes_a_valid_schema() -> None:
    for provider in described(installed_plugins()).values():
        Draft202012Validator.check_schema(provider.credentials_schema)
        assert provider.credentials_schema["type"] == "object"
        assert provider.capabilities.currencies
        assert msgspec.json.encode(provider)


def test_every_installed_provider_marks_a_secret_as_such() -> None:
    for plugin in installed_plugins().values():
        assert '"writeOnly":true' in msgspec.json.encode(credentials_schema(plugin)).decode()


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["", "eu", "x"]))


@given(
    st.dictionaries(
        st.sampled_from(["secret_key", "merchant", "region", "second_secret", "extra"]), VALUES
    )
)
def test_the_published_schema_takes_what_is_accepted_and_no_more(
    credentials: Mapping[str, CredentialValue],
) -> None:
    published = Draft202012Validator(credentials_schema(BANK)).is_valid(dict(credentials))
    try:
        accept(BANK, credentials)
        accepted = True
    except CredentialIsInvalid:
        accepted = False
    assert accepted == published


def test_hints_mask_secrets_and_whatever_is_not_plain() -> None:
    accepted = accept(odd(), {"secret": "sk_0123456789_wxyz", "region": "us"})

    assert accepted.hints == {"secret": "****wxyz", "region": "us", "sandbox": "False"}


def test_a_short_secret_is_not_hinted_at() -> None:
    assert accept(odd(), {"secret": "short"}).hints["secret"] == "****"


def test_a_refused_value_is_never_quoted() -> None:
    with pytest.raises(CredentialIsInvalid) as refused:
        accept(odd(), {"secret": "sk_planted", "region": "sk_planted"})

    assert refused.value.field == "credentials.region"
    assert "sk_planted" not in str(refused.value)


def test_a_provider_is_described_by_slug(acme: House) -> None:
    providers = Providers(described(acme.plugins))

    assert [each.slug for each in providers.list()] == ["bank", "handbank"]
    bank = providers.get("bank")
    assert bank.capabilities.currencies[0].minimum == 50
    assert bank.capabilities.idempotency["put_customer"].header == "Idempotency-Key"
    with pytest.raises(ThingIsNotFound):
        providers.get("nobank")
