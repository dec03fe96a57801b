"""Bills that a finding held: it holds them until it is put right or waived."""

from collections.abc import Sequence

from msgspec import Struct

from governance.quality.findings import FindingState, QualityFinding, QualityFindings
from process_apis.project_to_cash.held_bills import Freed
from process_apis.project_to_cash.records import BillingEvent

BY = "process:quality"


class HeldByFindings(Struct, frozen=True):
    """Knows which findings held bills and do so no more."""

    findings: QualityFindings

    async def freed(self, blocked: Sequence[BillingEvent]) -> list[Freed]:
        """Return each finding's end that frees one of some bills."""
        held = [
            (each.finding_id, event)
            for event in blocked
            for each in event.blockers
            if each.finding_id is not None
        ]
        named = await self.findings.named({finding_id for finding_id, _ in held})
        over = {each.id: _end(each) for each in named if each.state is not FindingState.OPEN}
        return [Freed(event, over[finding_id]) for finding_id, event in held if finding_id in over]


def _end(finding: QualityFinding) -> str:
    """Return what ended a finding."""
    at = finding.waiver.until if finding.waiver else finding.resolved_at
    return f"{finding.id}:{finding.state}:{at}"
