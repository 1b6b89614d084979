"""The account behind a connection's credentials, and why it may not be used."""

from dataclasses import dataclass

from paymux.kernel.errors import Category, PaymuxError
from paymux.kernel.scope import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the provider said about the account behind the credentials."""

    reference: str | None = None
    name: str | None = None
    country: str | None = None


class CredentialIsInvalid(PaymuxError):
    """The credentials do not fit the provider's published schema.

    `field` says where; `GET /v1/providers` has the schema.
    """

    code = "invalid_credentials"
    category = Category.INVALID

    def __init__(self, why: str, path: str) -> None:
        super().__init__(why, field=path)


class ProviderIsNotInstalled(PaymuxError):
    """No installed package has this provider.

    `GET /v1/providers` lists those that are.
    """

    code = "provider_not_installed"
    category = Category.UNPROCESSABLE

    def __init__(self, provider: str) -> None:
        super().__init__(f"No provider {provider!r} is installed.", field="provider")


class AccountIsNotUsable(PaymuxError):
    """The live check of an account did not end well; subclasses say why."""


class CredentialsAreRefused(AccountIsNotUsable):
    """The provider does not accept the credentials.

    `detail` has the provider's reason; copy them from its dashboard once more.
    """

    code = "credentials_refused"
    category = Category.UNPROCESSABLE

    def __init__(self, provider: str, why: str) -> None:
        super().__init__(f"{provider} refuses the credentials: {why}", field="credentials")


class AccountIsOfOtherMode(AccountIsNotUsable):
    """Test credentials were given for live money, or the other way about.

    Give credentials of the mode that your key is in, or use a key of the other mode.
    """

    code = "account_mode_mismatch"
    category = Category.UNPROCESSABLE

    def __init__(self, provider: str, account: Mode, wanted: Mode) -> None:
        super().__init__(
            f"These are {account} credentials of {provider}, but the API key works in {wanted} "
            "mode.",
            field="credentials",
        )


class ProviderIsUnreachable(AccountIsNotUsable):
    """The provider could not be asked, so nothing was decided and nothing stored."""

    code = "provider_unreachable"
    category = Category.PROVIDER_FAILED

    def __init__(self, provider: str, why: str) -> None:
        super().__init__(f"{provider} could not be asked: {why}")


class WebhookIsNotRegistered(PaymuxError):
    """The provider did not take our endpoint.

    Register it again with `POST /v1/connections/{id}/webhook`.
    """

    code = "webhook_not_registered"
    category = Category.PROVIDER_FAILED
