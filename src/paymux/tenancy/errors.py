"""What tenancy refuses."""

from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound


class ApiKeyIsMissing(PaymuxError):
    """The request carries no `Authorization: Bearer …` header."""

    code = "api_key_missing"
    category = Category.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("Send the API key as `Authorization: Bearer pmx_…`.")


class ApiKeyIsInvalid(PaymuxError):
    """The API key is garbled, unknown, revoked, or its tenant is disabled."""

    code = "api_key_invalid"
    category = Category.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("The API key is unknown or revoked.")


class LiveModeIsOff(PaymuxError):
    """The installation moves no real money: live keys neither work nor are issued.

    Use a test key. Whoever runs this installation turns live mode on with `PAYMUX_LIVE`.
    """

    code = "live_mode_off"
    category = Category.FORBIDDEN

    def __init__(self) -> None:
        super().__init__(
            "This installation is not live; use a test key, or start Paymux with PAYMUX_LIVE=true."
        )


class RoleIsInsufficient(PaymuxError):
    """The key's role may not do this.

    `detail` names the role that may; an admin issues keys of it.
    """

    code = "role_insufficient"
    category = Category.FORBIDDEN

    def __init__(self, needed: str, actual: str) -> None:
        super().__init__(f"This needs a key of role {needed}; yours is {actual}.")


class RootKeyIsNeeded(PaymuxError):
    """Only the installation's root key may do this.

    Ask who runs this installation.
    """

    code = "root_key_needed"
    category = Category.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("This needs the installation's root key (PAYMUX_ROOT_KEY).")


class RootKeyHasNoTenant(PaymuxError):
    """The root key creates tenants; everything else is done with a key of the tenant.

    Use one of the tenant's API keys.
    """

    code = "root_key_has_no_tenant"
    category = Category.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("The root key belongs to no tenant; use one of the tenant's API keys.")


class ModeIsNotYours(PaymuxError):
    """A key issues keys of its own mode only.

    Issue it with a key of that mode.
    """

    code = "mode_not_yours"
    category = Category.FORBIDDEN

    def __init__(self, mode: str) -> None:
        super().__init__(f"Your key issues {mode} keys only.", field="mode")


class ApiKeyIsInUse(PaymuxError):
    """A key cannot revoke itself, lest a tenant locks itself out.

    Revoke it with another admin key.
    """

    code = "api_key_in_use"
    category = Category.CONFLICT

    def __init__(self) -> None:
        super().__init__("This is the key you are using; revoke it with another one.")


class TenantIsNotFound(ThingIsNotFound):
    """No such tenant, or none that this key may see."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__("tenant", tenant_id)


class ApiKeyIsNotFound(ThingIsNotFound):
    """No such key of this tenant in this mode."""

    def __init__(self, key_id: str) -> None:
        super().__init__("API key", key_id)


class NameIsInvalid(PaymuxError):
    """A name or label is blank, too long, or holds control characters."""

    code = "name_invalid"
    category = Category.INVALID

    def __init__(self, field: str, longest: int) -> None:
        super().__init__(
            f"Use 1 to {longest} characters, none of them a control character.", field=field
        )
