"""Projects in Tryton: analytic accounts, so that its books tell what a project earned."""

from typing import ClassVar

import msgspec
from msgspec import Struct

from system_apis.canonical.billing import LedgerProject, LedgerProjectDraft
from system_apis.errors import NotFound
from system_apis.tryton.books import Books
from system_apis.tryton.values import Created, Told, labelled, noted
from system_apis.tryton.wire import escaped

_NORMAL = ["type", "=", "normal"]


class AnalyticAccount(Told, frozen=True, kw_only=True):
    """A dimension of the books; our projects are such. Its note keeps client and key."""

    model: ClassVar[str] = "analytic_account.account"
    fields: ClassVar[tuple[str, ...]] = (
        *("code", "name", "company", "note", "root", "state", "create_date", "write_date"),
    )

    code: str | None
    name: str
    company: int
    note: str | None
    root: int | None
    state: str

    def canonical(self, project_id: str, instance: str, legal_entity: str) -> LedgerProject:
        """Say the same in our words."""
        return LedgerProject(
            id=project_id,
            number=self.code or "",
            name=self.name,
            legal_entity=legal_entity,
            client_number=noted(self.note, "Client") or "",
            is_active=self.state == "opened",
            source=self.source(instance, "ledger_project"),
        )


class NewAnalyticAccount(Struct, frozen=True):
    """A dimension of the books that is open from the start."""

    name: str
    code: str
    company: int
    root: int
    parent: int
    note: str | None
    type: str = "normal"
    state: str = "opened"


class Projects:
    """The project dimensions of the books; a number is used once in a company."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def account(self, number: str, legal_entity: str) -> AnalyticAccount | None:
        """Return the account of a project in a legal entity's books, if they have it."""
        company = ["company", "=", self._books.company(legal_entity).id]
        domain = [company, _NORMAL, ["code", "=", number]]
        found = await self._books.wire.search(AnalyticAccount, domain)
        return found[0] if found else None

    async def required(self, number: str, legal_entity: str) -> AnalyticAccount:
        """Return the account of a project, or raise `Refused` where the books do not have it."""
        account = await self.account(number, legal_entity)
        if account is None:
            reason = f"no project {number} in {legal_entity}"
            raise self._books.refusal(reason, "PROJECT_UNKNOWN")
        return account

    async def one(self, number: str, legal_entity: str) -> LedgerProject | None:
        """Return the project of a number in a legal entity's books, if they have it."""
        found = await self.account(number, legal_entity)
        return await self._canonical(found) if found else None

    async def by_key(self, key: str) -> LedgerProject | None:
        """Return the project that was created with this key, if any."""
        domain = self._books.own(_NORMAL, ["note", "like", f"%Key: {escaped(key)}"])
        found = await self._books.wire.search(AnalyticAccount, domain)
        made = [each for each in found if noted(each.note, "Key") == key]
        return await self._canonical(made[0]) if made else None

    async def create(self, draft: LedgerProjectDraft, key: str) -> LedgerProject:
        """Create a project under the root that the company's projects stand under."""
        if made := await self.by_key(key):
            return made
        if await self.account(draft.number, draft.legal_entity):
            reason = f"another project has the number {draft.number}"
            raise self._books.refusal(reason, "NUMBER_TAKEN")
        company = self._books.company(draft.legal_entity)
        under = ["type", "=", "root"], ["name", "=", company.projects]
        domain = [["company", "=", company.id], *under]
        named = f"analytic root {company.projects}"
        root = await self._books.only(AnalyticAccount.model, domain, named, company)
        new = NewAnalyticAccount(
            name=draft.name,
            code=draft.number,
            company=company.id,
            root=root,
            parent=root,
            note=labelled({"Client": draft.client_number, "Key": key}),
        )
        reply = await self._books.wire.create(AnalyticAccount.model, new, company=company.id)
        made_id = reply.read(Created).id
        return await self._canonical(await self._books.the(AnalyticAccount, made_id))

    async def close(self, number: str, legal_entity: str) -> LedgerProject:
        """Close the account of a project, so that nothing more can be booked on it."""
        account = await self.account(number, legal_entity)
        if account is None:
            raise NotFound(self._books.instance, f"no project {number} in {legal_entity}")
        if account.state != "closed":
            context = {"company": account.company}
            changed = [[account.id], {"state": "closed"}, context]
            method = f"model.{AnalyticAccount.model}.write"
            await self._books.wire.call(msgspec.Raw, method, changed, writes=True)
        return await self._canonical(await self._books.the(AnalyticAccount, account.id))

    async def _canonical(self, account: AnalyticAccount) -> LedgerProject:
        (id_,) = await self._books.references.ids_of("ledger_project", [str(account.id)])
        legal_entity = self._books.legal_entity(account.company)
        return account.canonical(id_, self._books.instance, legal_entity)
