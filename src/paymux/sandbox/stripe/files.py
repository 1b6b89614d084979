"""/v1/files: documents that disputes are answered with.

docs.stripe.com/file-upload: evidence is at most 5 MB (4.5 MB in all) of JPEG, PNG or PDF.
"""

from paymux.sandbox.routing import Call, Route
from paymux.sandbox.stripe import errors, multipart
from paymux.sandbox.stripe.dispute_object import File
from paymux.sandbox.stripe.multipart import Part
from paymux.sandbox.stripe.params import Retrieve
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.wire import Reply, json_reply

LARGEST_BYTES = 5 * 1024 * 1024
PARAMETERS = {"expand", "file", "file_link_data", "purpose"}
TYPES = {b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"%PDF": "pdf"}


class Files:
    """Files of every account; their contents are looked at and forgotten."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """What is served; Stripe has uploads on a host of their own."""
        return [
            Route("POST", "/v1/files", "file.create", self.create),
            Route("GET", "/v1/files/{file}", "file.get", self.get),
        ]

    def create(self, call: Call) -> Reply:
        """POST /v1/files."""
        given = multipart.parts(call.request)
        for name in given:
            if name.partition("[")[0] not in PARAMETERS:
                raise errors.unknown_parameter(name)
        purpose, part = given.get("purpose", Part(b"")).content, given.get("file")
        if part is None or part.filename is None:
            raise errors.missing_parameter(param="file")
        if purpose != b"dispute_evidence":
            message = "The sandbox takes files with the purpose `dispute_evidence` only."
            raise errors.invalid(message, param="purpose")
        file = File(
            id=self._shop.new_id("file", 24),
            created=self._shop.world.clock.epoch(),
            filename=part.filename,
            purpose="dispute_evidence",
            size=len(part.content),
            type=_type_of(part.content),
        )
        self._shop.book(call.account.id).files[file.id] = file
        return json_reply(file)

    def get(self, call: Call) -> Reply:
        """GET /v1/files/{file}."""
        self._shop.parameters(call, Retrieve)
        identity = call.arguments["file"]
        file = self._shop.book(call.account.id).files.get(identity)
        if file is None:
            raise errors.no_such(resource="file upload", identity=identity, param="file")
        return json_reply(file)


def _type_of(content: bytes) -> str:
    if len(content) > LARGEST_BYTES:
        message = "The file is too large: at most 5 MB are taken as evidence."
        raise errors.invalid(message, param="file")
    for start, kind in TYPES.items():
        if content.startswith(start):
            return kind
    message = "Invalid file: evidence is a JPEG, a PNG or a PDF."
    raise errors.invalid(message, param="file")
