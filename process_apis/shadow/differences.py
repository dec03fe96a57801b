"""Where people did otherwise than we would have done. Pure decisions."""

from collections.abc import Iterator, Sequence

from process_apis.project_to_cash.records import BillingEvent
from process_apis.shadow.lines import of_lines
from process_apis.shadow.records import Case, Difference, Verdict
from system_apis.canonical.billing import Invoice, InvoiceDraft
from system_apis.canonical.money import Money


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
        yield from of_lines(draft.lines, lines, draft.currency)
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


def fields(pairs: Sequence[tuple[str, str | None, str | None, str]]) -> tuple[Difference, ...]:
    """Return the fields in which two records differ, each with why ours is as it is."""
    return tuple(
        _text(name, ours, theirs, reason) for name, ours, theirs, reason in pairs if ours != theirs
    )


def _text(field: str, ours: str | None, theirs: str | None, reason: str) -> Difference:
    return Difference(field=field, ours=ours, theirs=theirs, reason=reason)
