"""Where the law wants invoices to be electronic, and from which day on. Pure.

The law of a country binds what its businesses bill each other; across borders nobody is bound
before 2030 (Directive (EU) 2025/516). The days below are those of a firm of middle size [P].
Sources [K]: Belgium, law of 6 February 2024; Croatia, Zakon o fiskalizaciji (NN 89/2025);
France, loi de finances pour 2024, art. 91; Germany, UStG sections 14 and 27(38), above a
turnover of 800,000 EUR, a year later below; Italy, legge 205/2017, art. 1(909); Poland, ustawa
o VAT, art. 106ga; Romania, Legea 296/2023.
"""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct, field

BEGINS: Mapping[str, date] = {
    "BE": date(2026, 1, 1),
    "DE": date(2027, 1, 1),
    "FR": date(2026, 9, 1),
    "HR": date(2026, 1, 1),
    "IT": date(2019, 1, 1),
    "PL": date(2026, 4, 1),
    "RO": date(2024, 7, 1),
}


class ElectronicInvoicing(Struct, frozen=True, kw_only=True):
    """From which day each country's businesses bill each other electronically.

    Clients who are `mailed_too` have what is electronic by mail as well.
    """

    begins: Mapping[str, date] = field(default_factory=lambda: BEGINS)
    version: int = 1
    mailed_too: frozenset[str] = frozenset()

    def since(self, seller: str, buyer: str) -> date | None:
        """Return the first day on which the law binds two countries' businesses, if any does."""
        return self.begins.get(seller) if seller == buyer else None

    def is_mandated(self, seller: str, buyer: str, *, on: date) -> bool:
        """Whether an invoice of a day must be electronic."""
        since = self.since(seller, buyer)
        return since is not None and since <= on
