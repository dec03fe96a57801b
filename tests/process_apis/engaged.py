"""An engagement that runs, as a register has it."""

from datetime import datetime

from msgspec.structs import replace

from process_apis.engagements import Engagement, EngagementStatus
from system_apis.canonical.contracts import Contract
from tests.process_apis.billing_facts import id_of


def engagement(
    project_number: str, opened_at: datetime, *, business_unit: str | None = None
) -> Engagement:
    """Return the engagement of a project that was opened at a moment."""
    return Engagement(
        project_number=project_number,
        name=f"The work of {project_number}",
        opportunity_id=None,
        contract_id=id_of("ct"),
        contract_number="CT-1",
        legal_entity="US",
        business_unit=business_unit,
        client_id=id_of("cl"),
        client_number="CL-1",
        client_name="A client",
        currency="USD",
        billing_model="T&M",
        project_manager="U-1",
        command_key=f"adopted:{project_number}",
        status=EngagementStatus.ACTIVE,
        agreed_at=opened_at,
        opened_at=opened_at,
    )


def engaged_by(contract: Contract, client: tuple[str, str], opened_at: datetime) -> Engagement:
    """Return the engagement of a contract's project with a client of a number and name."""
    number, name = client
    return replace(
        engagement(contract.project_number, opened_at),
        contract_id=contract.id,
        contract_number=contract.number,
        legal_entity=contract.legal_entity,
        client_id=contract.client_id,
        client_number=number,
        client_name=name,
        currency=contract.currency,
        billing_model=contract.billing_model,
        project_manager=contract.project_manager or "",
        command_key=f"o2p:{contract.project_number}",
    )
