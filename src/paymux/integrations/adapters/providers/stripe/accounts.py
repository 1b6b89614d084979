"""The account behind a key. https://docs.stripe.com/keys."""

from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import AccountReport, Failure


def key_mode(secret_key: str) -> Mode:
    """Tell the mode from the key: `sk_test_…`, `rk_live_…`."""
    return Mode.LIVE if secret_key[2:8] == "_live_" else Mode.TEST


async def check(transport: Transport, mode: Mode) -> AccountReport | Failure:
    """Read the account; a restricted key may be allowed no more than the balance."""
    account = await transport.retrieve_account()
    if not isinstance(account, Failure):
        profile = account.business_profile
        return AccountReport(
            account_reference=account.id,
            display_name=profile.name if profile else None,
            country=account.country,
            mode=mode,
        )
    if account.code != "permission_error":
        return account
    balance = await transport.retrieve_balance()
    if isinstance(balance, Failure):
        return balance
    return AccountReport(mode=Mode.LIVE if balance.livemode else Mode.TEST)
