"""The exception queue as a caller sees it: of their companies and roles, and of their units."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from governance.access import Caller
from governance.pages import page_of
from process_apis.engagements import Engagements
from process_apis.errors import NoSuchRecord
from process_apis.exceptions.queue import (
    ExceptionQueue,
    ExceptionStatus,
    OpenException,
    Replay,
    cases_of,
)
from process_apis.listing import PAGE

# Returns the projects that the work of some commands is about, by the commands' keys.
ProjectsOf = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]


class SeenCases(Struct, frozen=True):
    """Shows cases; what is of a project of a business unit that is not the caller's is hidden.

    A case whose work is about no project is shown by its company alone.
    """

    queue: ExceptionQueue
    engagements: Engagements
    projects_of: ProjectsOf

    async def listed(self, caller: Caller, *, status: ExceptionStatus) -> list[OpenException]:
        """Return the cases of a status that the caller may put right, oldest first."""
        return await self.shown(caller, await self.queue.listed(caller, status=status))

    async def page(
        self, caller: Caller, status: ExceptionStatus, cursor: str | None, *, most: int = PAGE
    ) -> tuple[list[OpenException], str | None]:
        """Return a page of the cases that the caller may put right, and the cursor of the next.

        Raises `NoSuchPage` for a cursor that is of no page of the queue.
        """
        found: list[OpenException] = []
        while True:
            cases, cursor = await self.queue.page(caller, status, cursor, most=most + 1)
            found += await self.shown(caller, cases)
            if cursor is None or len(found) > most:
                break
        listing = cases_of(caller, status)
        return page_of(found, most, lambda last: listing.place((last.opened_at, last.id)))

    async def waiting(self, caller: Caller) -> list[OpenException]:
        """Return the open cases that the caller may put right now, and none of their own making."""
        seen = await self.listed(caller, status=ExceptionStatus.OPEN)
        return [each for each in seen if each.on_behalf_of != caller.subject]

    async def get(self, exception_id: str, caller: Caller) -> OpenException:
        """Return one case, or raise `NoSuchRecord`."""
        case = await self.queue.get(exception_id, caller)
        if not await self.shown(caller, [case]):
            raise NoSuchRecord(f"there is no exception {exception_id}")
        return case

    async def replay(self, system: str, *, note: str, by: Caller, at: datetime) -> Replay:
        """Retry every case that a system left to the caller, all in one unit of work or none."""
        seen = await self.listed(by, status=ExceptionStatus.OPEN)
        among = frozenset(each.id for each in seen)
        return await self.queue.replay(system, among, note=note, by=by, at=at)

    async def shown(self, caller: Caller, cases: Sequence[OpenException]) -> list[OpenException]:
        """Return those of some cases whose work is of no unit that is hidden from the caller."""
        hidden = await self.hidden(caller, [each.command_key for each in cases])
        return [each for each in cases if each.command_key not in hidden]

    async def called(self, cases: Sequence[OpenException]) -> Mapping[str, str]:
        """Return whose work some cases stopped, by their commands; of no project, of nobody."""
        projects = await self.projects_of([each.command_key for each in cases])
        names = await self.engagements.called(projects.values())
        return {key: names[number] for key, number in projects.items()}

    async def hidden(self, caller: Caller, command_keys: Sequence[str]) -> frozenset[str]:
        """Return the keys of those commands whose work is of a unit that the caller does not see.

        For who is bound to no unit nothing is looked up.
        """
        hidden = (await self.engagements.sight(caller)).hidden
        if not hidden or not command_keys:
            return frozenset()
        projects = await self.projects_of(command_keys)
        return frozenset(key for key, project in projects.items() if project in hidden)
