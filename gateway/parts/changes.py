"""The parts of changes put together: the survey of what they bring, and their carrying out."""

from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from process_apis.approvals.decisions import Approvals
from process_apis.change_requests.amending import Amending
from process_apis.change_requests.applications import Applications
from process_apis.change_requests.arranging import Arranging
from process_apis.change_requests.asking import Asking
from process_apis.change_requests.noticing import Noticing
from process_apis.change_requests.process import Changes
from process_apis.change_requests.submitting import Submitting
from process_apis.change_requests.surroundings import Surroundings
from process_apis.change_requests.surveying import Surveying
from process_apis.engagements import Engagements
from process_apis.notices.looking import Telling
from process_apis.project_to_cash.ledger.redating import Redating
from process_apis.revenue.closing import Closing


def asking_of(firm: Firm, base: Foundation, closing: Closing, approvals: Approvals) -> Asking:
    """Make what works out the plans of changes, and has them approved."""
    recognizing = closing.recognizing
    surveying = Surveying(
        closing.systems,
        recognizing.engagements,
        closing.billing,
        recognizing.reading,
        Surroundings(closing.systems, recognizing.exchange),
        firm.legal_entities(),
        Editions(firm.change_terms(), firm.terms.changes),
        recognizing.terms,
        firm.fiscal_year_start,
        base.clock.now,
    )
    return Asking(surveying, Applications(base.store, base.audit), approvals, base.clock.now)


def changes_of(base: Foundation, asking: Asking) -> Changes:
    """Make what carries the plans of changes out."""
    survey = asking.surveying
    return Changes(
        Submitting(survey.systems, asking.applications),
        asking,
        Amending(survey.systems, survey.billing, Redating(base.store, base.audit)),
        Arranging(survey.systems, survey.engagements, asking.applications, base.clock.now),
    )


def noticing_of(
    firm: Firm, base: Foundation, engagements: Engagements, approvals: Approvals, telling: Telling
) -> Noticing:
    """Make what tells clients of changes."""
    return Noticing(
        Applications(base.store, base.audit),
        engagements,
        approvals,
        telling.outgoing,
        telling.letters,
        firm.codes,
        base.clock.now,
    )
