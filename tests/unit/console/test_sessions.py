import pytest

from paymux.console.sessions import IDLE, LONGEST, Session, Sessions
from paymux.kernel.ids import ApiKeyId, TenantId, TimeSortedIds
from paymux.kernel.scope import Mode
from paymux.tenancy.principal import Principal
from paymux.tenancy.role import Role
from tests.unit.tenancy.fakes import StoppedClock

PRINCIPAL = Principal(
    tenant_id=TenantId("ten_1"), mode=Mode.TEST, role=Role.READER, key_id=ApiKeyId("key_1")
)
OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def sessions_of(clock: StoppedClock, *keys: bytes) -> Sessions:
    return Sessions(keys=keys or [OLD], clock=clock, ids=TimeSortedIds(clock))


@pytest.fixture
def sessions(clock: StoppedClock) -> Sessions:
    return sessions_of(clock)


@pytest.fixture
def session(sessions: Sessions) -> Session:
    return sessions.start(PRINCIPAL)


def test_a_session_is_read_as_it_was_written(sessions: Sessions, session: Session) -> None:
    assert sessions.read(sessions.write(session)) == session
    assert (session.scope.tenant_id, session.key_id) == ("ten_1", "key_1")


def test_two_sessions_of_one_key_are_told_apart(sessions: Sessions, session: Session) -> None:
    assert sessions.start(PRINCIPAL).id != session.id


@pytest.mark.parametrize("text", ["", ".", "x", "é.é", "e30.AAAA", "a.b.c", "\udcff.x"])
def test_nonsense_is_no_session(sessions: Sessions, text: str) -> None:
    assert sessions.read(text) is None


def test_a_session_changed_by_a_single_character_is_refused(
    sessions: Sessions, session: Session
) -> None:
    text = sessions.write(session)
    for place in range(0, len(text), 7):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        assert sessions.read(changed) is None


def test_a_signature_of_something_else_is_no_session(sessions: Sessions) -> None:
    token = sessions.form_token("anything")
    assert sessions.read(f"form:anything.{token}") is None


def test_a_session_signed_by_a_stranger_is_refused(
    sessions: Sessions, session: Session, clock: StoppedClock
) -> None:
    assert sessions.read(sessions_of(clock, NEW).write(session)) is None


def test_sessions_outlive_a_change_of_keys_and_are_read_by_any_process(
    sessions: Sessions, session: Session, clock: StoppedClock
) -> None:
    later = sessions_of(clock, NEW, OLD)
    assert later.read(sessions.write(session)) == session
    assert later.is_form_token(session.id, sessions.form_token(session.id))


def test_an_idle_session_ends(sessions: Sessions, session: Session, clock: StoppedClock) -> None:
    text = sessions.write(session)
    clock.advance(IDLE.total_seconds() - 1)
    assert sessions.read(text) == session
    clock.advance(1)
    assert sessions.read(text) is None


def test_a_session_in_use_is_prolonged_but_not_for_ever(
    sessions: Sessions, session: Session, clock: StoppedClock
) -> None:
    current: Session | None = session
    for _ in range(int(LONGEST / IDLE) * 2 - 1):
        clock.advance(IDLE.total_seconds() / 2)
        assert current is not None
        current = sessions.renewed(current)
        assert current is not None
        assert sessions.read(sessions.write(current)) == current
    clock.advance(IDLE.total_seconds() / 2)
    assert current is not None
    assert sessions.read(sessions.write(current)) is None


def test_a_session_seen_a_moment_ago_is_not_written_again(
    sessions: Sessions, session: Session, clock: StoppedClock
) -> None:
    clock.advance(59)
    assert sessions.renewed(session) is None


def test_an_ended_session_stays_ended_also_when_prolonged_before(
    sessions: Sessions, session: Session, clock: StoppedClock
) -> None:
    clock.advance(120)
    renewed = sessions.renewed(session)
    assert renewed is not None
    sessions.end(session)
    assert sessions.read(sessions.write(session)) is None
    assert sessions.read(sessions.write(renewed)) is None


def test_a_form_token_is_of_one_session_only(sessions: Sessions, session: Session) -> None:
    token = sessions.form_token(session.id)
    assert sessions.is_form_token(session.id, token)
    assert not sessions.is_form_token(sessions.start(PRINCIPAL).id, token)
    assert not sessions.is_form_token(session.id, "")
    assert not sessions.is_form_token(session.id, "é")
