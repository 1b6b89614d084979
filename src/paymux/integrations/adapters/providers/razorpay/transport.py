"""The only file that names Razorpay's endpoints, as the SDK calls them."""

import msgspec

from paymux.integrations.adapters.providers.razorpay import dispute_wire, recurring_wire, wire
from paymux.integrations.adapters.providers.razorpay.calls import SdkCalls
from paymux.payments.ports.connectors import Failure


class RazorpayTransport(SdkCalls):
    """Razorpay's endpoints that we use, as typed coroutines; none of them raises."""

    async def create_link(self, link: wire.NewPaymentLink) -> wire.PaymentLink | Failure:
        """`POST /v1/payment_links`."""
        body = msgspec.to_builtins(link)
        return await self._call(lambda: self._client.payment_link.create(body), wire.PaymentLink)

    async def link(self, link_id: str) -> wire.PaymentLink | Failure:
        """`GET /v1/payment_links/{id}`."""
        return await self._call(lambda: self._client.payment_link.fetch(link_id), wire.PaymentLink)

    async def links_by_reference(self, reference_id: str) -> wire.PaymentLinks | Failure:
        """`GET /v1/payment_links?reference_id=`."""
        query = {"reference_id": reference_id}
        return await self._call(lambda: self._client.payment_link.all(query), wire.PaymentLinks)

    async def cancel_link(self, link_id: str) -> wire.PaymentLink | Failure:
        """`POST /v1/payment_links/{id}/cancel`."""
        return await self._call(
            lambda: self._client.payment_link.cancel(link_id), wire.PaymentLink
        )

    async def create_customer(self, customer: wire.NewCustomer) -> wire.Customer | Failure:
        """`POST /v1/customers`."""
        body = msgspec.to_builtins(customer)
        return await self._call(lambda: self._client.customer.create(body), wire.Customer)

    async def edit_customer(
        self, customer_id: str, contact: wire.Contact
    ) -> wire.Customer | Failure:
        """`PUT /v1/customers/{id}`."""
        body = msgspec.to_builtins(contact)
        return await self._call(
            lambda: self._client.customer.edit(customer_id, body), wire.Customer
        )

    async def refund(
        self, payment_id: str, refund: wire.NewRefund, idempotency_key: str
    ) -> wire.Refund | Failure:
        """`POST /v1/payments/{id}/refund`, the only call of ours that takes a key."""
        body = msgspec.to_builtins(refund)
        headers = {"X-Refund-Idempotency": idempotency_key}
        return await self._call(
            lambda: self._client.payment.refund(payment_id, body, headers=headers), wire.Refund
        )

    async def refund_by_id(self, refund_id: str) -> wire.Refund | Failure:
        """`GET /v1/refunds/{id}`."""
        return await self._call(lambda: self._client.refund.fetch(refund_id), wire.Refund)

    async def refunds_of(self, payment_id: str, count: int, skip: int) -> wire.Refunds | Failure:
        """`GET /v1/payments/{id}/refunds`."""
        page = {"count": count, "skip": skip}
        return await self._call(
            lambda: self._client.payment.fetch_multiple_refund(payment_id, page), wire.Refunds
        )

    async def payment(self, payment_id: str) -> wire.Payment | Failure:
        """`GET /v1/payments/{id}`."""
        return await self._call(lambda: self._client.payment.fetch(payment_id), wire.Payment)

    async def payments_of(self, order_id: str) -> wire.Payments | Failure:
        """`GET /v1/orders/{id}/payments`."""
        return await self._call(lambda: self._client.order.payments(order_id), wire.Payments)

    async def capture(self, payment_id: str, amount: int, currency: str) -> wire.Payment | Failure:
        """`POST /v1/payments/{id}/capture`."""
        body = {"currency": currency}
        return await self._call(
            lambda: self._client.payment.capture(payment_id, amount, body), wire.Payment
        )

    async def create_registration(
        self, registration: recurring_wire.NewRegistration
    ) -> recurring_wire.Invoice | Failure:
        """`POST /v1/subscription_registration/auth_links`."""
        body = msgspec.to_builtins(registration)
        return await self._call(
            lambda: self._client.registration_link.create(body), recurring_wire.Invoice
        )

    async def invoice(self, invoice_id: str) -> recurring_wire.Invoice | Failure:
        """`GET /v1/invoices/{id}`."""
        return await self._call(
            lambda: self._client.invoice.fetch(invoice_id), recurring_wire.Invoice
        )

    async def invoices_by_receipt(self, receipt: str) -> recurring_wire.Invoices | Failure:
        """`GET /v1/invoices?receipt=`."""
        query = {"receipt": receipt}
        return await self._call(lambda: self._client.invoice.all(query), recurring_wire.Invoices)

    async def cancel_invoice(self, invoice_id: str) -> recurring_wire.Invoice | Failure:
        """`POST /v1/invoices/{id}/cancel`."""
        return await self._call(
            lambda: self._client.invoice.cancel(invoice_id), recurring_wire.Invoice
        )

    async def create_order(self, order: recurring_wire.NewOrder) -> wire.Order | Failure:
        """`POST /v1/orders`."""
        body = msgspec.to_builtins(order)
        return await self._call(lambda: self._client.order.create(body), wire.Order)

    async def orders_by_receipt(self, receipt: str) -> wire.Orders | Failure:
        """`GET /v1/orders?receipt=`."""
        query = {"receipt": receipt}
        return await self._call(lambda: self._client.order.all(query), wire.Orders)

    async def charge(self, charge: recurring_wire.NewCharge) -> recurring_wire.Charged | Failure:
        """`POST /v1/payments/create/recurring`."""
        body = msgspec.to_builtins(charge)
        return await self._call(
            lambda: self._client.payment.createRecurring(body), recurring_wire.Charged
        )

    async def token(self, customer_id: str, token_id: str) -> recurring_wire.Token | Failure:
        """`GET /v1/customers/{id}/tokens/{id}`."""
        return await self._call(
            lambda: self._client.token.fetch(customer_id, token_id), recurring_wire.Token
        )

    async def delete_token(
        self, customer_id: str, token_id: str
    ) -> recurring_wire.Deleted | Failure:
        """`DELETE /v1/customers/{id}/tokens/{id}`."""
        return await self._call(
            lambda: self._client.token.delete(customer_id, token_id), recurring_wire.Deleted
        )

    async def dispute(self, dispute_id: str) -> dispute_wire.Dispute | Failure:
        """`GET /v1/disputes/{id}`."""
        return await self._call(
            lambda: self._client.dispute.fetch(dispute_id), dispute_wire.Dispute
        )

    async def disputes(self, count: int, skip: int) -> dispute_wire.Disputes | Failure:
        """`GET /v1/disputes`."""
        page = {"count": count, "skip": skip}
        return await self._call(lambda: self._client.dispute.all(page), dispute_wire.Disputes)

    async def accept_dispute(self, dispute_id: str) -> dispute_wire.Dispute | Failure:
        """`POST /v1/disputes/{id}/accept`."""
        return await self._call(
            lambda: self._client.dispute.accept(dispute_id), dispute_wire.Dispute
        )

    async def contest_dispute(
        self, dispute_id: str, contest: dispute_wire.NewContest
    ) -> dispute_wire.Dispute | Failure:
        """`PATCH /v1/disputes/{id}/contest`."""
        body = msgspec.to_builtins(contest)
        return await self._call(
            lambda: self._client.dispute.contest(dispute_id, body), dispute_wire.Dispute
        )

    async def upload(
        self, file_name: str, media_type: str, content: bytes
    ) -> dispute_wire.Document | Failure:
        """`POST /v1/documents`, as a form."""
        body = {"file": (file_name, content, media_type), "purpose": "dispute_evidence"}
        return await self._call(lambda: self._client.document.create(body), dispute_wire.Document)

    async def one_payment(self) -> wire.PaymentsPage | Failure:
        """`GET /v1/payments?count=1`."""
        return await self._call(lambda: self._client.payment.all({"count": 1}), wire.PaymentsPage)
