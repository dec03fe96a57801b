"""The key figures put together: where they come from, and what the firm says of itself."""

from decimal import Decimal

from experience_apis.executive.figures.receivable_days import Rates
from experience_apis.executive.figuring import KeyFiguring
from experience_apis.executive.readings import Readings
from experience_apis.executive.sources import FirmFacts, Sources
from experience_apis.executive.terms import KeyFigureTerms
from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from process_apis.approvals.answered import ApprovalTimes
from process_apis.opportunity_to_project.set_up_waits import SetUpWaits
from process_apis.project_to_cash.ledger.billed_events import BilledEvents
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.read_models.asking import ReadModels
from process_apis.resource_to_revenue.snapshots import Snapshots
from process_apis.revenue.books.entries import RevenueLedger
from system_apis.systems import Systems


def key_figuring(
    firm: Firm,
    base: Foundation,
    systems: Systems,
    models: ReadModels,
    ledger: BillingLedger,
    waits: SetUpWaits,
) -> KeyFiguring:
    """Return what works out the firm's key figures."""
    own = {firm.reporting_currency: Decimal(1)}
    return KeyFiguring(
        Sources(
            readings=Readings(systems, models, firm.codes, Snapshots(base.store, base.audit)),
            billing=ledger,
            billed=BilledEvents(base.store),
            approval_times=ApprovalTimes(base.store),
            set_up_waits=waits,
            quality=base.quality,
            revenue=RevenueLedger(base.store, base.audit, base.clock.now),
            exchange=firm.exchange(),
            instances=systems.instances,
        ),
        FirmFacts(
            entities=firm.legal_entities(),
            rates=Rates(
                currency=firm.reporting_currency,
                average={**firm.fx_avg, **own},
                closing={**firm.fx_close, **own},
            ),
            terms=Editions(KeyFigureTerms(), firm.terms.key_figures),
        ),
        base.clock.now,
    )
