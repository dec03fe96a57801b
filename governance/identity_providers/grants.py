"""What an outside token gives here: what its claims are granted, cut to what it was asked for."""

from collections.abc import Iterable

from msgspec import Struct

from governance.identity_providers.config import EVERYTHING, Config
from governance.roles import ALL_SCOPES, scopes_of


class Given(Struct, frozen=True):
    """The rights of whoever holds a token; `units` is None unless a grant binds them to some."""

    roles: frozenset[str]
    scopes: frozenset[str]
    entities: frozenset[str]
    units: frozenset[str] | None


def given(config: Config, marks: frozenset[tuple[str, str]], scope_names: Iterable[str]) -> Given:
    """Return what a token's claims and scope names give; what no line names gives nothing."""
    lines = [each for each in config.grants if (each.claim, each.value) in marks]
    roles = frozenset(str(role) for each in lines for role in each.roles)
    held = scopes_of(roles).union(*(each.scopes for each in lines))
    return Given(
        roles=roles,
        scopes=held & _delegated(config, held, scope_names),
        entities=frozenset(code for each in lines for code in each.entities),
        units=frozenset(code for each in lines for code in each.units) or None,
    )


def _delegated(config: Config, held: frozenset[str], names: Iterable[str]) -> frozenset[str]:
    """Return what an application may use; a name that is neither declared nor ours is nothing."""
    found: set[str] = set()
    for name in names:
        opened = config.scopes.get(name, (name,))
        found |= held if EVERYTHING in opened else ALL_SCOPES.intersection(opened)
    return frozenset(found)
