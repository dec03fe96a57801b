"""Projects as a dimension of a real ERP's books."""

import pytest

from system_apis.canonical.billing import LedgerProjectDraft
from system_apis.erp.interface import Erp
from system_apis.errors import Refused

pytestmark = pytest.mark.real


def _project(number: str) -> LedgerProjectDraft:
    return LedgerProjectDraft(
        number=number, name="Ledger move", legal_entity="NWA-US", client_number="CL-9"
    )


async def test_a_project_created_twice_by_one_key_is_one_dimension(erp: Erp) -> None:
    """Repeating a project answers with the dimension that is there; number and key find it."""
    first = await erp.create_ledger_project(_project("P-DIM"), key="project:50%_dim")
    again = await erp.create_ledger_project(_project("P-DIM"), key="project:50%_dim")

    assert first == again
    assert (first.number, first.client_number) == ("P-DIM", "CL-9")
    assert await erp.ledger_project("P-DIM", legal_entity="NWA-US") == first
    assert await erp.ledger_project_by_key("project:50%_dim") == first
    assert await erp.ledger_project_by_key("project:50__dim") is None


async def test_a_project_belongs_to_one_companys_books(erp: Erp) -> None:
    """The same number in another company is another project, and absent there."""
    await erp.create_ledger_project(_project("P-OWN"), key="project:own")

    assert await erp.ledger_project("P-OWN", legal_entity="NWA-DE") is None


async def test_a_number_is_used_once_in_a_companys_books(erp: Erp) -> None:
    """Another key cannot have a number that is taken."""
    await erp.create_ledger_project(_project("P-USED"), key="project:used")

    with pytest.raises(Refused) as refused:
        await erp.create_ledger_project(_project("P-USED"), key="project:other")

    assert refused.value.code == "NUMBER_TAKEN"
