"""Which project the work of a command is about, by what its event names.

An event names a project, or a record of ours that is of one. What is of a whole company (a month,
a payment, an order, a vendor's bill) is of no project.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Column, Connection, Select, select

from process_apis.change_requests.applications import change_applications
from process_apis.commands import Commands
from process_apis.engagements import engagements
from process_apis.events.event import Event
from process_apis.procure_to_pay.papers import purchase_papers
from process_apis.project_to_cash.collection.disputes import disputes
from process_apis.project_to_cash.collection.reminders import reminders
from process_apis.project_to_cash.ledger.tables import (
    billing_events,
    client_credit_notes,
    client_invoices,
)
from process_apis.project_to_cash.mailing.register import invoice_mails
from process_apis.resource_to_revenue.cases import staffing_cases
from process_apis.time_and_expense.tables import handed_in
from store.database import Store

_MOST = 500
_INVOICE = client_invoices.c
# Each gives the id that an event names, and the project's number.
_OF_A_PROJECT: dict[str, Select[str, str]] = {
    "opportunity_id": select(engagements.c.opportunity_id, engagements.c.project_number),
    "contract_id": select(engagements.c.contract_id, engagements.c.project_number),
    "project_id": select(engagements.c.project_id, engagements.c.project_number),
    "billing_event_id": select(billing_events.c.id, billing_events.c.project_number),
    "invoice_id": select(_INVOICE.id, _INVOICE.project_number),
    "application_id": select(change_applications.c.id, change_applications.c.project_number),
    "booking_case_id": select(staffing_cases.c.id, staffing_cases.c.project_number),
}
# What is of an invoice is of its project.
_OF_AN_INVOICE: dict[str, tuple[Column[str], Column[str]]] = {
    "credit_note_id": (client_credit_notes.c.id, client_credit_notes.c.invoice_id),
    "dispute_id": (disputes.c.id, disputes.c.invoice_id),
    "reminder_id": (reminders.c.id, reminders.c.invoice_id),
    "document_id": (invoice_mails.c.document_id, invoice_mails.c.invoice_id),
}
# These tables keep it inside their records.
_IN_A_RECORD: dict[str, Select[str, bytes]] = {
    "row_id": select(handed_in.c.id, handed_in.c.record).order_by(handed_in.c.version),
    "request_id": select(purchase_papers.c.id, purchase_papers.c.record),
    "receipt_case_id": select(purchase_papers.c.id, purchase_papers.c.record),
}


class _Record(Struct, frozen=True):
    project_number: str | None = None


class ProjectsNamed(Struct, frozen=True):
    """Looks up of which projects the work of commands is."""

    store: Store
    commands: Commands

    async def of(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return the projects of some commands by their keys; what is of none is left out."""
        events = await self.commands.events_of(keys)
        return await self.store.read(lambda connection: _projects(connection, events))


def _projects(connection: Connection, events: Mapping[str, Event]) -> dict[str, str]:
    named = {key: structs.asdict(event) for key, event in events.items()}
    found = {
        key: str(said["project_number"])
        for key, said in named.items()
        if said.get("project_number") is not None
    }
    for field in (*_OF_A_PROJECT, *_OF_AN_INVOICE, *_IN_A_RECORD):
        ids = {key: str(said[field]) for key, said in named.items() if said.get(field)}
        wanted = sorted({each for key, each in ids.items() if key not in found})
        known = _known(connection, field, wanted)
        found = {key: known[each] for key, each in ids.items() if each in known} | found
    return found


def _known(connection: Connection, field: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the projects of some records, by their ids."""
    known = dict[str, str]()
    for start in range(0, len(ids), _MOST):
        some = ids[start : start + _MOST]
        look = _records if field in _IN_A_RECORD else _rows
        known |= look(connection, field, some)
    return known


def _rows(connection: Connection, field: str, ids: Sequence[str]) -> dict[str, str]:
    if field in _OF_A_PROJECT:
        query = _OF_A_PROJECT[field]
    else:
        one, invoice = _OF_AN_INVOICE[field]
        query = select(one, _INVOICE.project_number).where(_INVOICE.id == invoice)
    rows = connection.execute(query.where(query.selected_columns[0].in_(ids)))
    return {str(one): str(project) for one, project in rows}


def _records(connection: Connection, field: str, ids: Sequence[str]) -> dict[str, str]:
    query = _IN_A_RECORD[field]
    rows = connection.execute(query.where(query.selected_columns[0].in_(ids)))
    said = {str(one): msgspec.json.decode(record, type=_Record) for one, record in rows}
    return {one: each.project_number for one, each in said.items() if each.project_number}
