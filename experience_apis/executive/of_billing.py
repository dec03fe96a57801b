"""The figures about billing: readiness, invoicing in time, and what clients still owe."""

from collections.abc import Sequence

from msgspec import Struct

from experience_apis.executive.figures import invoicing, receivable_days
from experience_apis.executive.figures import readiness as first_checks
from experience_apis.executive.figures.invoicing import Companies, OnTimeInvoicing
from experience_apis.executive.figures.readiness import Readiness
from experience_apis.executive.figures.receivable_days import Days, ReceivableDays
from experience_apis.executive.page import first_of, records
from experience_apis.executive.readings import Posted
from experience_apis.executive.sources import Asked, FirmFacts, Sources, Told
from experience_apis.executive.terms import KeyFigureTerms
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from process_apis.read_models.documents.records import Wanted


class BillingFacts(Struct, frozen=True, kw_only=True):
    """What fell due on the days that are asked about, and what was invoiced of it."""

    events: Sequence[BillingEvent]
    invoices: Sequence[ClientInvoice]


async def read(sources: Sources, asked: Asked) -> BillingFacts:
    """Return what fell due and what was invoiced, of the companies and projects asked for."""
    window, scope = asked.window, asked.scope
    events = await sources.billing.events(
        entities=scope.entities, planned_from=window.start, planned_until=window.last_day
    )
    due = [each for each in events if scope.has(each.legal_entity, each.project_number)]
    return BillingFacts(events=due, invoices=await sources.billed.invoices(each.id for each in due))


def readiness(facts: BillingFacts, firm: FirmFacts) -> Told[Readiness]:
    """Return how much was ready at its first check."""
    rates = firm.rates
    return Told(
        first_checks.readiness(facts.events, rates.average, rates.currency),
        (records("billing_event", (each.id for each in first_checks.due(facts.events))),),
    )


def on_time_invoicing(
    facts: BillingFacts, firm: FirmFacts, asked: Asked, terms: KeyFigureTerms
) -> Told[OnTimeInvoicing]:
    """Return how much was invoiced in time."""
    companies = Companies(
        entities=firm.entities,
        as_of=asked.window.as_of,
        grace_business_days=terms.invoice_grace_business_days,
    )
    return Told(
        invoicing.on_time_invoicing(facts.events, facts.invoices, companies),
        (
            records("billing_event", (each.id for each in first_checks.due(facts.events))),
            records("client_invoice", (each.id for each in facts.invoices)),
        ),
    )


async def posted(sources: Sources, asked: Asked) -> Posted:
    """Return what the books posted of what is asked for; deposits are no billing."""
    window, scope = asked.window, asked.scope
    deposits = await sources.billed.deposits(scope.entities)
    return await sources.readings.posted(
        Wanted(
            entities=scope.entities,
            start=window.start,
            end=window.last_day,
            projects=scope.projects,
            hidden=frozenset(scope.sight.hidden),
            client_number=scope.part.client_number,
            left_out=frozenset(each.ledger_id for each in deposits if each.ledger_id),
        )
    )


def dso(found: Posted, firm: FirmFacts, asked: Asked) -> Told[ReceivableDays]:
    """Return how many days of billing are still owed."""
    window, scope = asked.window, asked.scope
    currencies = {code: firm.entities[code].currency for code in scope.entities}
    days = Days(window.start, window.last_day)
    return Told(
        receivable_days.receivable_days(found.sums.sums, currencies, firm.rates, days),
        tuple(
            first_of(kind, traced.ids, traced.count) for kind, traced in found.sums.traces.items()
        ),
    )
