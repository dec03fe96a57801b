"""What changed between two sets of contracts, which of it breaks a caller, and whom."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from gateway.published.contracts import (
    Contract,
    Contracts,
    Events,
    OperationContract,
    Query,
    Schema,
)
from gateway.published.schema_changes import ChangeKind, SchemaPair, Side
from governance.policy import Stage
from governance.usage import WHOLE_RECORD, UsageRow
from process_apis.events.published import TOLD_BY


class Consumer(Struct, frozen=True):
    """Who used what changed, how often and until when."""

    name: str
    calls: int
    last_day: date


class ContractChange(Struct, frozen=True, kw_only=True):
    """One change: where it is, and who used what it changes.

    One that `breaks` is announced when the version was a preview, or is gone after its sunset;
    otherwise it belongs in a new version beside the old one.
    """

    api: str
    operation: str | None
    pointer: str
    kind: ChangeKind
    detail: str
    breaks: bool
    announced: bool = False
    consumers: tuple[Consumer, ...] = ()


def compare(old: Contracts, new: Contracts, *, on: date) -> list[ContractChange]:
    """Return what changed from old to new, as it stands on a day."""
    if not old.writes_bounds:
        new = new.without_bounds()
    found: list[ContractChange] = []
    for api in sorted(old.apis.keys() | new.apis.keys()):
        before, after = old.apis.get(api), new.apis.get(api)
        if before is None:
            found.append(_change(api, None, "", ChangeKind.VERSION_ADDED, "is new"))
        elif after is None:
            gone = _change(api, None, "", ChangeKind.VERSION_REMOVED, "is gone")
            found.append(replace(gone, announced=_is_over(before, on)))
        elif _is_over(after, on) and not _is_over(before, on):
            told = "answers no more, and no release said so before"
            found.append(_change(api, None, "", ChangeKind.VERSION_REMOVED, told))
        else:
            preview = before.stage is Stage.PREVIEW
            changes = _of_version(api, before, after)
            found += (replace(each, announced=preview and each.breaks) for each in changes)
    return [*found, *_of_events(old.events, new.events)]


def with_consumers(
    changes: Iterable[ContractChange], usage: Iterable[UsageRow]
) -> list[ContractChange]:
    """Return the changes, those that break with whoever used what they change."""
    rows = list(usage)
    return [
        replace(each, consumers=tuple(_consumers(each, rows))) if each.breaks else each
        for each in changes
    ]


def _is_over(contract: Contract, on: date) -> bool:
    """Whether a version's callers are told on a day that it is gone."""
    come = contract.sunset_on is not None and contract.sunset_on <= on
    return come or contract.stage is Stage.RETIRED


def _of_version(api: str, old: Contract, new: Contract) -> Iterator[ContractChange]:
    if new.stage is Stage.PREVIEW and old.stage is not Stage.PREVIEW:
        told = f"{old.stage} became {new.stage}, which may change at any time"
        yield _change(api, None, "/stage", ChangeKind.STAGE_LOWERED, told)
    yield from _of_sunset(api, old, new)
    types = SchemaPair(old.types, new.types)
    for name in sorted(old.operations.keys() | new.operations.keys()):
        before, after = old.operations.get(name), new.operations.get(name)
        if before is None:
            yield _change(api, name, "", ChangeKind.OPERATION_ADDED, "is new")
        elif after is None:
            yield _change(api, name, "", ChangeKind.OPERATION_REMOVED, "is gone")
        else:
            yield from _of_operation(api, name, types, before, after)


def _of_events(old: Events, new: Events) -> Iterator[ContractChange]:
    """Yield what changed of what subscribers are told; a type of event has no sunset."""
    types = SchemaPair(old.types, new.types)
    for name in sorted(old.told.keys() | new.told.keys()):
        before, after = old.told.get(name), new.told.get(name)
        if before is None:
            yield _change(TOLD_BY, name, "", ChangeKind.EVENT_ADDED, "is new")
            continue
        if after is None:
            yield _change(TOLD_BY, name, "", ChangeKind.EVENT_REMOVED, "is gone")
            continue
        if before.scope != after.scope:
            told = f"{before.scope} became {after.scope}"
            yield _change(TOLD_BY, name, "", ChangeKind.SCOPE_CHANGED, told)
        for said in types.changes(before.data, after.data, "/data", Side.ANSWER):
            yield _change(TOLD_BY, name, said.pointer, said.kind, said.detail)


