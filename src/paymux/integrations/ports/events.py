"""The facts that integrations publishes."""

from datetime import datetime
from enum import StrEnum

import msgspec

from paymux.kernel.ids import ConnectionId


class ConnectionEventType(StrEnum):
    """What happened to a connection."""

    CREDENTIALS_REFUSED = "connection.credentials_refused"


class ConnectionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One fact: a connection that had worked needs a person now.

    `reason_code` and `reason_message`: what the provider says of its credentials.
    """

    type: ConnectionEventType
    connection_id: ConnectionId
    provider: str
    label: str
    reason_code: str
    reason_message: str
    occurred_at: datetime
