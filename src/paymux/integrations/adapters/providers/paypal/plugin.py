"""What PayPal is to Paymux: slug, credentials, capabilities, error map, connector."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.integrations.adapters.providers.paypal.currencies import CURRENCIES
from paymux.integrations.adapters.providers.paypal.events import EVENTS
from paymux.integrations.adapters.providers.paypal.issues import ERROR_MAP
from paymux.payments.ports.plugins import (
    SECRET,
    Capabilities,
    ConnectorEnvironment,
    Idempotency,
    Operation,
    PartialCaptures,
    ProviderPlugin,
)

_SIX_HOURS: Final = 6 * 3600
_FORTY_FIVE_DAYS: Final = 45 * 86_400


class PayPalCredentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A REST app of the merchant: developer.paypal.com, Apps & Credentials."""

    client_id: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=256,
            pattern=r"^[!-9;-~]+$",
            title="Client ID",
            examples=["AZDxjDScFpQtjWTOUtWKbyN"],
        ),
    ]
    client_secret: Annotated[str, SECRET, msgspec.Meta(examples=["EGnHDxD_qRPdaLdZz8iCr8N7"])]

    def __repr__(self) -> str:
        """Never show the secret."""
        return "PayPalCredentials(...)"


def _connect(credentials: PayPalCredentials, environment: ConnectorEnvironment) -> PayPalConnector:
    return PayPalConnector(credentials.client_id, credentials.client_secret, environment)


def _webhook_steps(url: str, _verifier: str) -> Sequence[str]:
    return (
        "Open developer.paypal.com, Apps & Credentials, and the app of these credentials.",
        f"Under Webhooks choose Add webhook and enter {url}",
        f"Choose the events {', '.join(EVENTS)}.",
        "Save, copy the Webhook ID, and enter it as the connection's webhook verifier.",
    )


PLUGIN: Final = ProviderPlugin(
    slug="paypal",
    display_name="PayPal",
    credentials=PayPalCredentials,
    capabilities=Capabilities(
        operations=frozenset(
            {
                Operation.CHECK_ACCOUNT,
                Operation.CREATE_CHECKOUT,
                Operation.COMPLETE_CHECKOUT,
                Operation.LOOK_UP,
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
        methods=frozenset({"paypal"}),
        currencies=CURRENCIES,
        idempotency={
            Operation.CREATE_CHECKOUT: Idempotency(
                header="PayPal-Request-Id", key_lives_seconds=_SIX_HOURS
            ),
            Operation.SAVE_METHOD: Idempotency(
                header="PayPal-Request-Id", key_lives_seconds=_SIX_HOURS
            ),
            Operation.CHARGE: Idempotency(
                header="PayPal-Request-Id",
                key_lives_seconds=_SIX_HOURS,
                unique_reference="invoice_id",
            ),
            Operation.COMPLETE_CHECKOUT: Idempotency(
                header="PayPal-Request-Id",
                key_lives_seconds=_SIX_HOURS,
                unique_reference="invoice_id",
            ),
            Operation.CAPTURE: Idempotency(
                header="PayPal-Request-Id",
                key_lives_seconds=_FORTY_FIVE_DAYS,
                unique_reference="invoice_id",
                looks_up_by_reference=True,
            ),
            Operation.REFUND: Idempotency(
                header="PayPal-Request-Id",
                key_lives_seconds=_FORTY_FIVE_DAYS,
                unique_reference="invoice_id",
                looks_up_by_reference=True,
            ),
        },
        partial_captures=PartialCaptures.SEVERAL,
    ),
    error_map=ERROR_MAP,
    connect=_connect,
    webhook_steps=_webhook_steps,
)
