"""Redaction: what is planted never survives, and what is harmless stays readable."""

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from paymux.platform.telemetry.fields import plain, plain_field
from paymux.platform.telemetry.redaction import (
    REDACTED,
    contains_card_number,
    names_a_secret,
    redact,
)

CARDS = [
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "6304000000000000000",
]
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
random_text = st.text(alphabet=ALPHABET, min_size=24, max_size=48)
plain_words = st.text(alphabet="ghijkmnopqruvwxyz ,.;()\n", max_size=40)
SHAPED = [
    "sk_live_{}",
    "sk_test_{}",
    "rk_live_{}",
    "whsec_{}",
    "rzp_live_{}",
    "pmx_test_{}",
    "pmx_live_{}",
    "A21AA{}",
    "Basic {}==",
    "bearer {}",
    "postgresql://paymux_web:{}@127.0.0.1:5432/paymux",
    "https://user:{}@example.com/",
    "https://pay.example.com/pay/{}",
    "password={}",
    "Authorization: {}",
    "key_secret: '{}'",
    '"client_secret": "{}"',
    '{{\\"webhook_secret\\": \\"{}\\"}}',
    "b'X-Razorpay-Signature': b'{}'",
    "('api_key', '{}')",
    "a=1&access_token={}&b=2",
    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
]


@pytest.mark.parametrize("shape", SHAPED)
@given(random_text, plain_words, plain_words)
def test_a_secret_of_a_known_shape_never_survives(
    shape: str, secret: str, before: str, after: str
) -> None:
    assume(secret not in before + after)
    cleaned = redact(f"{before} {shape.format(secret)} {after}")
    assert secret not in cleaned
    assert REDACTED in cleaned


def card_with_separators(card: str, separator: str, every: int) -> str:
    return separator.join(card[i : i + every] for i in range(0, len(card), every))


@given(
    st.sampled_from(CARDS),
    st.sampled_from(["", " ", "-", ".", " -", "\u00a0", "_"]),
    st.sampled_from([3, 4, 5]),
    st.sampled_from(["", "card ", "card:", "x=", '{"n":"', "12 ", "99/", "№"]),
    st.sampled_from(["", " 12/29", " 123", '"}', ".", " CVC 999", "!"]),
)
def test_a_card_number_never_survives_and_is_always_found(
    card: str, separator: str, every: int, before: str, after: str
) -> None:
    written = card_with_separators(card, separator, every)
    text = before + written + after
    assert contains_card_number(text)
    assert written not in redact(text)


@given(st.sampled_from(CARDS))
def test_digits_of_other_scripts_are_digits(card: str) -> None:
    wide = card.translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"})
    assert contains_card_number(wide)
    assert wide not in redact(wide)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",
        "411111111111",
        "41111111111111111111111111",
        "pay_01KAQ8V3X4R5T6Y7Z8A9B0C1D2",
        "order 1763887740126 at 2026-11-23T08:49:00.123456Z",
        "+4915112345674",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "550e8400-e29b-41d4-a716-446655440000",
        "0000000000000000",
        "cs_test_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4y5Z6",
    ],
)
def test_what_merchants_send_is_not_taken_for_a_card_number(text: str) -> None:
    assert not contains_card_number(text)


@pytest.mark.parametrize(
    "line",
    [
        "Payment pay_01KAQ8V3X4R5T6Y7Z8A9B0C1D2 succeeded over con_01KAQ8V3X4 for 10.00 EUR.",
        "GET /v1/payments 200 in 12.3 ms",
        "The signature does not match; the connection is https://127.0.0.1:8000/webhooks/stripe",
        "idempotency_key=att_01KAQ8V3X4R5T6",
        "postgresql://127.0.0.1:5432/paymux",
        "A basic fact about keys.",
    ],
)
def test_ordinary_lines_stay_as_they_are(line: str) -> None:
    assert redact(line) == line


def test_redacting_twice_changes_nothing_more() -> None:
    once = redact("Authorization: Basic abcdefghijkl password='x' sk_live_1 4111111111111111")
    assert redact(once) == once


def test_a_very_long_text_is_cut_without_leaving_half_a_secret() -> None:
    text = "x " * 32_764 + "password=" + "S3cr3t" * 20
    cleaned = redact(text)
    assert len(cleaned) < 70_000
    assert "S3cr3t" not in cleaned


@pytest.mark.parametrize(
    "text", ["a" * 60_000, "1 " * 30_000, "1" * 60_000, "://" * 20_000, "key='" * 12_000]
)
def test_hostile_text_is_redacted_in_reasonable_time(text: str) -> None:
    started = time.perf_counter()
    redact(text)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASSWORD",
        "secret",
        "clientSecret",
        "key_secret",
        "webhook_secret",
        "Authorization",
        "PayPal-Transmission-Signature",
        "access_token",
        "token",
        "credentials",
        "api_key",
        "apikey",
        "APIKey",
        "key",
        "keys",
        "X-Api-Key",
        "Set-Cookie",
        "private_key",
        "cvc",
    ],
)
def test_names_that_tell_of_secrets_are_known(name: str) -> None:
    assert names_a_secret(name)
    assert plain_field(name, "x") == REDACTED
    assert plain_field(name, {"deep": ["x"]}) == REDACTED
    assert plain_field(name, 12345) == REDACTED


@pytest.mark.parametrize(
    "name",
    ["payment_id", "idempotency_key", "key_version", "keyboard", "monkey", "amount", "authorized"],
)
def test_names_that_tell_of_no_secret_are_left(name: str) -> None:
    assert not names_a_secret(name)
    assert plain_field(name, "x") == "x"


def test_a_flag_about_a_secret_is_no_secret() -> None:
    assert plain_field("has_secret", value=True) is True
    assert plain_field("token", None) is None


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.binary(), inner)
        | st.tuples(inner, inner)
        | st.frozensets(st.text())
    ),
    max_leaves=12,
)


@given(nested)
def test_any_value_becomes_plain_json_types(value: object) -> None:
    def is_plain(each: object) -> bool:
        if isinstance(each, list):
            return all(map(is_plain, each))
        if isinstance(each, dict):
            return all(isinstance(key, str) and is_plain(item) for key, item in each.items())
        return each is None or isinstance(each, bool | int | float | str)

    assert is_plain(plain(value))


@given(random_text, st.sampled_from(CARDS), nested)
def test_what_is_planted_in_a_structure_never_survives(
    secret: str, card: str, other: object
) -> None:
    assume(secret not in repr(other) and card not in repr(other))
    planted = {
        "other": other,
        "rows": [
            {"client_secret": secret, "number": int(card)},
            ("authorization", secret),
            (b"x-api-key", secret.encode()),
            {f"sk_live_{secret}": card},
            {"error": ValueError(f"password={secret}")},
            f"Bearer {secret}".encode(),
        ],
    }
    shown = repr(plain(planted))
    assert secret not in shown
    assert card not in shown


def test_values_that_cannot_be_shown_do_not_stop_the_log() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

    circle: list[object] = []
    circle.append(circle)
    assert plain(Odd()) == "[unprintable Odd]"
    assert plain([Odd(), 1]) == ["[unprintable Odd]", 1]
    assert "[too deep]" in str(plain(circle))
    assert isinstance(plain(10**5000), str)
    assert plain(float("nan")) == "nan"
