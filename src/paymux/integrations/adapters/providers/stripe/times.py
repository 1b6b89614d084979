"""Stripe's times, which are whole seconds since the epoch, and how late things may come."""

from datetime import UTC, datetime, timedelta
from typing import Final

# Stripe counts from when the request arrives, which is after `created_at` and by another clock.
SLACK: Final = timedelta(minutes=10)
# How long after `created_at` a request that we have given up on may still be carried out.
LATE_ARRIVAL: Final = timedelta(minutes=5)
# "Keys can be removed from the system automatically after they're at least 24 hours old."
KEY_LIVES: Final = timedelta(hours=24)


def moment(timestamp: int | None) -> datetime | None:
    """Return Stripe's time as ours."""
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)


def unix(when: datetime) -> int:
    """Return our time as Stripe's."""
    return int(when.timestamp())
