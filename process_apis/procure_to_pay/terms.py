"""The tolerances, tiers and checklists of buying services (domain handbook, 3e) [P]."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from process_apis.order_tiers import OrderTier
from system_apis.canonical.money import Money

# Who is in the union's single VAT area [K: Directive 2006/112/EC, as of 2026].
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_EU.split(" "))


class TaxRate(Struct, frozen=True, forbid_unknown_fields=True):
    """The rate of a country's tax on services."""

    country: str
    rate: Decimal


class Check(StrEnum):
    """What is looked at before a vendor may be ordered from."""

    TAX_FORM = "tax_form"
    VAT_CHECK = "vat_check"
    BANK_VERIFIED = "bank_verified"
    NDA = "nda"
    INSURANCE = "insurance"
    SANCTIONS_CHECK = "sanctions_check"
    CONTRACT = "contract"
    WORKER_STATUS = "worker_status"


class ProcureToPayTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One edition of a firm's own terms of buying.

    A revision of an order is approved anew above `revision_share` (a share of 1) of what was
    approved, or in another tier. `tax_rates` are the rates of a company's country that its
    vendors at home charge, and that it assesses itself on what it buys across a border within
    the union.
    """

    order_tiers: tuple[OrderTier, ...] = (
        OrderTier(("project_manager",), Decimal(5_000)),
        OrderTier(("project_manager", "procurement"), Decimal(25_000)),
        OrderTier(("project_manager", "procurement", "finance_director"), Decimal(100_000)),
        OrderTier(("project_manager", "procurement", "finance_director", "cfo")),
    )
    revision_share: Decimal = Decimal("0.10")
    margin_floor: Decimal = Decimal("0.30")
    quantity_tolerance: Decimal = Decimal(0)
    price_tolerance: Decimal = Decimal(0)
    total_share: Decimal = Decimal("0.02")
    total_amount: Decimal = Decimal("50.00")
    tax_amount: Decimal = Decimal("1.00")
    alike_days: int = 10
    alike_amount: Decimal = Decimal("0.01")
    tax_rates: tuple[TaxRate, ...] = (
        TaxRate("DE", Decimal("0.19")),
        TaxRate("GB", Decimal("0.20")),
    )
    checklist: tuple[Check, ...] = tuple(Check)
    sanctions_hold_days: int = 365

    def tax_rate(self, country: str) -> Decimal | None:
        """Return the rate of a country, if one is set."""
        return next((each.rate for each in self.tax_rates if each.country == country), None)

    @property
    def alike_within(self) -> timedelta:
        """How far apart two bills of one amount may be dated and still look like one."""
        return timedelta(days=self.alike_days)


class Exchange(Struct, frozen=True):
    """What amounts are worth in the reporting currency."""

    currency: str
    rates: dict[str, Decimal]

    def worth(self, amount: Money) -> Decimal | None:
        """Return an amount in the reporting currency; None for a currency without a rate."""
        rate = self.rate(amount.currency)
        return None if rate is None else amount.value * rate

    def rate(self, currency: str) -> Decimal | None:
        """Return what one unit of a currency is worth, if that is known."""
        return Decimal(1) if currency == self.currency else self.rates.get(currency)
