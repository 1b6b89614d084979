"""`/v1/failover-policy`."""

from datetime import timedelta
from typing import Annotated

from litestar import Controller, get, put
from msgspec import Meta, Struct

from paymux.payments.application.failover_policies import TenantPolicies
from paymux.payments.domain.failover_policy import FailoverPolicy
from paymux.tenancy.http import admin, reader
from paymux.tenancy.principal import Principal


class FailoverPolicyBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a payment is carried from one connection to the next.

    `max_attempts`: connections tried for one opening of a page, the first included.
    `max_elapsed_seconds`: after so long no further one is begun. `payer_chooses`: the link
    offers every connection that can take the payment.
    """

    max_attempts: Annotated[int, Meta(ge=1, le=10, examples=[3])]
    max_elapsed_seconds: Annotated[int, Meta(ge=1, le=120, examples=[30])]
    payer_chooses: Annotated[bool, Meta(examples=[False])] = False


class FailoverPolicyController(Controller):
    """The tenant's budget for failover, one for each mode."""

    path = "/v1/failover-policy"
    tags = ("Payments",)

    @get(
        "/",
        guards=[reader],
        operation_id="getFailoverPolicy",
        summary="Get how far payments are carried",
        description="A call that is proven to have done nothing goes on to the next connection "
        "within this budget; one whose outcome is unknown never does.",
    )
    async def get_policy(
        self, principal: Principal, failover_policies: TenantPolicies
    ) -> FailoverPolicyBody:
        """Get the policy."""
        return _body(await failover_policies.get(principal.scope))

    @put(
        "/",
        guards=[admin],
        operation_id="putFailoverPolicy",
        summary="Say how far payments are carried",
        description="Takes the place of the policy before, within a second.",
    )
    async def put_policy(
        self,
        data: FailoverPolicyBody,
        principal: Principal,
        failover_policies: TenantPolicies,
    ) -> FailoverPolicyBody:
        """Replace the policy."""
        policy = FailoverPolicy(
            max_attempts=data.max_attempts,
            max_elapsed=timedelta(seconds=data.max_elapsed_seconds),
            payer_chooses=data.payer_chooses,
        )
        return _body(await failover_policies.put(principal.scope, policy))


def _body(policy: FailoverPolicy) -> FailoverPolicyBody:
    return FailoverPolicyBody(
        max_attempts=policy.max_attempts,
        max_elapsed_seconds=int(policy.max_elapsed.total_seconds()),
        payer_chooses=policy.payer_chooses,
    )
