"""The canonical model as it is published: what each record has, and how it may move."""

from collections.abc import Callable
from functools import cached_property

from msgspec import Struct


class EntityField(Struct, frozen=True):
    """One field of a record: what it holds, whether it must be there, and what it means."""

    name: str
    holds: str
    required: bool
    meaning: str


class Entity(Struct, frozen=True, kw_only=True):
    """One kind of record. `served_by` are the addresses of the APIs that take or give it."""

    name: str
    meaning: str
    module: str
    room: str
    fields: tuple[EntityField, ...]
    invariants: tuple[str, ...] = ()
    served_by: tuple[str, ...] = ()
    state_machine: str | None = None


class AllowedMove(Struct, frozen=True):
    """One move from state to state that is allowed, with what must be said of it."""

    before: str
    after: str
    note: str


class StateMachine(Struct, frozen=True):
    """How one kind of record may move, beginning where it begins."""

    name: str
    begins: str
    moves: tuple[AllowedMove, ...]


class FieldAuthority(Struct, frozen=True, kw_only=True):
    """Which kind of system owns a group of a record's fields.

    `exceptions` are the companies in which another one does.
    """

    record: str
    group: str
    fields: tuple[str, ...]
    system: str
    exceptions: dict[str, str] = {}


class CanonicalModel(Struct, frozen=True):
    """Every kind of record that crosses an API, every state machine, and who owns which fields."""

    entities: tuple[Entity, ...]
    state_machines: tuple[StateMachine, ...]
    authorities: tuple[FieldAuthority, ...] = ()


class PublishedModel:
    """The model, put together when it is first asked for, and the JSON Schema of each record."""

    def __init__(
        self, collect: Callable[[], CanonicalModel], schema_of: Callable[[str], bytes | None]
    ) -> None:
        self._collect, self.schema_of = collect, schema_of

    @cached_property
    def model(self) -> CanonicalModel:
        """The whole model."""
        return self._collect()
