"""All tables of all contexts, in one metadata."""

from typing import Final

from sqlalchemy import MetaData

import paymux.billing.adapters.persistence.rows
import paymux.integrations.adapters.persistence.rows
import paymux.payments.adapters.persistence.capture_rows
import paymux.payments.adapters.persistence.dispute_rows
import paymux.payments.adapters.persistence.error_rows
import paymux.payments.adapters.persistence.payment_method_rows
import paymux.payments.adapters.persistence.refund_rows
import paymux.payments.adapters.persistence.rows
import paymux.platform.database.events
import paymux.platform.idempotency.rows
import paymux.tenancy.rows  # noqa: F401 - each import above registers its tables
from paymux.platform.database.rows import Row

METADATA: Final[MetaData] = Row.metadata
