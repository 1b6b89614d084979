"""`/v1/reviews`: the operator's queue."""

from litestar import Controller, get, post

from paymux.kernel.ids import PaymentId
from paymux.kernel.pages import PageRequest
from paymux.payments.adapters.http.messages import PaymentDetailsBody, details_body
from paymux.payments.adapters.http.reasons import REASONS
from paymux.payments.adapters.http.review_messages import (
    ResolveReviewBody,
    ReviewBody,
    review_body,
)
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.application.reviews import Reviews
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.platform.http.public_urls import PublicUrls
from paymux.tenancy.errors import RoleIsInsufficient
from paymux.tenancy.http import operator, reader
from paymux.tenancy.principal import Principal
from paymux.tenancy.role import Role


class ReviewsController(Controller):
    """What only a person can settle."""

    path = "/v1/reviews"
    tags = ("Reviews",)
    dependencies = REASONS

    @get(
        "/",
        guards=[reader],
        operation_id="listReviews",
        summary="List the payments that a person has to look at",
        description="Newest payment first. `why` says what is wrong, `open` what is still "
        "unknown and where to look for it at the provider.",
    )
    async def list_reviews(
        self, principal: Principal, reviews: Reviews, page: PageRequest
    ) -> PageResponse[ReviewBody]:
        """List what waits for a person."""
        return page_response(await reviews.list(principal.scope, page), review_body)

    @post(
        "/{payment_id:str}/resolve",
        guards=[operator],
        status_code=200,
        operation_id="resolveReview",
        summary="Say what you found out about a payment in review",
        description="Recorded in the payment's timeline with your key. What is known is never "
        "taken back: a provider that reports otherwise later still counts.",
    )
    async def resolve_review(
        self,
        payment_id: str,
        data: ResolveReviewBody,
        principal: Principal,
        reviews: Reviews,
        public_urls: PublicUrls,
        reasons: ReasonBook,
    ) -> PaymentDetailsBody:
        """Resolve one review."""
        if data.needs_admin and not principal.role.includes(Role.ADMIN):
            raise RoleIsInsufficient(Role.ADMIN, principal.role)
        said = data.to_command(principal.key_id)
        details = await reviews.resolve(principal.scope, PaymentId(payment_id), said)
        return details_body(details, public_urls.link, reasons)
