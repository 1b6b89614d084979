"""What payers do with links and pages, and what their banks do."""

from tests.faults.life import Life

_OF_BANKS = frozenset({"async_succeed", "async_fail", "settle", "deny"})
_LIKELY = frozenset({"pay", "async_succeed", "settle"})


class Payers:
    """Everybody who comes to a payment's link."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._random = life.random
        self._house = life.house

    async def open(self) -> str:
        known = self._life.any()
        if known is None:
            return "nothing"
        view = await self._house.container.payment_links().open(known.token)
        if view is not None and view.checkout_url and view.checkout_url not in known.pages:
            known.pages.append(view.checkout_url)
        return f"{known.id} {view and view.status} page {len(known.pages)}"

    async def pay(self) -> str:
        known = self._life.any()
        if known is None:
            return "nothing"
        if not known.pages or self._random.random() < 0.3:
            await self.open()
        if not known.pages:
            return "no page"
        last = self._random.random() < 0.7
        url = known.pages[-1] if last else self._random.choice(known.pages)
        able = self._able(url)
        if not able:
            return "page is over"
        action = self._random.choices(able, [6 if one in _LIKELY else 1 for one in able])[0]
        if action in _OF_BANKS:
            self._life.decided.add(url)
        order: dict[str, object] = {"url": url, "action": action}
        if self._random.random() < 0.1:
            order["webhooks"] = False
        if action == "pay" and self._random.random() < 0.02:
            order["amount"] = 149
        status, found = await self._house.stand_in.try_control("POST", "/pay", **order)
        return f"{known.id} {action} on {_end_of(url)}: {status} {found.get('status')}"

    async def come_back(self) -> str:
        known = self._life.any()
        if known is None:
            return "nothing"
        view = await self._house.container.payment_links().returned(known.token)
        return f"{known.id} {view and view.status}"

    async def expire_page(self) -> str:
        pages = [page for known in self._life.payments for page in known.pages]
        if not pages:
            return "nothing"
        url = self._random.choice(pages)
        told = self._random.random() < 0.5
        status, _ = await self._house.stand_in.try_control(
            "POST", "/expire", url=url, webhooks=told
        )
        return f"{_end_of(url)} {status}"

    async def bank(self) -> str:
        """What a bank does to refunds: lets them wait, or fail after all."""
        slug = self._random.choice(("stripe", "razorpay"))
        account = self._life.tenant.accounts[slug]
        if slug == "stripe":
            path = f"/stripe/accounts/{account}/refunds"
            await self._house.stand_in.control("POST", path, pending=True)
            return "stripe's refunds wait"
        fate = self._random.choice(("process", "fail", "process"))
        body = {"account_id": account, "fate": fate}
        await self._house.stand_in.control("POST", "/razorpay/refunds", **body)
        return f"razorpay's refunds {fate}"

    async def banks_decide(self) -> None:
        """What was paid by bank debit or eCheck arrives, or does not; nobody may be told."""
        pages = await self._house.superuser.fetch(
            "SELECT checkout_url FROM payment_attempts WHERE checkout_url IS NOT NULL ORDER BY id"
        )
        for (url,) in pages:
            able = [one for one in self._able(url) if one in _OF_BANKS]
            if able:
                action, told = self._random.choice(able), self._random.random() < 0.5
                self._life.decided.add(url)
                order = {"url": url, "action": action, "webhooks": told}
                await self._house.stand_in.control("POST", "/pay", **order)
                self._life.note(f"the bank does {action}")

    def _able(self, url: str) -> list[str]:
        """What can be done on a page; what a bank has decided, it does not decide again."""
        able = self._house.stand_in.actions(url)
        return [one for one in able if one not in _OF_BANKS or url not in self._life.decided]


def _end_of(url: str) -> str:
    """What of a URL is the same in every run: not the port."""
    return url.rsplit("/", 1)[1]
