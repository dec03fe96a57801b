"""The sandbox's identities: a wish for a token never adds rights."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.firm import Person, load_firm
from gateway.people import UnknownIdentity, Wish, holder_of, integrator_secret
from governance.roles import scopes_of
from system_apis.canonical.organisation import BusinessUnit

FIRM = load_firm(Path(__file__).parents[2] / "northwind")


def test_a_role_and_an_id_name_a_person_with_the_rights_of_their_roles() -> None:
    """Either word will do."""
    by_role = holder_of(Wish(who="finance"), FIRM)

    assert holder_of(Wish(who=by_role.subject), FIRM) == by_role
    assert by_role.scopes == scopes_of(["finance"])
    assert by_role.entities == FIRM.codes


def test_the_integrator_is_a_client_application_of_its_own() -> None:
    """No person stands behind it."""
    holder = holder_of(Wish(who="integrator"), FIRM)

    assert holder.subject == holder.client_id == "integrator"


def test_a_narrower_wish_gives_less() -> None:
    """One entity and one scope, if that is all that is asked for."""
    wish = Wish(who="finance", entity="NWA-DE", scopes=("experience:finance:read",))

    holder = holder_of(wish, FIRM)

    assert holder.entities == {"NWA-DE"}
    assert holder.scopes == {"experience:finance:read"}


IN_UNITS = replace(
    FIRM,
    business_units=(
        BusinessUnit(code="US", name="US", legal_entity="NWA-US"),
        BusinessUnit(code="US-TAX", name="Tax", legal_entity="NWA-US", parent_code="US"),
    ),
    people=(
        *FIRM.people,
        Person("U-X", "X", ("finance",), ("NWA-US",), units=("US",)),
        Person("U-Y", "Y", ("finance",), ("NWA-US",), units=("US-TAX",)),
    ),
)


def test_who_is_bound_to_a_unit_gets_no_token_for_another() -> None:
    """The one below is theirs, the one above is not; who is bound to none may ask for any."""
    held = [
        holder_of(Wish(who=who, unit=unit), IN_UNITS).units
        for who, unit in {"U-X": None, "U-Y": "US-TAX", "finance": "US-TAX"}.items()
    ]
    with pytest.raises(UnknownIdentity, match="US-TAX only"):
        holder_of(Wish(who="U-Y", unit="US"), IN_UNITS)

    assert held == [{"US"}, {"US-TAX"}, {"US-TAX"}]
    assert holder_of(Wish(who="U-X", unit="US-TAX"), IN_UNITS).units == {"US-TAX"}
    assert holder_of(Wish(who="finance"), IN_UNITS).units is None


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Wish(who="nobody"), "integrator"),
        (Wish(who="finance", unit="US-TAX"), "no unit"),
        (Wish(who="U-PM1", entity="NWA-DE"), "NWA-US"),
        (Wish(who="finance", scopes=("governance:clock:write",)), "governance:clock:write"),
    ],
)
def test_a_wish_for_more_is_refused_by_name(wish: Wish, told: str) -> None:
    """The text says who there is, or what is missing."""
    with pytest.raises(UnknownIdentity, match=told):
        holder_of(wish, FIRM)


def test_the_integrators_secret_is_made_once_and_readable_by_its_owner_alone(
    tmp_path: Path,
) -> None:
    """Mode 0600, the same secret at every start."""
    secret = integrator_secret(tmp_path / "keys")

    assert integrator_secret(tmp_path / "keys") == secret
    assert (tmp_path / "keys" / "integrator.secret").stat().st_mode & 0o777 == 0o600
