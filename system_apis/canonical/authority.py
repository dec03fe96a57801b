"""Which system has the last word on which fields: the system of record of each field group.

Source: domain handbook, 1.1 (authority per field group, per legal entity).
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from governance.wrong_field import WrongField
from system_apis.canonical.record import Text


class SystemOfRecord(StrEnum):
    """The kinds of systems that may own fields."""

    CRM = "crm"
    CONTRACTS = "contracts"
    PSA = "psa"
    ERP = "erp"
    HR = "hr"
    PROCUREMENT = "procurement"


class FieldGroup(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Fields of a record that one kind of system owns; what others say of them is a conflict."""

    record: Text
    name: Text
    fields: tuple[Text, ...]
    system: SystemOfRecord


def _group(record: str, name: str, fields: str, system: SystemOfRecord) -> FieldGroup:
    return FieldGroup(record=record, name=name, fields=tuple(fields.split()), system=system)


# Who owns what as long as a firm says nothing else [P].
FIELD_GROUPS = (
    _group("client", "legal_identity", "legal_name tax_id", SystemOfRecord.ERP),
    _group("client", "billing", "billing_address payment_terms_days", SystemOfRecord.ERP),
    _group("client", "relationship", "domain", SystemOfRecord.CRM),
    _group("opportunity", "sale", "stage amount closed_won_at", SystemOfRecord.CRM),
    _group(
        "contract",
        "terms",
        "rates total_value milestones recurring nte_cap payment_terms_days billing_model",
        SystemOfRecord.CONTRACTS,
    ),
    _group("project", "plan", "name status budget rates start end", SystemOfRecord.PSA),
    _group("time_entry", "work", "work_date hours billable status", SystemOfRecord.PSA),
    _group("employee", "employment", "name role fte hire_date", SystemOfRecord.HR),
    _group("vendor", "bank_and_tax", "bank_accounts tax_ids", SystemOfRecord.PROCUREMENT),
    _group("invoice", "posting", "number tax gross status paid", SystemOfRecord.ERP),
    _group("payment", "cash", "amount applications unapplied", SystemOfRecord.ERP),
)


class Authorities(Struct, frozen=True, kw_only=True):
    """Who owns which field group; `of_entities` says for a company what differs from `groups`."""

    groups: tuple[FieldGroup, ...] = FIELD_GROUPS
    of_entities: Mapping[str, Mapping[str, SystemOfRecord]] = {}

    def __post_init__(self) -> None:
        known = {f"{each.record}.{each.name}" for each in self.groups}
        for entity, owned in self.of_entities.items():
            if unknown := sorted(set(owned) - known):
                raise WrongField(entity, f"{', '.join(unknown)} is no field group")

    def owner(self, group: FieldGroup, legal_entity: str) -> SystemOfRecord:
        """Return the kind of system that owns a group's fields in a company."""
        own = self.of_entities.get(legal_entity, {})
        return own.get(f"{group.record}.{group.name}", group.system)

    def groups_of(self, record: str) -> tuple[FieldGroup, ...]:
        """Return the field groups of a kind of record."""
        return tuple(each for each in self.groups if each.record == record)
