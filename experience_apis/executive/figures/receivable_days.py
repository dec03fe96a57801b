"""Days sales outstanding: how many days of billing the firm has still to be paid for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from experience_apis.executive.figures.measures import hundredths
from process_apis.read_models.documents.records import PostedSum
from system_apis.canonical.money import Money

_FURTHEST_BACK = 36  # months; whoever owes for longer is no question of days any more


class Rates(Struct, frozen=True, kw_only=True):
    """What one unit of a currency is in the reporting currency, over a period and at its end."""

    currency: str
    average: Mapping[str, Decimal]
    closing: Mapping[str, Decimal]


class EntityDays(Struct, frozen=True, kw_only=True):
    """What a company is owed and has billed, in its own currency, and how many days that is."""

    legal_entity: str
    currency: str
    receivables: Money | None
    billings: Money | None
    dso: Decimal | None
    count_back: Decimal | None


class ReceivableDays(Struct, frozen=True, kw_only=True):
    """Days sales outstanding of the firm and of each company; `days` are those of the window."""

    open_receivables: tuple[Money, ...]
    billings_gross: tuple[Money, ...]
    receivables_reporting: Money | None
    billings_reporting: Money | None
    days: int
    dso: Decimal | None
    count_back: Decimal | None
    by_entity: tuple[EntityDays, ...]


class Days(Struct, frozen=True):
    """The days of a window, both included."""

    start: date
    end: date

    @property
    def count(self) -> int:
        """How many days they are."""
        return (self.end - self.start).days + 1


Worth = Callable[[str], Decimal | None]


def receivable_days(
    documents: Sequence[PostedSum], currencies: Mapping[str, str], rates: Rates, days: Days
) -> ReceivableDays:
    """Return the figure of some companies, each with the currency that it keeps its books in."""
    known = [each for each in documents if each.day <= days.end]
    spoken = {*currencies.values(), *(each.amount.currency for each in known)}
    billed = [each for each in known if _is_billed(each, days)]
    closing, average = _worth(rates.closing, rates), _worth(rates.average, rates)
    owed, sold = _sum(known, closing), _sum(billed, average)
    return ReceivableDays(
        open_receivables=_by_currency(known, spoken),
        billings_gross=_by_currency(billed, spoken),
        receivables_reporting=_money(owed, rates.currency),
        billings_reporting=_money(sold, rates.currency),
        days=days.count,
        dso=_dso(owed, sold, days),
        count_back=count_back(known, owed, average, days.end),
        by_entity=tuple(
            _entity(each, [one for one in known if one.legal_entity == each], currency, rates, days)
            for each, currency in sorted(currencies.items())
        ),
    )


def count_back(
    documents: Iterable[PostedSum], owed: Decimal | None, worth: Worth, end: date
) -> Decimal | None:
    """Return how many days back the newest billings make up what is owed, the last in part.

    None when something has no rate, or nobody was billed as much as is owed.
    """
    if owed is None:
        return None
    left, days, last = owed, Decimal(0), end
    billings = [each for each in documents if each.is_billing]
    for _ in range(_FURTHEST_BACK):
        if left <= 0:
            return hundredths(days)
        month = Days(last.replace(day=1), last)
        billed = _sum([each for each in billings if _is_billed(each, month)], worth)
        if billed is None:
            return None
        if billed >= left:
            return hundredths(days + left / billed * month.count)
        left, days = left - max(billed, Decimal(0)), days + month.count
        last = month.start - timedelta(days=1)
    return None


def _entity(
    code: str, documents: Sequence[PostedSum], currency: str, rates: Rates, days: Days
) -> EntityDays:
    """Return a company's figure in its own currency, in which what it bills needs no rate."""
    closing, average = _worth_in(currency, rates.closing), _worth_in(currency, rates.average)
    owed = _sum(documents, closing)
    sold = _sum([each for each in documents if _is_billed(each, days)], average)
    return EntityDays(
        legal_entity=code,
        currency=currency,
        receivables=_money(owed, currency),
        billings=_money(sold, currency),
        dso=_dso(owed, sold, days),
        count_back=count_back(documents, owed, average, days.end),
    )


def _is_billed(document: PostedSum, days: Days) -> bool:
    return document.is_billing and days.start <= document.day <= days.end


def _worth(known: Mapping[str, Decimal], rates: Rates) -> Worth:
    return lambda currency: Decimal(1) if currency == rates.currency else known.get(currency)


def _worth_in(own: str, known: Mapping[str, Decimal]) -> Worth:
    """Return what a unit is in a company's own currency, by way of the reporting currency."""

    def worth(currency: str) -> Decimal | None:
        if currency == own:
            return Decimal(1)
        theirs, ours = known.get(currency), known.get(own)
        return theirs / ours if theirs and ours else None

    return worth


def _sum(documents: Iterable[PostedSum], worth: Worth) -> Decimal | None:
    """Return what some documents are worth together; None when a currency has no rate."""
    total: dict[str, Decimal] = {}
    for each in documents:
        currency = each.amount.currency
        total[currency] = total.get(currency, Decimal(0)) + each.amount.value
    worths = {currency: worth(currency) for currency, amount in total.items() if amount}
    if any(each is None for each in worths.values()):
        return None
    return sum(
        (total[currency] * rate for currency, rate in worths.items() if rate is not None),
        start=Decimal(0),
    )


def _dso(owed: Decimal | None, sold: Decimal | None, days: Days) -> Decimal | None:
    if owed is None or not sold:
        return None
    return hundredths(owed / sold * days.count)


def _money(value: Decimal | None, currency: str) -> Money | None:
    return None if value is None else Money.of(value, currency)


def _by_currency(documents: Sequence[PostedSum], currencies: Iterable[str]) -> tuple[Money, ...]:
    return tuple(
        Money.total(
            (each.amount for each in documents if each.amount.currency == currency), currency
        )
        for currency in sorted(currencies)
    )
