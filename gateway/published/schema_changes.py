"""What changed between two schemas, as those who send or read such a thing are concerned."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec
from msgspec import UNSET, Struct

from gateway.published.contracts import Schema


class Side(StrEnum):
    """Who must keep to a schema: the caller with what it sends, or we with what we answer."""

    INPUT = "input"
    ANSWER = "answer"


class ChangeKind(StrEnum):
    """A change of a contract."""

    VERSION_ADDED = "version-added"
    VERSION_REMOVED = "version-removed"
    OPERATION_ADDED = "operation-added"
    OPERATION_REMOVED = "operation-removed"
    OPERATION_MOVED = "operation-moved"
    EVENT_ADDED = "event-added"
    EVENT_REMOVED = "event-removed"
    SCOPE_CHANGED = "scope-changed"
    STATUS_CHANGED = "status-changed"
    KEY_REQUIRED = "key-required"
    SUNSET_ANNOUNCED = "sunset-announced"
    SUNSET_EARLIER = "sunset-earlier"
    STAGE_LOWERED = "stage-lowered"
    DEFAULT_CHANGED = "default-changed"
    INPUT_ADDED = "input-added"
    INPUT_REMOVED = "input-removed"
    INPUT_REQUIRED = "input-required"
    INPUT_NARROWED = "input-narrowed"
    FIELD_ADDED = "field-added"
    FIELD_REMOVED = "field-removed"
    FIELD_UNPROMISED = "field-unpromised"
    RETYPED = "retyped"
    ENUM_NARROWED = "enum-narrowed"
    ENUM_WIDENED = "enum-widened"

    @property
    def is_breaking(self) -> bool:
        """Whether a caller who kept to the old contract may fail by the new one."""
        return self not in _ADDITIVE


_ADDITIVE = {
    ChangeKind.VERSION_ADDED,
    ChangeKind.OPERATION_ADDED,
    ChangeKind.EVENT_ADDED,
    ChangeKind.SUNSET_ANNOUNCED,
    ChangeKind.INPUT_ADDED,
    ChangeKind.FIELD_ADDED,
    ChangeKind.ENUM_WIDENED,
}


class Said(Struct, frozen=True):
    """One change, where it is below the place that is compared, and what it is in words."""

    kind: ChangeKind
    pointer: str
    detail: str


# The pairs of records that a place lies in: one that holds itself is walked once.
Above = frozenset[tuple[int, int]]


class SchemaPair(Struct, frozen=True):
    """The types of an old and of a new contract, between which schemas are compared."""

    old: Mapping[str, Schema]
    new: Mapping[str, Schema]

    def changes(self, old: Schema, new: Schema, at: str, side: Side) -> list[Said]:
        """Return what changed, each place once, however deep."""
        return list(dict.fromkeys(self._walk(old, new, at, side, frozenset())))

    def _walk(self, old: Schema, new: Schema, at: str, side: Side, above: Above) -> Iterator[Said]:
        before, was_empty = _kinds(self.old, old)
        after, is_empty = _kinds(self.new, new)
        if side is Side.ANSWER and is_empty and not was_empty:
            yield Said(ChangeKind.FIELD_UNPROMISED, at, "may be null now")
        if side is Side.INPUT and was_empty and not is_empty:
            yield Said(ChangeKind.INPUT_NARROWED, at, "may not be null any more")
        if side is Side.ANSWER and was_empty and not before and after:
            yield Said(ChangeKind.FIELD_ADDED, at, "is new")
            return
        pairs, gone, come = _paired(before, after)
        # A choice that is sent may grow, and one that is answered may shrink.
        if (gone and come) or (gone if side is Side.INPUT else come):
            yield Said(ChangeKind.RETYPED, at, f"{_words(before)} became {_words(after)}")
            return
        for one, other in pairs:
            here = (id(one), id(other))
            if here not in above:
                yield from self._same_kind(one, other, at, side, above | {here})

    def _same_kind(
        self, old: Schema, new: Schema, at: str, side: Side, above: Above
    ) -> Iterator[Said]:
        if _shape(old) != _shape(new):
            yield Said(ChangeKind.RETYPED, at, f"{_words([old])} became {_words([new])}")
            return
        yield from _of_values(old, new, at, side)
        yield from self._of_fields(old, new, at, side, above)
        for one, other in _elements(old, new):
            yield from self._walk(one, other, f"{at}/*", side, above)

    def _of_fields(
        self, old: Schema, new: Schema, at: str, side: Side, above: Above
    ) -> Iterator[Said]:
        sends = side is Side.INPUT
        for name in sorted(old.properties.keys() | new.properties.keys()):
            there = f"{at}/{name}"
            before, after = old.properties.get(name), new.properties.get(name)
            was, is_now = name in old.required, name in new.required
            if after is None:
                kind = ChangeKind.INPUT_REMOVED if sends else ChangeKind.FIELD_REMOVED
                yield Said(kind, there, "is gone")
            elif sends and is_now and not was:
                yield Said(ChangeKind.INPUT_REQUIRED, there, "must be sent now")
            elif before is None:
                kind = ChangeKind.INPUT_ADDED if sends else ChangeKind.FIELD_ADDED
                yield Said(kind, there, "is new")
            elif was and not is_now and not sends:
                yield Said(ChangeKind.FIELD_UNPROMISED, there, "may be missing now")
            if before is not None and after is not None:
                if sends and not is_now:
                    yield from _of_default(before, after, there)
                yield from self._walk(before, after, there, side, above)


def _kinds(types: Mapping[str, Schema], schema: Schema) -> tuple[list[Schema], bool]:
    """Return what a value may be, references followed, and whether it may be null."""
    while schema.ref is not None:
        schema = types[schema.ref]
    if schema.type == "null":
        return [], True
    if not schema.any_of:
        return [schema], False
    found, may_be_null = list[Schema](), False
    for one in schema.any_of:
        kinds, is_null = _kinds(types, one)
        found += kinds
        may_be_null = may_be_null or is_null
    return found, may_be_null


def _paired(
    before: list[Schema], after: list[Schema]
) -> tuple[list[tuple[Schema, Schema]], list[Schema], list[Schema]]:
    """Return which kinds became which, whatever their order, which are gone and which came."""
    if len(before) == len(after) == 1:
        return [(before[0], after[0])], [], []
    pairs, gone, come = list[tuple[Schema, Schema]](), list[Schema](), list(after)
    for one in before:
        other = next((each for each in come if _mark(each) == _mark(one)), None)
        if other is None:
            gone.append(one)
            continue
        come = [each for each in come if each is not other]
        pairs.append((one, other))
    return pairs, gone, come


def _mark(schema: Schema) -> tuple[object, ...]:
    """Return what tells the kinds of a choice apart: their shape, and a record's tag."""
    tags = (one.enum for name, one in schema.properties.items() if name in schema.required)
    return (*_shape(schema), *(tag for tag in tags if len(tag) == 1))


