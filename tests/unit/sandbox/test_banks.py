"""Disputes and kept instruments, as the control API passes them on to a provider."""

import json
from typing import Any, cast

import msgspec
import pytest

from paymux.sandbox.banks import Banks
from paymux.sandbox.control_messages import DecideDispute, OpenDispute, SetInstrument
from paymux.sandbox.provider import ContestedPayment, ProviderApi, UnknownAction
from paymux.sandbox.settings import SandboxSettings
from paymux.sandbox.wire import Reply, Request
from paymux.sandbox.world import World
from tests.unit.sandbox.driver import Sandbox


class ProviderWithBanks:
    """Notes what it was told, and whether it could have sent a webhook then."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.told: list[object] = []
        self.was_silent = False

    def open_dispute(self, wanted: OpenDispute) -> ContestedPayment:
        self.told.append(wanted)
        self.was_silent = self._world.silent
        return _contested("open")

    def decide_dispute(self, reference: str, wanted: DecideDispute) -> ContestedPayment | None:
        self.was_silent = self._world.silent
        return _contested(wanted.outcome) if reference == "disp_1" else None

    def set_instrument(self, wanted: SetInstrument) -> None:
        self.told.append(wanted)


class ProviderWithout:
    """Has neither disputes nor instruments."""


def _contested(status: str) -> ContestedPayment:
    return ContestedPayment(
        provider="razorpay",
        account_id="acc_1",
        reference="disp_1",
        payment_reference="pay_1",
        status=status,
    )


@pytest.fixture
def world() -> World:
    return World(SandboxSettings())


@pytest.fixture
def razorpay(world: World) -> ProviderWithBanks:
    return ProviderWithBanks(world)


@pytest.fixture
def banks(world: World, razorpay: ProviderWithBanks) -> Banks:
    apis = {"stripe": ProviderWithout(), "razorpay": razorpay}
    return Banks(world, cast("dict[str, ProviderApi]", apis))


def _ask(banks: Banks, path: str, **body: Any) -> Reply | None:
    return banks.answer(
        Request(
            method="POST",
            path=path,
            query="",
            headers={},
            base_url="http://sandbox.test/_control",
            body=json.dumps(body).encode(),
        )
    )


def test_a_dispute_is_opened_at_its_provider(banks: Banks, razorpay: ProviderWithBanks) -> None:
    reply = _ask(banks, "/disputes", provider="razorpay", payment_reference="pay_1", amount=500)
    assert reply is not None
    assert reply.status == 201
    assert json.loads(reply.body)["reference"] == "disp_1"
    assert razorpay.told == [
        OpenDispute(provider="razorpay", payment_reference="pay_1", amount=500)
    ]


def test_nobody_is_told_when_webhooks_are_off(
    banks: Banks, razorpay: ProviderWithBanks, world: World
) -> None:
    asked = {"provider": "razorpay", "payment_reference": "pay_1"}
    _ask(banks, "/disputes", **asked)
    assert not razorpay.was_silent
    _ask(banks, "/disputes", **asked, webhooks=False)
    assert razorpay.was_silent
    _ask(banks, "/disputes/disp_1/decide", outcome="won", webhooks=False)
    assert razorpay.was_silent
    assert not world.silent


def test_a_dispute_is_decided_wherever_it_is(banks: Banks) -> None:
    reply = _ask(banks, "/disputes/disp_1/decide", outcome="lost")
    assert reply is not None
    assert json.loads(reply.body)["status"] == "lost"
    unknown = _ask(banks, "/disputes/disp_2/decide", outcome="lost")
    assert unknown is not None
    assert unknown.status == 404


def test_an_instrument_is_told_how_to_behave(banks: Banks, razorpay: ProviderWithBanks) -> None:
    reply = _ask(
        banks, "/instruments", provider="razorpay", reference="token_1", behaviour="needs_payer"
    )
    assert reply is not None
    assert reply.status == 200
    assert razorpay.told == [
        SetInstrument(provider="razorpay", reference="token_1", behaviour="needs_payer")
    ]


def test_a_provider_without_them_is_a_clear_refusal(banks: Banks) -> None:
    with pytest.raises(UnknownAction, match="no disputes"):
        _ask(banks, "/disputes", provider="stripe", payment_reference="pi_1")
    with pytest.raises(UnknownAction, match="no instruments"):
        _ask(banks, "/instruments", provider="stripe", reference="pm_1", behaviour="succeed")


def test_fields_and_words_nobody_knows_are_refused(banks: Banks) -> None:
    for body in ({"outcome": "draw"}, {"outcome": "won", "amount": 1}, {}):
        with pytest.raises(msgspec.ValidationError):
            _ask(banks, "/disputes/disp_1/decide", **body)
    assert _ask(banks, "/disputes/disp_1") is None


def test_the_control_api_serves_and_lists_these_routes(sandbox: Sandbox) -> None:
    assert sandbox.raw("POST", "/disputes/nobody/decide", outcome="won").status_code == 404
    assert sandbox.raw("POST", "/instruments", behaviour="odd").status_code == 400
    known = sandbox.raw("GET", "/nowhere").json()["known"]
    assert "POST /_control/disputes/{reference}/decide" in known
