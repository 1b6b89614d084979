"""A tenant comes with keys, and stops working when disabled."""

import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import TenantId
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode
from paymux.tenancy.errors import ApiKeyIsInvalid, NameIsInvalid
from paymux.tenancy.role import Role
from tests.unit.tenancy.fakes import Installation


async def test_a_new_tenant_has_an_admin_key_for_each_mode(installation: Installation) -> None:
    new = await installation.tenants.create("  Zebra Books ")
    assert new.tenant.name == "Zebra Books"
    assert [(issued.key.mode, issued.key.role) for issued in new.keys] == [
        (Mode.TEST, Role.ADMIN),
        (Mode.LIVE, Role.ADMIN),
    ]
    for issued in new.keys:
        principal = await installation.api_keys.authenticate(issued.text)
        assert principal.tenant_id == new.tenant.id


async def test_a_new_tenant_has_no_live_key_where_live_is_off() -> None:
    new = await Installation(live=False).tenants.create("Zebra Books")
    assert [issued.key.mode for issued in new.keys] == [Mode.TEST]


async def test_keys_of_a_disabled_tenant_are_refused_until_it_is_enabled(
    installation: Installation,
) -> None:
    new = await installation.tenants.create("Zebra Books")
    text = new.keys[0].text
    await installation.api_keys.authenticate(text)
    assert (await installation.tenants.disable(new.tenant.id)).is_disabled
    with pytest.raises(ApiKeyIsInvalid):
        await installation.api_keys.authenticate(text)
    assert not (await installation.tenants.enable(new.tenant.id)).is_disabled
    await installation.api_keys.authenticate(text)


async def test_a_tenant_is_renamed(installation: Installation) -> None:
    new = await installation.tenants.create("Zebra Books")
    await installation.tenants.rename(new.tenant.id, "Okapi Books")
    assert (await installation.tenants.get(new.tenant.id)).name == "Okapi Books"


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "\x7f"])
async def test_a_name_is_printable_and_short(installation: Installation, name: str) -> None:
    with pytest.raises(NameIsInvalid):
        await installation.tenants.create(name)


async def test_tenants_are_listed_newest_first_in_pages(installation: Installation) -> None:
    for number in range(3):
        installation.clock.advance(1)
        await installation.tenants.create(f"tenant {number}")
    first = await installation.tenants.list(PageRequest(limit=2))
    rest = await installation.tenants.list(PageRequest(limit=2, cursor=first.next_cursor))
    assert [one.name for one in first.items] == ["tenant 2", "tenant 1"]
    assert [one.name for one in rest.items] == ["tenant 0"]
    assert rest.next_cursor is None


async def test_an_unknown_tenant_is_not_found(installation: Installation) -> None:
    with pytest.raises(ThingIsNotFound):
        await installation.tenants.get(TenantId("ten_nobody"))
