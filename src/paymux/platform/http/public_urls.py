"""How the world reaches us: the URLs that leave the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublicUrls:
    """Builds absolute URLs under the installation's public address, without a trailing slash."""

    base: str

    def link(self, token: str) -> str:
        """Return the payer's stable URL for a payment."""
        return f"{self.base}/pay/{token}"

    def webhook(self, provider: str, connection_id: str) -> str:
        """Return where a provider sends the webhooks of one connection."""
        return f"{self.base}/webhooks/{provider}/{connection_id}"
