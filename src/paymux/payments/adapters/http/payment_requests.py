"""The body of a request for a payment."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from paymux.kernel.ids import ConnectionId, CustomerId, PaymentMethodId
from paymux.kernel.money import MAX_AMOUNT, Money
from paymux.payments.adapters.http.payment_method_messages import SavingWish
from paymux.payments.application.drafts import NewPayment
from paymux.payments.domain.payment import CaptureMode
from paymux.platform.http.fields import example_id

WEB_URL: Final = r"^https?://[^\s/?#@\\]+(/[^\s\\]*)?(\?[^\s\\]*)?(#[^\s\\]*)?$"


Amount = Annotated[
    int,
    Meta(
        ge=1,
        le=MAX_AMOUNT,
        description="In minor units of the currency as ISO 4217 counts them: 1000 is 10.00 USD, "
        "1000 JPY, 1.000 KWD.",
        examples=[1999],
    ),
]


Currency = Annotated[
    str, Meta(pattern="^[A-Z]{3}$", description="An ISO 4217 code.", examples=["USD"])
]


Url = Annotated[
    str, Meta(pattern=WEB_URL, max_length=2000, examples=["https://shop.example/thanks"])
]


Key = Annotated[str, Meta(min_length=1, max_length=40)]


Value = Annotated[str, Meta(max_length=500)]


class CreatePaymentBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount to collect through a hosted page, or from a saved method of the customer."""

    amount: Amount
    currency: Currency
    description: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=500,
            description="The payer sees it on the provider's page.",
            examples=["Pro plan, November"],
        ),
    ]
    customer_id: Annotated[str, Meta(max_length=64, examples=[example_id("cus")])] | None = None
    connection_id: (
        Annotated[
            str,
            Meta(
                max_length=64,
                description="Use this connection and no other.",
                examples=[example_id("con")],
            ),
        ]
        | None
    ) = None
    reference: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=100,
                description="Your own, unique per mode.",
                examples=["order-1042"],
            ),
        ]
        | None
    ) = None
    return_url: Url | None = None
    cancel_url: Url | None = None
    expires_at: (
        Annotated[
            datetime,
            Meta(tz=True, description="30 minutes to 180 days ahead."),
        ]
        | None
    ) = None
    capture: Annotated[
        CaptureMode,
        Meta(
            description="`manual` only holds the payer's money until you capture or void the "
            "payment; providers let it go by themselves after some days.",
            examples=["automatic"],
        ),
    ] = CaptureMode.AUTOMATIC
    metadata: Annotated[
        dict[Key, Value],
        Meta(max_length=20, description="Yours; given back as it is.", examples=[{"plan": "pro"}]),
    ] = msgspec.field(default_factory=dict)
    save_payment_method: SavingWish | None = None
    off_session: Annotated[
        bool,
        Meta(
            description="Charge a saved method of the customer now, the payer absent: the one in "
            "`payment_method_id`, else the customer's own, best first.",
            examples=[False],
        ),
    ] = False
    payment_method_id: (
        Annotated[
            str,
            Meta(
                max_length=64,
                description="Charge this saved method and no other; with `off_session`.",
                examples=[example_id("pm")],
            ),
        ]
        | None
    ) = None

    def to_command(self) -> NewPayment:
        """Return the request as the application takes it; raises CurrencyIsUnknown."""
        return NewPayment(
            amount=Money(self.amount, self.currency),
            description=self.description,
            customer_id=CustomerId(self.customer_id) if self.customer_id else None,
            connection_id=ConnectionId(self.connection_id) if self.connection_id else None,
            reference=self.reference,
            return_url=self.return_url,
            cancel_url=self.cancel_url,
            expires_at=self.expires_at,
            capture=self.capture,
            metadata=self.metadata,
            mandate=self.save_payment_method.to_mandate() if self.save_payment_method else None,
            off_session=self.off_session,
            payment_method_id=(
                PaymentMethodId(self.payment_method_id) if self.payment_method_id else None
            ),
        )
