"""Staffing put together: its records and terms, and the process that works on them."""

from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from process_apis.approvals.decisions import Approvals
from process_apis.change_requests.applications import Applications
from process_apis.engagements import Engagements
from process_apis.resource_to_revenue.booking import BookingSteps
from process_apis.resource_to_revenue.cases import Cases
from process_apis.resource_to_revenue.desk import StaffingDesk
from process_apis.resource_to_revenue.freezing import Freezing
from process_apis.resource_to_revenue.process import ResourceToRevenue
from process_apis.resource_to_revenue.questions import Questions
from process_apis.resource_to_revenue.reading import Reading
from process_apis.resource_to_revenue.records import BookingCase, Replan
from process_apis.resource_to_revenue.snapshots import Snapshots
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.systems import Systems


def terms_of(firm: Firm) -> Editions[StaffingTerms]:
    """Return the firm's own terms of staffing."""
    return Editions(StaffingTerms(), firm.terms.staffing)


def desk_of(
    firm: Firm, base: Foundation, systems: Systems, engagements: Engagements
) -> StaffingDesk:
    """Make the records of staffing."""
    regions = {each.code: each.region for each in firm.business_units if each.region}
    return StaffingDesk(
        Reading(systems, engagements, firm.legal_entities(), regions),
        Cases(base.store, base.audit, BookingCase, "booking"),
        Cases(base.store, base.audit, Replan, "replan"),
        Snapshots(base.store, base.audit),
        firm.exchange(),
        terms_of(firm),
        base.clock.now,
    )


def staffing_of(
    base: Foundation, desk: StaffingDesk, approvals: Approvals, applications: Applications
) -> ResourceToRevenue:
    """Make the process of the same records."""
    now = base.clock.now
    return ResourceToRevenue(
        booking=BookingSteps(desk.reading.systems, desk.cases, desk.reading, desk.terms, now),
        questions=Questions(desk.cases, approvals, now),
        freezing=Freezing(
            desk.reading,
            desk.snapshots,
            desk.replans,
            applications,
            base.quality,
            desk.exchange,
            desk.terms,
            now,
        ),
    )
