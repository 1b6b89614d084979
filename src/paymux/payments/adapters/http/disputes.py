"""`/v1/disputes`."""

from datetime import datetime
from typing import Annotated, Final

from litestar import Controller, get, post
from litestar.params import Parameter

from paymux.kernel.ids import DisputeId, PaymentId
from paymux.kernel.origin import Origin
from paymux.kernel.pages import PageRequest
from paymux.payments.adapters.http.dispute_messages import (
    MOST_BODY_BYTES,
    AcceptDisputeBody,
    DisputeBody,
    DisputeDetailsBody,
    SubmitEvidenceBody,
    dispute_body,
    dispute_details_body,
)
from paymux.payments.adapters.http.reasons import REASONS
from paymux.payments.application.disputes import Disputes
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.domain.dispute import DisputeStatus
from paymux.payments.ports.dispute_books import DisputeFilter
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.tenancy.http import operator, reader
from paymux.tenancy.principal import Principal

_ACCEPTED: Final = {"status": "lost", "actions": [], "responses": [{"kind": "accept"}]}
_DEFENDED: Final = {"status": "under_review", "actions": [], "responses": [{"kind": "evidence"}]}


class DisputesController(Controller):
    """Payments that their payers contest."""

    path = "/v1/disputes"
    tags = ("Disputes",)
    dependencies = REASONS

    @get(
        "/",
        guards=[reader],
        operation_id="listDisputes",
        summary="List disputes, newest first",
        description="`due_before` finds those whose answer the provider wants before then.",
    )
    async def list_disputes(
        self,
        principal: Principal,
        disputes: Disputes,
        page: PageRequest,
        payment_id: Annotated[str | None, Parameter(max_length=64)] = None,
        status: DisputeStatus | None = None,
        due_before: datetime | None = None,
    ) -> PageResponse[DisputeBody]:
        """List disputes."""
        which = DisputeFilter(
            payment_id=PaymentId(payment_id) if payment_id else None,
            status=status,
            due_before=due_before,
        )
        return page_response(await disputes.list(principal.scope, which, page), dispute_body)

    @get(
        "/{dispute_id:str}",
        guards=[reader],
        operation_id="getDispute",
        summary="Get a dispute with the responses to it",
        description="While it is open the provider is asked first, for three seconds at most.",
    )
    async def get_dispute(
        self,
        dispute_id: str,
        principal: Principal,
        reconciliation: Reconciliation,
        reasons: ReasonBook,
    ) -> DisputeDetailsBody:
        """Get one dispute."""
        details = await reconciliation.dispute(principal.scope, DisputeId(dispute_id))
        return dispute_details_body(details, reasons)

    @post(
        "/{dispute_id:str}/accept",
        guards=[operator],
        status_code=200,
        operation_id="acceptDispute",
        summary="Give in: the payer keeps the money",
        description="Cannot be taken back. A provider that refuses or does not answer does not "
        "make this call fail: see the last of `responses`.",
        example=_ACCEPTED,
    )
    async def accept_dispute(
        self,
        dispute_id: str,
        data: AcceptDisputeBody,
        principal: Principal,
        disputes: Disputes,
        reconciliation: Reconciliation,
        reasons: ReasonBook,
        origin: Origin | None,
    ) -> DisputeDetailsBody:
        """Accept one dispute."""
        scope, subject = principal.scope, DisputeId(dispute_id)
        await reconciliation.dispute(scope, subject)
        await disputes.accept(scope, subject, data.note, origin)
        return dispute_details_body(await disputes.get(scope, subject), reasons)

    @post(
        "/{dispute_id:str}/evidence",
        guards=[operator],
        status_code=200,
        operation_id="submitDisputeEvidence",
        summary="Defend: hand in evidence, for good",
        description="Say all of it at once, before `evidence_due_at`. A provider that refuses or "
        "does not answer does not make this call fail: see the last of `responses`.",
        example=_DEFENDED,
        request_max_body_size=MOST_BODY_BYTES,
    )
    async def submit_evidence(
        self,
        dispute_id: str,
        data: SubmitEvidenceBody,
        principal: Principal,
        disputes: Disputes,
        reconciliation: Reconciliation,
        reasons: ReasonBook,
        origin: Origin | None,
    ) -> DisputeDetailsBody:
        """Defend against one dispute."""
        scope, subject = principal.scope, DisputeId(dispute_id)
        evidence = data.to_command()
        await reconciliation.dispute(scope, subject)
        await disputes.defend(scope, subject, evidence, origin)
        return dispute_details_body(await disputes.get(scope, subject), reasons)
