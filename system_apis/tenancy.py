"""Which legal entity and business unit a record belongs to, and who may see or change it.

A record is of the unit that it names, else of that of the project or contract that it names
where the same system keeps it. A record of no unit is shown by its legal entity alone. Who is
bound to no units is asked for none.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Protocol

import msgspec

from governance.access import Caller, Forbidden
from governance.policy import TenantRule
from system_apis.canonical.record import Page
from system_apis.errors import NotFound

Find = Callable[..., Awaitable[object]]
# What a record may be a part of, and how its system finds that by a number.
_WHOLES = (("project_number", "projects"), ("contract_number", "contracts"))


def entity_of(record: object) -> str | None:
    """Return the legal entity that a record or a draft names, if it names one."""
    entity = getattr(record, "legal_entity", None)
    return entity if isinstance(entity, str) else None


def unit_of(record: object) -> str | None:
    """Return the business unit that a record or a draft names, if it names one."""
    unit = getattr(record, "business_unit", None)
    return unit if isinstance(unit, str) else None


class Owners(Protocol):
    """Where it is written down of which company a record is."""

    async def note(self, owners: Mapping[str, str]) -> None:
        """Write down of which company some records are, by our ids."""


class Tenancy:
    """The rule of one system instance, which serves some legal entities."""

    def __init__(
        self, target: object, system: str, entities: frozenset[str], owners: Owners | None = None
    ) -> None:
        self._target, self._system, self._entities = target, system, entities
        self._owners = owners

    async def admit(
        self, caller: Caller, rule: TenantRule, arguments: Mapping[str, object], *, writes: bool
    ) -> None:
        """Let a call through, or raise before anything of another's entity is touched.

        Naming a legal entity or a unit that the caller does not see is `Forbidden`; naming a
        record of one is `NotFound`, as if there were none: so is naming it anywhere in what is
        written.
        """
        for name, value in arguments.items():
            entity = value if name == "legal_entity" else entity_of(value)
            if isinstance(entity, str) and not caller.sees(entity):
                raise Forbidden(f"records of {entity} are not yours to see")
            if caller.units is not None and not caller.sees_unit(unit := unit_of(value)):
                raise Forbidden(f"records of {unit} are not yours to see")
        if rule is TenantRule.FIRM_WIDE or self._sees_all(caller):
            return
        for name, value in _named(arguments) if writes else arguments.items():
            if writes and name.endswith("_id"):
                await self._check(caller, name.removesuffix("_id"), value)
            elif name.endswith("_number"):
                await self._check_number(caller, f"{name.removesuffix('_number')}s", value)

    async def note(self, rule: TenantRule, found: object) -> None:
        """Write down of which company the records of an answer are, shown or not.

        From then on one that is hidden is told as soon as one that there is not.
        """
        if self._owners is None or rule is TenantRule.FIRM_WIDE:
            return
        records = found.items if isinstance(found, Page) else found
        each_of = records if isinstance(records, list | tuple) else [records]
        owners = {id_: entity for each in each_of for id_, entity in _owned(each)}
        if owners:
            await self._owners.note(owners)

    async def show(self, caller: Caller, rule: TenantRule, found: object) -> object:
        """Return what the caller may see of an answer, or raise `NotFound`."""
        if rule is TenantRule.FIRM_WIDE or found is None:
            return found
        if isinstance(found, Page):
            return msgspec.structs.replace(found, items=await self._seen(caller, found.items))
        if isinstance(found, list):
            return await self._seen(caller, found)
        if not await self._seen(caller, [found]):
            raise NotFound(self._system, "no such record")
        return found

    def _sees_all(self, caller: Caller) -> bool:
        every = bool(self._entities) and self._entities <= caller.entities
        return every and caller.units is None

    async def _seen(self, caller: Caller, records: list[object]) -> list[object]:
        """Return the records that are the caller's to see; their wholes are looked up once each."""
        own = [each for each in records if not _hidden(caller, each)]
        if caller.units is None:
            return own
        wholes = [None if unit_of(each) else self._whole(each) for each in own]
        hidden = {each for each in set(wholes) if each and not await self._sees_whole(caller, each)}
        return [each for each, whole in zip(own, wholes, strict=True) if whole not in hidden]

    def _whole(self, record: object) -> tuple[str, str] | None:
        """Return what a record is a part of: how that is found, and by which number."""
        for name, record_types in _WHOLES:
            number = getattr(record, name, None)
            if isinstance(number, str) and hasattr(self._target, record_types):
                return record_types, number
        return None

    async def _sees_whole(self, caller: Caller, whole: tuple[str, str]) -> bool:
        """Whether the caller sees the unit of what has a number; what there is not has none."""
        record_types, number = whole
        page = await getattr(self._target, record_types)(number=number)
        items = page.items if isinstance(page, Page) else []
        return all(caller.sees_unit(unit_of(each)) for each in items)

    async def _check(self, caller: Caller, record_type: str, record_id: object) -> None:
        """Raise `NotFound` unless the record that is to be changed is the caller's to see."""
        find: Find | None = getattr(self._target, record_type, None)
        if find is not None and not await self._seen(caller, [await find(record_id)]):
            raise NotFound(self._system, f"no {record_type} {record_id}")

    async def _check_number(self, caller: Caller, record_types: str, number: object) -> None:
        """Raise `NotFound` unless a record of this number is the caller's to see."""
        find: Find | None = getattr(self._target, record_types, None)
        if find is None or number is None or not _takes_number(find):
            return
        page = await find(number=number)
        if not (isinstance(page, Page) and await self._seen(caller, page.items)):
            raise NotFound(self._system, f"no {number} among the {record_types}")


def _owned(record: object) -> Iterator[tuple[str, str]]:
    id_, entity = getattr(record, "id", None), entity_of(record)
    if isinstance(id_, str) and entity is not None:
        yield id_, entity


def _named(arguments: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the arguments of a call and the fields of its drafts, however deep, by their names."""
    for name, value in arguments.items():
        yield name, value
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, msgspec.Struct):
                yield from _named(msgspec.structs.asdict(each))


def _takes_number(find: Find) -> bool:
    parameters = inspect.signature(find).parameters.values()
    return any(each.name == "number" or each.kind is each.VAR_KEYWORD for each in parameters)


def _hidden(caller: Caller, record: object) -> bool:
    entity = entity_of(record)
    if entity is not None and not caller.sees(entity):
        return True
    return caller.units is not None and not caller.sees_unit(unit_of(record))
