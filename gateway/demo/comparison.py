"""Where computed figures differ from expected ones, and what of those was not computed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TypeAlias

Figure: TypeAlias = "str | int | bool | Mapping[str, Figure] | Sequence[Figure] | None"


class Comparison:
    """What differs from the expected results, and what of them was not computed.

    A section, or a figure of a project, that is not there is not computed yet; anything else
    that is not there differs.
    """

    def __init__(self, computed: Figure, expected: Figure) -> None:
        self.differences: list[str] = []
        self.not_computed: list[str] = []
        self._compare(computed, expected, "")

    def _compare(self, computed: Figure, expected: Figure, path: str) -> None:
        if isinstance(expected, Mapping) and isinstance(computed, Mapping):
            self._compare_fields(computed, expected, path)
        elif isinstance(expected, list | tuple) and isinstance(computed, list | tuple):
            self._compare_lists(computed, expected, path)
        elif not _same(computed, expected):
            self.differences.append(f"{path}: {computed!r}, expected {expected!r}")

    def _compare_fields(
        self, computed: Mapping[str, Figure], expected: Mapping[str, Figure], path: str
    ) -> None:
        for name, value in expected.items():
            here = f"{path}.{name}".lstrip(".")
            if name in computed:
                self._compare(computed[name], value, here)
            elif not _is_nothing(value):
                self._lacks(here, value)
        self.differences += [
            f"{path}.{name}: not expected".lstrip(".")
            for name in sorted(set(computed) - set(expected))
            if not _is_nothing(computed[name])
        ]

    def _lacks(self, path: str, expected: Figure) -> None:
        section, *within = path.split(".")
        if not within or (section == "projects" and len(within) == 2):
            self.not_computed.append(path)
        else:
            self.differences.append(f"{path}: nothing, expected {expected!r}")

    def _compare_lists(
        self, computed: Sequence[Figure], expected: Sequence[Figure], path: str
    ) -> None:
        """Compare in any order: documents by their project, the rest by their likeness."""
        ours, theirs = _by_project(computed), _by_project(expected)
        if ours is None or theirs is None:
            self._compare_alike(computed, expected, path)
            return
        for project in dict.fromkeys([*theirs, *ours]):
            here = f"{path}.{project}"
            self._compare_alike(ours.get(project, []), theirs.get(project, []), here)

    def _compare_alike(
        self, computed: Sequence[Figure], expected: Sequence[Figure], path: str
    ) -> None:
        """Set aside what is equal; of what is left, the likest stand against each other."""
        left, missing = list(computed), []
        for item in expected:
            match = next((one for one in left if not _differences(one, item)), None)
            if match is None:
                missing.append(item)
            else:
                left.remove(match)
        alone = len(expected) == len(computed) == 1
        for item in missing:
            if not left:
                self.differences.append(f"{path}: lacks {item!r}")
                continue
            match = min(left, key=partial(_differences, expected=item))
            left.remove(match)
            self._compare(match, item, path if alone else f"{path}[{expected.index(item)}]")
        self.differences += [f"{path}: {one!r} is not expected" for one in left]


def _differences(computed: Figure, expected: Figure) -> int:
    found = Comparison(computed, expected)
    return len(found.differences) + len(found.not_computed)


def _by_project(documents: Sequence[Figure]) -> dict[str, list[Figure]] | None:
    """Return documents by the project that they are about, when all of them name one."""
    found: dict[str, list[Figure]] = {}
    for each in documents:
        if not isinstance(each, Mapping) or "project" not in each:
            return None
        found.setdefault(f"{each['project']}", []).append(each)
    return found


def _is_nothing(value: Figure) -> bool:
    """Whether it says no more than if it were not there."""
    return value is None or (isinstance(value, Mapping | list | tuple) and not value)


def _same(computed: Figure, expected: Figure) -> bool:
    if computed == expected:
        return True
    try:
        return Decimal(str(computed)) == Decimal(str(expected))
    except InvalidOperation:
        return False
