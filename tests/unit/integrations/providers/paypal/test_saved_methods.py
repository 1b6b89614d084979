import json

import msgspec
import pytest

from paymux.integrations.adapters.providers.paypal.connector import PayPalConnector
from paymux.payments.ports.connectors import (
    AttemptQuery,
    Failure,
    Observation,
    Outcome,
    Payer,
    SavedMethod,
    SavedMethodStatus,
)
from paymux.payments.ports.webhooks import Ignored, Translated
from tests.unit.integrations.providers.paypal.stand_in import (
    ATTEMPT,
    CREATE,
    GET,
    NOW,
    ORDER,
    Reply,
    StandIn,
    a_paid_order,
    a_request,
    an_order,
    refuses,
    says,
)
from tests.unit.integrations.providers.paypal.test_charges import TOKEN_ID, TOKEN_PATH, a_token

READ = f"GET {TOKEN_PATH}"
DELETE = f"DELETE {TOKEN_PATH}"
KEPT = SavedMethod(
    status=SavedMethodStatus.ACTIVE,
    provider_reference=TOKEN_ID,
    customer_reference="CUST123",
    kind="wallet",
    label="PayPal j***@example.com",
    attempt_id=ATTEMPT,
)


def a_keeping_order(vault: object, **wallet: object) -> dict[str, object]:
    account = {"email_address": "jane.doe@example.com", "account_id": "VTR4JYK7STE7J"}
    source = {"paypal": {**account, "attributes": {"vault": vault}, **wallet}}
    return a_paid_order() | {"payment_source": source}


def vaulted(**changes: object) -> dict[str, object]:
    return {"id": TOKEN_ID, "status": "VAULTED", "customer": {"id": "CUST123"}, **changes}


def an_event(kind: str, resource: object) -> bytes:
    event = {"id": "WH-1", "event_type": f"VAULT.PAYMENT-TOKEN.{kind}", "resource": resource}
    return json.dumps(event).encode()


async def kept(connector: PayPalConnector) -> SavedMethod | None:
    query = AttemptQuery(attempt_id=ATTEMPT, created_at=NOW, provider_reference=ORDER)
    observed = await connector.look_up(query)
    assert isinstance(observed, Observation), observed
    return observed.saved_method


@pytest.mark.parametrize("known", [None, "CUST123", "cus_with spaces", "x" * 23])
async def test_the_account_is_kept_only_if_its_payer_agreed(
    paypal: StandIn, connector: PayPalConnector, known: str | None
) -> None:
    paypal.will(CREATE, says(201, an_order()))
    payer = Payer(customer_id="cus_1", provider_reference=known)
    for saves in (False, True):
        request = msgspec.structs.replace(a_request(), saves_method=saves, payer=payer)
        await connector.create_checkout(request)
    plain, keeping = (json.loads(each.body)["payment_source"] for each in paypal.calls(CREATE))
    assert set(plain["paypal"]) == {"experience_context"}
    attributes = {
        "vault": {
            "store_in_vault": "ON_SUCCESS",
            "usage_type": "MERCHANT",
            "permit_multiple_payment_tokens": True,
        }
    }
    if known == "CUST123":
        attributes["customer"] = {"id": known}
    assert keeping["paypal"]["attributes"] == attributes


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (a_keeping_order(vaulted()), KEPT),
        (
            a_keeping_order(vaulted(status="APPROVED")),
            msgspec.structs.replace(KEPT, status=SavedMethodStatus.PENDING),
        ),
        (
            a_keeping_order(vaulted(customer=None), email_address="@"),
            msgspec.structs.replace(KEPT, customer_reference=None, label="PayPal"),
        ),
        (a_keeping_order({"status": "APPROVED"}), None),
        (a_keeping_order(vaulted(id="../x")), None),
        (a_keeping_order("odd"), None),
        (a_paid_order() | {"payment_source": {"paypal": None}}, None),
        (a_paid_order() | {"payment_source": {"paypal": [1]}}, None),
        (a_paid_order(), None),
    ],
)
async def test_an_order_tells_of_the_account_it_had_kept(
    paypal: StandIn,
    connector: PayPalConnector,
    order: dict[str, object],
    expected: SavedMethod | None,
) -> None:
    paypal.will(GET, says(200, order))
    assert await kept(connector) == expected


