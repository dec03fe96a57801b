"""What is on record about some records: who approved, what was done, which calls were made."""

from collections.abc import Iterable

from msgspec import Struct

from governance.access import Caller
from governance.audit import Audit, AuditRecord
from governance.audit_chain.reading import Question
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Approval
from process_apis.commands import Commands
from process_apis.engine import Engine
from process_apis.explanations.tree import Part, facts
from store.database import Store
from system_apis.effect_ledger import Sent, sent_under

_APPROVALS = "process:approvals:read"
_MOST = 200


class Trail(Struct, frozen=True):
    """Reads what is on record."""

    store: Store
    audit: Audit
    approvals: Approvals
    commands: Commands
    engine: Engine

    async def about(
        self, subjects: Iterable[str], *, runs: Iterable[str], keys: Iterable[str], by: Caller
    ) -> tuple[Part, ...]:
        """Return who approved, the steps that ran, the calls that were made, and the entries.

        Runs are found by what their commands begin with, calls by their business keys. Approvals
        are for who may read them; who did what, and why, is told by the audit at its own address.
        """
        about = [each for each in subjects if each]
        asked = [one for each in about for one in await self.approvals.about(each)]
        sent = await sent_under(self.store, list(keys))
        entries = [
            one
            for each in dict.fromkeys([*about, *(one.id for one in asked)])
            for one in await self.audit.records(Question(subject=each), limit=_MOST)
        ]
        may_read = _APPROVALS in by.scopes
        found = (
            Part(what="approvals", because=tuple(_approval(each) for each in asked if may_read)),
            Part(what="workflow steps", because=await self._steps(runs)),
            Part(what="calls to systems", because=tuple(_call(each) for each in sent)),
            Part(what="audit entries", because=tuple(_entry(each) for each in entries)),
        )
        return tuple(each for each in found if each.because)

    async def _steps(self, runs: Iterable[str]) -> tuple[Part, ...]:
        found = []
        for beginning in runs:
            for each in await self.commands.begun_with(beginning):
                steps = [one.name for one in await self.engine.progress(each.key)]
                found.append(
                    Part(
                        what=each.process,
                        facts=facts(
                            command=each.key,
                            status=each.status,
                            started_by=each.started_by,
                            accepted_at=each.accepted_at.isoformat(),
                            steps=", ".join(steps),
                        ),
                    )
                )
        return tuple(found)


def _approval(each: Approval) -> Part:
    given = "; ".join(f"{one.person} as {one.role}" for one in each.consents)
    return Part(
        what=f"{each.question}: {each.status}",
        facts=facts(
            version=each.subject_version,
            asked=", ".join(each.roles),
            asked_by=each.requested_by,
            decided_by=given or each.decided_by,
            decided_at=each.decided_at.isoformat() if each.decided_at else None,
            asked_about=each.amount,
            comment=each.comment,
        ),
    )


def _call(each: Sent) -> Part:
    return Part(
        what=f"{each.instance}: {each.operation}",
        facts=facts(
            key=each.key,
            state=each.state,
            attempts=each.attempts or None,
            record=each.record_id,
            at=each.updated_at.isoformat(),
        ),
    )


def _entry(each: AuditRecord) -> Part:
    return Part(
        what=f"{each.sequence} {each.action}",
        facts=facts(
            at=each.at,
            hash=each.hash[:16],
            read_at=f"/governance/v1/audit?subject={each.subject}",
        ),
    )
