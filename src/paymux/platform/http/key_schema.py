"""How the Idempotency-Key header looks in the OpenAPI description."""

from typing import Final

from litestar.openapi.spec import Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType

from paymux.platform.http.idempotency import HEADER, LONGEST, PATTERN

KEY_PARAMETER: Final = Parameter(
    name=HEADER,
    param_in="header",
    required=False,
    description="Makes the request safe to repeat. The same request under the same key is "
    "answered as the first time, byte for byte, with `Idempotent-Replayed: true`. Another request "
    "under it is refused with 422; while the first one runs, the answer is 409 with "
    "`Retry-After`. Kept for at least 24 hours, per tenant and mode.",
    schema=Schema(
        type=OpenAPIType.STRING,
        min_length=1,
        max_length=LONGEST,
        pattern=PATTERN,
        examples=["2f1c3f0e-6d0b-4a51-9c43-1d6a1f6f6d52"],
    ),
)