def _of_sunset(api: str, old: Contract, new: Contract) -> Iterator[ContractChange]:
    was, is_now = old.sunset_on, new.sunset_on
    if is_now is not None and was is None:
        told = f"will be gone on {is_now}"
        yield _change(api, None, "/sunset_on", ChangeKind.SUNSET_ANNOUNCED, told)
    elif is_now is not None and was is not None and is_now < was:
        told = f"{was} became {is_now}"
        yield _change(api, None, "/sunset_on", ChangeKind.SUNSET_EARLIER, told)


def _of_operation(
    api: str, name: str, types: SchemaPair, old: OperationContract, new: OperationContract
) -> Iterator[ContractChange]:
    if (old.method, old.path) != (new.method, new.path):
        told = f"{old.method} {old.path} became {new.method} {new.path}"
        yield _change(api, name, "", ChangeKind.OPERATION_MOVED, told)
    if old.scope != new.scope:
        yield _change(api, name, "", ChangeKind.SCOPE_CHANGED, f"{old.scope} became {new.scope}")
    if old.status is not None and old.status != new.status:
        told = f"{old.status} became {new.status}"
        yield _change(api, name, "", ChangeKind.STATUS_CHANGED, told)
    if new.idempotency_key and not old.idempotency_key:
        told = "an Idempotency-Key must be sent now"
        yield _change(api, name, "", ChangeKind.KEY_REQUIRED, told)
    yield from _of_defaults(api, name, old.query, new.query)
    # Query, body and answer are compared as fields of what is sent, or read.
    for before, after, at, side in (
        (_query(old), _query(new), "/query", Side.INPUT),
        (old.body or _NOTHING, new.body or _NOTHING, "/body", Side.INPUT),
        (old.answer or _NOTHING, new.answer or _NOTHING, "/answer", Side.ANSWER),
    ):
        for said in types.changes(before, after, at, side):
            yield _change(api, name, said.pointer, said.kind, said.detail)


def _of_defaults(
    api: str, name: str, old: Mapping[str, Query], new: Mapping[str, Query]
) -> Iterator[ContractChange]:
    for parameter in sorted(old.keys() & new.keys()):
        was, now = old[parameter].default, new[parameter]
        if was is not None and was != now.default and not now.required:
            told = f"left out, it was {was} and is {now.default}"
            yield _change(api, name, f"/query/{parameter}", ChangeKind.DEFAULT_CHANGED, told)


_NOTHING = Schema(type="null")


def _query(operation: OperationContract) -> Schema:
    """Return the parameters of a query as one record that is sent."""
    return Schema(
        type="object",
        properties={name: one.schema for name, one in operation.query.items()},
        required=tuple(name for name, one in operation.query.items() if one.required),
    )


def _change(
    api: str, operation: str | None, pointer: str, kind: ChangeKind, detail: str
) -> ContractChange:
    return ContractChange(
        api=api,
        operation=operation,
        pointer=pointer,
        kind=kind,
        detail=detail,
        breaks=kind.is_breaking,
    )


def _consumers(change: ContractChange, rows: list[UsageRow]) -> Iterator[Consumer]:
    """Yield whoever used the operation, and of its answer the field or the whole record."""
    used = [row for row in rows if _concerns(change, row)]
    for name in sorted({row.consumer for row in used}):
        mine = [row for row in used if row.consumer == name]
        calls = sum(row.calls for row in mine)
        yield Consumer(name, calls, max(row.last_day for row in mine))


def _concerns(change: ContractChange, row: UsageRow) -> bool:
    if row.api != change.api or change.operation not in {None, row.operation}:
        return False
    fields = _chosen(change.pointer)
    return not fields or row.field in {WHOLE_RECORD, *fields}


def _chosen(pointer: str) -> set[str]:
    """Return by which fields a caller chooses what changed; none when all of them get it.

    A record may be answered alone, in a list or in a page, whose own fields nobody chooses.
    """
    match pointer.split("/")[1:]:
        case ["answer", "items" | "next_cursor"] | ["answer", "items", "*"]:
            return set()
        case ["answer", "items", "*", field, *_]:
            return {"items", field}
        case ["answer", "*", field, *_] | ["answer", field, *_]:
            return {field} - {"*"}
    return set()
