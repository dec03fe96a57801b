"""The books that the tests seed have a place for everything that the firm bills."""

from decimal import Decimal

import msgspec
from msgspec import Struct

from system_apis.canonical.billing import LineKind
from tests.real.tryton.installation import HERE
from tests.stories.programs import NORTHWIND


class Tax(Struct, frozen=True):
    """A tax by which something is sold."""

    category: str
    rate: Decimal


class SeededCompany(Struct, frozen=True):
    """A company of the books."""

    code: str
    taxes: tuple[Tax, ...]


class Seed(Struct, frozen=True):
    """What the books are seeded with."""

    sold_by: dict[str, tuple[LineKind, ...]]
    companies: tuple[SeededCompany, ...]


class Contract(Struct, frozen=True):
    """A contract, as far as its tax goes."""

    legal_entity: str
    tax: Tax


class Firm(Struct, frozen=True):
    """What is agreed with the firm's clients."""

    contracts: tuple[Contract, ...]


SEED = msgspec.json.decode((HERE / "firm.json").read_bytes(), type=Seed)
FIRM = msgspec.json.decode((NORTHWIND / "fixture.json").read_bytes(), type=Firm)


def test_every_kind_of_line_is_sold_as_a_product() -> None:
    """A kind that is new to the firm's invoices is new to its books, too."""
    sold = [kind for kinds in SEED.sold_by.values() for kind in kinds]

    assert sorted(sold) == sorted(LineKind)


def test_every_company_has_the_taxes_of_its_contracts() -> None:
    """Exempt, two standard rates and reverse charge: each in its company's books."""
    seeded = {(each.code, tax) for each in SEED.companies for tax in each.taxes}

    assert seeded == {(each.legal_entity, each.tax) for each in FIRM.contracts}
