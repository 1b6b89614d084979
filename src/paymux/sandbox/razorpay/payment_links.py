"""/v1/payment_links."""

import heapq
from collections.abc import Iterator

from paymux.sandbox.accounts import Account
from paymux.sandbox.razorpay import errors, money
from paymux.sandbox.razorpay.objects import LinkCustomer, Notify, PaymentLink
from paymux.sandbox.razorpay.params import LinkCreate, LinkUpdate, Nothing, read
from paymux.sandbox.razorpay.shop import RazorpayShop, check_query, known_id, window
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Reply, is_web_url, json_reply

FILTERS = {"payment_id", "reference_id", "count", "skip", "from", "to"}
SOONEST_SECONDS = 15 * 60
LATEST_SECONDS = 184 * 24 * 3600
DUPLICATE = "payment link creation with reference ID already attempted"
UNPAID = {"created", "partially_paid"}


class PaymentLinks:
    """Payment links; the reference id is the only guard against creating one twice."""

    def __init__(self, shop: RazorpayShop) -> None:
        self._shop = shop
        self._ends: list[tuple[int, str, str]] = []
        self.owners: dict[str, str] = {}

    def create(self, call: Call) -> Reply:
        """POST /v1/payment_links."""
        wanted = read(call, LinkCreate)
        book, now = self._shop.book(call.account.id), self._shop.world.clock.epoch()
        _check(wanted, now, international=call.account.international)
        if wanted.reference_id in book.references:
            raise errors.refuse(DUPLICATE, field="reference_id")
        link = self._new_link(wanted, now, call.request.base_url)
        book.links[link.id] = link
        if link.reference_id:
            book.references[link.reference_id] = link.id
        self._watch(call.account.id, link)
        return json_reply(link)

    def get(self, call: Call) -> Reply:
        """GET /v1/payment_links/{id}."""
        return json_reply(self._found(call))

    def list(self, call: Call) -> Reply:
        """GET /v1/payment_links, also by reference id and payment id."""
        query = call.request.query_pairs()
        check_query(query, FILTERS)
        matching: list[object] = [
            link
            for link in self._shop.book(call.account.id).links.values()
            if query.get("reference_id") in {None, link.reference_id}
            and _paid_by(link, query.get("payment_id"))
        ]
        return json_reply({"payment_links": window(matching, query)})

    def cancel(self, call: Call) -> Reply:
        """POST /v1/payment_links/{id}/cancel: not once it is paid."""
        read(call, Nothing)
        link = self._found(call)
        if link.status not in UNPAID:
            message = f"Payment Link cannot be cancelled as it is already {link.status}"
            raise errors.refuse(message)
        now = self._shop.world.clock.epoch()
        link.status, link.cancelled_at, link.updated_at = "cancelled", now, now
        self._emit(call.account, "payment_link.cancelled", link)
        return json_reply(link)

    def update(self, call: Call) -> Reply:
        """PATCH /v1/payment_links/{id}."""
        wanted = read(call, LinkUpdate)
        link, book = self._found(call), self._shop.book(call.account.id)
        now = self._shop.world.clock.epoch()
        if link.status not in UNPAID:
            message = "update can only be made in created or partially paid state"
            raise errors.refuse(message)
        if wanted.expire_by is not None:
            _check_expiry(wanted.expire_by, now)
            link.expire_by = wanted.expire_by
            self._watch(call.account.id, link)
        if wanted.reference_id is not None and wanted.reference_id != link.reference_id:
            if wanted.reference_id in book.references:
                raise errors.refuse(DUPLICATE, field="reference_id")
            book.references.pop(link.reference_id, None)
            book.references[wanted.reference_id] = link.id
            link.reference_id = wanted.reference_id
        link.notes = wanted.notes if wanted.notes is not None else link.notes
        if wanted.reminder_enable is not None:
            link.reminder_enable = wanted.reminder_enable
        link.updated_at = now
        return json_reply(link)

    def expire_now(self, account: Account, link: PaymentLink) -> None:
        """End an unpaid link."""
        if link.status in UNPAID:
            now = self._shop.world.clock.epoch()
            link.status, link.expired_at, link.updated_at = "expired", now, now
            self._emit(account, "payment_link.expired", link)

    def sweep(self) -> None:
        """Expire the links whose time is over."""
        now = self._shop.world.clock.epoch()
        while self._ends and self._ends[0][0] <= now:
            _, account_id, link_id = heapq.heappop(self._ends)
            link = self._shop.book(account_id).links.get(link_id)
            account = self._shop.world.accounts.by_id.get(account_id)
            if link is not None and account is not None and 0 < link.expire_by <= now:
                self.expire_now(account, link)
                self._shop.world.changed()

    def every(self) -> Iterator[tuple[str, PaymentLink]]:
        """Every link with its account's id."""
        for account_id, book in self._shop.books.items():
            for link in book.links.values():
                yield account_id, link

    def rebuild(self) -> None:
        """Find owners and ends again after a snapshot was read."""
        self._ends.clear()
        self.owners.clear()
        for account_id, link in self.every():
            self._watch(account_id, link)

    def by_id(self, link_id: str) -> tuple[Account, PaymentLink] | None:
        """A link of whichever account, for its pay page."""
        account_id = self.owners.get(link_id)
        if account_id is None:
            return None
        account = self._shop.world.accounts.by_id[account_id]
        return account, self._shop.book(account_id).links[link_id]

    def _emit(self, account: Account, event: str, link: PaymentLink) -> None:
        self._shop.emit(account, event, {"payment_link": link})

    def _watch(self, account_id: str, link: PaymentLink) -> None:
        self.owners[link.id] = account_id
        if link.expire_by:
            heapq.heappush(self._ends, (link.expire_by, account_id, link.id))

    def _new_link(self, wanted: LinkCreate, now: int, base_url: str) -> PaymentLink:
        identity = self._shop.new_id("plink")
        customer, notify = wanted.customer, wanted.notify
        return PaymentLink(
            id=identity,
            amount=wanted.amount,
            currency=wanted.currency,
            created_at=now,
            updated_at=now,
            short_url=f"{base_url}/i/{identity.removeprefix('plink_')}",
            accept_partial=wanted.accept_partial,
            callback_method=wanted.callback_method,
            callback_url=wanted.callback_url,
            customer=LinkCustomer(
                contact=customer.contact, email=customer.email, name=customer.name
            ),
            description=wanted.description,
            expire_by=wanted.expire_by,
            first_min_partial_amount=wanted.first_min_partial_amount,
            notes=wanted.notes,
            notify=Notify(email=notify.email, sms=notify.sms, whatsapp=notify.whatsapp),
            reference_id=wanted.reference_id,
            reminder_enable=wanted.reminder_enable,
        )

    def _found(self, call: Call) -> PaymentLink:
        identity = known_id(call.arguments["id"], "plink")
        link = self._shop.book(call.account.id).links.get(identity)
        if link is None:
            raise errors.refuse(errors.NO_SUCH_ID)
        return link


