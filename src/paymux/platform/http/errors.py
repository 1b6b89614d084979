"""Refusals that only HTTP knows: what is wrong with a request before any use case sees it."""

from http import HTTPStatus
from typing import ClassVar

from paymux.kernel.errors import Category, PaymuxError


class HttpRefusal(PaymuxError):
    """A refusal whose status is no category of the domain."""

    category = Category.INVALID
    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST


class Violation:
    """One thing wrong with one field, said without quoting its value."""

    __slots__ = ("detail", "field")

    def __init__(self, field: str, detail: str) -> None:
        self.field = field
        self.detail = detail


class RequestIsInvalid(HttpRefusal):
    """The request does not fit the schema of its operation; `errors` lists every violation."""

    code = "invalid_request"

    def __init__(self, violations: list[Violation]) -> None:
        first = violations[0]
        super().__init__(
            f"{first.field}: {first.detail}" if first.field else first.detail,
            field=first.field or None,
        )
        self.violations = violations


class BodyIsMissing(HttpRefusal):
    """The operation needs a JSON body and got none."""

    code = "body_missing"

    def __init__(self) -> None:
        super().__init__("This operation needs a JSON body.")


class JsonIsMalformed(HttpRefusal):
    """The body is not JSON in UTF-8 as RFC 8259 defines it."""

    code = "malformed_json"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The body is not valid JSON: {reason}.")


class JsonKeyIsRepeated(HttpRefusal):
    """An object names the same key twice, so two readers could understand it differently."""

    code = "repeated_json_key"

    def __init__(self) -> None:
        super().__init__("An object in the body names the same key twice.")


class NumberIsTooLong(HttpRefusal):
    """An integer does not fit into 64 bits."""

    code = "number_too_long"

    def __init__(self, field: str) -> None:
        super().__init__("The integer does not fit into 64 bits.", field=field)


class TextIsInvalid(HttpRefusal):
    """Text holds a NUL character or is not valid UTF-8; the database keeps neither."""

    code = "invalid_text"

    def __init__(self, where: str, field: str | None = None) -> None:
        super().__init__(
            f"The {where} holds a NUL character or text that is not UTF-8.", field=field
        )


class CardNumberIsRefused(HttpRefusal):
    """Paymux never takes card numbers: payers give them to the provider alone.

    Take it out of the request. The payer enters it on the provider's own page.
    """

    code = "card_number_refused"

    def __init__(self, where: str, field: str | None = None) -> None:
        super().__init__(
            f"The {where} holds what looks like a card number. Card numbers are refused wherever "
            "they appear; the payer enters them on the provider's own page.",
            field=field,
        )


class ParameterIsUnknown(HttpRefusal):
    """The operation has no query parameter of this name.

    Check its spelling in `/docs`: a filter that is ignored would answer with too much.
    """

    code = "unknown_parameter"

    def __init__(self, name: str) -> None:
        super().__init__("The operation has no such query parameter.", field=name)


class ParameterIsRepeated(HttpRefusal):
    """A query parameter that takes one value was given several."""

    code = "repeated_parameter"

    def __init__(self, name: str) -> None:
        super().__init__("The query parameter takes one value.", field=name)


class RequestIsMalformed(HttpRefusal):
    """The request breaks a rule of HTTP itself."""

    code = "malformed_request"

    def __init__(self) -> None:
        super().__init__("The request breaks a rule of HTTP.")


class RouteIsUnknown(HttpRefusal):
    """No operation answers at this path.

    `/openapi.json` lists the operations.
    """

    code = "route_not_found"
    category = Category.NOT_FOUND
    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("No operation answers at this path; /openapi.json lists those that do.")


class MethodIsNotAllowed(HttpRefusal):
    """The path exists, but not with this method; the Allow header lists those it takes.

    Use one of those.
    """

    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__("The path does not take this method; see the Allow header.")


class ContentTypeIsNotSupported(HttpRefusal):
    """The body is of a type that the operation does not take.

    Send JSON as `Content-Type: application/json`.
    """

    code = "unsupported_content_type"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE

    def __init__(self) -> None:
        super().__init__("Send the body as Content-Type: application/json.")


class BodyIsTooLarge(HttpRefusal):
    """The body is longer than this operation takes.

    Send less at a time; whoever runs this installation sets the limit.
    """

    code = "body_too_large"
    category = Category.TOO_LARGE
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        super().__init__("The body is longer than this operation takes.")


class ServiceIsUnavailable(HttpRefusal):
    """Something Paymux depends on is out of reach; nothing was changed, or repeat to find out."""

    code = "unavailable"
    category = Category.UNAVAILABLE
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("Paymux cannot reach its database at the moment. Try again shortly.")


class SomethingWentWrong(HttpRefusal):
    """A fault of Paymux itself.

    Give the `request_id` to whoever runs this installation: it finds the fault in the log.
    """

    code = "internal_error"
    category = Category.UNAVAILABLE
    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self) -> None:
        super().__init__("A fault of Paymux itself; the request id finds it in the log.")


class IdempotencyKeyIsMalformed(HttpRefusal):
    """The Idempotency-Key is empty, too long, repeated, or has other than visible ASCII in it.

    Send 1 to 255 characters from ! to ~, such as a UUID.
    """

    code = "idempotency_key_malformed"

    def __init__(self) -> None:
        super().__init__(
            "Send one Idempotency-Key of 1 to 255 visible ASCII characters.",
            field="Idempotency-Key",
        )


class IdempotencyKeyIsReused(PaymuxError):
    """The Idempotency-Key was sent with another request before: another path or another body.

    Use a new key for a new request, and send the same bytes again when repeating one.
    """

    code = "idempotency_key_reused"
    category = Category.UNPROCESSABLE

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key belongs to another request.", field="Idempotency-Key"
        )


class IdempotencyKeyIsInUse(PaymuxError):
    """The first request with this Idempotency-Key has not been answered yet.

    Send the same request again after the seconds that `Retry-After` says: it is answered, or
    finished where it stopped; it is never done twice.
    """

    code = "idempotency_key_in_use"
    category = Category.CONFLICT
    passes = True

    def __init__(self) -> None:
        super().__init__(
            "The first request with this Idempotency-Key is still running.",
            field="Idempotency-Key",
        )
