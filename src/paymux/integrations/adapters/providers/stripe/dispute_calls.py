"""The calls about disputes, and the upload of the documents that go with them."""

import io
from typing import Final, TypeAlias

import stripe
from stripe.params import (
    DisputeListParams,
    DisputeListParamsCreated,
    DisputeUpdateParams,
    DisputeUpdateParamsEvidence,
)

from paymux.integrations.adapters.providers.stripe.dispute_wire import Dispute, DisputePage, File
from paymux.integrations.adapters.providers.stripe.replies import read
from paymux.payments.ports.connectors import Failure

PAGE: Final = 100

Answer: TypeAlias = DisputeUpdateParams
EvidenceFields: TypeAlias = DisputeUpdateParamsEvidence
DisputesBetween: TypeAlias = DisputeListParamsCreated


class Document(io.BytesIO):
    """A file in memory with the name that the SDK sends along."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


class DisputeCalls:
    """Each is answered by one of our wire Structs or a Failure."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._stripe = client

    async def retrieve(self, reference: str) -> Dispute | Failure:
        """GET /v1/disputes/{id}."""
        return await read(self._stripe.v1.disputes.retrieve_async(reference), Dispute)

    async def list(self, created: DisputesBetween, after: str | None) -> DisputePage | Failure:
        """GET /v1/disputes."""
        params: DisputeListParams = {"limit": PAGE, "created": created}
        if after is not None:
            params["starting_after"] = after
        return await read(self._stripe.v1.disputes.list_async(params), DisputePage)

    async def answer(self, reference: str, answer: Answer, key: str) -> Dispute | Failure:
        """POST /v1/disputes/{id}."""
        disputes = self._stripe.v1.disputes
        return await read(
            disputes.update_async(reference, answer, {"idempotency_key": key}), Dispute
        )

    async def close(self, reference: str, key: str) -> Dispute | Failure:
        """POST /v1/disputes/{id}/close."""
        disputes = self._stripe.v1.disputes
        return await read(disputes.close_async(reference, None, {"idempotency_key": key}), Dispute)

    async def upload(self, document: Document, key: str) -> File | Failure:
        """POST /v1/files."""
        files = self._stripe.v1.files
        call = files.create_async(
            {"purpose": "dispute_evidence", "file": document}, {"idempotency_key": key}
        )
        return await read(call, File)
