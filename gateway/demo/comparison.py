"""Where computed figures differ from expected ones, and what of those was not computed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TypeAlias

Place: TypeAlias = tuple[str, ...]
Figure: TypeAlias = "str | int | bool | Mapping[str, Figure] | Sequence[Figure] | None"


class Comparison:
    """What differs from the expected results, and what of them was not computed.

    A section, or a figure of a project, that is not there is not computed yet; anything else
    that is not there differs.
    """

    def __init__(self, computed: Figure, expected: Figure) -> None:
        self.differences: list[str] = []
        self.not_computed: list[str] = []
        self._compare(computed, expected, ())

    def _compare(self, computed: Figure, expected: Figure, place: Place) -> None:
        if isinstance(expected, Mapping) and isinstance(computed, Mapping):
            self._compare_fields(computed, expected, place)
        elif isinstance(expected, list | tuple) and isinstance(computed, list | tuple):
            self._compare_lists(computed, expected, place)
        elif not _same(computed, expected):
            self._differs(place, f"{computed!r}, expected {expected!r}")

    def _compare_fields(
        self, computed: Mapping[str, Figure], expected: Mapping[str, Figure], place: Place
    ) -> None:
        for name, value in expected.items():
            if name in computed:
                self._compare(computed[name], value, (*place, name))
            elif not _is_nothing(value):
                self._lacks((*place, name), value)
        for name in sorted(set(computed) - set(expected)):
            if not _is_nothing(computed[name]):
                self._differs((*place, name), "not expected")

    def _lacks(self, place: Place, expected: Figure) -> None:
        if len(place) == 1 or (place[0] == "projects" and len(place) == 3):
            self.not_computed.append(".".join(place))
        else:
            self._differs(place, f"nothing, expected {expected!r}")

    def _differs(self, place: Place, what: str) -> None:
        self.differences.append(f"{'.'.join(place)}: {what}")

    def _compare_lists(
        self, computed: Sequence[Figure], expected: Sequence[Figure], place: Place
    ) -> None:
        """Compare in any order: documents by their project, the rest by their likeness."""
        ours, theirs = _by_project(computed), _by_project(expected)
        if ours is None or theirs is None:
            self._compare_alike(computed, expected, place)
            return
        for project in dict.fromkeys([*theirs, *ours]):
            mine, known = ours.get(project, []), theirs.get(project, [])
            if len(mine) == len(known) == 1:
                self._compare(mine[0], known[0], (*place, project))
            else:
                self._compare_alike(mine, known, (*place, project))

    def _compare_alike(
        self, computed: Sequence[Figure], expected: Sequence[Figure], place: Place
    ) -> None:
        """Set aside what is equal; of what is left, the likest stand against each other."""
        left, missing = list(computed), []
        for number, item in enumerate(expected):
            match = next((one for one in left if not _differences(one, item)), None)
            if match is None:
                missing.append((number, item))
            else:
                left.remove(match)
        for number, item in missing:
            if not left:
                self._differs(place, f"lacks {item!r}")
                continue
            match = min(left, key=partial(_differences, expected=item))
            left.remove(match)
            self._compare(match, item, (*place[:-1], f"{''.join(place[-1:])}[{number}]"))
        for one in left:
            self._differs(place, f"{one!r} is not expected")


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
