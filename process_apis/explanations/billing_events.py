"""Why a billing event stands where it does, and what of it is written off. Pure."""

from collections.abc import Iterator, Sequence

from process_apis.explanations.tree import Part, facts
from process_apis.project_to_cash.records import Allocation, BillingEvent
from process_apis.project_to_cash.write_offs.records import WriteOff

Sources = Sequence[Sequence[Allocation]]


def why_event(
    event: BillingEvent, off: WriteOff | None, sources: Sources, trail: Sequence[Part]
) -> Part:
    """Return what a billing event comes to, and why it is not invoiced if it is not.

    What is written off is made up of the lines that no invoice has, with the `sources` of each.
    """
    gone = off if off is not None and off.stands else None
    return Part(
        what=f"billing event {event.id}",
        amount=gone.draft.gross if gone else event.amount_expected,
        facts=facts(
            status=event.status,
            project=event.project_number,
            company=event.legal_entity,
            client=event.client_number,
            bills=event.kind,
            milestone=event.milestone,
            from_=event.period_start,
            until=event.period_end,
            planned=event.planned_date,
        ),
        parts=tuple(_given_up(gone, sources)) if gone else (),
        because=(*_blockers(event), *_asked(off), *trail),
    )


def _given_up(off: WriteOff, sources: Sources) -> Iterator[Part]:
    lines = tuple(
        Part(
            what=f"line {number + 1}: {line.description}",
            amount=line.net,
            facts=facts(kind=line.kind, person=line.employee, milestone=line.milestone),
            parts=tuple(_source(each) for each in sources[number]),
        )
        for number, line in enumerate(off.draft.lines)
    )
    yield Part(what="net of tax", amount=off.draft.net, parts=lines)
    yield Part(what="tax", amount=off.draft.tax, facts=facts(rate=off.draft.tax_rate))


def _source(each: Allocation) -> Part:
    return Part(
        what=f"{each.source_type} {each.source_number or each.source_id}".replace("_", " "),
        amount=each.effect,
        facts=facts(quantity=each.quantity, approved=each.approved),
    )


def _blockers(event: BillingEvent) -> Iterator[Part]:
    for each in event.blockers:
        yield Part(
            what=f"{each.code} {each.reason}", facts=facts(owner=each.owner, remedy=each.remedy)
        )


def _asked(off: WriteOff | None) -> Iterator[Part]:
    if off is not None:
        yield Part(
            what=f"write-off {off.id}",
            facts=facts(
                stage=off.stage,
                reason=off.reason,
                on=off.written_off_on,
                approvers=", ".join(off.approvers),
                terms_version=off.terms_version,
                put_back_because=off.reversal_reason,
                put_back_on=off.reversed_on,
            ),
        )
