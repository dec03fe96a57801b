"""The PSA's open roles, bookings and stories: who works in a workspace, and what is to be done.

A role and a story have an `external_reference` that is unique: asked for again, the first
one is answered.
"""

from datetime import date
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.psa.listing import Listed, Meta, listed, listing
from system_apis.sandbox.psa.records import Assignment, OpenRole, Story

_ROLES, _STORIES = "/api/v1/workspace_resources", "/api/v1/stories"
_BOOKINGS = "/api/v1/assignments"
_R = TypeVar("_R", OpenRole, Story, Assignment)
_BOOKED = ("workspace_number", "user_number")
_BOOKED_BY = (*_BOOKED, "external_reference", "workspace_resource_id", "state")
_ACTIVE, _CANCELLED = "active", "cancelled"
_REFERENCE = ("workspace_number", "external_reference")


class NewRole(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an open role is made from."""

    external_reference: str
    workspace_number: str
    legal_entity: str
    role_name: str
    start_date: date
    end_date: date
    user_number: str | None = None
    minutes: int | None = None
    percent: Decimal | None = None


class NewAssignment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a booking is made from, and the role that it fills."""

    external_reference: str
    user_number: str
    workspace_number: str
    legal_entity: str
    role_name: str
    percent: Decimal
    hard: bool
    start_date: date
    end_date: date
    workspace_resource_id: str | None = None


class NewStory(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a story is made from."""

    external_reference: str
    workspace_number: str
    legal_entity: str
    title: str
    assignee: str
    due_date: date
    blocks_start: bool = False


class NewWorkspace(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a booking is to count."""

    workspace_number: str


class NewState(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a story or a booking is to stand."""

    state: str


class Team:
    """The open roles, bookings and stories of one PSA."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._roles = Shelf(books, "workspace_resource", OpenRole, _REFERENCE, announced=False)
        self._stories = Shelf(books, "story", Story, _REFERENCE, announced=False)
        self.bookings = Shelf(books, "assignment", Assignment, _BOOKED_BY, announced=False)

    def routes(self) -> list[Route]:
        """Return the addresses of roles, bookings and stories."""
        story, booking = f"{_STORIES}/{{id}}", f"{_BOOKINGS}/{{id}}"
        role = f"{_ROLES}/{{id}}"
        return [
            Route("staffing_requests", "GET", _ROLES, self._all_roles),
            Route("staffing_request", "GET", role, self._one_role),
            Route("open_staffing_request", "POST", _ROLES, self._create_role),
            Route("bookings", "GET", _BOOKINGS, self._all_bookings),
            Route("booking", "GET", booking, self._one_booking),
            Route("book", "POST", _BOOKINGS, self._book),
            Route("cancel_booking", "PUT", f"{booking}/state", self._cancel),
            Route("move_booking", "PUT", f"{booking}/workspace", self._move),
            Route("tasks", "GET", _STORIES, self._all_stories),
            Route("task", "GET", story, self._one_story),
            Route("create_task", "POST", _STORIES, self._create_story),
            Route("complete_task", "PUT", f"{story}/state", self._set_state),
        ]

    def dissolve(self, call: Call, workspace_number: str) -> None:
        """Take the open roles of a workspace back that is archived."""
        for kept in self._roles.find({"workspace_number": workspace_number}):
            gone = structs.replace(kept.record, state="cancelled")
            self._roles.put(gone.id, gone, call.now)

    def _all_roles(self, call: Call) -> Answer:
        found = self._roles.find(_workspace(call))
        return listed(call, "workspace_resources", [_shown(each) for each in found])

    def _one_role(self, call: Call) -> Answer:
        return _answer("workspace_resources", _shown(_known(self._roles, call)))

    def _create_role(self, call: Call) -> Answer:
        wish = call.read(NewRole)
        there = self._roles.find({"external_reference": wish.external_reference})
        if there:
            return _answer("workspace_resources", _shown(there[0]))
        made = OpenRole(
            id=str(self._books.next("workspace_resource", start=6001)),
            state="named" if wish.user_number else "requested",
            **structs.asdict(wish),
        )
        kept = self._roles.put(made.id, made, call.now)
        return _answer("workspace_resources", _shown(kept), status=201)

    def _all_bookings(self, call: Call) -> Answer:
        asked = {name: call.query[name] for name in _BOOKED if name in call.query}
        found = self.bookings.find(asked | {"state": _ACTIVE})
        return listed(call, "assignments", [_shown(each) for each in found])

    def _one_booking(self, call: Call) -> Answer:
        return _answer("assignments", _shown(_known(self.bookings, call)))

    def _move(self, call: Call) -> Answer:
        kept, number = _known(self.bookings, call), call.read(NewWorkspace).workspace_number
        if kept.record.workspace_number != number:
            moved = structs.replace(kept.record, workspace_number=number)
            kept = self.bookings.put(moved.id, moved, call.now)
        return _answer("assignments", _shown(kept))

    def _book(self, call: Call) -> Answer:
        wish = call.read(NewAssignment)
        there = self.bookings.find({"external_reference": wish.external_reference})
        if there:
            return _answer("assignments", _shown(there[0]))
        made = Assignment(
            id=str(self._books.next("assignment", start=70001)), **structs.asdict(wish)
        )
        kept = self.bookings.put(made.id, made, call.now)
        self._fill(call, made.workspace_resource_id)
        return _answer("assignments", _shown(kept), status=201)

    def _cancel(self, call: Call) -> Answer:
        kept, state = _known(self.bookings, call), call.read(NewState).state
        if state != _CANCELLED:
            raise Refusal(422, "state", f"a booking is never made {state}")
        if kept.record.state != state:
            gone = structs.replace(kept.record, state=state)
            kept = self.bookings.put(gone.id, gone, call.now)
            self._fill(call, gone.workspace_resource_id)
        return _answer("assignments", _shown(kept))

    def _fill(self, call: Call, role: str | None) -> None:
        """Let a role stand as the bookings that fill it do."""
        kept = self._roles.get(role) if role else None
        if kept is None or kept.record.state == _CANCELLED:
            return
        by = self.bookings.find({"workspace_resource_id": kept.record.id, "state": _ACTIVE})
        hard = any(each.record.hard for each in by)
        named = bool(by) or kept.record.user_number is not None
        state = "filled" if hard else "named" if named else "requested"
        if state != kept.record.state:
            self._roles.put(kept.record.id, structs.replace(kept.record, state=state), call.now)

    def _all_stories(self, call: Call) -> Answer:
        found = self._stories.find(_workspace(call))
        return listed(call, "stories", [_shown(each) for each in found])

    def _one_story(self, call: Call) -> Answer:
        return _answer("stories", _shown(_known(self._stories, call)))

    def _create_story(self, call: Call) -> Answer:
        wish = call.read(NewStory)
        there = self._stories.find({"external_reference": wish.external_reference})
        if there:
            return _answer("stories", _shown(there[0]))
        made = Story(
            id=str(self._books.next("story", start=8001)),
            story_type="task",
            **structs.asdict(wish),
        )
        return _answer("stories", _shown(self._stories.put(made.id, made, call.now)), status=201)

    def _set_state(self, call: Call) -> Answer:
        kept, state = _known(self._stories, call), call.read(NewState).state
        if state not in {"not started", "completed"}:
            raise Refusal(422, "state", f"a story is never {state}")
        if kept.record.state != state:
            done = structs.replace(kept.record, state=state)
            kept = self._stories.put(done.id, done, call.now)
        return _answer("stories", _shown(kept))


def _workspace(call: Call) -> dict[str, str]:
    return {"workspace_number": call.query.get("workspace_number", "")}


def _known(shelf: Shelf[_R], call: Call) -> Kept[_R]:
    kept = shelf.get(call.path["id"])
    if kept is None:
        raise Refusal(404, "not_found", "no such record")
    return kept


def _shown(kept: Kept[_R]) -> _R:
    return structs.replace(kept.record, lock_version=kept.version, updated_at=kept.updated_at)


def _answer(key: str, record: Listed, *, status: int = 200) -> Answer:
    return Answer(body=listing(key, [record], Meta(1, 1, 1)), status=status, record=record.id)
