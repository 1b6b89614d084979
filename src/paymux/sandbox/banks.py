"""`/_control/disputes` and `/_control/instruments`: what banks do once a payment was made."""

import msgspec

from paymux.sandbox.control_messages import DecideDispute, OpenDispute, SetInstrument
from paymux.sandbox.provider import (
    ContestedPayment,
    HasDisputes,
    KeepsInstruments,
    ProviderApi,
    UnknownAction,
)
from paymux.sandbox.wire import Reply, Request, json_reply
from paymux.sandbox.world import World

ROUTES = (
    "POST /_control/disputes",
    "POST /_control/disputes/{reference}/decide",
    "POST /_control/instruments",
)


class Banks:
    """Contests payments, decides disputes, and says how kept instruments behave."""

    def __init__(self, world: World, apis: dict[str, ProviderApi]) -> None:
        self._world = world
        self._apis = apis

    def answer(self, request: Request) -> Reply | None:
        """One request, or None when it is not for a bank."""
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["disputes"]:
                return self._open(msgspec.json.decode(request.body or b"{}", type=OpenDispute))
            case "POST", ["disputes", reference, "decide"]:
                wanted = msgspec.json.decode(request.body or b"{}", type=DecideDispute)
                return self._decide(reference, wanted)
            case "POST", ["instruments"]:
                return self._set(msgspec.json.decode(request.body or b"{}", type=SetInstrument))
        return None

    def _open(self, wanted: OpenDispute) -> Reply:
        api = self._apis[wanted.provider]
        if not isinstance(api, HasDisputes):
            message = f"There are no disputes at {wanted.provider} here."
            raise UnknownAction(message)
        self._world.silent = not wanted.webhooks
        try:
            return json_reply(api.open_dispute(wanted), 201)
        finally:
            self._world.silent = False

    def _decide(self, reference: str, wanted: DecideDispute) -> Reply:
        self._world.silent = not wanted.webhooks
        try:
            decided = self._decided(reference, wanted)
        finally:
            self._world.silent = False
        if decided is None:
            return json_reply({"error": f"No such dispute: {reference}"}, 404)
        return json_reply(decided)

    def _decided(self, reference: str, wanted: DecideDispute) -> ContestedPayment | None:
        for api in self._apis.values():
            found = api.decide_dispute(reference, wanted) if isinstance(api, HasDisputes) else None
            if found is not None:
                return found
        return None

    def _set(self, wanted: SetInstrument) -> Reply:
        api = self._apis[wanted.provider]
        if not isinstance(api, KeepsInstruments):
            message = f"{wanted.provider} keeps no instruments here."
            raise UnknownAction(message)
        api.set_instrument(wanted)
        return json_reply({"reference": wanted.reference, "behaviour": wanted.behaviour})
