"""How far a tenant wants us to go, as the tenant sets it."""

from paymux.kernel.scope import Scope
from paymux.payments.domain.failover_policy import FailoverPolicy
from paymux.payments.ports.outbound import FailoverPolicies


class TenantPolicies:
    """Reads and replaces the policy of a scope."""

    def __init__(self, *, policies: FailoverPolicies) -> None:
        self._policies = policies

    async def get(self, scope: Scope) -> FailoverPolicy:
        """Return the policy; the default for who has set none."""
        return await self._policies.get(scope)

    async def put(self, scope: Scope, policy: FailoverPolicy) -> FailoverPolicy:
        """Store the policy in place of the one before; other processes follow within a second."""
        await self._policies.put(scope, policy)
        return policy
