"""A link is opened before anybody knows the tenant; nothing but ids comes out of that."""

import pytest
from sqlalchemy import text

from paymux.payments.adapters.persistence.link_directory import SqlLinkDirectory
from paymux.platform.database.engine import lookup
from tests.integration.payments.records import LIVE, MINE, RIVAL, Books, payment


async def test_a_token_of_any_tenant_or_mode_opens_its_payment(ledger: Books) -> None:
    for number, scope in enumerate((MINE, LIVE, RIVAL), start=1):
        await ledger.keep(payment(number), scope=scope)
    directory = SqlLinkDirectory(ledger.engine)
    for number, scope in enumerate((MINE, LIVE, RIVAL), start=1):
        assert await directory.find(f"token-{number}") == (scope, payment(number).id)


async def test_the_look_up_tells_ids_and_no_more(ledger: Books) -> None:
    await ledger.keep(payment())
    async with lookup(ledger.engine) as connection:
        found = await connection.execute(text("SELECT * FROM find_payment_by_link('token-1')"))
        assert [dict(row._mapping) for row in found] == [
            {"tenant_id": MINE.tenant_id, "mode": "test", "payment_id": payment().id}
        ]
        assert not (await connection.execute(text("SELECT * FROM payments"))).all()


@pytest.mark.parametrize(
    "token",
    ["", "token-9", "%", "token-_", "TOKEN-1", "töken", "a\0b", "' OR true --", "x" * 9999],
)
async def test_a_token_that_was_never_given_opens_nothing(ledger: Books, token: str) -> None:
    await ledger.keep(payment())
    assert await SqlLinkDirectory(ledger.engine).find(token) is None
