"""What a firm's facts name that they do not have: companies, people, projects, currencies."""

from collections.abc import Collection, Iterator

from babel.numbers import is_currency
from msgspec import Struct

from gateway.demo.facts import StoryFacts
from gateway.firm import Firm
from system_apis.sandbox.firm import Firm as SandboxFirm

TELLERS = ("operator", "finance")


class Wrong(Struct, frozen=True):
    """Something in a firm's facts, and what to do about it."""

    field: str
    reason: str
    remedy: str


def wrong_references(firm: Firm, held: SandboxFirm, story: StoryFacts) -> Iterator[Wrong]:
    """Yield every name in a firm's facts that nothing in them bears."""
    yield from _currencies(firm, held)
    yield from _people(firm, held)
    yield from _clients(held)
    yield from _deals(firm, held)
    yield from _work(held)
    yield from _cases(held, story)


def _currencies(firm: Firm, held: SandboxFirm) -> Iterator[Wrong]:
    told = {"reporting_currency": firm.reporting_currency}
    told |= {f"entities[{n}].currency": each.currency for n, each in enumerate(firm.entities)}
    told |= {f"contracts[{n}].currency": each.currency for n, each in enumerate(held.contracts)}
    told |= {f"expenses[{n}].currency": each.currency for n, each in enumerate(held.expenses)}
    sold = enumerate(held.opportunities)
    told |= {f"opportunities[{n}].currency": each.currency for n, each in sold}
    for n, books in enumerate(held.systems):
        told |= {f"systems[{n}].currencies[{k}]": each for k, each in enumerate(books.currencies)}
    for field, currency in told.items():
        if not is_currency(currency):
            yield Wrong(field, f"{currency} is no ISO 4217 currency", "say one, like EUR or JPY")


def _people(firm: Firm, held: SandboxFirm) -> Iterator[Wrong]:
    for role in TELLERS:
        if not any(role in each.roles for each in firm.people):
            yield Wrong("people", f"nobody has the role {role}", "give it to somebody")
    for n, each in enumerate(held.employees):
        at = f"employees[{n}].legal_entity"
        yield from _unknown(at, each.legal_entity, firm.codes, "entities")


def _clients(held: SandboxFirm) -> Iterator[Wrong]:
    clients = {each.id for each in held.clients}
    for n, each in enumerate(held.clients):
        if each.parent is not None:
            yield from _unknown(f"clients[{n}].parent", each.parent, clients, "clients")


def _deals(firm: Firm, held: SandboxFirm) -> Iterator[Wrong]:
    clients = {each.id for each in held.clients}
    sales = {each.id for each in held.opportunities}
    people = {each.id for each in firm.people}
    for section in ("contracts", "future_contracts"):
        for n, each in enumerate(getattr(held, section)):
            at = f"{section}[{n}]"
            yield from _unknown(f"{at}.client", each.client, clients, "clients")
            yield from _unknown(f"{at}.legal_entity", each.legal_entity, firm.codes, "entities")
            if each.opportunity is not None:
                yield from _unknown(f"{at}.opportunity", each.opportunity, sales, "opportunities")
            if each.project_manager is not None:
                yield from _unknown(f"{at}.project_manager", each.project_manager, people, "people")
            if "/" in each.project:
                remedy = "leave the slash out: the number is part of addresses"
                yield Wrong(f"{at}.project", f"{each.project} has a slash", remedy)
    for n, sale in enumerate(held.opportunities):
        yield from _unknown(f"opportunities[{n}].client", sale.client, clients, "clients")


def _work(held: SandboxFirm) -> Iterator[Wrong]:
    people = {each.id for each in held.employees}
    projects = _projects(held)
    for n, row in enumerate(held.time_entries):
        yield from _unknown(f"time_entries[{n}].employee", row.employee, people, "employees")
        if row.billable:
            yield from _no_contract(f"time_entries[{n}].project", row.project, projects)
    for n, spent in enumerate(held.expenses):
        yield from _unknown(f"expenses[{n}].employee", spent.employee, people, "employees")
        if spent.billable:
            yield from _no_contract(f"expenses[{n}].project", spent.project, projects)


def _cases(held: SandboxFirm, story: StoryFacts) -> Iterator[Wrong]:
    projects, contracts = _projects(held), {each.id for each in held.agreements}
    sales = {each.id for each in held.opportunities}
    for n, level in enumerate(held.service_levels):
        yield from _unknown(f"service_levels[{n}].contract", level.contract, contracts, "contracts")
    for n, payment in enumerate(story.payments):
        if payment.project is not None:
            yield from _no_contract(f"payments[{n}].invoice", payment.project, projects)
    if story.credit_rebill:
        yield from _no_contract("credit_rebill.project", story.credit_rebill.project, projects)
    if story.cap_raise:
        yield from _unknown("cap_raise.contract", story.cap_raise.contract, contracts, "contracts")
    if story.setup_case:
        sold = story.setup_case.opportunity
        yield from _unknown("setup_case.opportunity", sold, sales, "opportunities")
    if story.rounding_case and not is_currency(story.rounding_case.currency):
        reason = f"{story.rounding_case.currency} is no ISO 4217 currency"
        yield Wrong("rounding_case.currency", reason, "say one, like EUR or JPY")


def _projects(held: SandboxFirm) -> set[str]:
    return {each.project for each in held.agreements}


def _unknown(field: str, name: str, there: Collection[str], section: str) -> Iterator[Wrong]:
    if name not in there:
        remedy = f"name one that `{section}` has, or add it there"
        yield Wrong(field, f"there is no {name} in `{section}`", remedy)


def _no_contract(field: str, project: str, there: Collection[str]) -> Iterator[Wrong]:
    if project not in there:
        remedy = "name a project that one of `contracts` has, or add its contract"
        yield Wrong(field, f"no contract is for {project}", remedy)
