"""Where computed figures differ from expected ones, and what of those was not computed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

Figure: TypeAlias = "str | int | bool | Mapping[str, Figure] | Sequence[Figure] | None"


class Comparison:
    """What differs from the expected results, and what of them was not computed."""

    def __init__(self, computed: Figure, expected: Figure) -> None:
        self.differences: list[str] = []
        self.not_computed: list[str] = []
        self._compare(computed, expected, "")

    def _compare(self, computed: Figure, expected: Figure, path: str) -> None:
        if isinstance(expected, Mapping) and isinstance(computed, Mapping):
            self._compare_fields(computed, expected, path)
        elif _is_list(expected) and _is_list(computed):
            self._compare_lists(computed, expected, path)
        elif not _same(computed, expected):
            self.differences.append(f"{path}: {computed!r}, expected {expected!r}")

    def _compare_fields(
        self, computed: Mapping[str, Figure], expected: Mapping[str, Figure], path: str
    ) -> None:
        for name, value in expected.items():
            here = f"{path}.{name}".lstrip(".")
            if name not in computed:
                self.not_computed.append(here)
            else:
                self._compare(computed[name], value, here)
        extra = sorted(set(computed) - set(expected))
        self.differences += [f"{path}.{name}: not expected".lstrip(".") for name in extra]

    def _compare_lists(self, computed: Figure, expected: Figure, path: str) -> None:
        """Compare in any order: what names itself by its name, the rest by their likeness."""
        ours, theirs = _named(computed), _named(expected)
        if ours is not None and theirs is not None:
            self._compare_fields(ours, theirs, path)
            return
        left = list(_items(computed))
        for item in _items(expected):
            match = next((one for one in left if not _differs(one, item)), None)
            if match is None:
                self.differences.append(f"{path}: lacks {item!r}")
            else:
                left.remove(match)
        self.differences += [f"{path}: {one!r} is not expected" for one in left]


def _differs(computed: Figure, expected: Figure) -> bool:
    found = Comparison(computed, expected)
    return bool(found.differences or found.not_computed)


def _items(value: Figure) -> Sequence[Figure]:
    return value if _is_list(value) and not isinstance(value, str | Mapping) else []  # type: ignore[return-value]  # narrowed by _is_list


def _is_list(value: Figure) -> bool:
    return isinstance(value, list | tuple)


def _named(value: Figure) -> dict[str, Figure] | None:
    """Return documents by the project that they are about, when all of them name one."""
    named: dict[str, Figure] = {}
    for item in _items(value):
        if not isinstance(item, Mapping) or "project" not in item:
            return None
        named[f"{item['project']}"] = item
    return named if len(named) == len(_items(value)) else None


def _same(computed: Figure, expected: Figure) -> bool:
    if computed == expected:
        return True
    try:
        return Decimal(str(computed)) == Decimal(str(expected))
    except InvalidOperation:
        return False