def _of_values(old: Schema, new: Schema, at: str, side: Side) -> Iterator[Said]:
    """Yield what changed about the values of a text, a number or a list."""
    gone = [str(value) for value in old.enum if value not in new.enum]
    come = [str(value) for value in new.enum if value not in old.enum]
    if new.enum and gone:
        yield Said(ChangeKind.ENUM_NARROWED, at, f"{', '.join(gone)} is no value any more")
    if new.enum and not old.enum and side is Side.INPUT:
        yield Said(ChangeKind.ENUM_NARROWED, at, f"takes only {', '.join(come)} now")
    elif old.enum and come:
        yield Said(ChangeKind.ENUM_WIDENED, at, f"{', '.join(come)} is a new value")
    elif old.enum and not new.enum:
        yield Said(ChangeKind.ENUM_WIDENED, at, "any value is one now")
    if side is Side.INPUT and _is_narrower(old, new):
        yield Said(ChangeKind.INPUT_NARROWED, at, "takes less than before")


def _of_default(old: Schema, new: Schema, at: str) -> Iterator[Said]:
    """Yield that a field means something else when it is left out."""
    if old.default is UNSET:
        return
    was, now = (_as_json(each.default) for each in (old, new))
    if was != now:
        yield Said(ChangeKind.DEFAULT_CHANGED, at, f"left out, it was {was} and is {now}")


def _as_json(default: object) -> str:
    return "nothing" if default is UNSET else msgspec.json.encode(default).decode()


def _is_narrower(old: Schema, new: Schema) -> bool:
    """Whether a bound or a pattern lets less through, or what is not known is refused."""
    lower = (
        (old.minimum, new.minimum),
        (old.min_length, new.min_length),
        (old.min_items, new.min_items),
    )
    upper = (
        (old.maximum, new.maximum),
        (old.max_length, new.max_length),
        (old.max_items, new.max_items),
    )
    closes = new.additional_properties is False and old.additional_properties is not False
    return (
        closes
        or new.pattern not in {None, old.pattern}
        or any(now is not None and (was is None or now > was) for was, now in lower)
        or any(now is not None and (was is None or now < was) for was, now in upper)
    )


def _elements(old: Schema, new: Schema) -> Iterator[tuple[Schema, Schema]]:
    """Yield what a list, a tuple or a mapping holds, pair by pair."""
    yield from zip(old.prefix_items, new.prefix_items, strict=False)
    for one, other in (
        (old.items, new.items),
        (old.additional_properties, new.additional_properties),
    ):
        if isinstance(one, Schema) and isinstance(other, Schema):
            yield one, other


def _shape(schema: Schema) -> tuple[object, ...]:
    kind = schema.type
    if kind is None and schema.enum:
        kind = "string" if all(isinstance(value, str) for value in schema.enum) else "integer"
    holds = (isinstance(schema.items, Schema), isinstance(schema.additional_properties, Schema))
    return (kind, schema.format, schema.content_encoding, holds, len(schema.prefix_items))


def _words(schemas: list[Schema]) -> str:
    told = [" ".join(str(part) for part in _shape(one)[:3] if part) for one in schemas]
    return " or ".join(each or "anything" for each in told) or "nothing"
