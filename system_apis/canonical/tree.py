"""Trees of records that name their parents."""

from collections.abc import Mapping


def check_tree(parents: Mapping[str, str | None]) -> None:
    """Raise `ValueError` unless every parent is among the records and none is its own ancestor."""
    for one, parent in parents.items():
        seen = {one}
        while parent is not None:
            if parent not in parents:
                raise ValueError(f"{one} is under {parent}, which is not there")
            if parent in seen:
                raise ValueError(f"{one} is under itself")
            seen.add(parent)
            parent = parents[parent]
