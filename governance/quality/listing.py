"""Which findings are listed, in which order: asked of the database, a page at a time."""

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import JSON, ColumnElement, Select, String, cast, func, or_, select, tuple_
from sqlalchemy import type_coerce as read_as

from governance.access import Caller
from governance.pages import MomentPlace, Named
from governance.quality.tables import quality_findings

_table = quality_findings.c
# What has no column of its own is read from the record.
_record = read_as(cast(_table.record, String), JSON)
# A moment of a whole second has no fraction, and sorts before those that have one without the Z.
_OPENED = func.rtrim(_record["opened_at"].as_string(), "Z")


class FindingQuestion(Struct, frozen=True, kw_only=True):
    """Which findings somebody wants to see; what is not said lets every one through."""

    rule: str | None = None
    system: str | None = None
    legal_entity: str | None = None
    owner: str | None = None
    state: str | None = None


class FindingPlace(MomentPlace, frozen=True, tag="findings"):
    """Where a page of findings ends: when the last of it was opened, and its id."""

    id: Named


EVERY = FindingQuestion()


def seen_by(
    caller: Caller, question: FindingQuestion, *, after: FindingPlace | None = None
) -> Select[tuple[bytes]]:
    """Return the query for the findings after a place that a caller may see, oldest first."""
    wanted = [*_shown_to(caller), *_asked(question)]
    if after is not None:
        opened = after.at.replace(tzinfo=None).isoformat()
        wanted.append(tuple_(_OPENED, _table.id) > tuple_(opened, after.id))
    return select(_table.record).where(*wanted).order_by(_OPENED, _table.id)


def _shown_to(caller: Caller) -> list[ColumnElement[bool]]:
    entity, unit = _table.legal_entity, _record["business_unit"].as_string()
    seen = [or_(entity.is_(None), entity.in_(sorted(caller.entities)))]
    if caller.units is not None:
        seen.append(or_(unit.is_(None), unit.in_(sorted(caller.units))))
    return seen


def _asked(question: FindingQuestion) -> list[ColumnElement[bool]]:
    columns = {"legal_entity": _table.legal_entity, "state": _table.state}
    return [
        columns.get(name, _record[name].as_string()) == said
        for name, said in asdict(question).items()
        if said is not None
    ]
