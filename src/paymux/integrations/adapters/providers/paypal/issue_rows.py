"""The shape of the tables of issue codes: what each amounts to, why, and what it means."""

from collections.abc import Mapping

from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.reasons import Reason

Rows = Mapping[tuple[Outcome, Reason], Mapping[str, str]]
