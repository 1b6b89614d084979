"""What settings come to for those they reach."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from paymux.integrations.adapters.factory import ProviderRuntime, StandIn
from paymux.integrations.adapters.vault.keys import KeyRing
from paymux.kernel.clock import Clock
from paymux.payments.application.jobs import Schedule
from paymux.platform.jobs.worker import RetryPolicy
from paymux.platform.settings import Settings


def key_ring(settings: Settings) -> KeyRing:
    """Return the keys that seal, the newest first."""
    return KeyRing({f"v{key.version}": key.secret for key in settings.encryption_keys})


def secrets(settings: Settings) -> Sequence[bytes]:
    """Return the bytes of the keys, the newest first."""
    return [key.secret for key in settings.encryption_keys]


def is_https(settings: Settings) -> bool:
    """Tell whether payers and providers reach us over TLS."""
    return settings.public_url.startswith("https://")


def threads(settings: Settings) -> ThreadPoolExecutor:
    """Return the bounded pool for SDKs that block."""
    return ThreadPoolExecutor(settings.provider_threads, thread_name_prefix="provider")


def runtime(settings: Settings, clock: Clock, threads: ThreadPoolExecutor) -> ProviderRuntime:
    """Return what every connector may use of this process."""
    stand_ins = {
        slug: StandIn(
            override.base_url,
            Path(override.ca_file).read_bytes() if override.ca_file else None,
        )
        for slug, override in settings.provider_overrides.items()
    }
    return ProviderRuntime(
        clock=clock,
        threads=threads,
        stand_ins=stand_ins,
        connect_timeout=settings.connect_timeout_seconds,
        call_timeout=settings.provider_timeout_seconds,
        webhook_tolerance_seconds=settings.webhook_tolerance_seconds,
    )


def schedule(settings: Settings) -> Schedule:
    """Return when what is open is looked up."""
    return Schedule(
        first=timedelta(seconds=settings.verify_after_seconds),
        rounds=tuple(timedelta(seconds=wait) for wait in settings.poll_schedule_seconds),
        chance=random.random,
    )


def policy(settings: Settings) -> RetryPolicy:
    """Return how jobs that fail are tried again."""
    return RetryPolicy(
        max_tries=settings.job_max_attempts,
        base=timedelta(seconds=settings.job_backoff_seconds),
    )


def recovers_every(settings: Settings) -> timedelta:
    """Return how often missed events are looked for."""
    return timedelta(seconds=settings.recover_events_seconds)


def lease(settings: Settings) -> timedelta:
    """Return how long a request under an Idempotency-Key may run."""
    return timedelta(seconds=settings.idempotency_lease_seconds)


def kept(settings: Settings) -> timedelta:
    """Return how long answers under an Idempotency-Key are kept."""
    return timedelta(hours=settings.idempotency_kept_hours)