@pytest.mark.parametrize(
    ("order", "attempt_id"),
    [
        (a_keeping_order(vaulted()), ATTEMPT),
        (a_keeping_order({"status": "APPROVED"}), ATTEMPT),
        (a_keeping_order(vaulted(id="ANOTHER")), None),
        (a_keeping_order({"status": "APPROVED"}, account_id="SOMEBODYELSE1"), None),
        (a_paid_order(), None),
    ],
)
async def test_a_token_is_an_attempts_only_if_its_order_says_so(
    paypal: StandIn,
    connector: PayPalConnector,
    order: dict[str, object],
    attempt_id: str | None,
) -> None:
    paypal.will(READ, says(200, a_token()))
    paypal.will(GET, says(200, order))
    body = an_event("CREATED", a_token(metadata={"order_id": ORDER}))
    translated = await connector.translate_webhook(body)
    assert isinstance(translated, Translated)
    assert translated.saved_methods == [msgspec.structs.replace(KEPT, attempt_id=attempt_id)]


@pytest.mark.parametrize("named", [None, "../x", "8ELSEWHERE"])
async def test_a_token_of_no_order_we_can_read_is_told_by_its_own_id(
    paypal: StandIn, connector: PayPalConnector, named: str | None
) -> None:
    paypal.will(READ, says(200, a_token()))
    body = an_event("CREATED", {"id": TOKEN_ID, "metadata": {"order_id": named}})
    translated = await connector.translate_webhook(body)
    assert isinstance(translated, Translated)
    assert translated.saved_methods == [msgspec.structs.replace(KEPT, attempt_id=None)]


async def test_a_token_is_gone_when_the_vault_has_it_no_more(
    paypal: StandIn, connector: PayPalConnector
) -> None:
    body = an_event("DELETED", {"id": TOKEN_ID})
    translated = await connector.translate_webhook(body)
    assert isinstance(translated, Translated)
    (method,) = translated.saved_methods
    assert (method.status, method.provider_reference) == (SavedMethodStatus.REVOKED, TOKEN_ID)
    paypal.will(READ, says(200, a_token()))
    translated = await connector.translate_webhook(body)
    assert isinstance(translated, Translated)
    assert translated.saved_methods[0].status is SavedMethodStatus.ACTIVE


@pytest.mark.parametrize("resource", [{}, {"id": "../x"}, {"id": 7}, []])
async def test_an_event_of_no_token_is_ignored(
    connector: PayPalConnector, resource: object
) -> None:
    assert isinstance(await connector.translate_webhook(an_event("CREATED", resource)), Ignored)


@pytest.mark.parametrize("reply", [says(500, b""), says(200, a_token(id="ANOTHER"))])
async def test_a_vault_that_cannot_be_read_leaves_the_event_to_be_read_again(
    paypal: StandIn, connector: PayPalConnector, reply: Reply
) -> None:
    paypal.will(READ, reply)
    failed = await connector.translate_webhook(an_event("DELETED", {"id": TOKEN_ID}))
    assert isinstance(failed, Failure)
    paypal.will(READ, says(200, a_token()))
    paypal.will(GET, says(500, b""))
    body = an_event("CREATED", a_token(metadata={"order_id": ORDER}))
    assert isinstance(await connector.translate_webhook(body), Failure)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (says(204, b""), None),
        (refuses(404, "INVALID_RESOURCE_ID"), None),
        (says(404, b""), None),
        (says(500, b""), Outcome.UNKNOWN),
        (refuses(403, "PERMISSION_DENIED"), Outcome.CREDENTIALS),
    ],
)
async def test_an_account_is_forgotten_once_it_is_gone(
    paypal: StandIn, connector: PayPalConnector, reply: Reply, outcome: Outcome | None
) -> None:
    paypal.will(DELETE, reply)
    failed = await connector.forget_method(TOKEN_ID, "CUST123")
    assert (failed.outcome if failed else None) is outcome


async def test_nothing_but_a_token_is_forgotten(connector: PayPalConnector) -> None:
    failed = await connector.forget_method("../x", None)
    assert failed is not None
    assert failed.code == "invalid_reference"
