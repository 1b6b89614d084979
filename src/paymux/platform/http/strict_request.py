"""A request whose JSON body is decoded strictly, once, into the handler's own type."""

from typing import Final

from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import InternalServerException

from paymux.platform.http.errors import ContentTypeIsNotSupported, RequestIsMalformed
from paymux.platform.http.json_bodies import parse_json
from paymux.platform.http.violations import convert_strictly

_JSON: Final = "application/json"


class StrictRequest(Request[object, object, State]):
    """Litestar would coerce "10" to 10 and keep the last of two equal keys; this does not."""

    _is_decoded = False
    _document: object = None

    async def json(self) -> object:
        """Return the body as the type of the handler's `data` parameter."""
        if not self._is_decoded:
            self._document = await self._decode()
            self._is_decoded = True
        return self._document

    async def _decode(self) -> object:
        body = await self.body()
        if self.content_type[0].lower() != _JSON:
            raise ContentTypeIsNotSupported
        document = parse_json(body)
        field = self.route_handler.parsed_data_field
        return document if field is None else convert_strictly(document, field.annotation)

    async def body(self) -> bytes:
        """Return the body; raises RequestIsMalformed when the caller hangs up before its end."""
        try:
            return await super().body()
        except InternalServerException:
            raise RequestIsMalformed from None
