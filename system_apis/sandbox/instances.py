"""Which systems a firm runs, each with books of its own in the data directory."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from system_apis.sandbox import firm as facts
from system_apis.sandbox.books import Books, Fact
from system_apis.sandbox.contracts import arrivals as contracts_arrivals
from system_apis.sandbox.contracts.api import SandboxContracts
from system_apis.sandbox.crm import arrivals as crm_arrivals
from system_apis.sandbox.crm.api import SandboxCrm
from system_apis.sandbox.erp import arrivals as erp_arrivals
from system_apis.sandbox.erp.api import SandboxErp
from system_apis.sandbox.exchange import SandboxSystem
from system_apis.sandbox.hr import arrivals as hr_arrivals
from system_apis.sandbox.hr.api import SandboxHr
from system_apis.sandbox.messaging.api import SandboxOutbox
from system_apis.sandbox.procurement import arrivals as procurement_arrivals
from system_apis.sandbox.procurement.api import SandboxProcurement
from system_apis.sandbox.psa import arrivals as psa_arrivals
from system_apis.sandbox.psa.api import SandboxPsa

_KINDS = {"crm", "psa", "erp", "contracts", "hr", "procurement", "messaging"}


def open_systems(firm: facts.Firm, data_dir: Path) -> dict[str, SandboxSystem]:
    """Return the firm's systems by instance; the facts are loaded into books that are empty.

    Kinds that the sandbox does not play are left out. A system that another one serves is
    played as an instance of its own all the same.
    """
    return {
        entry.id: _open(firm, entry, Books(data_dir / f"{entry.id}.sqlite"))
        for entry in firm.systems
        if entry.kind in _KINDS
    }


def _open(firm: facts.Firm, entry: facts.SystemEntry, books: Books) -> SandboxSystem:
    system = _system(firm, entry, books)
    if books.is_empty():
        books.load(_arrivals(firm, entry))
    return system


def _system(firm: facts.Firm, entry: facts.SystemEntry, books: Books) -> SandboxSystem:
    match entry.kind:
        case "crm":
            return SandboxCrm(books)
        case "psa":
            return SandboxPsa(books)
        case "erp":
            return SandboxErp(books, firm.served(entry), entry.rounding)
        case "hr":
            return SandboxHr(books)
        case "messaging":
            return SandboxOutbox(books)
        case "procurement":
            roundings = {each.id: firm.rounding_of(each.id) for each in firm.entities}
            return SandboxProcurement(books, roundings, procurement_arrivals.numbers(firm))
        case _:
            return SandboxContracts(books)


def _arrivals(firm: facts.Firm, entry: facts.SystemEntry) -> Iterable[Fact]:
    match entry.kind:
        case "crm":
            return crm_arrivals.arrivals(firm, entry.id)
        case "psa":
            return psa_arrivals.arrivals(firm, firm.served(entry))
        case "erp":
            ours = erp_arrivals.arrivals(firm, entry.id, firm.served(entry))
            return chain(erp_arrivals.currencies(entry), ours)
        case "hr":
            return hr_arrivals.arrivals(firm, firm.served(entry))
        case "messaging":
            return ()
        case "procurement":
            return procurement_arrivals.arrivals(firm)
        case _:
            return contracts_arrivals.arrivals(firm)
