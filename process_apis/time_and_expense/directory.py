"""Who of the firm holds which role in which company, as far as it is known to whom to turn."""

from msgspec import Struct


class Directory(Struct, frozen=True):
    """The people who can be asked by name; of others the whole role is asked."""

    holders: frozenset[tuple[str, str, str]] = frozenset()

    def knows(self, person: str, legal_entity: str) -> bool:
        """Whether a person is known to hold any role in a company."""
        return any(who == person and company == legal_entity for who, _, company in self.holders)

    def holds(self, person: str | None, role: str, legal_entity: str) -> bool:
        """Whether a person is known to hold a role in a company."""
        return (person, role, legal_entity) in self.holders
