"""What the firm itself sets about its key figures; each edition has a version and a first day."""

from datetime import time
from decimal import Decimal

from msgspec import Struct


class KeyFigureTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The handbook's values: a firm may have others.

    A timesheet is due at noon of the Monday after its week, in its company's time, where the
    system that has it does not say when. Hours of a week are foreseen four weeks before it
    begins, those of a month before it begins.
    """

    approval_hours: Decimal = Decimal(24)
    timesheet_due: time = time(12)
    weekly_forecast_lead_days: int = 28
    monthly_forecast_lead_days: int = 0
    invoice_grace_business_days: int = 2
