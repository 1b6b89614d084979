"""The codes that this package gives itself, where PayPal said nothing or nothing we can use."""

from typing import Final

from paymux.integrations.adapters.providers.paypal.issue_rows import Rows
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.reasons import Reason

_LOST: Final = {
    "CONNECTION_LOST": "The connection to PayPal was lost before it had answered.",
    "READ_TIMEOUT": "PayPal did not answer in time.",
    "REPLY_TOO_LARGE": "PayPal's reply is too large to read.",
}
_NOT_MADE: Final = {
    "CONNECT_TIMEOUT": "PayPal could not be reached in time.",
    "CONNECTION_FAILED": "PayPal could not be reached.",
    "TLS_FAILED": "No secure connection to PayPal came about.",
}

BY_OUTCOME: Final[Rows] = {
    (Outcome.NOT_SENT, Reason.PROVIDER_UNREACHABLE): {
        **_NOT_MADE,
        **{
            f"TOKEN_{code}": f"No access token came. {meaning}"
            for code, meaning in {**_NOT_MADE, **_LOST}.items()
        },
        "TOKEN_TIMEOUT": "No access token came in time.",
        "TOKEN_UNREADABLE": "The reply with the access token could not be read.",
    },
    (Outcome.NOT_SENT, Reason.PROVIDER_BUSY): {
        "NOT_SENT_POOL_BUSY": "Too many calls were waiting to be sent.",
        "NOT_SENT_POOL_CLOSED": "The process was shutting down.",
        "NOT_SENT_WITHDRAWN": "The call was given up before it was sent.",
    },
    (Outcome.UNKNOWN, Reason.PROVIDER_ERROR): {
        **_LOST,
        "ANOTHER_DISPUTE": "PayPal answered with another dispute than was asked for.",
        "ANOTHER_ORDER": "PayPal answered with another order than was asked for.",
        "ANOTHER_REFUND": "PayPal answered with another refund than was asked for.",
        "ANOTHER_TOKEN": "PayPal answered with another payment token than was asked for.",
        "CAPTURE_NOT_REPORTED": "PayPal does not say which money was moved.",
        "HTTP_408": "PayPal answered 408 and nothing else.",
        "HTTP_425": "PayPal answered 425 and nothing else.",
        "HTTP_500": "PayPal failed; the effect is unknown.",
        "HTTP_502": "PayPal failed; the effect is unknown.",
        "HTTP_503": "PayPal is unavailable; the effect is unknown.",
        "HTTP_504": "PayPal is unavailable; the effect is unknown.",
        "ODD_AMOUNT": "PayPal reported an amount that it does not take.",
        "UNREADABLE_REPLY": "PayPal's reply could not be read.",
        "UNRECOGNISED_STATUS": "PayPal reported a status that we do not know.",
    },
    (Outcome.UNKNOWN, Reason.NOT_FOUND): {
        "CHARGE_NOT_SHOWN": "No event that PayPal keeps is of this charge.",
        "HTTP_404": "PayPal does not know this object, or no longer.",
        "LOOKUP_NOT_POSSIBLE": "PayPal finds an order by its own id only.",
        "REFUND_NOT_FOUND": "PayPal does not say what was paid with.",
        "REFUNDS_NOT_LISTED": "PayPal does not list the refunds of this payment.",
    },
    (Outcome.UNKNOWN, Reason.STILL_IN_PROGRESS): {
        "ANSWER_NOT_SHOWN": "PayPal does not show yet what became of the dispute.",
        "REFUND_NOT_SHOWN": "PayPal does not show this refund, or not yet.",
        "VOID_NOT_SHOWN": "PayPal does not show yet that the money was let go.",
    },
    (Outcome.IN_PROGRESS, Reason.STILL_IN_PROGRESS): {
        "HTTP_409": "An earlier request is still running.",
    },
    (Outcome.NOT_PROCESSED, Reason.PROVIDER_BUSY): {
        "HTTP_429": "Too many requests; nothing was done.",
    },
    (Outcome.CREDENTIALS, Reason.CREDENTIALS_INVALID): {
        "HTTP_401": "PayPal does not accept the credentials.",
    },
    (Outcome.CREDENTIALS, Reason.ACCOUNT_NOT_PERMITTED): {
        "HTTP_403": "The credentials may not do this.",
    },
    (Outcome.REJECTED, Reason.REQUEST_INVALID): {
        "EVIDENCE_TOO_LARGE": "PayPal takes files of less than 10 MB each, and 50 MB in all.",
        "HTTP_400": "The request is not valid.",
        "HTTP_415": "The request has the wrong content type.",
        "HTTP_422": "PayPal cannot act on the request.",
        "INVALID_CURSOR": "This is not a cursor of a list.",
        "INVALID_REFERENCE": "This is not an id that PayPal gives.",
    },
    (Outcome.REJECTED, Reason.AMOUNT_NOT_ACCEPTED): {
        "REFUND_EXCEEDS_ONE_CAPTURE": "No single capture has as much left; refund it in parts.",
    },
    (Outcome.REJECTED, Reason.NOT_FOUND): {
        "DISPUTE_NOT_FOUND": "PayPal does not know this dispute.",
    },
    (Outcome.REJECTED, Reason.TOO_LATE): {
        "ORDER_FORGOTTEN": "Nobody paid the order in time, and PayPal has forgotten it.",
    },
}
