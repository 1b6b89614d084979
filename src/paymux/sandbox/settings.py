"""What can be chosen when a sandbox starts."""

from pathlib import Path

import msgspec


class SandboxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`public_url` overrides the Host header in the pay-page links; `seed` fixes every id."""

    state_dir: Path | None = None
    seed: int | None = None
    public_url: str | None = None
    retry_base_ms: int = 1000
    retry_cap_ms: int = 30_000
    retry_limit: int = 15
    snapshot_every_seconds: float = 1.0
