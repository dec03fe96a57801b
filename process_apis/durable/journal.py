"""How the durable engine writes values down: tagged JSON, readable by people and by later code.

A record is written as `{"$": "TypeName", "v": {...}}`, so that it is read back as what
it was. Only types that were registered can be read; nothing is ever unpickled.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from inspect import isclass
from types import ModuleType
from typing import Any  # the engine hands over values of any type

import msgspec
from msgspec import Struct

from system_apis.canonical.record import Page

_SCALARS: dict[str, type] = {
    "decimal": Decimal,
    "datetime": datetime,
    "date": date,
    "timedelta": timedelta,
}


class Journal:
    """Writes values as tagged JSON and reads them back, as the engine's serializer."""

    def __init__(self, facts: Iterable[type[Struct]], modules: Iterable[ModuleType]) -> None:
        self._types: dict[str, type] = dict(_SCALARS)
        for fact in facts:
            self._register(fact)
        for module in modules:
            for value in vars(module).values():
                if isclass(value) and issubclass(value, Struct) and value is not Struct:
                    self._register(value)

    def serialize(self, value: Any) -> str:
        """Return a value as one line of JSON."""
        return msgspec.json.encode(self._tagged(value)).decode()

    def deserialize(self, line: str) -> Any:
        """Return the value that was written, of the type it had."""
        return self._untagged(msgspec.json.decode(line))

    def name(self) -> str:
        """Return the name of the format, which stands beside each value."""
        return "strata_tagged_json"

    def _register(self, kind: type[Struct]) -> None:
        known = self._types.setdefault(kind.__name__, kind)
        if known is not kind:
            raise TypeError(f"two journaled types are called {kind.__name__}")

    def _tagged(self, value: Any) -> Any:
        match value:
            case None | bool() | str() | int():
                return value
            case BaseException():
                return {"$": "error", "v": f"{type(value).__name__}: {value}"}
            case Page():
                return {"$": "Page", "v": [self._tagged(value.items), value.next_cursor]}
            case list():
                return [self._tagged(item) for item in value]
            case tuple():
                return {"$": "tuple", "v": [self._tagged(item) for item in value]}
            case dict():
                return {"$": "dict", "v": {k: self._tagged(item) for k, item in value.items()}}
            case _:
                return {"$": self._type_name(value), "v": msgspec.to_builtins(value, str_keys=True)}

    def _type_name(self, value: Any) -> str:
        kind = type(value)
        name = kind.__name__ if isinstance(value, Struct) else kind.__name__.lower()
        if self._types.get(name) is not kind:
            raise TypeError(f"{kind.__name__} is not a type that the journal can read back")
        return name

    def _type(self, name: str) -> type:
        known = self._types.get(name)
        if known is None:
            raise TypeError(f"the journal holds a {name}, which this release cannot read")
        return known

    def _untagged(self, value: Any) -> Any:
        match value:
            case {"$": "error", "v": str(reason)}:
                return JournaledError(reason)
            case {"$": "tuple", "v": list(items)}:
                return tuple(self._untagged(item) for item in items)
            case {"$": "dict", "v": dict(items)}:
                return {key: self._untagged(item) for key, item in items.items()}
            case {"$": "Page", "v": [items, cursor]}:
                return Page(items=self._untagged(items), next_cursor=cursor)
            case {"$": str(name), "v": fields}:
                return msgspec.convert(fields, self._type(name), str_keys=True)
            case list():
                return [self._untagged(item) for item in value]
            case _:
                return value


class JournaledError(Exception):
    """An error that a durable run ended with, as it was written down."""
