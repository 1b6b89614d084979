"""The stand-ins for the providers, as a process of their own, and their control side."""

from pathlib import Path
from typing import Any

from paymux.sandbox.paypal.certificates import SigningIdentity
from tests.e2e.processes import Process, free_port
from tests.e2e.talking import Json, send
from tests.e2e.waiting import eventually

PROVIDERS = ("stripe", "razorpay", "paypal")


class Sandbox:
    """A running sandbox: what the payer does, what it took, what it was asked."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder / "sandbox"
        arguments = ["--port", str(port), "--state-dir", str(self.folder)]
        log = folder / "sandbox.log"
        self.process = Process("sandbox", ["-m", "paymux.sandbox", *arguments], {}, log)

    def start(self) -> "Sandbox":
        """Start it and wait until it answers."""
        self.process.start()
        eventually(self._is_up, otherwise=lambda: self.process.log.read_text()[-2000:])
        return self

    def control(self, method: str, path: str, **body: Any) -> Json:
        """Make a control call that has to succeed."""
        answer = send(method, f"{self.url}/_control{path}", json=body or None)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:800]}"
        found: Json = answer.json() if answer.content else {}
        return found

    def open_account(self, provider: str, **more: Any) -> Json:
        """A fresh account with its credentials."""
        return self.control("POST", "/accounts", provider=provider, **more)

    def pay(self, url: str, action: str = "pay", **more: Any) -> Json:
        """Do what a payer does on a hosted page."""
        return self.control("POST", "/pay", url=url, action=action, **more)

    def ledger(self, account_id: str) -> list[Json]:
        """What was taken for an account."""
        entries: list[Json] = self.control("GET", f"/ledger?account_id={account_id}")["entries"]
        return entries

    def objects(self, account_id: str) -> list[Json]:
        """The hosted objects of an account."""
        found: list[Json] = self.control("GET", f"/objects?account_id={account_id}")["objects"]
        return found

    def requests(self, account_id: str, operation: str | None = None) -> list[Json]:
        """What an account has asked the provider's API."""
        query = f"?account_id={account_id}" + (f"&operation={operation}" if operation else "")
        found: list[Json] = self.control("GET", f"/requests{query}")["requests"]
        return found

    def deliveries(self, account_id: str) -> list[Json]:
        """The webhooks that were sent, each with the answer it got."""
        path = f"/webhooks/deliveries?account_id={account_id}"
        found: list[Json] = self.control("GET", path)["deliveries"]
        return found

    def notices(self, account_id: str) -> list[Json]:
        """The webhooks that there are to send, sent or not."""
        path = f"/webhooks/notices?account_id={account_id}"
        found: list[Json] = self.control("GET", path)["notices"]
        return found

    def webhooks(self, account_id: str, **how: Any) -> None:
        """Change how an account's webhooks travel."""
        self.control("POST", "/webhooks", account_id=account_id, **how)

    def redeliver(self, account_id: str, **which: Any) -> int:
        """Send webhooks again, or for the first time; returns how many."""
        found = self.control("POST", "/webhooks/redeliver", account_id=account_id, **which)
        count: int = found["redelivered"]
        return count

    def overrides(self) -> dict[str, Json]:
        """What PAYMUX_PROVIDER_OVERRIDES has to say to talk to it."""
        chosen: dict[str, Json] = {slug: {"base_url": f"{self.url}/{slug}"} for slug in PROVIDERS}
        chosen["paypal"]["ca_file"] = str(self.folder / "paypal-ca.pem")
        return chosen

    def paypal_identity(self) -> SigningIdentity:
        """The key that its PayPal webhooks are signed with."""
        return SigningIdentity.kept_in(self.folder)

    def _is_up(self) -> bool:
        assert self.process.exit_code is None, self.process.log.read_text()[-2000:]
        try:
            return send("GET", f"{self.url}/_control/health", timeout=1).ok
        except OSError:
            return False
