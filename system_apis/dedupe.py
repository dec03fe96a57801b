"""How a write is made safe: every write of every connector declares one of three modes.

See `docs/decisions/0003-dedupe-modes.md`. `system_apis/effects.py` acts on them.
"""

from datetime import timedelta

from msgspec import Struct


class NativeKey(Struct, frozen=True):
    """Mode A: the system itself does a write with a known key only once."""


class Parts(Struct, frozen=True):
    """What is done about a record that its system may take without all of its parts.

    `whole` names the connector's method that is given the record that was found and, by
    name, what was to be written; it says whether every part is there. `take_out` names the one
    that takes a record out by its id; told twice, that is so once.
    """

    whole: str
    take_out: str


class LookUpFirst(Struct, frozen=True):
    """Mode B: look for the key before writing, with one writer per key.

    `find` names the connector's method that takes the key and returns the record or
    None. After a lost answer nothing is concluded from an absent record before
    `settles_after`: the longest time that the system may still be working on the request.
    `parts` is absent where the system takes a record whole or not at all.
    """

    find: str
    settles_after: timedelta
    parts: Parts | None = None


class OneAttempt(Struct, frozen=True):
    """Mode C: neither; write once, and leave an unknown outcome to a person."""


DedupeMode = NativeKey | LookUpFirst | OneAttempt
