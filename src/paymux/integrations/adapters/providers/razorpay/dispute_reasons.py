"""Why a payer contests, in our words.

Razorpay passes on what the card network or bank says: a slug such as
`goods_or_services_not_received_or_partially_received`, or the network's own code
(https://razorpay.com/docs/payments/disputes/submit-evidence/ lists those of Visa and UPI).
"""

import re
from collections.abc import Sequence
from typing import Final

from paymux.payments.ports.disputes import DisputeReason

_SLUGS: Final[Sequence[tuple[re.Pattern[str], DisputeReason]]] = [
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"duplicate|paid_by_other|other_means", DisputeReason.DUPLICATE),
        (r"not_(received|provided|rendered|delivered)|non_receipt", DisputeReason.NOT_RECEIVED),
        (r"credit_not_processed|refund_not|not_refunded", DisputeReason.NOT_REFUNDED),
        (
            r"not_as_described|defective|counterfeit_merch|misrepresent|quality|damaged",
            DisputeReason.NOT_AS_DESCRIBED,
        ),
        (
            r"cancell?ed_(recurring|subscription|merch)|recurring",
            DisputeReason.SUBSCRIPTION_CANCELED,
        ),
        (r"unrecogni[sz]ed|not_recogni[sz]ed|does_not_recogni[sz]e", DisputeReason.UNRECOGNIZED),
        (r"(incorrect|wrong|differ).*amount|amount.*(differ|exceed)", DisputeReason.WRONG_AMOUNT),
        (r"fraud|unauthori[sz]ed|no_cardholder_authori[sz]ation", DisputeReason.FRAUDULENT),
    )
]

_NETWORK_CODES: Final[dict[str, DisputeReason]] = {
    code: reason
    for reason, codes in {
        DisputeReason.FRAUDULENT: "10.1 10.2 10.3 10.4 10.5 128",
        DisputeReason.DUPLICATE: "12.6 12.6.1 12.6.2 1063 1084",
        DisputeReason.WRONG_AMOUNT: "12.5 1085",
        DisputeReason.NOT_RECEIVED: "13.1 1064 108 121 1065",
        DisputeReason.SUBSCRIPTION_CANCELED: "13.2 13.7",
        DisputeReason.NOT_AS_DESCRIBED: "13.3 13.4 13.5 1062",
        DisputeReason.NOT_REFUNDED: "13.6 1061",
    }.items()
    for code in codes.split()
}


def reason_of(code: str | None) -> DisputeReason:
    """Return our word for the bank's reason; OTHER when it says none that we know."""
    told = (code or "").strip().lower()
    known = _NETWORK_CODES.get(told)
    if known is not None:
        return known
    slug = re.sub(r"[^a-z0-9]+", "_", told)
    return next((reason for each, reason in _SLUGS if each.search(slug)), DisputeReason.OTHER)
