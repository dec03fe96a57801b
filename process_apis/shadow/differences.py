"""Where people did otherwise than we would have done. Pure decisions."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from process_apis.project_to_cash.records import BillingEvent
from process_apis.shadow.records import Case, Difference, Verdict
from system_apis.canonical.billing import BookedLine, Invoice, InvoiceDraft, InvoiceLine
from system_apis.canonical.money import Money

Pair = tuple[InvoiceLine | None, BookedLine | None]


def nearest(events: Sequence[BillingEvent], invoice: Invoice) -> BillingEvent | None:
    """Return the planned event that an invoice of another hand is likeliest meant for."""

    def apart(event: BillingEvent) -> tuple[int, date]:
        return abs((event.planned_date - invoice.issue_date).days), event.planned_date

    return min(events, key=apart, default=None)


def invoice_case(
    event: BillingEvent,
    draft: InvoiceDraft | None,
    written: Sequence[Invoice],
    waits_for: tuple[str, ...] = (),
) -> Case:
    """Return how the invoice that we would have written compares with those that were."""
    subject = event.milestone or f"{event.period_start} to {event.period_end}"
    found = tuple(_invoice(draft, written)) if draft and written else ()
    verdict = Verdict.DIFFERS if found else Verdict.SAME
    if draft is None or not written:
        verdict = Verdict.ONLY_THEIRS if written else Verdict.ONLY_OURS
    return Case(
        subject=subject,
        project_number=event.project_number,
        legal_entity=event.legal_entity,
        verdict=verdict,
        ours=draft.gross if draft else None,
        theirs=Money.total((each.gross for each in written), written[0].currency)
        if written
        else None,
        documents=tuple(each.number or each.id for each in written),
        differences=found,
        waits_for=waits_for,
    )


def _invoice(draft: InvoiceDraft, written: Sequence[Invoice]) -> Iterator[Difference]:
    first = written[0]
    if any(each.currency != draft.currency for each in written):
        yield _text("currency", draft.currency, first.currency, "the contract names the currency")
        return
    if len(written) > 1:
        numbers = ", ".join(each.number or each.id for each in written)
        yield _text("invoices", "1", str(len(written)), f"one period is billed by {numbers}")
    yield from _heads(draft, first)
    if all(each.lines is not None for each in written):
        lines = [line for each in written for line in each.lines or ()]
        for ours, theirs in _paired(draft.lines, lines):
            yield from _line(ours, theirs, draft.currency)
    yield from _totals(draft, written)


def _totals(draft: InvoiceDraft, written: Sequence[Invoice]) -> Iterator[Difference]:
    for field, ours, amounts, reason in (
        ("net", draft.net, [each.net for each in written], "the lines add up to another sum"),
        ("tax", draft.tax, [each.tax for each in written], _tax(draft)),
        ("gross", draft.gross, [each.gross for each in written], "net and tax together"),
    ):
        theirs = Money.total(amounts, draft.currency)
        if ours != theirs:
            yield Difference(
                field=field,
                ours=str(ours),
                theirs=str(theirs),
                amount=theirs - ours,
                reason=reason,
            )


def _tax(draft: InvoiceDraft) -> str:
    return f"the contract names category {draft.tax_category} at {draft.tax_rate:%}"


def _heads(draft: InvoiceDraft, written: Invoice) -> Iterator[Difference]:
    pairs = (
        ("client_number", draft.client_number, written.client_number, "the books' own client"),
        ("issue_date", draft.issue_date, written.issue_date, "the day the contract plans"),
        ("due_date", draft.due_date, written.due_date, "the contract's payment terms"),
        (
            "purchase_order",
            draft.purchase_order,
            written.purchase_order,
            "the oldest valid order of the contract",
        ),
    )
    for field, ours, theirs, reason in pairs:
        if ours != theirs:
            yield _text(
                field,
                None if ours is None else str(ours),
                None if theirs is None else str(theirs),
                reason,
            )


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


def fields(pairs: Sequence[tuple[str, str | None, str | None, str]]) -> tuple[Difference, ...]:
    """Return the fields in which two records differ, each with why ours is as it is."""
    return tuple(
        _text(name, ours, theirs, reason) for name, ours, theirs, reason in pairs if ours != theirs
    )


def _text(field: str, ours: str | None, theirs: str | None, reason: str) -> Difference:
    return Difference(field=field, ours=ours, theirs=theirs, reason=reason)
