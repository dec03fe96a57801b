"""Whether an opening balance agrees with the systems, and what it would write. Pure decisions."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from process_apis.adoption.balances import Obstacle, ObstacleCode, OpeningInvoice, OpeningProject
from process_apis.adoption.links import LinkState
from process_apis.adoption.records import Finding, FindingStatus
from process_apis.adoption.rules import same
from process_apis.adoption.running import RunningProject
from process_apis.project_to_cash.records import AdoptedDocument, ClientInvoice
from system_apis.canonical.billing import Invoice, InvoiceDraft, LineKind
from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money


class Listed(Struct, frozen=True):
    """An invoice of the file, with what the ERP, our ledger and the findings have of it."""

    wish: OpeningInvoice
    invoice: Invoice | None
    known: ClientInvoice | None
    finding: Finding | None


class Balance(Struct, frozen=True, kw_only=True):
    """What the systems say of a project that is to be taken over.

    `booked` are the ERP's invoices that were not written by us, `documents` those of them
    that would be taken over, `missing` what stands against it in the sources.
    """

    contract: Contract
    running: RunningProject
    project_finding: str | None
    client: LinkState
    carried: bool
    booked: tuple[Invoice, ...]
    listed: tuple[Listed, ...]
    documents: tuple[AdoptedDocument, ...]
    missing: tuple[Obstacle, ...]

    @property
    def finding_ids(self) -> tuple[str, ...]:
        """The findings that taking the balance over settles."""
        found = tuple(each.finding.id for each in self.listed if each.finding)
        return found if self.project_finding is None else (*found, self.project_finding)


def unknown_contract(project: OpeningProject) -> Obstacle:
    """Return what is said of a contract that there is not, or that the caller may not see."""
    return Obstacle(
        code=ObstacleCode.UNKNOWN_CONTRACT,
        reason=f"there is no contract {project.contract_number}",
        remedy="name the contract by its number in the contract system",
        at="/contract_number",
    )


def writes(balance: Balance) -> tuple[str, ...]:
    """Return what taking a balance over writes, in words."""
    number = balance.contract.project_number
    found = []
    if not balance.carried:
        found.append(f"engagement {number} with {len(balance.running.planned)} planned invoices")
    for document in balance.documents:
        sources = sum(len(each) for each in document.sources)
        invoice = document.invoice
        found.append(f"invoice {invoice.number} of {invoice.draft.net} with {sources} allocations")
    if link := balance.client.link:
        found.append(f"client {link.client_number} is the CRM's client")
    return tuple(found)


def obstacles(project: OpeningProject, balance: Balance) -> list[Obstacle]:
    """Return everything in which a file and the systems differ, all at once."""
    if project.project_number != balance.contract.project_number:
        return [
            _obstacle(
                ObstacleCode.CONTRACT_MISMATCH,
                f"{balance.contract.number} is the contract of {balance.contract.project_number}",
                "name the project and contract that belong together",
                "/project_number",
            )
        ]
    found = [*balance.running.obstacles, *_invoices(balance), *balance.missing]
    if balance.client.other:
        found.append(
            _obstacle(
                ObstacleCode.CLIENT_LINKED,
                f"the CRM's client is {balance.client.other} in the ERP already",
                "have a steward say which record is the client's",
                "/project_number",
            )
        )
    found += [*_sum(project), *_unlisted(project, balance)]
    if not found:
        found = [*_opening_balance(balance), *_orders(project, balance)]
    return found


def _invoices(balance: Balance) -> Iterator[Obstacle]:
    for count, each in enumerate(balance.listed):
        wish, at = each.wish, f"/invoices/{count}"
        if each.invoice is None:
            yield _obstacle(
                ObstacleCode.INVOICE_NOT_FOUND,
                f"the ERP has no posted {wish.number} on {balance.contract.project_number}",
                "name an invoice of the project by its number in the ERP",
                f"{at}/number",
            )
        elif not same(each.invoice.net, wish.net):
            yield _obstacle(
                ObstacleCode.SUM_MISMATCH,
                f"{wish.number} is {wish.net} in the file and {each.invoice.net} in the ERP",
                "put the file right: the ERP's books win",
                f"{at}/net",
            )
        elif each.finding and each.finding.status is FindingStatus.DISPUTED:
            yield _obstacle(
                ObstacleCode.DISPUTED,
                f"{wish.number} is disputed by {each.finding.disputed_by}",
                "have somebody else adopt it, or have it voided in the ERP",
                f"{at}/number",
            )
        elif each.known and not same(each.known.draft.net, wish.net):
            yield _obstacle(
                ObstacleCode.ALREADY_IMPORTED,
                f"{wish.number} was taken over with {each.known.draft.net}",
                "leave it out; what is in the ledger is corrected by a credit note",
                f"{at}/net",
            )


def _sum(project: OpeningProject) -> Iterator[Obstacle]:
    currency = project.billed_to_date.currency
    if any(each.net.currency != currency for each in project.invoices):
        reason = f"an invoice is not in {currency}"
    else:
        total = Money.total((each.net for each in project.invoices), currency)
        if same(total, project.billed_to_date):
            return
        reason = f"the invoices add up to {total}, billed to date is {project.billed_to_date}"
    yield _obstacle(
        ObstacleCode.SUM_MISMATCH, reason, "list every invoice of the project", "/billed_to_date"
    )


def _unlisted(project: OpeningProject, balance: Balance) -> Iterator[Obstacle]:
    listed = {each.number for each in project.invoices}
    for invoice in balance.booked:
        if invoice.number not in listed:
            yield _obstacle(
                ObstacleCode.INVOICE_NOT_LISTED,
                f"the ERP has {invoice.number} of {invoice.net}, which the file does not list",
                "list it with what it billed",
                "/invoices",
            )


def _opening_balance(balance: Balance) -> Iterator[Obstacle]:
    """What the contract calls billed until a day is what the file's invoices billed until then."""
    contract = balance.contract
    if contract.billed_to_date is None or contract.billed_until is None:
        return
    fees = Money.total(
        (_fees(each) for each in _drafts(balance) if _is_covered(each, contract.billed_until)),
        contract.currency,
    )
    if not same(fees, contract.billed_to_date):
        yield _obstacle(
            ObstacleCode.OPENING_BALANCE_MISMATCH,
            f"{contract.number} says {contract.billed_to_date} until {contract.billed_until},"
            f" the invoices until then {fees}",
            "put the contract's opening balance right, or the file",
            "/billed_to_date",
        )


