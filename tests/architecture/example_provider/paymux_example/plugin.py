"""Acorn as Paymux sees it, found through the entry point `paymux.providers`."""

from typing import Annotated, Final

import msgspec

from paymux.payments.ports.connectors import Connector
from paymux.payments.ports.plugins import (
    SECRET,
    Capabilities,
    ConnectorEnvironment,
    Idempotency,
    Operation,
    ProviderPlugin,
)
from paymux_example.connector import CURRENCIES, AcornConnector
from paymux_example.errors import ERROR_MAP


class AcornCredentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key from Acorn's dashboard."""

    key: Annotated[str, SECRET]

    def __repr__(self) -> str:
        return "AcornCredentials()"


def connect(credentials: AcornCredentials, environment: ConnectorEnvironment) -> Connector:
    """Return a connector; it makes no call yet."""
    return AcornConnector(credentials.key, environment)


PLUGIN: Final = ProviderPlugin(
    slug="acorn",
    display_name="Acorn",
    credentials=AcornCredentials,
    capabilities=Capabilities(
        operations=frozenset(
            {
                Operation.CHECK_ACCOUNT,
                Operation.CREATE_CHECKOUT,
                Operation.LOOK_UP,
                Operation.VERIFY_WEBHOOK,
            }
        ),
        methods=frozenset({"card"}),
        currencies=CURRENCIES,
        idempotency={
            Operation.CREATE_CHECKOUT: Idempotency(
                header="Idempotency-Key", key_lives_seconds=86_400, looks_up_by_reference=True
            )
        },
    ),
    error_map=ERROR_MAP,
    connect=connect,
    webhook_steps=lambda url, verifier: (
        f"In Acorn's dashboard, add the webhook address {url}.",
        f"Enter {verifier} as its secret.",
    ),
)
