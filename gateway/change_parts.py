"""The parts of changes put together: the survey of what they bring with them."""

from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from process_apis.change_requests.surroundings import Surroundings
from process_apis.change_requests.surveying import Surveying
from process_apis.revenue.closing import Closing


def surveying_of(firm: Firm, base: Foundation, closing: Closing) -> Surveying:
    """Make what works out the plans of changes."""
    recognizing = closing.recognizing
    return Surveying(
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
