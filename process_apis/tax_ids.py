"""Tax ids: whether one is well formed for its country. Pure decisions."""

from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat
from stdnum.us import ein


def is_valid_tax_id(tax_id: str, country: str) -> bool:
    """Whether a tax id is well formed for its country; other countries' are taken as they are."""
    validator = {"US": ein, "GB": gb_vat}.get(country)
    if validator is None and country.lower() in eu_vat.MEMBER_STATES:
        validator = eu_vat
    return validator is None or bool(validator.is_valid(tax_id))
