"""Which tax an invoice is drafted with, and what it says when there is none. Pure decisions.

Sources: EN 16931 (BR-AE-05 and its like: no rate; BR-AE-10: a reason), domain handbook 3(d).
"""

from decimal import Decimal

from system_apis.canonical.billing import UNTAXED
from system_apis.canonical.contracts import TaxTerms

OUT_OF_SCOPE = TaxTerms(category="O", rate=Decimal(0))
REVERSE_CHARGE = "AE"
REASONS = {REVERSE_CHARGE: "Reverse charge"}


def drafted_with(terms: TaxTerms | None) -> TaxTerms:
    """Return the tax that a draft names; what cannot be is drafted without any, and is blocked."""
    return OUT_OF_SCOPE if terms is None or contradicts_itself(terms) else terms


def contradicts_itself(terms: TaxTerms | None) -> bool:
    """Whether a contract names a rate together with a category that has none."""
    return terms is not None and terms.category in UNTAXED and bool(terms.rate)


def is_reverse_charge(terms: TaxTerms | None) -> bool:
    """Whether the client owes the tax in our place."""
    return terms is not None and terms.category == REVERSE_CHARGE and not terms.rate


def exemption_reason(terms: TaxTerms) -> str | None:
    """Return what an invoice must say about the tax that the client owes in our place."""
    return REASONS.get(terms.category)
