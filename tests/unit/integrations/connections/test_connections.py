"""Connecting, changing and deleting accounts, on fakes."""

import json
import logging

import pytest

from paymux.integrations.adapters.accounts import ConnectorAccounts
from paymux.integrations.application.connections import ConnectionChange, NewConnection
from paymux.integrations.domain.account import (
    AccountIsNotUsable,
    AccountIsOfOtherMode,
    CredentialIsInvalid,
    CredentialsAreRefused,
    ProviderIsNotInstalled,
    ProviderIsUnreachable,
)
from paymux.integrations.domain.connection import Connection, LabelIsTaken, Secrets, WebhookStatus
from paymux.integrations.ports.outbound import (
    Access,
    ConnectionFilter,
    ConnectionIsInUse,
    CredentialValue,
)
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import AccountReport, Outcome
from tests.unit.integrations.connections.fakes import ACME, PLANTED, RIVAL, House, failure

GOOD: dict[str, CredentialValue] = {"secret_key": PLANTED, "merchant": "acme_1"}


def draft(
    provider: str = "bank", label: str = "First", secret: str | None = None
) -> NewConnection:
    return NewConnection(provider=provider, label=label, credentials=GOOD, webhook_secret=secret)


def secrets_of(house: House, connection: Connection) -> Secrets:
    return house.vault.open(ACME.tenant_id, connection.id, connection.sealed)


