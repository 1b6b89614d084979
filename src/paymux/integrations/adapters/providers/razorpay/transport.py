"""The only file that calls Razorpay's SDK: threads, time bounds, replies made values.

The SDK is blocking (razorpay 2.0.1), so every call runs in the pool the process gives us.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

import msgspec
import razorpay

from paymux.integrations.adapters.providers.razorpay import wire
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.session import Call, CallFailed, Session
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.plugins import ConnectorEnvironment

BASE_URL: Final = "https://api.razorpay.com"

T = TypeVar("T")


class RazorpayTransport:
    """Razorpay's endpoints that we use, as typed coroutines; none of them raises."""

    def __init__(self, key_id: str, key_secret: str, environment: ConnectorEnvironment) -> None:
        self._threads = environment.threads
        self._call_timeout = environment.call_timeout
        self._key_is_for_this_mode = key_id.startswith(f"rzp_{environment.mode.value}_")
        self._session = Session(
            environment.connect_timeout, environment.call_timeout, environment.ca_pem, key_secret
        )
        self._client = razorpay.Client(
            session=self._session,
            auth=(key_id, key_secret),
            base_url=(environment.base_url or BASE_URL).rstrip("/"),
        )

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

    async def one_payment(self) -> wire.PaymentsPage | Failure:
        """`GET /v1/payments?count=1`."""
        return await self._call(lambda: self._client.payment.all({"count": 1}), wire.PaymentsPage)

    async def close(self) -> None:
        """Close the connections in the pool."""
        self._session.close()

    async def _call(self, send: Callable[[], object], reply: type[T]) -> T | Failure:
        if not self._key_is_for_this_mode:
            return failure("key_mode_mismatch")
        call = Call()
        try:
            future = self._threads.submit(self._in_thread, call, send)
        except RuntimeError:
            return failure("not_sent_closing")
        answer = await self._within_time(call, future)
        if isinstance(answer, Failure):
            return answer
        try:
            return msgspec.convert(answer, reply)
        except msgspec.ValidationError:
            return failure("unreadable_reply")

    def _in_thread(self, call: Call, send: Callable[[], object]) -> object:
        with self._session.carrying(call):
            try:
                return send()
            except CallFailed as failed:
                return failed.failure
            except (ValueError, RecursionError):
                # A success that the SDK's JSON reader does not take, such as a huge number.
                if not call.sent:
                    raise
                return failure("unreadable_reply")

    async def _within_time(self, call: Call, future: Future[object]) -> object:
        try:
            async with asyncio.timeout(self._call_timeout):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if future.cancel():
                return failure("not_sent_pool_busy")
            if future.done():
                return future.result()
            return failure("read_timeout" if call.abandon() else "not_sent_connect_timeout")
        except asyncio.CancelledError:
            if not future.cancel():
                call.abandon()
            raise
