"""Keys are shown once, kept hashed, and refused as soon as they are revoked."""

import hashlib

import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ApiKeyId
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.tenancy.api_key import IssuedKey
from paymux.tenancy.errors import ApiKeyIsInUse, ApiKeyIsInvalid, LiveModeIsOff, NameIsInvalid
from paymux.tenancy.role import Role
from tests.unit.tenancy.fakes import Installation


@pytest.fixture(name="scope")
async def _scope(installation: Installation) -> Scope:
    return Scope((await installation.tenants.create("Zebra Books")).tenant.id, Mode.TEST)


@pytest.fixture(name="issued")
async def _issued(installation: Installation, scope: Scope) -> IssuedKey:
    return await installation.api_keys.issue(scope, role=Role.OPERATOR, label="orders")


async def test_a_key_authenticates_as_its_tenant_mode_and_role(
    installation: Installation, scope: Scope, issued: IssuedKey
) -> None:
    principal = await installation.api_keys.authenticate(issued.text)
    assert principal.scope == scope
    assert principal.role is Role.OPERATOR
    assert principal.key_id == issued.key.id


async def test_the_text_is_long_named_and_kept_nowhere(
    installation: Installation, issued: IssuedKey
) -> None:
    assert issued.text.startswith("pmx_test_")
    assert len(issued.text) >= len("pmx_test_") + 32
    assert issued.text.endswith(issued.key.last_four)
    assert issued.key.secret_hash == hashlib.sha256(issued.text.encode()).digest()
    assert issued.text not in repr(installation.store.keys) + repr(issued)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pmx_test_",
        "pmx_test_short",
        "sk_test_" + "a" * 40,
        "pmx_test_" + "a" * 40,
        "pmx_prod_" + "a" * 40,
        "pmx_test_" + "a" * 40 + "\n",
        "pmx_test_" + "é" * 40,
        "pmx_test_" + "a" * 500,
    ],
)
async def test_what_is_no_key_is_refused(installation: Installation, text: str) -> None:
    with pytest.raises(ApiKeyIsInvalid):
        await installation.api_keys.authenticate(text)


async def test_a_key_of_the_other_mode_is_another_key(
    installation: Installation, issued: IssuedKey
) -> None:
    with pytest.raises(ApiKeyIsInvalid):
        await installation.api_keys.authenticate(issued.text.replace("_test_", "_live_"))


async def test_a_revoked_key_is_refused_at_once(
    installation: Installation, scope: Scope, issued: IssuedKey
) -> None:
    await installation.api_keys.authenticate(issued.text)
    revoked = await installation.api_keys.revoke(scope, issued.key.id)
    assert revoked.revoked_at == installation.clock.now()
    with pytest.raises(ApiKeyIsInvalid):
        await installation.api_keys.authenticate(issued.text)


async def test_revoking_again_keeps_the_first_time(
    installation: Installation, scope: Scope, issued: IssuedKey
) -> None:
    first = await installation.api_keys.revoke(scope, issued.key.id)
    installation.clock.advance(60)
    again = await installation.api_keys.revoke(scope, issued.key.id)
    assert again.revoked_at == first.revoked_at


async def test_a_revocation_elsewhere_takes_effect_within_two_seconds(
    installation: Installation, scope: Scope, issued: IssuedKey
) -> None:
    await installation.api_keys.authenticate(issued.text)
    elsewhere = Installation(live=True, store=installation.store)
    await elsewhere.api_keys.revoke(scope, issued.key.id)
    installation.clock.advance(2)
    with pytest.raises(ApiKeyIsInvalid):
        await installation.api_keys.authenticate(issued.text)


async def test_a_busy_key_asks_the_database_once_in_two_seconds(
    installation: Installation, issued: IssuedKey
) -> None:
    for _ in range(100):
        await installation.api_keys.authenticate(issued.text)
        installation.clock.advance(0.0199)
    assert installation.store.reads == 1
    installation.clock.advance(2)
    await installation.api_keys.authenticate(issued.text)
    assert installation.store.reads == 2


async def test_the_key_in_use_is_not_revoked(
    installation: Installation, scope: Scope, issued: IssuedKey
) -> None:
    with pytest.raises(ApiKeyIsInUse):
        await installation.api_keys.revoke(scope, issued.key.id, using=issued.key.id)
    await installation.api_keys.authenticate(issued.text)


async def test_keys_of_another_tenant_or_mode_are_not_found(
    installation: Installation, scope: Scope, issued: IssuedKey
) -> None:
    other = Scope((await installation.tenants.create("Other")).tenant.id, Mode.TEST)
    for wrong in (other, Scope(scope.tenant_id, Mode.LIVE)):
        with pytest.raises(ThingIsNotFound):
            await installation.api_keys.get(wrong, issued.key.id)
        with pytest.raises(ThingIsNotFound):
            await installation.api_keys.revoke(wrong, issued.key.id)


async def test_nobody_issues_a_key_for_a_tenant_that_is_not_there(
    installation: Installation,
) -> None:
    nobody = Scope((await Installation(live=True).tenants.create("X")).tenant.id, Mode.TEST)
    with pytest.raises(ThingIsNotFound):
        await installation.api_keys.issue(nobody, role=Role.ADMIN, label="x")


async def test_live_keys_neither_work_nor_are_issued_where_live_is_off(
    installation: Installation, scope: Scope
) -> None:
    live = Scope(scope.tenant_id, Mode.LIVE)
    issued = await installation.api_keys.issue(live, role=Role.ADMIN, label="live")
    sandboxed = Installation(live=False, store=installation.store)
    with pytest.raises(LiveModeIsOff):
        await sandboxed.api_keys.authenticate(issued.text)
    with pytest.raises(LiveModeIsOff):
        await sandboxed.api_keys.issue(live, role=Role.ADMIN, label="live")


@pytest.mark.parametrize("label", ["", "   ", "x" * 201, "a\x00b", "a\nb"])
async def test_a_label_is_printable_and_short(
    installation: Installation, scope: Scope, label: str
) -> None:
    with pytest.raises(NameIsInvalid) as refusal:
        await installation.api_keys.issue(scope, role=Role.READER, label=label)
    assert refusal.value.field == "label"


async def test_keys_are_listed_in_pages(installation: Installation, scope: Scope) -> None:
    for number in range(4):
        installation.clock.advance(1)
        await installation.api_keys.issue(scope, role=Role.READER, label=f"key {number}")
    first = await installation.api_keys.list(scope, PageRequest(limit=3))
    rest = await installation.api_keys.list(scope, PageRequest(limit=3, cursor=first.next_cursor))
    labels = [key.label for page in (first, rest) for key in page.items]
    assert labels == ["key 3", "key 2", "key 1", "key 0", "first test key"]
    assert rest.next_cursor is None


def test_roles_include_those_below_them() -> None:
    assert [
        (mine.value, other.value) for mine in Role for other in Role if mine.includes(other)
    ] == [
        ("reader", "reader"),
        ("operator", "reader"),
        ("operator", "operator"),
        ("admin", "reader"),
        ("admin", "operator"),
        ("admin", "admin"),
    ]


async def test_an_unknown_id_is_not_found(installation: Installation, scope: Scope) -> None:
    with pytest.raises(ThingIsNotFound):
        await installation.api_keys.get(scope, ApiKeyId("key_nothing"))
