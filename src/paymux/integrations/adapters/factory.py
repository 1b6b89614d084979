"""Where every connector is made."""

import logging
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

import msgspec

from paymux.integrations.adapters.breakage import breakage
from paymux.integrations.adapters.credentials import read
from paymux.integrations.adapters.plugins import Plugins
from paymux.integrations.domain.account import ProviderIsNotInstalled, ProviderIsUnreachable
from paymux.integrations.ports.outbound import Access
from paymux.kernel.clock import Clock
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import Connector
from paymux.payments.ports.plugins import ConnectorEnvironment, ProviderPlugin

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StandIn:
    """A provider to talk to instead of the real one; the operator sets it, test mode only."""

    base_url: str
    ca_pem: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRuntime:
    """What all connectors of a process share. `threads`: the bounded pool of blocking SDKs."""

    clock: Clock
    threads: Executor
    stand_ins: Mapping[str, StandIn] = field(default_factory=dict)
    connect_timeout: float = 5.0
    call_timeout: float = 20.0
    webhook_tolerance_seconds: int = 300


class ConnectorFactory:
    """Makes connectors from plug-ins and opened secrets; whoever asks for one closes it."""

    def __init__(self, plugins: Plugins, runtime: ProviderRuntime) -> None:
        self._plugins = plugins
        self._runtime = runtime

    def plugin(self, provider: str) -> ProviderPlugin[msgspec.Struct]:
        """Return an installed plug-in; raises ProviderIsNotInstalled."""
        plugin = self._plugins.get(provider)
        if plugin is None:
            raise ProviderIsNotInstalled(provider)
        return plugin

    def build(self, access: Access) -> Connector:
        """Return a new connector; asks nobody.

        Raises ProviderIsNotInstalled, CredentialIsInvalid, and ProviderIsUnreachable for a
        plug-in that fails.
        """
        plugin = self.plugin(access.provider)
        credentials = read(plugin, access.secrets)
        try:
            return plugin.connect(credentials, self._environment(access))
        except Exception as error:  # noqa: BLE001 - a plug-in's bug, whose text may quote secrets
            logger.error("The connector of %s does not start: %s", plugin.slug, breakage(error))  # noqa: TRY400
            why = "its connector does not start"
            raise ProviderIsUnreachable(access.provider, why) from None

    def _environment(self, access: Access) -> ConnectorEnvironment:
        runtime = self._runtime
        stand_in = None
        if access.mode is Mode.TEST:
            stand_in = runtime.stand_ins.get(access.provider)
        return ConnectorEnvironment(
            mode=access.mode,
            clock=runtime.clock,
            threads=runtime.threads,
            webhook_verifiers=access.secrets.verifiers,
            webhook_tolerance_seconds=runtime.webhook_tolerance_seconds,
            connect_timeout=runtime.connect_timeout,
            call_timeout=runtime.call_timeout,
            base_url=None if stand_in is None else stand_in.base_url,
            ca_pem=None if stand_in is None else stand_in.ca_pem,
        )
