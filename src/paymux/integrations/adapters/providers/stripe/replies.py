"""The one place that makes Structs of the SDK's replies."""

from collections.abc import Awaitable
from typing import Final, TypeVar

import msgspec
import stripe

from paymux.integrations.adapters.providers.stripe.errors import unreadable
from paymux.integrations.adapters.providers.stripe.exchange import CallFailed
from paymux.payments.ports.connectors import Failure

_ODD_SHAPES: Final = (
    stripe.StripeError, ValueError, TypeError, LookupError, AttributeError, RecursionError,
)  # fmt: skip

T = TypeVar("T", bound=msgspec.Struct)


async def read(call: Awaitable[stripe.StripeObject], into: type[T]) -> T | Failure:
    """Make the call, and of its reply what we read of it."""
    try:
        reply = (await call).last_response
        if reply is None:
            return unreadable()
        return msgspec.json.decode(reply.body, type=into)
    except CallFailed as failed:
        return failed.failure
    except _ODD_SHAPES:
        return unreadable()
