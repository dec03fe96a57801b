"""Which line of a keyed invoice is which of ours, and how they differ. Pure decisions."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from process_apis.shadow.records import Difference
from system_apis.canonical.billing import BookedLine, InvoiceLine
from system_apis.canonical.money import Money

Pair = tuple[InvoiceLine | None, BookedLine | None]


def of_lines(
    ours: Sequence[InvoiceLine], theirs: Sequence[BookedLine], currency: str
) -> Iterator[Difference]:
    """Return in which lines two invoices differ, each with what that is in money."""
    for here, there in _paired(ours, theirs):
        yield from _line(here, there, currency)


def _paired(ours: Sequence[InvoiceLine], theirs: Sequence[BookedLine]) -> list[Pair]:
    """Pair lines that are alike, then those of one person, then those of one price."""
    left, right = list(ours), list(theirs)
    pairs: list[Pair] = []
    for alike in (_equal, _one_person, _one_price, _one_sum):
        for line in list(left):
            found = next((each for each in right if alike(line, each)), None)
            if found is not None:
                left.remove(line)
                right.remove(found)
                pairs.append((line, found))
    return [*pairs, *((line, None) for line in left), *((None, line) for line in right)]


def _equal(ours: InvoiceLine, theirs: BookedLine) -> bool:
    return _one_price(ours, theirs) and _measure(ours) == _measure(theirs)


def _one_person(ours: InvoiceLine, theirs: BookedLine) -> bool:
    return ours.employee is not None and ours.employee == theirs.employee


def _one_price(ours: InvoiceLine, theirs: BookedLine) -> bool:
    same = ours.unit_price.value == theirs.unit_price.value
    return same and ours.employee == theirs.employee


def _one_sum(ours: InvoiceLine, theirs: BookedLine) -> bool:
    return ours.net == theirs.net


def _measure(line: InvoiceLine | BookedLine) -> tuple[Decimal, Decimal]:
    return line.quantity, line.net.value


def _line(
    ours: InvoiceLine | None, theirs: BookedLine | None, currency: str
) -> Iterator[Difference]:
    """Return how two lines of one thing differ, with what that is in money."""
    if ours and theirs and _equal(ours, theirs):
        return
    nothing = Money.zero(currency)
    here, there = ours.net if ours else nothing, theirs.net if theirs else nothing
    named = ours or theirs
    who = (named.employee or named.description) if named else ""
    yield Difference(
        field=f"line {who}",
        ours=_said(ours),
        theirs=_said(theirs),
        amount=there - here,
        reason=_why(ours, theirs),
    )


def _said(line: InvoiceLine | BookedLine | None) -> str | None:
    if line is None:
        return None
    return f"{line.quantity.normalize():f} x {line.unit_price.amount} = {line.net}"


def _why(ours: InvoiceLine | None, theirs: BookedLine | None) -> str:
    if ours is None:
        return "no approved source makes such a line"
    if theirs is None:
        return "approved sources make this line, and it was not billed"
    apart: list[tuple[str, Callable[[InvoiceLine | BookedLine], object], str]] = [
        ("quantity", lambda line: line.quantity, "the approved hours or amounts"),
        ("price", lambda line: line.unit_price.value, "the contract's rate"),
        ("person", lambda line: line.employee, "who did the work"),
    ]
    told = [f"{what} ({why})" for what, of, why in apart if of(ours) != of(theirs)]
    return f"another {' and '.join(told)}" if told else "rounded otherwise"
