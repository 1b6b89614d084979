"""A payer for tests: does through one call what a person does on a pay page."""

from urllib.parse import urlsplit

import aiohttp

from paymux.sandbox.control_messages import Pay
from paymux.sandbox.pages import Pages
from paymux.sandbox.provider import PayOrder, PayPage, ProviderApi
from paymux.sandbox.wire import Json, is_web_url

RETURN_SECONDS = 30.0


class NotAPayPage(LookupError):
    """The URL is not that of a hosted pay page of this sandbox."""


class Payer:
    """Pays, declines or abandons by URL, and follows the return when told to."""

    def __init__(self, apis: dict[str, ProviderApi], pages: Pages) -> None:
        self._apis = apis
        self._pages = pages

    async def pay(self, wanted: Pay) -> Json:
        """What the payer did, the state after it, and where the browser was sent."""
        api, page = self._find(wanted.url)
        order = PayOrder(action=wanted.action, amount=wanted.amount)
        target = self._pages.pay(api, page, order, silent=not wanted.webhooks)
        after = self._find(wanted.url)[1]
        result: Json = {
            "provider": api.slug,
            "account_id": page.account_id,
            "reference": page.reference,
            "status": after.status,
            "return_url": target,
            "return_status": None,
        }
        if wanted.follow_return and target is not None:
            result["return_status"] = await _visit(target)
        return result

    def expire(self, url: str) -> Json:
        """Expire what is behind a pay page."""
        api, page = self._find(url)
        api.expire_now(page)
        return {"reference": page.reference, "status": self._find(url)[1].status}

    def _find(self, url: str) -> tuple[ProviderApi, PayPage]:
        if not is_web_url(url):
            raise NotAPayPage(url)
        parts = urlsplit(url)
        slug, _, rest = parts.path.lstrip("/").partition("/")
        api = self._apis.get(slug)
        page = None if api is None else api.find_page(f"/{rest}", parts.query)
        if api is None or page is None:
            raise NotAPayPage(url)
        return api, page


async def _visit(url: str) -> int | None:
    """Open the merchant's return URL as the payer's browser does; None when out of reach."""
    timeout = aiohttp.ClientTimeout(total=RETURN_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as browser, browser.get(url) as page:
            await page.read()
            return page.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
