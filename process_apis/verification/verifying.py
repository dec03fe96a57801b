"""Looks whether what must always hold does, on what is recorded now."""

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct

from governance.audit import Audit
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.rules import ApprovalPolicy
from process_apis.sight import Sight
from process_apis.time_and_expense.directory import Directory
from process_apis.verification.booked import Reading
from process_apis.verification.evidence import Booked, Kept, Snapshot
from process_apis.verification.kept import snapshot
from process_apis.verification.records import Span, Verdict, VerificationReport
from process_apis.verification.table import INVARIANTS, Invariant
from store.clock import Clocks
from store.database import Store

R = TypeVar("R")


class Verification(Struct, frozen=True, kw_only=True):
    """Looks at our own books and the systems' beside them; nothing is written."""

    store: Store
    audit: Audit
    reading: Reading
    policy: ApprovalPolicy
    directory: Directory
    patience: int
    entities: frozenset[str]
    clocks: Clocks

    async def report(
        self, sight: Sight, span: Span, *, only: str | None = None, company: str | None = None
    ) -> VerificationReport:
        """Return the verdicts on what a caller sees, of all invariants or one."""
        asked = [each for each in INVARIANTS if only in {None, each.id}]
        if not asked:
            raise NoSuchRecord(f"there is no invariant {only}")
        entities = sight.caller.entities & self.entities
        if company is not None:
            entities &= {company}
        whole = entities == self.entities and sight.caller.units is None
        heads = self.audit.heads() if any(each.chains for each in asked) else None
        ours = await self.store.read(lambda connection: snapshot(connection, heads))
        kept = self._kept(ours, sight, entities, span, whole=whole)
        booked = Booked()
        if any(each.systems for each in asked):
            booked = await self.reading.of(entities, kept.engagements)
        verdicts = tuple(_verdict(each, kept, booked) for each in asked)
        return VerificationReport(
            as_of=kept.now,
            legal_entities=tuple(sorted(entities)),
            whole=whole,
            holds=all(each.holds for each in verdicts),
            verdicts=verdicts,
        )

    def _kept(
        self, ours: Snapshot, sight: Sight, entities: frozenset[str], span: Span, *, whole: bool
    ) -> Kept:
        """Return our own books as far as they are of some companies that the caller sees."""

        def of(records: Iterable[R]) -> tuple[R, ...]:
            return tuple(each for each in sight.of(records) if _company(each) in entities)

        invoices, notes = of(ours.invoices), of(ours.credit_notes)
        given_up = of(ours.write_offs)
        documents = {each.id for each in invoices} | {each.id for each in notes}
        documents |= {each.id for each in given_up}
        seen = {each.id for each in of(each.approval for each in ours.approvals)}
        return Kept(
            now=self.clocks.wall(),
            business_now=self.clocks.business(),
            span=span,
            whole=whole,
            entities=entities,
            policy=self.policy,
            directory=self.directory,
            patience=self.patience,
            commands=_if_seen(ours.commands, entities, whole=whole),
            cases=tuple(each for each in ours.cases if whole or each.case.legal_entity in entities),
            effects=ours.effects if whole else (),
            audit=_if_seen(ours.audit, entities, whole=whole),
            audit_verdict=ours.audit_verdict if whole else None,
            answers=ours.answers if whole else (),
            invoices=invoices,
            credit_notes=notes,
            write_offs=given_up,
            events=of(ours.events),
            allocations=tuple(each for each in ours.allocations if each.document_id in documents),
            approvals=tuple(each for each in ours.approvals if each.approval.id in seen),
            engagements=of(ours.engagements),
            findings=of(ours.findings),
            revenue=of(ours.revenue),
            standings=of(ours.standings),
            references=ours.references,
        )


def _company(record: object) -> str | None:
    company = getattr(getattr(record, "draft", record), "legal_entity", None)
    return company if isinstance(company, str) else None


def _if_seen(some: tuple[R, ...], entities: frozenset[str], *, whole: bool) -> tuple[R, ...]:
    """Return those of a company that is seen; what names none is for who sees all of them."""
    return tuple(each for each in some if whole or _company(each) in entities)


def _verdict(invariant: Invariant, kept: Kept, booked: Booked) -> Verdict:
    looked = invariant.look(kept, booked)
    return Verdict(
        invariant=invariant.view,
        holds=not looked.breaks,
        looked_at=looked.counts,
        breaks=looked.breaks,
    )
