"""`/v1/payments/{payment_id}/capture` and `/void`."""

from litestar import Controller, post

from paymux.kernel.ids import PaymentId
from paymux.kernel.origin import Origin
from paymux.payments.adapters.http.capture_messages import CapturePaymentBody
from paymux.payments.adapters.http.messages import PaymentDetailsBody, details_body
from paymux.payments.adapters.http.payment_examples import CAPTURED, VOIDED
from paymux.payments.adapters.http.reasons import REASONS
from paymux.payments.application.captures import Captures
from paymux.payments.application.payments import Payments
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.application.reconciliation import Reconciliation
from paymux.platform.http.public_urls import PublicUrls
from paymux.tenancy.http import operator
from paymux.tenancy.principal import Principal


class CapturesController(Controller):
    """Money that is held until it is taken, or let go."""

    path = "/v1/payments/{payment_id:str}"
    tags = ("Payments",)
    dependencies = REASONS

    @post(
        "/capture",
        guards=[operator],
        status_code=200,
        operation_id="capturePayment",
        summary="Take some or all of the money that is held",
        description="For an `authorized` payment that was made with `capture: manual`. One at a "
        "time, and never more than is held. A provider that refuses or does not answer does not "
        "make this call fail: see the last of `captures`, and ship when it has `succeeded`.",
        example=CAPTURED,
    )
    async def capture_payment(
        self,
        payment_id: str,
        data: CapturePaymentBody,
        principal: Principal,
        captures: Captures,
        payments: Payments,
        reconciliation: Reconciliation,
        public_urls: PublicUrls,
        reasons: ReasonBook,
        origin: Origin | None,
    ) -> PaymentDetailsBody:
        """Capture one payment."""
        scope, subject = principal.scope, PaymentId(payment_id)
        await reconciliation.get(scope, subject)
        await captures.capture(scope, subject, data.amount, is_final=data.final, origin=origin)
        return details_body(await payments.get(scope, subject), public_urls.link, reasons)

    @post(
        "/void",
        guards=[operator],
        status_code=200,
        operation_id="voidPayment",
        summary="Let the money that is held go",
        description="For an `authorized` payment that was made with `capture: manual`; it is "
        "`canceled` then, or `succeeded` with what was captured before. See the last of "
        "`captures` for how the provider took it.",
        example=VOIDED,
    )
    async def void_payment(
        self,
        payment_id: str,
        principal: Principal,
        captures: Captures,
        payments: Payments,
        reconciliation: Reconciliation,
        public_urls: PublicUrls,
        reasons: ReasonBook,
        origin: Origin | None,
    ) -> PaymentDetailsBody:
        """Void one payment."""
        scope, subject = principal.scope, PaymentId(payment_id)
        await reconciliation.get(scope, subject)
        await captures.void(scope, subject, origin)
        return details_body(await payments.get(scope, subject), public_urls.link, reasons)
