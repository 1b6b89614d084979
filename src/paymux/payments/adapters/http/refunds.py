"""`/v1/refunds`, and the refunds of a payment."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import Parameter

from paymux.kernel.ids import PaymentId, RefundId
from paymux.kernel.origin import Origin
from paymux.kernel.pages import PageRequest
from paymux.payments.adapters.http.reasons import REASONS
from paymux.payments.adapters.http.refund_messages import CreateRefundBody, RefundBody, refund_body
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.application.refunds import Refunds
from paymux.payments.domain.refund import RefundStatus
from paymux.payments.ports.books import RefundFilter
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.tenancy.http import operator, reader
from paymux.tenancy.principal import Principal


class RefundsController(Controller):
    """Captured money that is given back."""

    path = "/v1"
    tags = ("Refunds",)
    dependencies = REASONS

    @post(
        "/payments/{payment_id:str}/refunds",
        guards=[operator],
        operation_id="createRefund",
        summary="Give back some or all of what a payment captured",
        description="Over the connection that took it, in one or several parts, never more than "
        "was captured. A provider that refuses or does not answer does not make this call fail: "
        "see `status`. A refund that succeeded may still fail days later.",
    )
    async def create_refund(
        self,
        payment_id: str,
        data: CreateRefundBody,
        principal: Principal,
        refunds: Refunds,
        reconciliation: Reconciliation,
        reasons: ReasonBook,
        origin: Origin | None,
    ) -> RefundBody:
        """Create a refund."""
        new = data.to_command(payment_id)
        await reconciliation.get(principal.scope, new.payment_id)
        return refund_body(await refunds.create(principal.scope, new, origin), reasons)

    @get(
        "/refunds",
        guards=[reader],
        operation_id="listRefunds",
        summary="List refunds, newest first",
        description="Also those made in a provider's own dashboard, as far as it told us.",
    )
    async def list_refunds(
        self,
        principal: Principal,
        refunds: Refunds,
        page: PageRequest,
        reasons: ReasonBook,
        payment_id: Annotated[str | None, Parameter(max_length=64)] = None,
        status: RefundStatus | None = None,
    ) -> PageResponse[RefundBody]:
        """List refunds."""
        which = RefundFilter(
            payment_id=PaymentId(payment_id) if payment_id else None, status=status
        )
        found = await refunds.list(principal.scope, which, page)
        return page_response(found, lambda refund: refund_body(refund, reasons))

    @get(
        "/refunds/{refund_id:str}",
        guards=[reader],
        operation_id="getRefund",
        summary="Get a refund",
    )
    async def get_refund(
        self, refund_id: str, principal: Principal, refunds: Refunds, reasons: ReasonBook
    ) -> RefundBody:
        """Get one refund."""
        return refund_body(await refunds.get(principal.scope, RefundId(refund_id)), reasons)