def _paid_by(link: PaymentLink, payment_id: str | None) -> bool:
    if payment_id is None:
        return True
    return any(payment.payment_id == payment_id for payment in link.payments or [])


def _check(wanted: LinkCreate, now: int, *, international: bool) -> None:
    money.check(wanted.amount, wanted.currency, international=international)
    if wanted.upi_link:
        message = (
            "UPI Payment Links is not supported in Test Mode. Please experience the product in "
            "Live Mode."
        )
        raise errors.refuse(message, field="upi_link")
    if wanted.callback_url and wanted.callback_method != "get":
        message = "The callback method must be get."
        raise errors.refuse(message, field="callback_method")
    if wanted.callback_url and not is_web_url(wanted.callback_url):
        message = "The callback url format is invalid."
        raise errors.refuse(message, field="callback_url")
    if wanted.callback_method and not wanted.callback_url:
        message = "The callback url field is required."
        raise errors.refuse(message, field="callback_url")
    if wanted.first_min_partial_amount > wanted.amount:
        message = "The first min partial amount must not be greater than the amount."
        raise errors.refuse(message, field="first_min_partial_amount")
    if wanted.expire_by:
        _check_expiry(wanted.expire_by, now)


def _check_expiry(expire_by: int, now: int) -> None:
    if expire_by < now + SOONEST_SECONDS:
        message = "timestamp must be atleast 15 minutes in future"
        raise errors.refuse(message, field="expire_by")
    if expire_by > now + LATEST_SECONDS:
        message = "timestamp must be atmost 6 months in future"
        raise errors.refuse(message, field="expire_by")
