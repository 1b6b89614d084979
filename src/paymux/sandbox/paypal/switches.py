"""`/_control/paypal/…`: the certificate authority, and what banks do with refunds.

`GET ca.pem`, `POST refunds/{id}` (its next status), `POST accounts/{id}/refunds` (whether new
ones are pending at first) and `POST accounts/{id}/vault` (whether it is slow).
"""

import msgspec

from paymux.sandbox.paypal.certificates import SigningIdentity
from paymux.sandbox.paypal.refunds import ChangeRefund, Refunds
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.wire import Reply, Request, json_reply


class RefundsStart(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether an account's refunds wait for a bank, as those of eChecks do."""

    pending: bool


class VaultPace(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether an account's vault keeps what it is given only after the order is answered."""

    slow: bool


class Switches:
    """Carries out what is switched; None where there is nothing of that name."""

    def __init__(self, shop: PayPalShop, identity: SigningIdentity, refunds: Refunds) -> None:
        self._shop = shop
        self._identity = identity
        self._refunds = refunds

    def answer(self, path: str, request: Request) -> Reply | None:
        """One request below `/_control/paypal`."""
        body = request.body or b"{}"
        match request.method, path.strip("/").split("/"):
            case "GET", ["ca.pem"]:
                return Reply(200, self._identity.authority_pem, {}, "application/x-pem-file")
            case "POST", ["refunds", refund_id]:
                wanted = msgspec.json.decode(body, type=ChangeRefund)
                changed = self._refunds.change(refund_id, wanted)
                return None if changed is None else json_reply(changed)
            case "POST", ["accounts", account_id, "refunds"]:
                start = msgspec.json.decode(body, type=RefundsStart)
                self._shop.book(account_id).refunds_are_pending = start.pending
                return json_reply(start)
            case "POST", ["accounts", account_id, "vault"]:
                pace = msgspec.json.decode(body, type=VaultPace)
                self._shop.book(account_id).vault_is_slow = pace.slow
                return json_reply(pace)
            case _:
                return None
