"""What every Razorpay resource works with: the account's book, ids, time and events."""

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.razorpay import errors
from paymux.sandbox.razorpay.book import RazorpayBook
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Json
from paymux.sandbox.world import World

MOST_LISTED = 100


class RazorpayShop:
    """The books of all Razorpay accounts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.books: dict[str, RazorpayBook] = {}

    def book(self, account_id: str) -> RazorpayBook:
        """One account's book; empty at first."""
        found = self.books.get(account_id)
        if found is None:
            found = self.books[account_id] = RazorpayBook()
        return found

    def new_id(self, prefix: str) -> str:
        """A fresh id with the prefix of its kind."""
        return f"{prefix}_{self.world.identifiers.alphanumeric(14)}"

    def emit(self, account: Account, event: str, subjects: dict[str, object]) -> None:
        """Send an event to every webhook that listens for it."""
        listening = [
            webhook
            for webhook in self.book(account.id).webhooks.values()
            if not webhook.events or event in webhook.events
        ]
        if not listening:
            return
        body = msgspec.json.encode(
            {
                "entity": "event",
                "account_id": account.id,
                "event": event,
                "contains": list(subjects),
                "payload": {name: {"entity": entity} for name, entity in subjects.items()},
                "created_at": self.world.clock.epoch(),
            }
        ).decode()
        event_id = self.world.identifiers.alphanumeric(14)
        notices = [
            Notice(
                id=self.world.outbox.new_notice_id(),
                provider="razorpay",
                account_id=account.id,
                endpoint_id=f"{webhook.id}:{len(webhook.secrets) - 1}",
                url=webhook.url,
                event_id=event_id,
                event_type=event,
                body=body,
            )
            for webhook in listening
        ]
        self.world.outbox.publish(notices, silent=self.world.silent)


def known_id(identity: str, prefix: str) -> str:
    """The id, unless it is not of that kind at all."""
    if not identity.startswith(f"{prefix}_"):
        message = f"{identity} is not a valid id."
        raise errors.refuse(message)
    return identity


def window(items: list[Json] | list[object], query: dict[str, str]) -> list[object]:
    """`count` and `skip` over the newest first."""
    newest_first = [*reversed(items)]
    try:
        count, skip = int(query.get("count", "10")), int(query.get("skip", "0"))
    except ValueError as problem:
        message = "The count must be an integer."
        raise errors.refuse(message, field="count") from problem
    if not 1 <= count <= MOST_LISTED:
        message = "The count must be between 1 and 100."
        raise errors.refuse(message, field="count")
    return newest_first[skip : skip + count]


def collection(items: list[object]) -> Json:
    """Razorpay's list object."""
    return {"entity": "collection", "count": len(items), "items": items}


def check_query(query: dict[str, str], known: set[str]) -> None:
    """Refuse query parameters the list does not take."""
    unknown = sorted(set(query) - known)
    if unknown:
        message = f"{', '.join(unknown)} is/are not required and should not be sent"
        raise errors.refuse(message, field=unknown[0])
