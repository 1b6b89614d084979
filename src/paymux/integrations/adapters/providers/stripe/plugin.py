"""Stripe, as Paymux finds it under the entry point `paymux.providers`."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from paymux.integrations.adapters.providers.stripe.connector import StripeConnector
from paymux.integrations.adapters.providers.stripe.currencies import CURRENCIES
from paymux.integrations.adapters.providers.stripe.errors import ERROR_MAP
from paymux.integrations.adapters.providers.stripe.event_types import EVENT_TYPES
from paymux.integrations.adapters.providers.stripe.sessions import LONGEST_LIFE, SHORTEST_LIFE
from paymux.integrations.adapters.providers.stripe.wire import API_VERSION
from paymux.payments.ports.connectors import Connector
from paymux.payments.ports.plugins import (
    SECRET,
    Capabilities,
    ConnectorEnvironment,
    Idempotency,
    Operation,
    PartialCaptures,
    ProviderPlugin,
)

_DAY: Final = 24 * 60 * 60

# https://docs.stripe.com/api/idempotent_requests: all POSTs; the first answer is kept "including
# 500 errors"; keys may be removed "after they're at least 24 hours old".
_KEPT: Final = Idempotency(header="Idempotency-Key", key_lives_seconds=_DAY, replays_errors=True)
_FOUND: Final = msgspec.structs.replace(_KEPT, looks_up_by_reference=True)

# What Checkout can offer; which of them it does is the account's own setting.
_METHODS: Final = """
acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact
billie bizum blik boleto card cashapp crypto customer_balance eps fpx giropay grabpay ideal
kakao_pay klarna konbini kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo
p24 pay_by_bank payco paynow paypal paypay payto pix promptpay revolut_pay samsung_pay satispay
scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account wechat_pay zip
"""


class StripeCredentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A secret or restricted key: Dashboard, Developers, API keys."""

    secret_key: Annotated[
        str,
        SECRET,
        msgspec.Meta(
            pattern=r"^(sk|rk)_(test|live)_[A-Za-z0-9_]{8,480}$(?!\n)",
            title="Secret key",
            examples=["sk_test_4f9QmB7xKzT2hLw8"],
            description="sk_… or rk_…, of the connection's mode. A restricted key needs to write"
            " Checkout Sessions, Customers, PaymentIntents, PaymentMethods, Charges and Refunds,"
            " Disputes, Files and Webhook Endpoints, and to read Events.",
        ),
    ]

    def __repr__(self) -> str:
        return "StripeCredentials(secret_key=…)"


def _connect(credentials: StripeCredentials, environment: ConnectorEnvironment) -> Connector:
    return StripeConnector(credentials.secret_key, environment)


def _webhook_steps(url: str, _verifier: str) -> Sequence[str]:
    return (
        "Open Workbench, Webhooks in the Stripe Dashboard, in the connection's mode, and add a"
        " destination for events of your account.",
        f"Choose API version {API_VERSION} and the events {', '.join(EVENT_TYPES)}.",
        f"Choose the destination type webhook endpoint and enter {url}",
        "Reveal the signing secret (whsec_…) and set it as the connection's webhook secret.",
    )


PLUGIN: Final = ProviderPlugin(
    slug="stripe",
    display_name="Stripe",
    credentials=StripeCredentials,
    capabilities=Capabilities(
        operations=frozenset(
            {
                Operation.CHECK_ACCOUNT,
                Operation.CREATE_CHECKOUT,
                Operation.EXPIRE_CHECKOUT,
                Operation.LOOK_UP,
                Operation.PUT_CUSTOMER,
                Operation.VERIFY_WEBHOOK,
                Operation.REGISTER_WEBHOOK,
                Operation.CAPTURE,
                Operation.VOID,
                Operation.REFUND,
                Operation.LIST_EVENTS,
                Operation.SAVE_METHOD,
                Operation.CHARGE,
                Operation.FORGET_METHOD,
                Operation.LOOK_UP_DISPUTE,
                Operation.LIST_DISPUTES,
                Operation.ACCEPT_DISPUTE,
                Operation.SUBMIT_EVIDENCE,
            }
        ),
        methods=frozenset(_METHODS.split()),
        currencies=CURRENCIES,
        idempotency={
            Operation.CREATE_CHECKOUT: _KEPT,
            Operation.EXPIRE_CHECKOUT: _KEPT,
            Operation.PUT_CUSTOMER: _KEPT,
            Operation.REGISTER_WEBHOOK: _KEPT,
            Operation.CAPTURE: _KEPT,
            Operation.VOID: _KEPT,
            Operation.REFUND: _FOUND,
            Operation.SAVE_METHOD: _KEPT,
            Operation.CHARGE: _KEPT,
            Operation.ACCEPT_DISPUTE: _KEPT,
            Operation.SUBMIT_EVIDENCE: _FOUND,
        },
        checkout_lives_seconds=(
            int(SHORTEST_LIFE.total_seconds()),
            int(LONGEST_LIFE.total_seconds()),
        ),
        partial_captures=PartialCaptures.ONCE,
    ),
    error_map=ERROR_MAP,
    connect=_connect,
    webhook_steps=_webhook_steps,
)
