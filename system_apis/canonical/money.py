"""Exact money: a decimal amount that never travels without its currency."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated

from babel.numbers import get_currency_precision, is_currency
from msgspec import Meta, Struct, UnsetType

AmountText = Annotated[
    str,
    Meta(
        pattern=r"\A-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?\Z",
        max_length=24,
        description="An exact decimal amount as a string, never a JSON number.",
        examples=["1234.50"],
    ),
]
Currency = Annotated[
    str, Meta(pattern=r"\A[A-Z]{3}\Z", description="ISO 4217 code.", examples=["USD"])
]


class Rounding(StrEnum):
    """How a ledger rounds a line to the currency's minor unit."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


_MODES = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.HALF_EVEN: ROUND_HALF_EVEN}


@cache
def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency: 0.01 of USD, 1 of JPY, 0.001 of KWD.

    Raises `ValueError` for what is no currency.
    """
    if not is_currency(currency):
        raise ValueError(f"{currency} is no ISO 4217 currency")
    return Decimal(1).scaleb(-int(get_currency_precision(currency)))


class Money(Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in whole minor units of its currency."""

    amount: AmountText
    currency: Currency

    def __post_init__(self) -> None:
        unit = minor_unit(self.currency)
        if Decimal(self.amount) % unit:
            raise ValueError(f"{self.currency} has no unit smaller than {unit}: {self.amount}")

    @classmethod
    def of(
        cls, value: Decimal | str, currency: str, rounding: Rounding = Rounding.HALF_UP
    ) -> "Money":
        """Round a value to the currency's minor unit, half-up unless the ledger says otherwise."""
        rounded = Decimal(value).quantize(minor_unit(currency), rounding=_MODES[rounding])
        return cls(amount=f"{rounded + 0:f}", currency=currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        """Return nothing, in a currency."""
        return cls.of(Decimal(0), currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """Return the sum of amounts of one currency, zero when there are none."""
        return sum(amounts, start=cls.zero(currency))

    @classmethod
    def of_units(cls, units: int, currency: str) -> "Money":
        """Return so many of the smallest units of a currency."""
        return cls.of(Decimal(units) * minor_unit(currency), currency)

    @property
    def value(self) -> Decimal:
        """The amount as a number to compute with."""
        return Decimal(self.amount)

    @property
    def units(self) -> int:
        """The amount in the smallest units of its currency."""
        return int(self.value / minor_unit(self.currency))

    def __add__(self, other: "Money") -> "Money":
        return Money.of(self.value + self._same(other).value, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money.of(self.value - self._same(other).value, self.currency)

    def __neg__(self) -> "Money":
        return Money.of(-self.value, self.currency)

    def __bool__(self) -> bool:
        return self.value != 0

    def __lt__(self, other: "Money") -> bool:
        return self.value < self._same(other).value

    def __le__(self, other: "Money") -> bool:
        return self.value <= self._same(other).value

    def __str__(self) -> str:
        return f"{self.value:,f} {self.currency}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be computed together")
        return other


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """A price of one unit, with up to six decimals."""

    amount: AmountText
    currency: Currency

    def __post_init__(self) -> None:
        minor_unit(self.currency)

    @property
    def value(self) -> Decimal:
        """The price as a number to compute with."""
        return Decimal(self.amount)

    def times(self, quantity: Decimal, rounding: Rounding) -> Money:
        """Return quantity x price, rounded once as the posting ledger rounds."""
        return Money.of(self.value * quantity, self.currency, rounding)


# What work costs, divided by its hours, is what the people who do it cost: it is shown with the
# scope of their cost rates only; see `system_apis/restricted.py`.
_COSTS = Meta(extra={"scope": "system:psa:read_cost"})
Cost = Annotated[Money | UnsetType, _COSTS]
MaybeCost = Annotated[Money | UnsetType | None, _COSTS]
CostPrice = Annotated[Price | UnsetType | None, _COSTS]
CostShare = Annotated[Decimal | UnsetType, _COSTS]
MaybeCostShare = Annotated[Decimal | UnsetType | None, _COSTS]
