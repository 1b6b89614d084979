"""Razorpay as Paymux sees it, found through the entry point `paymux.providers`."""

from typing import Annotated, Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import webhooks
from paymux.integrations.adapters.providers.razorpay.connector import RazorpayConnector
from paymux.integrations.adapters.providers.razorpay.currencies import CURRENCIES
from paymux.integrations.adapters.providers.razorpay.error_map import ERROR_MAP
from paymux.integrations.adapters.providers.razorpay.links import (
    LONGEST_LIFE_SECONDS,
    SHORTEST_LIFE_SECONDS,
)
from paymux.payments.ports.connectors import Connector
from paymux.payments.ports.plugins import (
    SECRET,
    Capabilities,
    ConnectorEnvironment,
    Idempotency,
    Operation,
    ProviderPlugin,
)


class RazorpayCredentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An API key of the Razorpay Dashboard; its prefix tells test from live."""

    key_id: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^rzp_(test|live)_[A-Za-z0-9]+(?!\n)$",
            max_length=64,
            examples=["rzp_test_Oyp1100WUiQBnn"],
        ),
    ]
    key_secret: Annotated[
        str, SECRET, msgspec.Meta(pattern=r"^[!-~]+(?!\n)$", examples=["Kq3vT8mWzR5yB2nX"])
    ]

    def __repr__(self) -> str:
        return f"RazorpayCredentials(key_id={self.key_id!r})"


def connect(credentials: RazorpayCredentials, environment: ConnectorEnvironment) -> Connector:
    """Return a connector; it makes no call yet."""
    return RazorpayConnector(credentials.key_id, credentials.key_secret, environment)


PLUGIN: Final = ProviderPlugin(
    slug="razorpay",
    display_name="Razorpay",
    credentials=RazorpayCredentials,
    capabilities=Capabilities(
        operations=frozenset(
            {
                Operation.CHECK_ACCOUNT,
                Operation.CREATE_CHECKOUT,
                Operation.EXPIRE_CHECKOUT,
                Operation.LOOK_UP,
                Operation.PUT_CUSTOMER,
                Operation.REFUND,
                Operation.VERIFY_WEBHOOK,
                Operation.SAVE_METHOD,
                Operation.CHARGE,
                Operation.FORGET_METHOD,
                Operation.LOOK_UP_DISPUTE,
                Operation.LIST_DISPUTES,
                Operation.ACCEPT_DISPUTE,
                Operation.SUBMIT_EVIDENCE,
            }
        ),
        methods=frozenset({"bank_transfer", "card", "emi", "netbanking", "upi", "wallet"}),
        currencies=CURRENCIES,
        idempotency={
            Operation.CREATE_CHECKOUT: Idempotency(
                unique_reference="reference_id", looks_up_by_reference=True
            ),
            Operation.EXPIRE_CHECKOUT: Idempotency(),
            Operation.REFUND: Idempotency(
                header="X-Refund-Idempotency", looks_up_by_reference=True
            ),
            Operation.PUT_CUSTOMER: Idempotency(unique_reference="email"),
            Operation.SAVE_METHOD: Idempotency(looks_up_by_reference=True),
            Operation.CHARGE: Idempotency(looks_up_by_reference=True),
            Operation.FORGET_METHOD: Idempotency(),
            Operation.ACCEPT_DISPUTE: Idempotency(looks_up_by_reference=True),
            Operation.SUBMIT_EVIDENCE: Idempotency(looks_up_by_reference=True),
        },
        checkout_lives_seconds=(SHORTEST_LIFE_SECONDS, LONGEST_LIFE_SECONDS),
        saving_currencies=frozenset({"INR"}),
    ),
    error_map=ERROR_MAP,
    connect=connect,
    webhook_steps=webhooks.steps,
)
