"""A small HTTP client for the demo: what a merchant's code would do, with the standard tools."""

from types import TracebackType
from typing import Self

import aiohttp

Json = dict[str, object]


class ApiRefused(Exception):
    """A call was answered with a problem."""

    def __init__(self, method: str, url: str, status: int, body: str) -> None:
        super().__init__(f"{method} {url}: {status} {body[:500]}")


class ApiClient:
    """Speaks JSON to one base URL; raises ApiRefused for anything but 2xx."""

    def __init__(self, base_url: str, bearer: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        self._session = aiohttp.ClientSession(
            base_url, headers=headers, timeout=aiohttp.ClientTimeout(total=30)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def get(self, path: str) -> Json:
        """Read."""
        return await self._call("GET", path, None)

    async def post(self, path: str, body: Json | None = None) -> Json:
        """Create or act."""
        return await self._call("POST", path, body)

    async def location(self, path: str) -> str | None:
        """Return where a page sends a browser, without going there."""
        async with self._session.get(path, allow_redirects=False) as response:
            return response.headers.get("Location")

    async def _call(self, method: str, path: str, body: Json | None) -> Json:
        async with self._session.request(method, path, json=body) as response:
            text = await response.text()
            if response.status // 100 != 2:  # noqa: PLR2004 - the 2xx family
                raise ApiRefused(method, path, response.status, text)
            return await response.json() if text else {}
