"""Bills that a finding held are looked at again once it is put right or waived."""

from msgspec import Struct

from governance.quality.findings import FindingState, QualityFinding, QualityFindings
from process_apis.billing_events import BillingFallenDue
from process_apis.engine import Engine
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import EventStatus

BY = "process:quality"


class HeldBills(Struct, frozen=True):
    """Starts another readiness check of whatever nothing of quality holds any more."""

    engine: Engine
    billing: BillingLedger
    findings: QualityFindings
    entities: frozenset[str]

    async def look(self) -> None:
        """Start the checks; one for each finding that was put right or waived."""
        blocked = await self.billing.events(entities=self.entities, statuses=[EventStatus.BLOCKED])
        held = [
            (each.finding_id, event)
            for event in blocked
            for each in event.blockers
            if each.finding_id is not None
        ]
        named = await self.findings.named({finding_id for finding_id, _ in held})
        over = {each.id: _occasion(each) for each in named if _is_over(each)}
        checks = [
            BillingFallenDue(
                billing_event_id=event.id,
                occasion=over[finding_id],
                legal_entity=event.legal_entity,
            )
            for finding_id, event in held
            if finding_id in over
        ]
        await self.engine.start_new(checks, by=BY)


def _is_over(finding: QualityFinding) -> bool:
    return finding.state is not FindingState.OPEN


def _occasion(finding: QualityFinding) -> str:
    """Return what ended a finding, so that each end calls for one check."""
    at = finding.waiver.until if finding.waiver else finding.resolved_at
    return f"{finding.id}:{finding.state}:{at}"