def _is_covered(draft: InvoiceDraft, until: date) -> bool:
    return draft.issue_date <= until


def _fees(draft: InvoiceDraft) -> Money:
    fees = (each.net for each in draft.lines if each.kind is not LineKind.EXPENSES)
    return Money.total(fees, draft.currency)


def _orders(project: OpeningProject, balance: Balance) -> Iterator[Obstacle]:
    orders = {each.number: each for each in balance.contract.purchase_orders}
    for count, told in enumerate(project.purchase_orders):
        at = f"/purchase_orders/{count}"
        order = orders.get(told.number)
        if order is None:
            reason = f"{balance.contract.number} has no purchase order {told.number}"
            yield _obstacle(
                ObstacleCode.ORDER_UNKNOWN, reason, "file the order with the contract", at
            )
            continue
        used = Money.total(
            (each.net for each in _drafts(balance) if each.purchase_order == told.number),
            order.amount.currency,
        )
        if not same(order.amount - used, told.remaining):
            yield _obstacle(
                ObstacleCode.ORDER_REMAINDER_MISMATCH,
                f"{told.number} is of {order.amount}, the invoices that name it took {used}:"
                f" {order.amount - used} is left, not {told.remaining}",
                "put the order's number right on its invoices in the ERP, or the file",
                f"{at}/remaining",
            )


def _drafts(balance: Balance) -> Iterator[InvoiceDraft]:
    """Return every opening invoice, whether it is new or was taken over before."""
    for document in balance.documents:
        yield document.invoice.draft
    for each in balance.listed:
        if each.known:
            yield each.known.draft


def _obstacle(code: ObstacleCode, reason: str, remedy: str, at: str) -> Obstacle:
    return Obstacle(code=code, reason=reason, remedy=remedy, at=at)
