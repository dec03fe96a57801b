"""Fields that one system owns are told apart from what another says of them."""

import pytest
from msgspec.structs import replace

from process_apis.client_authority.rules import Difference, differences
from system_apis.canonical.authority import Authorities, SystemOfRecord
from tests.process_apis.billing_facts import client

IDENTITY, *_ = Authorities().groups_of("client")
OWNED = replace(client(), legal_name="Contoso Health Inc.", tax_id="12-3456789")


@pytest.mark.parametrize(
    ("name", "tax_id", "found"),
    [
        ("Contoso Health Inc.", "12-3456789", ()),
        ("CONTOSO  HEALTH Inc.", "12-3456789", ()),
        ("Contoso Health Inc.", None, ()),
        (
            "Contoso Health Inc.",
            "99-1234567",
            (Difference("tax_id", "99-1234567", "12-3456789"),),
        ),
        (
            "Contoso Care Inc.",
            "12-3456789",
            (Difference("legal_name", "Contoso Care Inc.", "Contoso Health Inc."),),
        ),
    ],
)
def test_what_is_said_otherwise_is_a_difference(
    name: str, tax_id: str | None, found: tuple[Difference, ...]
) -> None:
    """Case and spaces are not; nor is what the other system does not say at all."""
    changed = replace(client(), legal_name=name, tax_id=tax_id)

    assert differences(changed, OWNED, IDENTITY) == found


def test_a_company_may_have_another_owner_of_a_field_group() -> None:
    """The rest of the firm stays with the usual one."""
    owned = {"US": {"client.legal_identity": SystemOfRecord.CRM}}
    authorities = Authorities(of_entities=owned)

    assert authorities.owner(IDENTITY, "US") is SystemOfRecord.CRM
    assert authorities.owner(IDENTITY, "DE") is SystemOfRecord.ERP


def test_a_field_group_that_there_is_not_is_refused() -> None:
    """A spelling mistake must not leave a field without an owner in silence."""
    with pytest.raises(ValueError, match="no field group"):
        Authorities(of_entities={"US": {"client.legal_name": SystemOfRecord.CRM}})
