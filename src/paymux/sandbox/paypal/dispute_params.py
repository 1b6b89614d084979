"""Request bodies of PayPal's Customer Disputes v1: forms of several parts, one of them JSON."""

import re
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from paymux.sandbox.paypal import errors
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Refusal

Parameters = TypeVar("Parameters")
Word = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[0-9A-Z_]+$")]
Notes = Annotated[str, Meta(min_length=1, max_length=2000)]

LARGEST_FILE = 10_000_000
LARGEST_FORM = 50_000_000
MEDIA_TYPES = {"image/jpeg", "image/gif", "image/png", "application/pdf"}
BOUNDARY = re.compile(r'^multipart/form-data;\s*boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?$')
NAME = re.compile(r'name="([^"]*)"')
FILE_NAME = re.compile(r'filename="([^"]*)"')
REASONS = (
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
    "UNAUTHORISED",
    "CREDIT_NOT_PROCESSED",
    "DUPLICATE_TRANSACTION",
    "INCORRECT_AMOUNT",
    "PAYMENT_BY_OTHER_MEANS",
    "CANCELED_RECURRING_BILLING",
    "PROBLEM_WITH_REMITTANCE",
    "OTHER",
)


class Acceptance(msgspec.Struct):
    """POST /v1/customer/disputes/{id}/accept-claim."""

    note: Notes
    accept_claim_type: Literal["REFUND"] | None = None


class Tracking(msgspec.Struct):
    """tracking_info."""

    carrier_name: Word
    tracking_number: Annotated[str, Meta(min_length=1, max_length=255)]
    carrier_name_other: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class EvidenceInfo(msgspec.Struct):
    """evidence_info."""

    tracking_info: Annotated[list[Tracking], Meta(min_length=1, max_length=10)] | None = None
    refund_ids: list[str] | None = None


class Document(msgspec.Struct):
    """document: its name is that of a file of the same form."""

    name: Annotated[str, Meta(max_length=2000, pattern=r"^[A-Za-z0-9-_,\s]+[.]{1}[A-Za-z]+$")]


class EvidenceParams(msgspec.Struct):
    """evidence."""

    evidence_type: Word
    evidence_info: EvidenceInfo | None = None
    documents: Annotated[list[Document], Meta(min_length=1, max_length=100)] | None = None
    notes: Notes | None = None


class Evidences(msgspec.Struct):
    """POST /v1/customer/disputes/{id}/provide-evidence."""

    evidences: Annotated[list[EvidenceParams], Meta(min_length=1, max_length=100)]


class Form(msgspec.Struct):
    """A form: what is said, and its files by name."""

    said: bytes
    files: dict[str, bytes]


def read_form(call: Call) -> Form:
    """The parts of a form; refuses another content type, other files and files too large."""
    declared = BOUNDARY.match(call.request.headers.get("content-type", ""))
    if declared is None:
        raise Refusal(errors.failure(415))
    form = Form(b"", {})
    for raw in call.request.body.split(b"--" + declared[1].encode())[1:-1]:
        head, _, content = _between_lines(raw).partition(b"\r\n\r\n")
        if not head.strip():
            raise _malformed()
        _add(form, head.decode("latin-1"), content)
    if not form.said or sum(map(len, form.files.values())) > LARGEST_FORM:
        raise _malformed()
    return form


def decoded(said: bytes, wanted: type[Parameters]) -> Parameters:
    """What a form says, as its parameters."""
    try:
        return msgspec.json.decode(said, type=wanted)
    except msgspec.DecodeError as problem:
        raise errors.issue(
            code="INVALID_PARAMETER_SYNTAX", status=400, field="/input", value=str(problem)
        ) from problem


def check(evidence: EvidenceParams, form: Form) -> None:
    """Refuse evidence without what its type wants, or that names a file which is not there."""
    fulfilled = evidence.evidence_info and evidence.evidence_info.tracking_info
    if evidence.evidence_type == "PROOF_OF_FULFILLMENT" and not fulfilled:
        raise errors.issue(code="MISSING_REQUIRED_PARAMETER", status=400, field="/evidence_info")
    for each in fulfilled or []:
        if each.carrier_name == "OTHER" and each.carrier_name_other is None:
            field = "/evidence_info/tracking_info/0/carrier_name_other"
            raise errors.issue(code="MISSING_REQUIRED_PARAMETER", status=400, field=field)
    for document in evidence.documents or []:
        if document.name not in form.files:
            raise errors.issue(code="INVALID_PARAMETER_VALUE", status=400, field="/documents")


def _between_lines(raw: bytes) -> bytes:
    return raw.removeprefix(b"\r\n").removesuffix(b"\r\n")


def _add(form: Form, head: str, content: bytes) -> None:
    name, file_name = NAME.search(head), FILE_NAME.search(head)
    media_type = re.search(r"content-type:\s*(\S+)", head, re.IGNORECASE)
    kind = media_type[1] if media_type else ""
    if file_name is None:
        if name is None or name[1] != "input" or kind != "application/json":
            raise _malformed()
        form.said = content
    elif kind not in MEDIA_TYPES or len(content) >= LARGEST_FILE:
        raise errors.issue(code="INVALID_PARAMETER_VALUE", status=400, field=f"/{file_name[1]}")
    else:
        form.files[file_name[1]] = content


def _malformed() -> Refusal:
    return errors.issue(code="INVALID_PARAMETER_SYNTAX", status=400, location="body")