async def test_an_account_is_checked_stored_sealed_and_its_webhook_registered(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection

    stored = await acme.connections.get(ACME, made.id)
    url = f"https://pay.example/webhooks/bank/{made.id}"
    assert acme.bank.asked == ["check_account", f"register_webhook {url}"]
    assert (stored.webhook.status, stored.webhook.url) == (WebhookStatus.REGISTERED, url)
    assert stored.account.reference == "acct_1"
    assert PLANTED.encode() not in stored.sealed.blob
    assert secrets_of(acme, stored).verifiers == ("whsec_from_the_bank",)
    assert all(connector.closed for connector in acme.bank.made)


async def test_only_the_last_four_characters_of_a_secret_are_shown(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection

    assert made.hints == {"secret_key": "****wxyz", "merchant": "acme_1", "region": "eu"}


@pytest.mark.parametrize(
    ("outcome", "refusal"),
    [
        (Outcome.CREDENTIALS, CredentialsAreRefused),
        (Outcome.REJECTED, CredentialsAreRefused),
        (Outcome.NOT_SENT, ProviderIsUnreachable),
        (Outcome.NOT_PROCESSED, ProviderIsUnreachable),
        (Outcome.UNKNOWN, ProviderIsUnreachable),
    ],
)
async def test_nothing_is_stored_when_the_live_check_fails(
    acme: House, outcome: Outcome, refusal: type[AccountIsNotUsable]
) -> None:
    acme.bank.report = failure(outcome)

    with pytest.raises(refusal):
        await acme.connections.create(ACME, draft())

    assert acme.store.connections == {}


async def test_a_connector_that_breaks_counts_as_an_unreachable_provider(
    acme: House, caplog: pytest.LogCaptureFixture
) -> None:
    acme.bank.breaks = True

    with caplog.at_level(logging.DEBUG), pytest.raises(ProviderIsUnreachable) as refused:
        await acme.connections.create(ACME, draft())

    assert "ZeroDivisionError < fakes.py" in caplog.text
    assert PLANTED not in caplog.text
    assert PLANTED not in str(refused.value)


async def test_a_connector_that_never_answers_is_given_up(acme: House) -> None:
    acme.bank.hangs = True
    accounts = ConnectorAccounts(acme.factory, patience=0.01)
    access = Access(ConnectionId("con_1"), "bank", Mode.TEST, Secrets(json.dumps(GOOD)))

    with pytest.raises(ProviderIsUnreachable):
        await accounts.check(access)


async def test_live_credentials_are_refused_in_test_mode(acme: House) -> None:
    acme.bank.report = AccountReport(mode=Mode.LIVE)

    with pytest.raises(AccountIsOfOtherMode):
        await acme.connections.create(ACME, draft())


@pytest.mark.parametrize(
    ("credentials", "field"),
    [
        ({"merchant": "a"}, "credentials.secret_key"),
        ({**GOOD, "secret_key": 7}, "credentials.secret_key"),
        ({**GOOD, "secret_key": ""}, "credentials.secret_key"),
        ({**GOOD, "merchant": "x" * 41}, "credentials.merchant"),
        ({**GOOD, "surprise": "x"}, "credentials.surprise"),
        ({**GOOD, "secret_key": "pasted\n"}, "credentials.secret_key"),
    ],
)
async def test_credentials_that_do_not_fit_are_refused_by_field_before_any_call(
    acme: House, credentials: dict[str, CredentialValue], field: str
) -> None:
    ill = NewConnection(provider="bank", label="Ill", credentials=credentials)

    with pytest.raises(CredentialIsInvalid) as refused:
        await acme.connections.create(ACME, ill)

    assert refused.value.field == field
    assert PLANTED not in str(refused.value)
    assert acme.bank.asked == []


async def test_a_provider_that_is_not_installed_is_refused(acme: House) -> None:
    with pytest.raises(ProviderIsNotInstalled):
        await acme.connections.create(ACME, draft("nobank"))


async def test_by_hand_the_verifier_is_told_once_with_the_steps(acme: House) -> None:
    connected = await acme.connections.create(ACME, draft("handbank"))

    verifier = connected.verifier
    assert verifier is not None
    assert connected.steps[1] == f"Enter {verifier}"
    later = await acme.connections.get(ACME, connected.connection.id)
    assert later.webhook.status is WebhookStatus.MANUAL
    assert later.webhook.steps[1] == f"Enter ****{verifier[-4:]}"
    assert secrets_of(acme, later).verifiers == (verifier,)


async def test_a_given_webhook_secret_keeps_us_from_registering(acme: House) -> None:
    connected = await acme.connections.create(ACME, draft(secret="whsec_of_the_tenant"))

    assert connected.verifier is None
    assert acme.bank.asked == ["check_account"]
    stored = await acme.connections.get(ACME, connected.connection.id)
    assert stored.webhook.status is WebhookStatus.MANUAL
    assert secrets_of(acme, stored).verifiers == ("whsec_of_the_tenant",)


async def test_a_refused_webhook_leaves_a_connection_that_says_so(acme: House) -> None:
    acme.bank.registration = failure(Outcome.REJECTED)

    made = (await acme.connections.create(ACME, draft())).connection

    assert made.webhook.status is WebhookStatus.FAILED
    assert made.webhook.reason == "bank did not take the webhook endpoint: The bank says no."
    assert made.webhook.steps


async def test_registering_again_keeps_the_verifier_before_it(acme: House) -> None:
    first = await acme.connections.create(ACME, draft("handbank"))
    second = await acme.endpoints.register(ACME, first.connection.id)
    third = await acme.endpoints.register(ACME, first.connection.id)

    assert secrets_of(acme, third.connection).verifiers == (third.verifier, second.verifier)


async def test_each_registration_has_a_key_of_its_own(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    await acme.endpoints.register(ACME, made.id)

    assert len(set(acme.bank.keys)) == 2


async def test_a_connection_deleted_while_registering_leaves_no_endpoint(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    deleted = acme.store.connections[(ACME, made.id)]
    acme.bank.before_registering = lambda: deleted.delete(acme.clock.now())

    with pytest.raises(ThingIsNotFound):
        await acme.endpoints.register(ACME, made.id)

    assert acme.bank.asked[-1] == "unregister_webhook we_1"


async def test_a_connection_with_open_payments_is_not_deleted(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    acme.store.in_use.add(made.id)
    with pytest.raises(ConnectionIsInUse):
        await acme.connections.delete(ACME, made.id)
    acme.store.in_use.clear()
    await acme.connections.delete(ACME, made.id)


async def test_a_label_is_unique_until_its_connection_is_deleted(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    with pytest.raises(LabelIsTaken):
        await acme.connections.create(ACME, draft())

    await acme.connections.delete(ACME, made.id)
    await acme.connections.create(ACME, draft())


async def test_new_credentials_are_checked_and_keep_the_verifiers(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    acme.clock.go_on(60)
    change = ConnectionChange(credentials={**GOOD, "secret_key": "sk_another_0123456789_abcd"})

    changed = await acme.connections.update(ACME, made.id, change)

    secrets = secrets_of(acme, changed)
    assert "sk_another_0123456789_abcd" in secrets.credentials
    assert secrets.verifiers == ("whsec_from_the_bank",)
    assert changed.hints["secret_key"] == "****abcd"
    assert changed.updated_at > changed.created_at


async def test_refused_new_credentials_change_nothing(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    acme.bank.report = failure(Outcome.CREDENTIALS)
    change = ConnectionChange(label="Other", credentials=GOOD)

    with pytest.raises(CredentialsAreRefused):
        await acme.connections.update(ACME, made.id, change)

    assert (await acme.connections.get(ACME, made.id)).label == "First"


async def test_a_change_leaves_what_it_does_not_name(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection

    changed = await acme.connections.update(ACME, made.id, ConnectionChange(enabled=False))

    assert (changed.label, changed.priority, changed.enabled) == ("First", 100, False)
    assert changed.sealed == made.sealed


async def test_a_rotated_webhook_secret_keeps_the_one_before_it(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection

    changed = await acme.connections.update(
        ACME, made.id, ConnectionChange(webhook_secret="whsec_newer")
    )

    assert secrets_of(acme, changed).verifiers == ("whsec_newer", "whsec_from_the_bank")
    assert changed.webhook.provider_reference == "we_1"


async def test_deleting_erases_the_secrets_and_removes_our_endpoint(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection

    await acme.connections.delete(ACME, made.id)

    row = acme.store.connections[(ACME, made.id)]
    assert (row.sealed.blob, row.hints, row.enabled) == (b"", {}, False)
    assert acme.bank.asked[-1] == "unregister_webhook we_1"
    with pytest.raises(ThingIsNotFound):
        await acme.connections.get(ACME, made.id)


async def test_deleting_succeeds_when_the_provider_does_not_answer(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    acme.bank.breaks = True

    await acme.connections.delete(ACME, made.id)

    assert acme.store.connections[(ACME, made.id)].deleted_at is not None


async def test_a_connection_whose_seal_is_broken_can_still_be_deleted(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    row = acme.store.connections[(ACME, made.id)]
    row.sealed = acme.vault.seal(RIVAL.tenant_id, made.id, Secrets("{}"))

    await acme.connections.delete(ACME, made.id)

    assert acme.bank.asked[-1] != "unregister_webhook we_1"


async def test_a_test_reports_success_and_failure(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    good = await acme.connections.test(ACME, made.id)
    acme.bank.report = failure(Outcome.CREDENTIALS)
    bad = await acme.connections.test(ACME, made.id)

    assert good.account is not None
    assert good.refusal is None
    assert isinstance(bad.refusal, CredentialsAreRefused)
    assert bad.checked_at == acme.clock.now()


async def test_another_tenant_finds_nothing(acme: House) -> None:
    made = (await acme.connections.create(ACME, draft())).connection
    change = ConnectionChange(label="Mine now")

    for attempt in (
        acme.connections.get(RIVAL, made.id),
        acme.connections.update(RIVAL, made.id, change),
        acme.connections.delete(RIVAL, made.id),
        acme.connections.test(RIVAL, made.id),
        acme.endpoints.register(RIVAL, made.id),
    ):
        with pytest.raises(ThingIsNotFound):
            await attempt
    listed = await acme.connections.list(RIVAL, ConnectionFilter(), PageRequest())
    assert not listed.items


async def test_secrets_hide_in_every_repr(acme: House) -> None:
    connected = await acme.connections.create(ACME, draft("handbank"))
    change = ConnectionChange(credentials=GOOD, webhook_secret=PLANTED)
    access = acme.endpoints.access(ACME, connected.connection)

    for thing in (draft(secret=PLANTED), change, access, access.secrets, connected):
        assert PLANTED not in repr(thing)
    assert connected.verifier is not None
    assert connected.verifier not in repr(connected)
    assert ConnectionId(connected.connection.id) in repr(connected)
