"""From a stored event to payments: one hop."""

from datetime import timedelta

import pytest

from paymux.integrations.adapters.event_meanings import EventMeanings
from paymux.integrations.ports.inbox import Effect, Meaning
from paymux.integrations.ports.outbound import SealIsBroken
from paymux.kernel.errors import PaymuxError, ThingIsNotFound
from paymux.kernel.money import Money
from paymux.payments.ports.connectors import (
    Connector,
    Failure,
    Observation,
    ObservedStatus,
    Outcome,
    RefundReport,
    RefundStatus,
)
from paymux.payments.ports.disputes import (
    DisputeReason,
    DisputeReport,
    DisputeStage,
    DisputeStatus,
)
from paymux.payments.ports.inbound import Observed
from paymux.payments.ports.webhooks import Ignored, Translated
from tests.unit.integrations.inbox.memory import (
    CONNECTION,
    SCOPE,
    Deaf,
    Hears,
    ListeningPayments,
    OneConnection,
    event,
)

_SEEN = Observation(status=ObservedStatus.PENDING, provider_reference="ses_1")
_LOST = Observation(status=ObservedStatus.EXPIRED, provider_reference="ses_2")

_CONTESTED = DisputeReport(
    status=DisputeStatus.NEEDS_RESPONSE,
    stage=DisputeStage.CHARGEBACK,
    provider_reference="dp_1",
    payment_reference="mov_1",
    amount=Money(1999, "USD"),
    reason=DisputeReason.FRAUDULENT,
)
_GIVEN_BACK = RefundReport(status=RefundStatus.SUCCEEDED, provider_reference="re_1")


async def _meaning(
    connector: Connector | PaymuxError, payments: ListeningPayments | None = None
) -> Meaning:
    listening = payments or ListeningPayments()
    meanings = EventMeanings(
        connections=OneConnection(connector),
        payments=listening,
        refunds=listening,
        methods=listening,
        disputes=listening,
    )
    return await meanings.apply(SCOPE, event())


def _saying(said: Translated | Ignored | Failure | Exception) -> Hears:
    connector = Hears()
    connector.said = said
    return connector


async def test_every_observation_reaches_payments() -> None:
    payments = ListeningPayments(Observed.APPLIED, Observed.REPEATED)
    meaning = await _meaning(_saying(Translated([_SEEN, _LOST])), payments)
    assert meaning == Meaning(Effect.APPLIED, "applied, repeated")
    assert payments.told == [_SEEN, _LOST]


async def test_one_subject_that_is_not_known_makes_it_too_early() -> None:
    payments = ListeningPayments(Observed.SUBJECT_UNKNOWN, Observed.APPLIED)
    meaning = await _meaning(_saying(Translated([_LOST, _SEEN])), payments)
    assert meaning == Meaning(Effect.TOO_EARLY, "subject_unknown")
    assert len(payments.told) == 2


async def test_every_dispute_reaches_payments_last() -> None:
    payments = ListeningPayments(Observed.APPLIED, Observed.REPEATED)
    meaning = await _meaning(_saying(Translated([_SEEN], disputes=[_CONTESTED])), payments)
    assert meaning == Meaning(Effect.APPLIED, "applied, repeated")
    assert payments.told == [_SEEN, _CONTESTED]


async def test_a_dispute_of_a_payment_that_is_not_known_yet_is_too_early() -> None:
    payments = ListeningPayments(Observed.SUBJECT_UNKNOWN)
    meaning = await _meaning(_saying(Translated(disputes=[_CONTESTED])), payments)
    assert meaning == Meaning(Effect.TOO_EARLY, "subject_unknown")


async def test_every_refund_reaches_payments_after_what_is_said_of_the_payment() -> None:
    payments = ListeningPayments(Observed.APPLIED, Observed.REPEATED)
    meaning = await _meaning(_saying(Translated([_SEEN], [_GIVEN_BACK])), payments)
    assert meaning == Meaning(Effect.APPLIED, "applied, repeated")
    assert payments.told == [_SEEN, _GIVEN_BACK]


async def test_a_refund_of_a_payment_that_is_not_known_is_too_early() -> None:
    payments = ListeningPayments(Observed.SUBJECT_UNKNOWN)
    meaning = await _meaning(_saying(Translated(refunds=[_GIVEN_BACK])), payments)
    assert meaning == Meaning(Effect.TOO_EARLY, "subject_unknown")


async def test_an_event_about_nothing_is_applied() -> None:
    assert await _meaning(_saying(Translated([]))) == Meaning(Effect.APPLIED)


async def test_what_says_nothing_is_ignored() -> None:
    assert await _meaning(_saying(Ignored("unknown_type"))) == Meaning(
        Effect.IGNORED, "unknown_type"
    )
    assert (await _meaning(Deaf())).effect is Effect.IGNORED


@pytest.mark.parametrize(("wait", "delay"), [(None, None), (5, 5), (86_400, 3600)])
async def test_a_provider_that_fails_is_asked_again_when_it_wants(
    wait: float | None, delay: int | None
) -> None:
    said = Failure(
        outcome=Outcome.UNKNOWN, code="read_timeout", message="", retry_after_seconds=wait
    )
    expected = None if delay is None else timedelta(seconds=delay)
    assert await _meaning(_saying(said)) == Meaning(Effect.FAILED, "read_timeout", expected)


async def test_a_connector_that_raises_fails_the_event_and_tells_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    meaning = await _meaning(_saying(RuntimeError("sk_planted")))
    assert meaning == Meaning(Effect.FAILED, "connector_failed")
    assert "RuntimeError" in caplog.text
    assert "sk_planted" not in caplog.text


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (ThingIsNotFound("connection", CONNECTION), "connection: not_found"),
        (SealIsBroken(CONNECTION), f"connection: {SealIsBroken.code}"),
    ],
)
async def test_a_connection_that_cannot_be_used_fails_the_event(
    refusal: PaymuxError, code: str
) -> None:
    assert await _meaning(refusal) == Meaning(Effect.FAILED, code)
