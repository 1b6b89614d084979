"""Hosted pay pages: what a payer sees and clicks; no script needed."""

from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, select_autoescape

from paymux.sandbox.provider import PayOrder, PayPage, ProviderApi, UnknownAction
from paymux.sandbox.wire import Reply, Request
from paymux.sandbox.world import World

TEMPLATES = Path(__file__).parent / "templates"
HTML = "text/html; charset=utf-8"
TITLES = {"stripe": "Stripe", "razorpay": "Razorpay", "paypal": "PayPal"}


class Pages:
    """Renders pay pages and carries out what the payer chooses."""

    def __init__(self, world: World, apis: dict[str, ProviderApi]) -> None:
        self._world = world
        self._apis = apis
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape()
        )

    def find(self, api: ProviderApi, request: Request) -> PayPage | None:
        """The pay page of a request, if its URL is one."""
        return api.find_page(request.path, request.query)

    def answer(self, api: ProviderApi, page: PayPage, request: Request) -> Reply:
        """Show the page, or do what the form says and send the payer on (303)."""
        if request.method != "POST":
            return self._render(page, 200)
        form = parse_qs(request.body.decode("utf-8", "replace"))
        action = form.get("action", [""])[0]
        try:
            target = self.pay(api, page, PayOrder(action=action), silent=False)
        except UnknownAction as refused:
            page.message = str(refused)
            return self._render(page, 409)
        if target is not None:
            return Reply(303, b"", {"location": target})
        fresh = api.find_page(request.path, request.query) or page
        return self._render(fresh, 200)

    def pay(self, api: ProviderApi, page: PayPage, order: PayOrder, *, silent: bool) -> str | None:
        """Carry out a payer's choice; `silent` means its webhooks are never sent."""
        api.sweep()
        self._world.silent = silent
        try:
            return api.pay(page, order)
        finally:
            self._world.silent = False
            self._world.changed()

    def _render(self, page: PayPage, status: int) -> Reply:
        template = self._templates.get_template("pay.html")
        html = template.render(page=page, provider_title=TITLES[page.provider])
        headers = {"cache-control": "no-store", "content-security-policy": _POLICY}
        return Reply(status, html.encode(), headers, HTML)


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
