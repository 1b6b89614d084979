"""What tenancy reads and writes over HTTP."""

from datetime import datetime
from typing import Annotated

import msgspec

from paymux.kernel.ids import ApiKeyId, TenantId
from paymux.kernel.scope import Mode
from paymux.platform.http.fields import Moment, example, identifier
from paymux.tenancy.api_key import ApiKey, IssuedKey
from paymux.tenancy.name import LONGEST_NAME, NAME_PATTERN
from paymux.tenancy.role import Role
from paymux.tenancy.tenant import Tenant
from paymux.tenancy.tenants import NewTenant

Name = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=NAME_PATTERN,
        description="What people call the tenant.",
        examples=["Zebra Books"],
    ),
]
Label = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=NAME_PATTERN,
        description="What people call the key.",
        examples=["order service"],
    ),
]


class CreateTenant(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A tenant to be made."""

    name: Name


class ChangeTenant(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What to change of a tenant; what is left out stays."""

    name: Name | None = None
    disabled: Annotated[
        bool | None,
        msgspec.Meta(description="Whether its keys are refused. Root key only.", examples=[False]),
    ] = None


class CreateApiKey(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A key to be made."""

    label: Label
    role: Role = Role.OPERATOR
    mode: Annotated[
        Mode | None,
        example("test", "The mode of your own key, which is also the default."),
    ] = None


class CreateTenantApiKey(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A key to be made for any tenant, in any mode."""

    label: Label
    mode: Annotated[Mode, example("test")]
    role: Role = Role.ADMIN


class TenantBody(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant."""

    id: Annotated[TenantId, identifier("ten")]
    name: Name
    created_at: Moment
    disabled_at: Annotated[datetime, msgspec.Meta(tz=True)] | None


class ApiKeyBody(msgspec.Struct, frozen=True, kw_only=True):
    """An API key, without its text."""

    id: Annotated[ApiKeyId, identifier("key")]
    mode: Annotated[Mode, example("test")]
    role: Annotated[Role, example("operator")]
    label: Label
    last_four: Annotated[str, example("C4s2")]
    created_at: Moment
    revoked_at: Annotated[datetime, msgspec.Meta(tz=True)] | None


class IssuedApiKeyBody(ApiKeyBody, frozen=True, kw_only=True):
    """A new API key with its text, which is shown this once."""

    key: Annotated[
        str,
        msgspec.Meta(
            description="The key itself. It is never shown again.",
            examples=["pmx_test_SOf5ZOOFD7nZhaYUmxFFMUQAdtvEC4s2"],
        ),
    ]


class NewTenantBody(TenantBody, frozen=True, kw_only=True):
    """A new tenant with its first admin keys, whose texts are shown this once."""

    api_keys: list[IssuedApiKeyBody]


def tenant_body(tenant: Tenant) -> TenantBody:
    """Return a tenant as it is shown."""
    return TenantBody(
        id=tenant.id,
        name=tenant.name,
        created_at=tenant.created_at,
        disabled_at=tenant.disabled_at,
    )


def new_tenant_body(new: NewTenant) -> NewTenantBody:
    """Return a new tenant as it is shown once."""
    return NewTenantBody(
        id=new.tenant.id,
        name=new.tenant.name,
        created_at=new.tenant.created_at,
        disabled_at=new.tenant.disabled_at,
        api_keys=[issued_key_body(issued) for issued in new.keys],
    )


def api_key_body(key: ApiKey) -> ApiKeyBody:
    """Return a key as it is shown."""
    return ApiKeyBody(
        id=key.id,
        mode=key.mode,
        role=key.role,
        label=key.label,
        last_four=key.last_four,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )


def issued_key_body(issued: IssuedKey) -> IssuedApiKeyBody:
    """Return a new key as it is shown once."""
    key = issued.key
    return IssuedApiKeyBody(
        id=key.id,
        mode=key.mode,
        role=key.role,
        label=key.label,
        last_four=key.last_four,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
        key=issued.text,
    )
