"""/v1/documents: files for a defence (razorpay.com/docs/api/documents/create)."""

from email import message_from_bytes
from email.message import Message

from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.dispute_objects import Document
from paymux.sandbox.razorpay.shop import RazorpayShop, known_id
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, Request, json_reply

KINDS = {"image/jpg", "image/jpeg", "image/png", "application/pdf"}
PURPOSE = "dispute_evidence"


class Documents:
    """Uploaded files, of which only the size is kept."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop

    def create(self, call: Call) -> Reply:
        """POST /v1/documents, a form of `file` and `purpose`."""
        parts = _parts(call.request)
        unknown = sorted(set(parts) - {"file", "purpose"})
        if unknown:
            message = f"{unknown[0]} is/are not required and should not be sent"
            raise errors.refuse(message, field=unknown[0])
        document = self._new(_part(parts, "file"), _text(_part(parts, "purpose")))
        self._shop.book(call.account.id).documents[document.id] = document
        return json_reply(document)

    def get(self, call: Call) -> Reply:
        """GET /v1/documents/{id}."""
        identity = known_id(call.arguments["id"], "doc")
        document = self._shop.book(call.account.id).documents.get(identity)
        if document is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return json_reply(document)

    def _new(self, file: Message, purpose: str) -> Document:
        if purpose != PURPOSE:
            message = "The selected purpose is invalid."
            raise errors.refuse(message, field="purpose")
        content = _content(file)
        kind = file.get_content_type()
        if kind not in KINDS or not content:
            message = "The file must be a file of type: jpg, jpeg, png, pdf."
            raise errors.refuse(message, field="file")
        return Document(
            id=self._shop.new_id("doc"),
            purpose=purpose,
            name=file.get_filename() or "file",
            mime_type=kind,
            size=len(content),
            created_at=self._shop.world.clock.epoch(),
        )


def _parts(request: Request) -> dict[str, Message]:
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    form = message_from_bytes(head + request.body)
    named = form.get_payload() if form.is_multipart() else []
    parts = [part for part in named if isinstance(part, Message)]
    return {str(part.get_param("name", header="content-disposition")): part for part in parts}


def _part(parts: dict[str, Message], name: str) -> Message:
    if name not in parts:
        message = f"The {name} field is required."
        raise errors.refuse(message, field=name)
    return parts[name]


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(part: Message) -> str:
    return _content(part).decode("utf-8", "replace")
