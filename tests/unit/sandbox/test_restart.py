"""What outlives the process, and what a seed fixes."""

from pathlib import Path

from paymux.sandbox.server import running
from paymux.sandbox.settings import SandboxSettings
from tests.unit.sandbox.driver import SESSION, Inbox, Merchant, Sandbox


def at(base: str, merchant: Merchant) -> Merchant:
    return Merchant(base, merchant.provider, merchant.account_id, merchant.credentials)


def moved(url: str, base: str) -> str:
    return base + "/" + url.split("/", 3)[3]


def test_earlier_pages_stay_payable_after_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    pages = {}
    with running(settings) as base:
        sandbox = Sandbox(base)
        for provider in ("stripe", "razorpay", "paypal"):
            merchant = sandbox.merchant(provider)
            pages[provider] = (merchant, merchant.new_page())
        authority = (tmp_path / "paypal-ca.pem").read_bytes()
    with running(settings) as base:
        sandbox = Sandbox(base)
        for merchant, (identity, url) in pages.values():
            sandbox.pay(moved(url, base))
            if merchant.provider == "paypal":
                path = f"/v2/checkout/orders/{identity}/capture"
                assert at(base, merchant).call("POST", path, {}).status_code == 201
            assert len(sandbox.ledger(merchant)) == 1
        assert (tmp_path / "paypal-ca.pem").read_bytes() == authority


def test_ledger_keys_and_replays_outlive_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_dir=tmp_path)
    key = {"Idempotency-Key": "k"}
    with running(settings) as base:
        sandbox = Sandbox(base)
        stripe = sandbox.merchant("stripe")
        first = stripe.call("POST", "/v1/checkout/sessions", SESSION, key).json()
        sandbox.pay(first["url"])
    with running(settings) as base:
        assert len(Sandbox(base).ledger(stripe)) == 1
        again = at(base, stripe).call("POST", "/v1/checkout/sessions", SESSION, key)
        assert again.json() == first
        assert again.headers["idempotent-replayed"] == "true"


def test_webhooks_still_due_are_sent_after_a_restart(tmp_path: Path, inbox: Inbox) -> None:
    settings = SandboxSettings(state_dir=tmp_path, retry_base_ms=50)
    with running(settings) as base:
        sandbox = Sandbox(base)
        stripe = sandbox.merchant("stripe")
        sandbox.listen(stripe, inbox.url)
        sandbox.control("POST", "/webhooks", paused=True)
        stripe.call("POST", "/v1/customers", {"email": "a@example.com"})
    assert inbox.received == []
    with running(settings):
        inbox.wait_for(lambda got: len(got) == 1)


def ids_of(seed: int | None) -> list[str]:
    with running(SandboxSettings(seed=seed)) as base:
        merchant = Sandbox(base).merchant("stripe")
        return [merchant.account_id, *[merchant.new_page()[0] for _ in range(3)]]


def test_the_same_seed_gives_the_same_ids() -> None:
    assert ids_of(1) == ids_of(1)
    assert ids_of(None) != ids_of(None)


def test_pages_are_linked_where_payers_reach_them() -> None:
    with running(SandboxSettings(public_url="https://sandbox.example.com")) as base:
        _, url = Sandbox(base).merchant("stripe").new_page()
    assert url.startswith("https://sandbox.example.com/stripe/c/pay/cs_test_")
