"""The weights, bounds and rhythms of staffing (domain handbook, 3b) [P]."""

from decimal import Decimal

from msgspec import Struct

# Whom the union's working-time directive binds, and Great Britain, which kept it
# [K: Directive 2003/88/EC; Working Time Regulations 1998].
_BOUND = "AT BE BG CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"


class Weights(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much each part of a candidate's score counts."""

    skill: Decimal = Decimal("0.35")
    availability: Decimal = Decimal("0.25")
    margin: Decimal = Decimal("0.15")
    continuity: Decimal = Decimal("0.10")
    below_target: Decimal = Decimal("0.10")
    travel: Decimal = Decimal("0.05")


class TenureLimit(Struct, frozen=True, forbid_unknown_fields=True):
    """After how many months with the firm a contractor of a country is looked at."""

    country: str
    months: int


class ClientConflict(Struct, frozen=True, forbid_unknown_fields=True):
    """Two clients that nobody may work for at the same time."""

    one: str
    other: str


class StaffingTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One edition of a firm's own terms of staffing.

    `status_countries` are those in which somebody determines whether a contractor is one
    [K: IR35]; after `tenure` a hired-out worker of Germany is to be employed [K: AUEG 1(1b)].
    Working time is averaged over `average_weeks`, and a day leaves `rest_hours`
    [K: Directive 2003/88/EC, articles 3, 6 and 16].
    """

    weights: Weights = Weights()
    best: int = 5
    least_available: Decimal = Decimal("0.80")
    soft_weight: Decimal = Decimal("0.5")
    warn_percent: Decimal = Decimal(100)
    block_percent: Decimal = Decimal(120)
    margin_floor: Decimal = Decimal("0.30")
    open_probability: Decimal = Decimal("0.5")
    plan_tolerance: Decimal = Decimal("0.15")
    compared_weeks: int = 4
    forecast_weeks: int = 13
    freeze_weekday: int = 5
    working_time_countries: tuple[str, ...] = tuple(_BOUND.split(" "))
    weekly_hours: Decimal = Decimal(48)
    average_weeks: int = 17
    rest_hours: Decimal = Decimal(11)
    tenure: tuple[TenureLimit, ...] = (TenureLimit("DE", 18),)
    status_countries: tuple[str, ...] = ("GB",)
    conflicts: tuple[ClientConflict, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.freeze_weekday <= 7:
            raise ValueError("a weekday is from 1, Monday, to 7, Sunday")
        if not 0 < self.warn_percent <= self.block_percent:
            raise ValueError("what is blocked is warned of before")
