"""PayPal's lists are read page by page; what tells the next page is the query of a link to it."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from paymux.integrations.adapters.providers.paypal.wire import Link

CURSOR: Final = re.compile(r"[A-Za-z0-9%&=._~:/+-]{1,2048}")


def next_query(links: Sequence[Link] | None, query: str) -> str | None:
    """Follow the link's query on our own path only, and never to where we are."""
    for link in links or ():
        found = _query_of(link.href) if link.rel == "next" else ""
        if CURSOR.fullmatch(found) and found != query:
            return found
    return None


def _query_of(href: str) -> str:
    try:
        return urlsplit(href).query
    except ValueError:
        return ""
