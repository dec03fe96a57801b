"""Whether a client record says otherwise than the system that owns its fields. Pure decisions."""

from msgspec import Struct

from system_apis.canonical.authority import FieldGroup
from system_apis.canonical.party import Client


class Difference(Struct, frozen=True):
    """A field with what the changed record says of it, and what its owner has."""

    field: str
    told: str
    kept: str


class Conflict(Struct, frozen=True, kw_only=True):
    """A client's fields that were changed in a system that does not own them."""

    client_id: str
    client_number: str
    group: str
    changed_in: str
    owner: str
    legal_entity: str
    version: int
    differences: tuple[Difference, ...]

    @property
    def title(self) -> str:
        """What a steward is asked, with both values."""
        said = "; ".join(
            f"{each.field.replace('_', ' ')} is {each.told} in {self.changed_in}"
            f" and {each.kept} in {self.owner}"
            for each in self.differences
        )
        return f"{self.client_number}: {said}, which owns it: have {self.owner} changed?"


def differences(changed: Client, owned: Client, group: FieldGroup) -> tuple[Difference, ...]:
    """Return the fields of a group of which both records say something, and not the same."""
    found = []
    for name in group.fields:
        told, kept = getattr(changed, name, None), getattr(owned, name, None)
        if told is not None and kept is not None and _plain(told) != _plain(kept):
            found.append(Difference(name, str(told), str(kept)))
    return tuple(found)


def _plain(value: object) -> object:
    """Return a text as it reads, whatever its case and spacing."""
    return "".join(value.casefold().split()) if isinstance(value, str) else value
