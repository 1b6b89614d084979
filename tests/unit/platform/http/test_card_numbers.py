"""Card numbers are refused wherever they appear, and never echoed."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
CARD = "4242424242424242"
ORDER = {"amount": 1, "currency": "EUR"}


@pytest.mark.parametrize(
    "extra",
    [
        {"note": CARD},
        {"note": f"charge {CARD} please"},
        {"note": "4242 4242 4242 4242"},
        {"note": "4242-4242-4242-4242"},
        {"count": int(CARD)},
        {"count": float(CARD)},
        {"metadata": {"a": CARD}},
        {"metadata": {CARD: "a"}},
        {"lines": [{"quantity": 1, "label": CARD}]},
        {"unknown": {"deep": [[{"deeper": int(CARD)}]]}},
        {CARD: 1},
    ],
)
def test_in_a_body(client: Client, extra: dict[str, object]) -> None:
    reply = client.post("/v1/orders", json={**ORDER, **extra})
    assert (reply.status_code, reply.json()["code"]) == (400, "card_number_refused")
    assert "4242" not in reply.text


def test_in_a_body_hidden_behind_escapes(client: Client) -> None:
    escaped = "".join(f"\\u{ord(digit):04x}" for digit in CARD)
    body = f'{{"amount": 1, "currency": "EUR", "note": "{escaped}"}}'
    reply = client.post("/v1/orders", content=body, headers={"content-type": "application/json"})
    assert reply.json()["code"] == "card_number_refused"


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/orders/{CARD}",
        f"/v1/orders?status={CARD}",
        "/v1/orders?status=4242+4242+4242+4242",
        f"/v1/orders?{CARD}=1",
        "/v1/orders/4242%204242%204242%204242",
    ],
)
def test_in_a_path_or_a_query(client: Client, path: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.json()["code"]) == (400, "card_number_refused")
    assert "4242" not in reply.text


def test_in_an_idempotency_key(client: Client) -> None:
    reply = client.post("/v1/orders", json=ORDER, headers={"Idempotency-Key": CARD})
    assert reply.json()["code"] == "card_number_refused"


def test_an_amount_may_look_like_a_card_number(client: Client) -> None:
    amount = 424242424242424  # 15 digits
    reply = client.post("/v1/orders", json={"amount": amount, "currency": "EUR"})
    assert reply.status_code == 201
    assert reply.json()["amount"] == amount


def test_a_long_number_that_is_no_card_number_passes(client: Client) -> None:
    reply = client.post("/v1/orders", json={**ORDER, "note": "4242424242424243"})
    assert reply.status_code == 201


def test_a_secret_made_by_a_machine_passes_whatever_its_digits(client: Client) -> None:
    unlucky = "whsec_a1b2c3d4e5f6a7be4242424242424242"
    assert client.post("/v1/orders", json={**ORDER, "note": unlucky}).status_code == 201


def test_our_own_ids_pass_whatever_their_digits(client: Client) -> None:
    unlucky = "pay_01k9zv3x5w4242424242424242"
    assert client.get(f"/v1/orders/{unlucky}").status_code == 200
    assert client.get(f"/v1/orders?status={unlucky}").status_code == 200
    assert client.post("/v1/orders", json={**ORDER, "note": unlucky}).status_code == 201


def test_in_the_path_of_a_webhook(client: Client) -> None:
    assert client.post(f"/webhooks/{CARD}").json()["code"] == "card_number_refused"


def test_an_unknown_route_echoes_nothing(client: Client) -> None:
    assert CARD not in client.get(f"/nowhere/{CARD}").text
