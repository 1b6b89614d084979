"""What PayPal refuses before it creates an order."""

from decimal import Decimal

from paymux.sandbox.paypal import errors, money
from paymux.sandbox.paypal.book import PayPalBook
from paymux.sandbox.paypal.params import (
    Amount,
    Breakdown,
    Item,
    MoneyParams,
    OrderCreate,
    PaymentSource,
    PurchaseUnitParams,
)

ADDED = ("item_total", "tax_total", "shipping", "handling", "insurance")
DEDUCTED = ("shipping_discount", "discount")


def check(wanted: OrderCreate, book: PayPalBook) -> None:
    """Refuse what cannot become an order."""
    if wanted.intent == "AUTHORIZE" and len(wanted.purchase_units) > 1:
        raise errors.issue(code="UNSUPPORTED_INTENT", field="/intent", value=wanted.intent)
    _check_source(wanted.payment_source)
    _check_references(wanted.purchase_units)
    for position, unit in enumerate(wanted.purchase_units):
        _check_unit(unit, f"/purchase_units/{position}")
        _check_currencies(unit, wanted.purchase_units[0].amount.currency_code)
        check_invoice(unit, book, f"/purchase_units/{position}/invoice_id")


def check_invoice(unit: PurchaseUnitParams, book: PayPalBook, field: str) -> None:
    """An invoice id can be paid once per payee."""
    if unit.invoice_id is not None and unit.invoice_id in book.invoice_ids:
        raise errors.issue(code="DUPLICATE_INVOICE_ID", field=field, value=unit.invoice_id)


def _check_source(source: PaymentSource | None) -> None:
    if source is None:
        return
    wallet = source.paypal
    agreement = wallet is not None and wallet.billing_agreement_id
    others = (source.card, source.token, source.venmo)
    if agreement or any(other is not None for other in others):
        raise errors.issue(code="NOT_SUPPORTED", status=400, field="/payment_source")


def _check_references(units: list[PurchaseUnitParams]) -> None:
    if len(units) == 1:
        return
    references = [unit.reference_id for unit in units]
    if None in references:
        raise errors.issue(code="REFERENCE_ID_REQUIRED", field="/purchase_units/0/reference_id")
    if len(set(references)) != len(references):
        raise errors.issue(code="DUPLICATE_REFERENCE_ID", field="/purchase_units/1/reference_id")


def _check_unit(unit: PurchaseUnitParams, at: str) -> None:
    total = money.check(unit.amount, f"{at}/amount")
    if total <= 0:
        field = f"{at}/amount/value"
        raise errors.issue(code="CANNOT_BE_ZERO_OR_NEGATIVE", field=field, value=unit.amount.value)
    parts = _parts(unit.amount, at)
    if unit.items:
        _check_items(unit.items, parts, at)
    if parts:
        added = sum((parts.get(name, Decimal(0)) for name in ADDED), Decimal(0))
        deducted = sum((parts.get(name, Decimal(0)) for name in DEDUCTED), Decimal(0))
        if added - deducted != total:
            field = f"{at}/amount/value"
            raise errors.issue(code="AMOUNT_MISMATCH", field=field, value=unit.amount.value)


def _parts(amount: Amount, at: str) -> dict[str, Decimal]:
    parts: dict[str, Decimal] = {}
    breakdown = amount.breakdown
    if breakdown is None:
        return parts
    for name in ADDED + DEDUCTED:
        part: MoneyParams | None = getattr(breakdown, name)
        if part is not None:
            parts[name] = money.check(part, f"{at}/amount/breakdown/{name}")
    return parts


def _check_items(items: list[Item], parts: dict[str, Decimal], at: str) -> None:
    at_breakdown = f"{at}/amount/breakdown"
    if "item_total" not in parts:
        raise errors.issue(code="ITEM_TOTAL_REQUIRED", field=f"{at_breakdown}/item_total")
    net = tax = Decimal(0)
    for position, item in enumerate(items):
        where = f"{at}/items/{position}"
        net += money.check(item.unit_amount, f"{where}/unit_amount") * int(item.quantity)
        if item.tax is not None:
            tax += money.check(item.tax, f"{where}/tax") * int(item.quantity)
    if net != parts["item_total"]:
        raise errors.issue(code="ITEM_TOTAL_MISMATCH", field=f"{at_breakdown}/item_total")
    if tax and "tax_total" not in parts:
        raise errors.issue(code="TAX_TOTAL_REQUIRED", field=f"{at_breakdown}/tax_total")
    if tax and tax != parts["tax_total"]:
        raise errors.issue(code="TAX_TOTAL_MISMATCH", field=f"{at_breakdown}/tax_total")


def _check_currencies(unit: PurchaseUnitParams, currency: str) -> None:
    moneys: list[MoneyParams | None] = [unit.amount]
    breakdown: Breakdown | None = unit.amount.breakdown
    if breakdown is not None:
        moneys += [getattr(breakdown, name) for name in ADDED + DEDUCTED]
    for item in unit.items or []:
        moneys += [item.unit_amount, item.tax]
    if any(part is not None and part.currency_code != currency for part in moneys):
        raise errors.issue(code="MULTI_CURRENCY_ORDER", field="/purchase_units")
