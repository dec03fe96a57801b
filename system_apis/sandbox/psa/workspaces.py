"""The PSA's projects: the one thing that is made and changed through its API.

A workspace's `external_reference` is unique: creating it again answers the first one.
"""

from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.psa.listing import Meta, listed, listing
from system_apis.sandbox.psa.records import RateLine, Workspace
from system_apis.sandbox.psa.team import Team
from system_apis.sandbox.rounding import base_unit

_PATH = "/api/v1/workspaces"
_FILTERS = ("project_number", "external_reference")


class NewWorkspace(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a workspace is created from."""

    title: str
    project_number: str
    external_reference: str
    client_number: str
    client_name: str
    contract_number: str
    legal_entity: str
    billing_method: str
    currency: str
    lead: str
    template_code: str
    template_version: int
    start_date: date
    due_date: date
    department: str | None = None


class NewBudget(Struct, frozen=True, forbid_unknown_fields=True):
    """A budget in base units, which are named so that nobody mistakes them."""

    price_in_cents: int
    planned_cost_in_cents: int
    currency: str
    currency_base_unit: int
    target_margin: Decimal


class NewRateCard(Struct, frozen=True, forbid_unknown_fields=True):
    """The rates of every role."""

    rates: tuple[RateLine, ...]


class NewStatus(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a workspace is to stand."""

    status: str


class Workspaces:
    """The workspaces of one PSA."""

    def __init__(self, books: Books, team: Team) -> None:
        self._books, self._team = books, team
        self._shelf = Shelf(books, "workspace", Workspace, _FILTERS)

    def routes(self) -> list[Route]:
        """Return the addresses of workspaces."""
        one = f"{_PATH}/{{id}}"
        return [
            Route("projects", "GET", _PATH, self._all),
            Route("project", "GET", one, self._one),
            Route("create_project", "POST", _PATH, self._create),
            Route("set_budget", "PUT", f"{one}/budget", self._budget),
            Route("assign_rate_card", "PUT", f"{one}/rate_card", self._rates),
            Route("set_status", "PUT", f"{one}/status", self._status),
        ]

    def _all(self, call: Call) -> Answer:
        equal = {name: call.query[name] for name in _FILTERS if name in call.query}
        return listed(call, "workspaces", [_shown(each) for each in self._shelf.find(equal)])

    def _one(self, call: Call) -> Answer:
        return _answer(self._known(call))

    def _create(self, call: Call) -> Answer:
        wish = call.read(NewWorkspace)
        there = self._shelf.find({"external_reference": wish.external_reference})
        if there:
            return _answer(there[0])
        if self._shelf.find({"project_number": wish.project_number}):
            raise Refusal(422, "taken", f"{wish.project_number} has already been taken")
        made = Workspace(
            id=str(self._books.next("workspace", start=40001)),
            currency_base_unit=base_unit(wish.currency),
            **structs.asdict(wish),
        )
        return _answer(self._shelf.put(made.id, made, call.now), status=201)

    def _budget(self, call: Call) -> Answer:
        kept, wish = self._open(call), call.read(NewBudget)
        if (wish.currency, wish.currency_base_unit) != (
            kept.record.currency,
            kept.record.currency_base_unit,
        ):
            raise Refusal(422, "currency", f"the workspace is kept in {kept.record.currency}")
        planned = structs.replace(
            kept.record,
            price_in_cents=wish.price_in_cents,
            planned_cost_in_cents=wish.planned_cost_in_cents,
            target_margin=wish.target_margin,
        )
        return self._write(kept, _estimated(planned), call)

    def _rates(self, call: Call) -> Answer:
        kept, wish = self._open(call), call.read(NewRateCard)
        rates = wish.rates[: len(wish.rates) // 2] if call.half else wish.rates
        return self._write(kept, structs.replace(kept.record, rate_card=rates), call)

    def _status(self, call: Call) -> Answer:
        kept, wish = self._known(call), call.read(NewStatus).status
        allowed = {"Provisioning": {"Active", "Archived"}}.get(kept.record.status, set())
        if wish not in allowed | {kept.record.status}:
            raise Refusal(422, "status", f"a workspace does not go {kept.record.status} > {wish}")
        if wish == "Archived":
            self._team.dissolve(call, kept.record.project_number)
        return self._write(kept, structs.replace(kept.record, status=wish), call)

    def _write(self, kept: Kept[Workspace], wish: Workspace, call: Call) -> Answer:
        """Answer the wish; one that changes nothing makes no new version."""
        if wish == kept.record:
            return _answer(kept)
        return _answer(self._shelf.put(wish.id, wish, call.now))

    def _known(self, call: Call) -> Kept[Workspace]:
        kept = self._shelf.get(call.path["id"])
        if kept is None:
            raise Refusal(404, "not_found", "no such workspace")
        return kept

    def _open(self, call: Call) -> Kept[Workspace]:
        kept = self._known(call)
        if kept.record.status == "Archived":
            raise Refusal(422, "archived", "the workspace is archived")
        return kept


def _estimated(planned: Workspace) -> Workspace:
    """Return a workspace that is estimated: at its budget, until somebody estimates it again."""
    if planned.estimated_as_of is not None:
        return planned
    return structs.replace(
        planned,
        estimate_at_completion_in_cents=planned.planned_cost_in_cents,
        estimated_as_of=planned.start_date,
    )


def _answer(kept: Kept[Workspace], *, status: int = 200) -> Answer:
    shown = _shown(kept)
    return Answer(
        body=listing("workspaces", [shown], Meta(1, 1, 1)), status=status, record=shown.id
    )


def _shown(kept: Kept[Workspace]) -> Workspace:
    return structs.replace(kept.record, lock_version=kept.version, updated_at=kept.updated_at)
